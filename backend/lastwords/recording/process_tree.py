"""The whole tree of an attempt: listed, signalled, halted and ended, whatever left its session.

The recorder is the subreaper of all that its child ever starts, so that everything that lives of
it is below the recorder; the attempt's control group, where there is one, does the same at once.
Standard library only.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from lastwords.recording import processes
from lastwords.recording.cgroups import ControlGroup
from lastwords.recording.pump import Pump

GRACE_SECONDS = 2.0
SURVIVOR_SECONDS = 10.0  # what a SIGKILL did not end by then is stuck in the kernel


class Tree:
    """Everything below this process but its own `helper` and `pump`."""

    def __init__(self, group: ControlGroup, pump: Pump | None = None) -> None:
        self.group = group
        self.helper: int | None = None
        self.pump = pump

    @property
    def own(self) -> set[int | None]:
        """What is ours, not the attempt's."""
        return {self.helper, self.pump.pid if self.pump else None}

    def living(self) -> list[processes.Identity]:
        """A failing look at /proc finds nothing; it is worth repeating."""
        if not _has_children():
            return []
        with suppress(OSError):
            found = processes.descendants(os.getpid())
            return [identity for identity in found if identity.pid not in self.own]
        return []

    def signal(self, number: int) -> None:
        for identity in self.living():
            with suppress(OSError):
                processes.send_signal(identity, number)

    def kill(self) -> None:
        """SIGKILL to all of it; by its group also what forks faster than it can be listed."""
        self.group.kill()
        self.signal(signal.SIGKILL)

    def halt(self, halted: bool) -> None:
        """Let no process of it run, or let them go on."""
        if not self.group.freeze(halted):
            self.signal(signal.SIGSTOP if halted else signal.SIGCONT)

    def await_end(self, reap: Callable[[], None], seconds: float) -> list[processes.Identity]:
        """Give all of it so long to end by itself, as a pool's workers do after their parent.

        Returns: what is left then.
        """
        begun = time.monotonic()
        while (left := self.living()) and time.monotonic() - begun < seconds:
            time.sleep(0.01)
            reap()
        return left

    def clear(self, reap: Callable[[], None]) -> tuple[list[int], list[int]]:
        """End all of it: SIGTERM, a moment, then SIGKILL until none is left.

        reap: takes in the dead. Returns: the pids that were ended, and those that would not die.
        """
        left = self.living()
        ended: set[int] = set()
        asked: set[processes.Identity] = set()
        begun = time.monotonic()
        while left and time.monotonic() - begun < GRACE_SECONDS + SURVIVOR_SECONDS:
            ended |= {identity.pid for identity in left}
            if time.monotonic() - begun > GRACE_SECONDS:
                self.kill()
            for identity in {*left} - asked:
                with suppress(OSError):
                    processes.send_signal(identity, signal.SIGTERM)
            asked |= {*left}
            time.sleep(0.01)
            reap()
            left = self.living()
        survivors = {identity.pid for identity in left}
        return sorted(ended - survivors), sorted(survivors)


def _has_children() -> bool:
    """Whether this process has any child, dead or alive; a subreaper without one has no tree.

    One call, where a look through /proc takes 10 ms on a busy machine.
    """
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
