"""The local executor: a recorder beside each attempt, on this machine.

An attempt whose recorder died is adopted. What the kernel no longer tells of its end is said to be
unknown, never guessed.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from lastwords.executors import units
from lastwords.executors.adoption import DYING_SECONDS, Adopted, stop_note, tidy
from lastwords.folders.log_ends import ends_of
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    open_regular,
    read_child,
    read_result,
    release_fact,
    write_once,
)
from lastwords.recording import hosts, processes, recorder
from lastwords.records import now, timestamp

_log = logging.getLogger(__name__)

# A recorder shakes hands within HANDSHAKE_SECONDS or was killed by its launcher.
LAUNCH_PATIENCE = timedelta(seconds=recorder.HANDSHAKE_SECONDS + 5)
HALTED_SECONDS = 3.0  # that a halted recorder may keep an end or a stop waiting


class LocalExecutor:
    """Launches, stops and observes attempts on this machine."""

    def __init__(self) -> None:
        self._pidfds: dict[AttemptFolder, dict[processes.Identity, int]] = {}
        self._adopted: dict[AttemptFolder, Adopted] = {}
        self._awaited: dict[AttemptFolder, float] = {}
        self._halted: dict[AttemptFolder, float] = {}

    def launch(
        self,
        folder: AttemptFolder,
        environment: Mapping[str, str],
        stdin: int | IO[Any] | None = subprocess.DEVNULL,
    ) -> None:
        try:
            self._start(folder, environment, stdin)
        except recorder.LaunchFailed:
            _kill_strays(folder)
            raise

    def _start(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        """In a scope where we are a service; without one where systemd refuses it."""
        if placed_by := units.scope_of(folder):
            try:
                return recorder.start(folder, environment, stdin, placed_by=placed_by)
            except recorder.LaunchFailed as failure:
                if folder.lock.exists():  # it was not the scope that failed
                    raise
                _log.warning("%s gets no scope of its own: %s", folder.run_id, failure)
        recorder.start(folder, environment, stdin)

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        recorder.request_stop(folder, by, reason=reason)

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        if result := read_result(folder):
            return result
        if not folder.path.is_dir():
            return _folder_missing(folder)
        if recorder.is_recorded(folder):
            return self._instead_of_halted(folder, grace)
        try:
            child = read_child(folder)
        except OutOfReach:
            raise
        except UnreadableFact:
            return _conclude(folder, {}, {"lost": "child_damaged"})
        if result := read_result(folder):  # written between the first look and the lock's
            return result
        if child is None:
            return self._never_started(folder)
        if hosts.elsewhere(child, folder.path) is not None:
            return None  # whether it lives is known there alone
        identity = processes.Identity.from_json(child)
        if identity.boot_id != processes.boot_id():
            return _conclude(folder, child, {"lost": "host_rebooted"})
        return self._watch_over(folder, child, grace)

    def _watch_over(
        self, folder: AttemptFolder, child: Mapping[str, Any], grace: float
    ) -> dict[str, Any] | None:
        """Look after a child in its recorder's place; its ending once it has ended."""
        identity = processes.Identity.from_json(dict(child))
        pidfd = self._pidfd(folder, identity)
        if folder not in self._adopted:
            self._adopted[folder] = Adopted(folder, child)
        adopted = self._adopted[folder]
        if processes.is_alive(identity):
            adopted.look(grace)
            return None
        return _conclude(folder, child, adopted.conclude(processes.wait_status(identity, pidfd)))

    def _instead_of_halted(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        """See to an attempt whose recorder is halted, once it has ended or is to be stopped.

        After a while the recorder is let go on, to do its part itself. One that is held all the
        same, by a debugger or by SIGSTOP again and again, has its part done for it.
        """
        child = _known(folder)
        if child is None or not _needs_its_recorder(folder, child):
            self._halted.pop(folder, None)
            self._let_go(folder)
            return None
        halted = time.monotonic() - self._halted.setdefault(folder, time.monotonic())
        if halted > HALTED_SECONDS:
            recorder.let_go_on(processes.Identity.from_json(child["recorder"]))
        if halted < 2 * HALTED_SECONDS:
            return None
        return self._watch_over(folder, child, grace)

    def descriptor(self, folder: AttemptFolder) -> int | None:
        fact = _known(folder)
        if fact is None:
            return None
        child = self._pidfd(folder, processes.Identity.from_json(fact))
        if folder in self._adopted:
            return child
        return self._pidfd(folder, processes.Identity.from_json(fact["recorder"]))

    def _pidfd(self, folder: AttemptFolder, identity: processes.Identity) -> int | None:
        """A descriptor held on a process of the attempt, so that its exit status is not lost."""
        held = self._pidfds.setdefault(folder, {})
        if identity not in held and (pidfd := processes.open_pidfd(identity)) is not None:
            held[identity] = pidfd
        return held.get(identity)

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        fact = _known(folder)
        if fact is None:
            return []
        if (host := hosts.elsewhere(fact, folder.path)) is not None:
            return [_remark("on_another_host", _elsewhere(host, folder))]
        state = processes.state(processes.Identity.from_json(fact["recorder"]))
        if state in processes.HALTED:
            return [
                _remark(
                    "supervisor_stalled",
                    "The recorder is paused: timestamps and limits are not updated.",
                )
            ]
        if state is not None or folder.result.exists():
            return []
        found = [_remark("adopted", "The recorder died; the server watches the run instead.")]
        if processes.state(processes.Identity.from_json(fact)) in processes.HALTED:
            found.append(_remark("stopped_by_signal", "Paused by a signal."))
        return found

    def is_out_of_sight(self, folder: AttemptFolder) -> bool:
        fact = _known(folder)
        return fact is not None and hosts.elsewhere(fact, folder.path) is not None

    def has_processes(self, folder: AttemptFolder) -> bool:
        return bool(recorder.strays(folder))

    def kill(self, folder: AttemptFolder) -> None:
        _kill_strays(folder)

    def forget(self, folder: AttemptFolder) -> None:
        self._awaited.pop(folder, None)
        self._halted.pop(folder, None)
        for pidfd in self._pidfds.pop(folder, {}).values():
            os.close(pidfd)
        self._let_go(folder)

    def _let_go(self, folder: AttemptFolder) -> None:
        if adopted := self._adopted.pop(folder, None):
            adopted.close()

    def _never_started(self, folder: AttemptFolder) -> dict[str, Any] | None:
        """No recorder lives and no child was noted: launched just now, or never.

        What we have waited for ourselves counts too: a clock that was set back makes nothing old.
        """
        awaited = time.monotonic() - self._awaited.setdefault(folder, time.monotonic())
        age = max(time.time() - folder.path.stat().st_mtime, awaited)
        if age < LAUNCH_PATIENCE.total_seconds():
            return None
        _kill_strays(folder)
        if folder.log.exists():  # the command was started, or was about to be
            return _conclude(folder, {}, recorder.RECORDER_LOST)
        message = "the recorder ended before it could start the command; see recorder.log"
        error = {"errno": None, "message": message, "what": "recorder"}
        return _conclude(folder, {}, {"launchError": error})


def _known(folder: AttemptFolder) -> dict[str, Any] | None:
    """What child.json tells, if it tells anything: a run that damaged its own is not waited on."""
    with suppress(UnreadableFact):
        return read_child(folder)
    return None


def _needs_its_recorder(folder: AttemptFolder, child: Mapping[str, Any]) -> bool:
    """Whether a recorder is halted though its child has ended, or somebody asked it to stop."""
    if processes.state(processes.Identity.from_json(child["recorder"])) not in processes.HALTED:
        return False
    return folder.stop.exists() or not processes.is_alive(processes.Identity.from_json(dict(child)))


def _kill_strays(folder: AttemptFolder) -> None:
    """Kill what lives of an attempt, and see it gone: its log's size is told next."""
    strays = recorder.strays(folder)
    for stray in strays:
        processes.send_signal(stray, signal.SIGKILL)
    deadline = time.monotonic() + DYING_SECONDS
    while any(map(processes.is_alive, strays)) and time.monotonic() < deadline:
        time.sleep(0.01)


def _remark(notice: str, detail: str) -> dict[str, Any]:
    return {"time": timestamp(now()), "notice": notice, "detail": detail}


def _elsewhere(host: str, folder: AttemptFolder) -> str:
    return (
        f"It was started on {host or 'another machine'}, whose processes cannot be seen from this "
        f"machine. If you know that it is gone: lastwords lost {folder.run_id}"
    )


def _folder_missing(folder: AttemptFolder) -> dict[str, Any]:
    """The folder of a running attempt was deleted: end what is still running of it."""
    _kill_strays(folder)
    return {"finishedAt": timestamp(now()), "logBytes": 0, "lost": "folder_missing"}


def _conclude(
    folder: AttemptFolder, child: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the result that the recorder could not write; the first writer wins."""
    tidy(folder, child)
    fact = {
        "startedAt": child.get("startedAt"),
        "finishedAt": timestamp(now()),
        "stop": stop_note(folder),
        **_log_as_it_is(folder),
        **told,
    }
    try:
        write_once(folder.result, fact)
    except OSError as error:  # a disk that takes nothing must not keep a dead run "running"
        _log.error("%s cannot be written: %s", folder.result, error)
    for path in (folder.child, folder.stop, folder.result):
        release_fact(path)
    return read_result(folder) or fact


def _log_as_it_is(folder: AttemptFolder) -> dict[str, Any]:
    with suppress(OSError), open_regular(folder.log, alone=True) as file:
        size = os.fstat(file.fileno()).st_size
        return {"logBytes": size, "logEnds": ends_of(file.fileno(), size)}
    return {"logBytes": folder.log_size}
