"""The pump of a run on a terminal: a process that carries the terminal's bytes into the log.

It is a fork of the recorder, made before anything else is loaded, and outlives it: a recorder that
is killed costs no byte. Nor does a pump that is killed: what it reads lies in memory that it shares
with its recorder, and the next one writes what is not in the log yet. A disk that takes nothing is
tried again for a while, and the command waits; then the terminal is read all the same, and what
could not be written is counted. Standard library only.

Not covered: recorder and pump killed together; bytes 0xFF at the very end of what a killed pump had
just read, which are taken for room that nothing was read into.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
import time
from collections.abc import Callable
from contextlib import suppress

NAME = "lastwords-pump"
DRAIN_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0  # for a disk that takes nothing
_AGAIN_SECONDS = 0.05
_FIRST_LOOK, _LAST_LOOK = 0.001, 0.1  # between looks at a terminal that nobody has open

_AT_ONCE = 1 << 16
_HEADER = struct.Struct("qqq")  # the log's size without what was read last; bytes lost, and why
_NOTHING = memoryview(b"\xff" * _AT_ONCE)  # no byte of UTF-8


class Pump:
    """The pump as its recorder has it: started, followed, waited for."""

    def __init__(self, master: int, log: int) -> None:
        self.pid: int | None = None
        self._is_over = False
        self._master = master
        self._log = log
        self._shared = mmap.mmap(-1, _HEADER.size + _AT_ONCE)
        self._shared[_HEADER.size :] = _NOTHING
        self.follow()

    def follow(self) -> None:
        """Start one where none runs and the terminal is not at its end; tried again if it fails."""
        if self.pid is not None or self._is_over:
            return
        with suppress(OSError):
            if pid := os.fork():
                self.pid = pid
                return
            try:
                _run(self._master, self._log, self._shared)
            finally:
                os._exit(1)

    def took(self, pid: int, status: int) -> bool:
        """Whether a dead process was the pump."""
        if pid != self.pid:
            return False
        self.pid = None
        self._is_over = self._is_over or status == 0
        return True

    def loss(self) -> str | None:
        """A sentence about what could not be written so far, if anything."""
        _, lost, number = _HEADER.unpack_from(self._shared)
        if not lost:
            return None
        return f"The log could not be written ({os.strerror(number)}): {lost:,} bytes are missing."

    def drain(self, reap: Callable[[], None]) -> None:
        """Wait until all that was written to the terminal is in the log; what survives holds it up.

        reap: takes in the dead, and tells us of them.
        """
        self._await(reap)
        if self.pid is not None:
            self._is_over = True
            with suppress(OSError):
                os.kill(self.pid, 9)
            self._await(reap)

    def _await(self, reap: Callable[[], None]) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while not (self._is_over and self.pid is None) and time.monotonic() < deadline:
            reap()
            time.sleep(0.001)


def _run(master: int, log: int, shared: mmap.mmap) -> None:
    """Be the pump: hold nothing but the two, so that the lock and the pipes end with others."""
    os.dup2(master, 0)
    os.dup2(log, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.setsid()
    _hear_nothing()
    for path, word in (("comm", NAME.encode()), ("oom_score_adj", b"-900")):
        with suppress(OSError), open(f"/proc/self/{path}", "wb") as file:  # noqa: PTH123
            file.write(word)
    _Carrier(shared).carry()
    os._exit(0)


def _hear_nothing() -> None:
    import signal

    signal.set_wakeup_fd(-1)
    for name in ("HUP", "INT", "QUIT", "TERM", "TSTP", "TTIN", "TTOU", "USR1", "USR2", "XFSZ"):
        signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_IGN)


class _Carrier:
    """From fd 0 to fd 1, through memory that shows at any moment what was read and not written."""

    def __init__(self, shared: mmap.mmap) -> None:
        self._shared = shared
        self._read = memoryview(shared)[_HEADER.size :]
        self._size, self._lost, self._why = _HEADER.unpack_from(shared)
        self._deadline: float | None = None  # for a disk that takes nothing

    def carry(self) -> None:
        """Until nobody has the terminal open, nor a session that could open it again."""
        self._go_on()
        pause, into = _FIRST_LOOK, [self._read]
        while True:
            try:
                count = os.readv(0, into)
            except OSError:  # EIO: nobody has it open at the moment
                count = 0
            if count:
                pause = _FIRST_LOOK
                self._keep(0, count)
            elif _has_no_session():
                return
            else:
                time.sleep(pause)
                pause = min(2 * pause, _LAST_LOOK)

    def _go_on(self) -> None:
        """Write what one before us had read, as far as that is not in the log."""
        end = len(bytes(self._read).rstrip(b"\xff"))
        written = max(0, os.fstat(1).st_size - self._size)
        self._size += min(written, end)
        self._keep(written, end)

    def _keep(self, begin: int, end: int) -> None:
        """Write a part of what was read; the order counts, since we may be killed at any point."""
        while begin < end:
            try:
                written = os.write(1, self._read[begin:end])
            except OSError as error:
                written = self._refused(end - begin, error)
            else:
                self._size += written
                self._deadline = None
            begin += written
        self._read[:end] = _NOTHING[:end]
        _HEADER.pack_into(self._shared, 0, self._size, self._lost, self._why)

    def _refused(self, count: int, error: OSError) -> int:
        """How many bytes are given up, after a failed write of so many."""
        clock = time.monotonic()
        self._deadline = self._deadline or clock + _PATIENCE_SECONDS
        if clock < self._deadline and error.errno != errno.EFBIG:
            time.sleep(_AGAIN_SECONDS)
            return 0
        self._lost += count
        self._why = error.errno or errno.EIO
        return count


def _has_no_session() -> bool:
    try:
        return os.tcgetpgrp(0) <= 0
    except OSError:
        return True
