"""The pump of a run on a terminal: a process that carries the terminal's bytes into the log.

It is a fork of the recorder, made before anything else is loaded, and outlives it: a recorder that
is killed costs no byte. A pump that is killed is followed by another; what it had read and not
written yet, at most one read, is lost, and told as a gap. A disk that takes nothing is tried again
while the command waits, so that nothing is dropped. Standard library only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress

NAME = "lastwords-pump"
DRAIN_SECONDS = 5.0
_AT_ONCE = 1 << 16
_AGAIN_SECONDS = 0.05
_FIRST_LOOK, _LAST_LOOK = 0.001, 0.1  # between looks at a terminal that nobody has open


class Pump:
    """The pump as its recorder has it: started, followed, waited for."""

    def __init__(self, master: int, log: int) -> None:
        self.pid: int | None = None
        self.has_lost = False  # whether one died with what it had read
        self._is_over = False
        self._master = master
        self._log = log
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
                _run(self._master, self._log)
            finally:
                os._exit(1)

    def took(self, pid: int, status: int) -> bool:
        """Whether a dead process was the pump."""
        if pid != self.pid:
            return False
        self.pid = None
        self._is_over = self._is_over or status == 0
        self.has_lost = self.has_lost or status != 0
        return True

    def drain(self, reap: Callable[[], None]) -> None:
        """Wait until all that was written to the terminal is in the log; what survives holds it up.

        reap: takes in the dead, and tells us of them.
        """
        self._await(reap)
        if self.pid is not None:
            self._is_over = self.has_lost = True
            with suppress(OSError):
                os.kill(self.pid, 9)
            self._await(reap)

    def _await(self, reap: Callable[[], None]) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while not (self._is_over and self.pid is None) and time.monotonic() < deadline:
            reap()
            time.sleep(0.001)


def _run(master: int, log: int) -> None:
    """Be the pump: hold nothing but the two, so that the lock and the pipes end with others."""
    os.dup2(master, 0)
    os.dup2(log, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.setsid()
    _hear_nothing()
    for path, word in (("comm", NAME.encode()), ("oom_score_adj", b"-900")):
        with suppress(OSError), open(f"/proc/self/{path}", "wb") as file:  # noqa: PTH123
            file.write(word)
    _carry()
    os._exit(0)


def _hear_nothing() -> None:
    import signal

    signal.set_wakeup_fd(-1)
    for name in ("HUP", "INT", "QUIT", "TERM", "TSTP", "TTIN", "TTOU", "USR1", "USR2", "XFSZ"):
        signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_IGN)


def _carry() -> None:
    """Until nobody has the terminal open, nor a session that could open it again."""
    pause = _FIRST_LOOK
    while True:
        if data := _read():
            pause = _FIRST_LOOK
            _keep(data)
        elif _has_no_session():
            return
        else:
            time.sleep(pause)
            pause = min(2 * pause, _LAST_LOOK)


def _read() -> bytes:
    try:
        return os.read(0, _AT_ONCE)
    except OSError:  # EIO: nobody has it open at the moment
        return b""


def _has_no_session() -> bool:
    try:
        return os.tcgetpgrp(0) <= 0
    except OSError:
        return True


def _keep(data: bytes) -> None:
    while data:
        try:
            data = data[os.write(1, data) :]
        except OSError:  # a full disk: its writer waits with us
            time.sleep(_AGAIN_SECONDS)
