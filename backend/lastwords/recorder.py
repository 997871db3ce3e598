"""The recorder: one small process beside each attempt, its witness.

It starts the command with output.log as its stdout and stderr, so that nothing sits between the
child and its log, marks the time of the log's growth, passes on a stop, and writes how the attempt
ended into result.json. It outlives the web server and knows nothing of it.

    python -I -S -c '…' ATTEMPT_FOLDER      (see `start`)

Covered: death of the server, of the child, of grandchildren that left the session; stop with grace.
Not covered: loss of power between a write of the child and the next fdatasync (2 s).
Standard library only, and it must stay small: it lives as long as the longest training.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from lastwords import processes
from lastwords.records import now, parse_timestamp, timestamp
from lastwords.runfolder import AttemptFolder, read_fact, write_once

TICK_SECONDS = 0.1
SYNC_SECONDS = 2.0
LEFTOVER_GRACE_SECONDS = 2.0
HANDSHAKE_SECONDS = 10.0
TIMELINE_RECORD = struct.Struct("<dQ")  # unix time in seconds, bytes of log at that time
COOKIE = "LASTWORDS_ATTEMPT"


class LaunchFailed(Exception):
    """The command could not be started; `launch` says how, in errno's terms."""

    def __init__(self, launch: dict[str, Any]) -> None:
        super().__init__(launch["message"])
        self.launch = launch


# --- what the launcher calls -------------------------------------------------------------------


def start(
    folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
) -> None:
    """Start the recorder of an attempt whose spec.json is written; returns once the child runs.

    The recorder forks away from the caller, so that no zombie and no signal of a terminal ties the
    two together. A command that cannot be started is told by result.json, not by an exception.

    Raises: LaunchFailed, if the recorder itself did not come up.
    """
    package_root = str(Path(__file__).parent.parent)
    code = (
        f"import sys; sys.path.insert(0, {package_root!r}); "
        "from lastwords.recorder import main; main(sys.argv[1])"
    )
    try:
        with (
            folder.recorder_log.open("ab") as errors,
            subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, str(folder.path)],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**environment, COOKIE: _cookie(folder)},
                start_new_session=True,
            ) as process,
        ):
            _await_handshake(folder, process)
    except OSError as error:  # no folder, no memory, too many open files
        number = error.errno or errno.EIO
        raise LaunchFailed(_launch_error(number, str(folder.path), "recorder of")) from error


def _await_handshake(folder: AttemptFolder, process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], HANDSHAKE_SECONDS)
    if ready and os.read(process.stdout.fileno(), 64).startswith(b"started"):
        return
    for stray in strays(folder):  # the process itself has long ended: it forked away
        processes.send_signal(stray, signal.SIGKILL)
    words = folder.recorder_log.read_text(encoding="utf-8", errors="replace").strip()
    raise LaunchFailed({"message": f"the recorder did not start: {words or 'no word from it'}"})


def request_stop(
    folder: AttemptFolder, by: str, *, reason: str, signal_number: int = signal.SIGTERM
) -> None:
    """Note who stops the attempt, then wake its recorder; a second call cuts the grace short."""
    note = {"by": by, "at": timestamp(now()), "reason": reason, "signal": signal_number}
    write_once(folder.stop, note)
    if identity := recorder_identity(folder):
        processes.send_signal(identity, signal.SIGTERM)


def recorder_identity(folder: AttemptFolder) -> processes.Identity | None:
    """The attempt's recorder as child.json names it; None before the child was started."""
    fact = read_fact(folder.child)
    return processes.Identity.from_json(fact["recorder"]) if fact else None


def is_recorded(folder: AttemptFolder) -> bool:
    """Whether a living recorder holds the attempt's lock."""
    try:
        with folder.lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def strays(folder: AttemptFolder) -> list[processes.Identity]:
    """Living processes that carry the attempt's cookie: its tree after the recorder's death."""
    return processes.with_cookie(COOKIE, _cookie(folder))


