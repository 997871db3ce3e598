"""The local executor: a recorder beside each attempt, on this machine.

An attempt whose recorder died is adopted: its child goes on writing into output.log, and its exit
status is asked of the kernel, which keeps it for a zombie and for a pidfd opened in time. What the
kernel no longer tells is said to be unknown, never guessed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import IO, Any

from lastwords import processes, recorder
from lastwords.records import now, timestamp
from lastwords.runfolder import AttemptFolder, UnreadableFact, read_fact, read_result, write_once

# A recorder shakes hands within HANDSHAKE_SECONDS or was killed by its launcher.
LAUNCH_PATIENCE = timedelta(seconds=recorder.HANDSHAKE_SECONDS + 5)


class LocalExecutor:
    """Launches, stops and observes attempts on this machine."""

    def __init__(self) -> None:
        self._pidfds: dict[AttemptFolder, tuple[processes.Identity, int]] = {}
        self._asked_to_stop: dict[AttemptFolder, float] = {}

    def launch(
        self,
        folder: AttemptFolder,
        environment: Mapping[str, str],
        stdin: int | IO[Any] | None = subprocess.DEVNULL,
    ) -> None:
        recorder.start(folder, environment, stdin)

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        recorder.request_stop(folder, by, reason=reason)

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        if result := read_result(folder):
            return result
        if not folder.path.is_dir():
            return _folder_missing(folder)
        if recorder.is_recorded(folder):
            return None
        try:
            child = read_fact(folder.child)
        except UnreadableFact:
            return _conclude(folder, {}, {"lost": "child_damaged"})
        if result := read_result(folder):  # written between the first look and the lock's
            return result
        if child is None:
            return self._never_started(folder)
        identity = processes.Identity.from_json(child)
        if identity.boot_id != processes.boot_id():
            return _conclude(folder, child, {"lost": "host_rebooted"})
        if processes.is_alive(identity):
            self._adopt(folder, identity, grace)
            return None
        return self._conclude_adopted(folder, child, identity)

    def descriptor(self, folder: AttemptFolder) -> int | None:
        if folder not in self._pidfds:
            identity = recorder.recorder_identity(folder)
            if identity and (pidfd := processes.open_pidfd(identity)) is not None:
                self._pidfds[folder] = (identity, pidfd)
        held = self._pidfds.get(folder)
        return held[1] if held else None

    def forget(self, folder: AttemptFolder) -> None:
        self._asked_to_stop.pop(folder, None)
        if held := self._pidfds.pop(folder, None):
            os.close(held[1])

    def _never_started(self, folder: AttemptFolder) -> dict[str, Any] | None:
        """No recorder lives and no child was noted: launched just now, or never."""
        age = time.time() - folder.path.stat().st_mtime
        if age < LAUNCH_PATIENCE.total_seconds():
            return None
        for stray in recorder.strays(folder):
            processes.send_signal(stray, signal.SIGKILL)
        message = "the recorder ended before it could start the command; see recorder.log"
        error = {"errno": None, "message": message, "what": "recorder"}
        return _conclude(folder, {}, {"launchError": error})

    def _adopt(self, folder: AttemptFolder, child: processes.Identity, grace: float) -> None:
        """Hold a pidfd on the child itself, and carry out a stop in its recorder's place."""
        held = self._pidfds.get(folder)
        if held is None or held[0] != child:
            self.forget(folder)
            if (pidfd := processes.open_pidfd(child)) is not None:
                self._pidfds[folder] = (child, pidfd)
        if _stop_note(folder) is None:
            return
        if folder not in self._asked_to_stop:
            self._asked_to_stop[folder] = time.monotonic()
            processes.send_signal(child, signal.SIGTERM)
        elif time.monotonic() - self._asked_to_stop[folder] >= grace:
            for identity in [child, *recorder.strays(folder)]:
                processes.send_signal(identity, signal.SIGKILL)

    def _conclude_adopted(
        self, folder: AttemptFolder, child: dict[str, Any], identity: processes.Identity
    ) -> dict[str, Any]:
        held = self._pidfds.get(folder)
        pidfd = held[1] if held and held[0] == identity else None
        status = processes.wait_status(identity, pidfd)
        killed = []
        for stray in recorder.strays(folder):
            processes.send_signal(stray, signal.SIGKILL)
            killed.append(stray.pid)
        told = {"lost": "recorder_lost"} if status is None else _ending(status)
        return _conclude(folder, child, told | {"killed": killed, "adopted": True})


def _ending(status: int) -> dict[str, Any]:
    return recorder.describe_wait_status(status)


def _stop_note(folder: AttemptFolder) -> dict[str, Any] | None:
    try:
        return read_fact(folder.stop)
    except UnreadableFact:
        return {"by": "somebody whose note cannot be read", "reason": "stopped_by_user"}


def _folder_missing(folder: AttemptFolder) -> dict[str, Any]:
    """Somebody deleted the folder of a running attempt: what still runs of it is ended."""
    for stray in recorder.strays(folder):
        processes.send_signal(stray, signal.SIGKILL)
    return {"finishedAt": timestamp(now()), "logBytes": 0, "lost": "folder_missing"}


def _conclude(
    folder: AttemptFolder, child: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the result that the recorder could not; whoever was first has said it."""
    size = folder.log.stat().st_size if folder.log.exists() else 0
    fact = {
        "startedAt": child.get("startedAt"),
        "finishedAt": timestamp(now()),
        "logBytes": size,
        "stop": _stop_note(folder),
        **told,
    }
    write_once(folder.result, fact)
    return read_result(folder) or fact
