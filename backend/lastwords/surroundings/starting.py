"""Starts the taking of an attempt's surroundings, once its command runs already.

It is a process of its own that nobody waits for: what it finds is worth less than the run.
Standard library only.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

NICE = 19  # behind everybody else: it may take its time


def take_beside(attempt: Path, variables: Mapping[str, str]) -> None:
    """Have the surroundings of an attempt taken by a process that belongs to nobody.

    variables: the child's own. Where no process can be started nothing is taken, and the file's
    absence says so.
    """
    with suppress(OSError, ValueError):
        pid = os.posix_spawn(
            sys.executable,
            _command(attempt),
            variables,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
            setsid=True,
        )
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, NICE)  # before Python takes 10 ms to start
        # It forks away as soon as it is up; what is left of it must not stay a zombie.
        threading.Thread(target=_reap, args=[pid], name="reap", daemon=True).start()


def _command(attempt: Path) -> list[str]:
    package_root = str(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {package_root!r}); "
        "from lastwords.surroundings.taking import main; main(sys.argv[1])"
    )
    return [sys.executable, "-I", "-S", "-c", code, str(attempt)]


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # somebody else waited for every child
        os.waitpid(pid, 0)
