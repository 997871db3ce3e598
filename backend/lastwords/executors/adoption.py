"""Adoption: an attempt whose recorder died is watched to its end in the recorder's place.

Its child goes on writing into output.log. Stops, the time limit and the log's quota are carried
out here; its exit status is asked of the kernel, which keeps it for a zombie and for a pidfd opened
in time. Times of lines, samples and stalls are nobody's any more.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    open_to_write,
    read_spec,
    read_stop,
)
from lastwords.recording import notices, processes, recorder, startup
from lastwords.recording.cgroups import ControlGroup
from lastwords.recording.kept_file import KeptFile
from lastwords.recording.oom import OomWatch
from lastwords.recording.pump import DRAIN_SECONDS, NAME
from lastwords.recording.reserve import LogReserve
from lastwords.records import now, timestamp

DYING_SECONDS = 2.0


class Adopted:
    """One adopted attempt."""

    def __init__(self, folder: AttemptFolder, child: Mapping[str, Any]) -> None:
        self.folder = folder
        self._spec = _spec_of(folder)
        self.identity = processes.Identity.from_json(dict(child))
        self.recorder = processes.Identity.from_json(child["recorder"])
        self.group = ControlGroup.from_json(child.get("controlGroup"))
        self.oom = OomWatch(self.group, startup.host_kills(), startup.open_kernel_log())
        self.forced = False
        self._paused = False
        self._asked_to_stop: float | None = None
        log = recorder.open_log(folder)
        self._log = KeptFile(folder.log, log) if log is not None else None

    def look(self, grace: float) -> None:
        """One round, about once a second, while its child lives."""
        self.oom.look()
        self._keep_log()
        if stop_note(self.folder) is not None:
            self._stop(grace)
        elif (limit := self._spec.get("timeLimitSeconds")) and self._age() > limit:
            recorder.request_stop(self.folder, "time limit", reason="timeout")
        elif (quota := self._spec.get("maxLogBytes")) and not self._paused:
            self._hold_to(quota)

    def conclude(self, status: int | None) -> dict[str, Any]:
        """End what it left behind; returns what result.json says of the end."""
        ended = time.monotonic()
        self.oom.look()
        killed = [stray.pid for stray in self._kill_strays()]
        self._await_pump()
        self._keep_log()
        told: dict[str, Any] = {"lost": "recorder_lost"}
        if status is not None:
            told = recorder.describe_wait_status(status)
            told |= self.oom.verdict(self.identity.pid, told, ended, killed)
        heeded = self._asked_to_stop is not None
        told |= {"killed": killed, "orphansKilled": len(killed), "adopted": True}
        told |= {"seconds": round(self._age(), 3), "logTampering": self._log and self._log.told}
        return told | {"forced": self.forced, "stopHeeded": heeded}

    def _kill_strays(self) -> list[processes.Identity]:
        """Kill leftover processes, and wait briefly until they are gone."""
        strays = self._strays()
        self._signal_all(signal.SIGKILL)
        processes.send_signal(self.recorder, signal.SIGKILL)  # where it is not dead but held
        deadline = time.monotonic() + DYING_SECONDS
        while any(map(processes.is_alive, strays)) and time.monotonic() < deadline:
            time.sleep(0.01)
        return strays

    def _await_pump(self) -> None:
        """Let what carries its terminal into the log come to the end, for a while."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while (pump := recorder.pump(self.folder)) and time.monotonic() < deadline:
            time.sleep(0.01)
        if pump:
            processes.send_signal(pump, signal.SIGKILL)

    def close(self) -> None:
        self.oom.close()
        if self._log:
            self._log.close()

    def _age(self) -> float:
        """Seconds since its child was started, regardless of changes of the system clock."""
        started = self.identity.start_ticks / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started

    def _stop(self, grace: float) -> None:
        if self._asked_to_stop is None:
            self._asked_to_stop = time.monotonic()
            if self._paused and not self.group.freeze(False):
                self._signal_all(signal.SIGCONT)
            processes.send_signal(self.identity, signal.SIGTERM)
        elif time.monotonic() - self._asked_to_stop >= grace:
            self.forced = True
            self._signal_all(signal.SIGKILL)

    def _hold_to(self, quota: int) -> None:
        size = self.folder.log_size
        if size <= quota:
            return
        if self._spec.get("logQuotaAction") == "end":
            recorder.request_stop(self.folder, "the log size limit", reason="log_quota")
            return
        self._paused = True
        if not self.group.freeze(True):
            self._signal_all(signal.SIGSTOP)
        words = f"The log exceeded {quota:,} bytes; the run is paused and can be cancelled."
        notices.tell(self.folder, "log_quota", words, logBytes=size)

    def _signal_all(self, number: int) -> None:
        if number == signal.SIGKILL:
            self.group.kill()
        for identity in [self.identity, *self._strays()]:
            processes.send_signal(identity, number)

    def _strays(self) -> list[processes.Identity]:
        """What lives of it, without its recorder: as long as that is there, a dead child is too.

        Nor is what carries its terminal into the log killed: that ends by itself, a little later.
        """
        found = [one for one in recorder.strays(self.folder) if one != self.recorder]
        return [one for one in found if processes.name(one.pid) not in (NAME, None)]

    def _keep_log(self) -> None:
        """Put the log back where the child took it away, as its recorder would."""
        with suppress(OSError):
            if self._log and (news := self._log.look()):
                notices.tell(self.folder, "log_tampered", news)


def stop_note(folder: AttemptFolder) -> dict[str, Any] | None:
    """Who requested to stop an attempt, if anyone did.

    Raises: OutOfReach, if that cannot be looked at just now: it must stop nothing.
    """
    try:
        return read_stop(folder)
    except OutOfReach:
        raise
    except UnreadableFact:
        note = {"by": "an unknown user (unreadable note)", "reason": "stopped_by_user"}
        return {**note, "at": timestamp(now())}


def _spec_of(folder: AttemptFolder) -> dict[str, Any]:
    """The limits that were asked for; none where they cannot be read any more."""
    try:
        return read_spec(folder) or {}
    except OutOfReach:
        raise
    except UnreadableFact:
        return {}


def tidy(folder: AttemptFolder, child: Mapping[str, Any]) -> None:
    """Give back what a recorder that died could not: its group, and the room kept for the log."""
    group = child.get("controlGroup")
    ControlGroup.from_json(group if isinstance(group, dict) else None).remove()
    if recorder.strays(folder):
        return  # what still writes into the log must not lose a byte
    with suppress(OSError):
        log = open_to_write(folder.log)
        try:
            LogReserve(log).release(force=True)
        finally:
            os.close(log)
