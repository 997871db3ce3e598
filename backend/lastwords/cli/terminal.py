"""The terminal of a recorded command, and the caller's own in front of it.

What is typed goes to the command's terminal, which echoes and edits it; what that shows comes back
through the log. Ctrl-C stays a stop of the run; Ctrl-\\, Ctrl-Z with fg and bg, and the window's
size go to whatever has the command's terminal at the moment. The caller's modes are put back at
the end, and whenever it is halted.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_Handler = Callable[[int, FrameType | None], None]

_PIECE = 512  # that a terminal always takes at once when it takes anything
_SIZE = (24, 80)  # where the caller has no terminal to ask


class Terminal:
    """A new terminal for a command; as a context it puts the caller's back.

    Raises: OSError, where none can be had.
    """

    def __init__(self) -> None:
        self.ends = self._master, self._slave = os.openpty()
        self._attributes: list[Any] | None = None  # the caller's own
        self._is_set = False
        self._is_read = os.isatty(0)
        if self._is_read:
            with suppress(termios.error):
                self._attributes = termios.tcgetattr(0)
                termios.tcsetattr(self._slave, termios.TCSANOW, self._attributes)
        self._resize()

    def __enter__(self) -> Terminal:
        on: dict[int, _Handler] = {signal.SIGWINCH: self._on_resize}
        if self._attributes:
            on |= {signal.SIGQUIT: self._on_quit, signal.SIGTSTP: self._on_halt}
            on |= {signal.SIGCONT: self._on_continue}
        for number, handler in on.items():
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, handler)
        self.look()
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def let_go(self) -> None:
        """Close the command's end, once others have it."""
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def look(self) -> int | None:
        """Pass on what was typed; what to wait for, where more of it can be taken."""
        if not self._is_read or not _is_in_front():
            return None
        if not self._is_set:
            self._set_modes()
        while self._is_read and _is_ready(self._master, select.POLLOUT):
            if not _is_ready(0, select.POLLIN | select.POLLHUP | select.POLLERR):
                return 0
            self._pass_on()
        return None

    def _pass_on(self) -> None:
        data = b""
        with suppress(OSError):  # it hung up
            data = os.read(0, _PIECE)
        self._is_read = bool(data)
        with suppress(OSError):  # nobody has it open any more
            os.write(self._master, data)

    # --- modes -------------------------------------------------------------------------------

    def _set_modes(self) -> None:
        """Every byte as it comes, unchanged both ways; only the keys for signals stay ours."""
        if self._attributes is None:
            return
        modes = [*self._attributes[:6], [*self._attributes[6]]]
        modes[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.IEXTEN)
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, modes)
            self._is_set = True

    def _restore(self) -> None:
        if self._attributes and self._is_set and _is_in_front():
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._attributes)
        self._is_set = False

    def _resize(self) -> None:
        size = _SIZE
        for descriptor in (0, 1, 2):
            with suppress(OSError, termios.error):
                size = termios.tcgetwinsize(descriptor)
                break
        with suppress(OSError, termios.error):
            termios.tcsetwinsize(self._master, size)

    # --- signals -----------------------------------------------------------------------------

    def _signal(self, number: int) -> None:
        """To the group that has the command's terminal, as its keys would."""
        with suppress(OSError):
            if (group := os.tcgetpgrp(self._master)) > 0:
                os.killpg(group, number)

    def _on_resize(self, _number: int, _frame: FrameType | None) -> None:
        self._resize()

    def _on_quit(self, _number: int, _frame: FrameType | None) -> None:
        self._signal(signal.SIGQUIT)

    def _on_halt(self, number: int, _frame: FrameType | None) -> None:
        """Halt the command and ourselves; goes on here.

        SIGSTOP: no shell is in the command's session, and the kernel halts by SIGTSTP only what a
        shell could let go on.
        """
        self._signal(signal.SIGSTOP)
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._on_halt)
        self._signal(signal.SIGCONT)

    def _on_continue(self, _number: int, _frame: FrameType | None) -> None:
        self._is_set = False  # a shell put its own modes back meanwhile
        self._signal(signal.SIGCONT)


def _is_in_front() -> bool:
    """Whether the caller's terminal is ours to read and set; one that controls nobody is."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return True


def _is_ready(descriptor: int, event: int) -> bool:
    poller = select.poll()
    poller.register(descriptor, event)
    return any(found & event for _, found in poller.poll(0))