def _cookie(folder: AttemptFolder) -> str:
    """The whole path: two homes may well have runs of the same id."""
    return str(folder.path.resolve())


# --- the recorder's own process ----------------------------------------------------------------


def main(attempt: str) -> None:
    """Fork away from the launcher and record; the handshake goes to stdout."""
    if os.fork():
        os._exit(0)
    os.setsid()
    folder = AttemptFolder(Path(attempt))
    lock = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    processes.become_subreaper()
    spec = read_fact(folder.spec)
    if spec is None:
        raise SystemExit(f"{folder.spec} is missing")
    Recorder(folder, spec).record()


class Recorder:
    """Witness of one attempt: from before its child starts until nothing of it is left."""

    def __init__(self, folder: AttemptFolder, spec: Mapping[str, Any]) -> None:
        self.folder = folder
        self.command: Sequence[str] = spec["command"]
        self.directory: str = spec["cwd"]
        self.grace = float(spec.get("graceSeconds", 10.0))
        self.time_limit: float | None = spec.get("timeLimitSeconds")
        self.log = os.open(
            folder.log,
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW,
            0o600,
        )
        self.timeline = os.open(
            folder.timeline, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        self.marked = -1
        self.synced = 0.0
        self.stops = 0
        self.deadline: float | None = None
        self.statuses: dict[int, tuple[int, Any]] = {}

    def record(self) -> None:
        """Start the child, wait for its end, clear up after it, and write result.json."""
        self.wake, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        started, clock = now(), time.monotonic()
        try:
            child = self._launch()
        except LaunchFailed as failure:
            self._finish({"launchError": failure.launch}, started, clock)
            self._handshake()
            return
        self._write_child(child, started)
        self._handshake()
        status, usage = self._wait(child.pid)
        child.returncode = os.waitstatus_to_exitcode(status)
        ending = describe_wait_status(status) | {
            "userSeconds": usage.ru_utime,
            "systemSeconds": usage.ru_stime,
            "peakMemoryBytes": usage.ru_maxrss * 1024,
        }
        finished = now()
        seconds = time.monotonic() - clock
        killed = self._clear_tree()
        self._finish(ending | {"killed": killed}, started, clock, finished, seconds)

    def _launch(self) -> subprocess.Popen[bytes]:
        if not Path(self.directory).is_dir():
            raise LaunchFailed(_launch_error(errno.ENOENT, self.directory, "working folder"))
        environment = dict(os.environ)
        try:
            return subprocess.Popen(
                self.command,
                stdin=None,
                stdout=self.log,
                stderr=self.log,
                cwd=self.directory,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            number = error.errno or errno.EIO
            raise LaunchFailed(_launch_error(number, self.command[0], "command")) from error

    def _write_child(self, child: subprocess.Popen[bytes], started: datetime) -> None:
        identity, own = processes.identify(child.pid), processes.identify(os.getpid())
        assert identity is not None and own is not None, "our own unreaped child has a /proc entry"
        fact = identity.to_json() | {"recorder": own.to_json(), "startedAt": timestamp(started)}
        write_once(self.folder.child, fact)
        if self.folder.stop.exists():  # asked for before anybody could know whom to signal
            self.stops += 1

    def _handshake(self) -> None:
        """Tell the launcher, and let go of its pipe and of the stdin that is the child's."""
        with suppress(BrokenPipeError):
            os.write(1, b"started\n")
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)

    def _wait(self, pid: int) -> tuple[int, Any]:
        """Wait for the child while marking time, syncing, and carrying out stops."""
        pidfd = os.pidfd_open(pid)
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self.wake, select.POLLIN)
        begun = time.monotonic()
        while True:
            self._reap()
            if pid in self.statuses:
                self._mark_time()
                return self.statuses[pid]
            poller.poll(TICK_SECONDS * 1000)
            with suppress(BlockingIOError):
                os.read(self.wake, 512)
            self._mark_time()
            if self.time_limit and not self.stops and time.monotonic() - begun > self.time_limit:
                request_stop(self.folder, "time limit", reason="timeout")
            self._escalate(pid)

    def _reap(self) -> None:
        """Take in every dead child, ours and orphans handed to us, with its status."""
        with suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if not pid:
                    return
                self.statuses[pid] = (status, usage)

    def _on_stop(self, number: int, _frame: object) -> None:
        self.stops += 1

    def _escalate(self, pid: int) -> None:
        """SIGTERM (or the noted signal) at the first stop; SIGKILL when its grace is over."""
        if not self.stops:
            return
        clock = time.monotonic()
        if self.deadline is None:
            note = {"by": "a signal to the recorder", "at": timestamp(now())}
            write_once(self.folder.stop, note | {"reason": "host_shutdown", "signal": 15})
            fact = read_fact(self.folder.stop) or {}
            self.deadline = clock + self.grace
            self.first_stops = self.stops
            with suppress(ProcessLookupError):
                os.kill(pid, int(fact.get("signal", signal.SIGTERM)))
        elif clock >= self.deadline or self.stops > self.first_stops:
            write_once(
                self.folder.path / "forced.json",
                {"at": timestamp(now()), "graceSeconds": self.grace},
            )
            for identity in [*processes.descendants(os.getpid())]:
                processes.send_signal(identity, signal.SIGKILL)

    def _clear_tree(self) -> list[int]:
        """End what the child left behind: SIGTERM, a moment, then SIGKILL until none is left."""
        left = processes.descendants(os.getpid())
        killed = {identity.pid for identity in left}
        deadline = time.monotonic() + LEFTOVER_GRACE_SECONDS
        number = signal.SIGTERM
        asked: set[processes.Identity] = set()
        while left:
            if number == signal.SIGTERM and time.monotonic() > deadline:
                number, asked = signal.SIGKILL, set()
            for identity in left:
                if identity not in asked or number == signal.SIGKILL:
                    processes.send_signal(identity, number)
                    asked.add(identity)
            time.sleep(0.01)
            self._reap()
            left = processes.descendants(os.getpid())
            killed |= {identity.pid for identity in left}
        self._reap()
        return sorted(killed)

    def _mark_time(self) -> None:
        """Note (time, size) when the log has grown, and bring it to the disk now and then."""
        size = os.fstat(self.log).st_size
        if size != self.marked:
            os.write(self.timeline, TIMELINE_RECORD.pack(time.time(), size))
            self.marked = size
            if time.monotonic() - self.synced > SYNC_SECONDS:
                os.fdatasync(self.log)
                self.synced = time.monotonic()

    def _finish(
        self,
        ending: dict[str, Any],
        started: datetime,
        clock: float,
        finished: datetime | None = None,
        seconds: float | None = None,
    ) -> None:
        self._mark_time()
        os.fsync(self.log)
        fact = {
            "startedAt": timestamp(started),
            "finishedAt": timestamp(finished or now()),
            "seconds": round(time.monotonic() - clock if seconds is None else seconds, 6),
            "logBytes": os.fstat(self.log).st_size,
            "stop": read_fact(self.folder.stop),
            "forced": read_fact(self.folder.path / "forced.json") is not None,
            **ending,
        }
        write_once(self.folder.result, fact)


def describe_wait_status(status: int) -> dict[str, Any]:
    """`{"exitCode": n}` or `{"signal": "SIGNAME"}`, never both."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return {"exitCode": code, "signal": None}
    return {"exitCode": None, "signal": processes.signal_name(-code)}


def _launch_error(number: int, subject: str, what: str) -> dict[str, Any]:
    message = f"{what} {subject!r}: {os.strerror(number)}"
    return {"errno": errno.errorcode.get(number, str(number)), "message": message, "what": what}


def started_at(folder: AttemptFolder) -> datetime | None:
    """When the child was started; None if it was not."""
    fact = read_fact(folder.child)
    return parse_timestamp(fact["startedAt"]) if fact else None
