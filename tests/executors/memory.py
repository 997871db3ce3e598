"""Control groups with a memory limit, for engines of the tests that give jobs one."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from lastwords.recording import cgroup_paths

ENTER = 'echo $$ > "$1/cgroup.procs" || exit 99; shift; exec "$@"'  # of a shell
_NUMBERS = count()
_LIMITS = {cgroup_paths.MEMORY: "memory.limit_in_bytes", cgroup_paths.UNIFIED: "memory.max"}


def limited_group(limit: int) -> Path:
    """A new group of this many bytes; skips where this machine allows none."""
    for kind, name in _LIMITS.items():
        home = cgroup_paths.own_groups().get(kind)
        for parent in (Path(home), *Path(home).parents) if home else ():
            folder = parent / f"lastwords-engine-{os.getpid()}-{next(_NUMBERS)}"
            with suppress(OSError):
                folder.mkdir()
                if (folder / name).exists():
                    (folder / name).write_text(str(limit))
                    return folder
                folder.rmdir()
    pytest.skip("no control group with a memory limit can be made here")


def remove_group(folder: Path, seconds: float = 10.0) -> None:
    """Remove it, once what was in it has gone."""
    deadline = time.monotonic() + seconds
    while folder.is_dir() and time.monotonic() < deadline:
        with suppress(OSError):
            for inner in folder.iterdir():
                if inner.is_dir():
                    inner.rmdir()
            folder.rmdir()
        time.sleep(0.05)
