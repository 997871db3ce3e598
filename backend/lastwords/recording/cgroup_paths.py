"""Making an attempt's control group and moving this process into it; which groups it is in.

Imported before a run's command is started, so it takes nothing that loads slowly: paths are plain
texts here. `cgroups` is what the rest uses. Linux only; standard library only.
"""

from __future__ import annotations

import os
from contextlib import suppress

UNIFIED, MEMORY = "unified", "memory"
_PROCS = "cgroup.procs"


def enter(name: str) -> dict[str, str | int | None]:
    """Make a group below our own in every hierarchy that lets us, and move there.

    Returns: what `ControlGroup.from_json` reads.
    """
    homes = own_groups()
    unified = _enter(homes.get(UNIFIED), name)
    counted = unified is not None and os.path.exists(f"{unified}/memory.events.local")  # noqa: PTH110
    memory = unified if counted else _enter(homes.get(MEMORY), name)
    return {"memory": memory, "memoryVersion": 2 if counted else 1, "unified": unified}


def leave(folder: str) -> bool:
    """Go back to the group that ours was made in."""
    return _write(os.path.dirname(folder), b"0")  # noqa: PTH120


def own_groups() -> dict[str, str]:
    """The folder of our own group in the version 2 hierarchy, and in version 1's for memory."""
    found: dict[str, str] = {}
    try:
        mounts = _read("/proc/self/mountinfo").splitlines()
        groups = _read("/proc/self/cgroup").splitlines()
    except OSError:
        return found
    for line in groups:
        _, controllers, path = line.split(":", 2)
        name = MEMORY if MEMORY in controllers.split(",") else UNIFIED
        if name == MEMORY or not controllers:
            for root, mount in _mounts(mounts, name):
                inside = os.path.relpath(path, root)
                folder = os.path.normpath(f"{mount}/{inside}")
                if not inside.startswith("..") and os.path.isdir(folder):  # noqa: PTH112
                    found[name] = folder
                    break
    return found


def _mounts(lines: list[str], name: str) -> list[tuple[str, str]]:
    """(root, mount point) of a hierarchy's mounts."""
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup2" if name == UNIFIED else MEMORY in options.split(","):
            fields = before.split()
            found.append((fields[3], fields[4]))
    return found


def _enter(parent: str | None, name: str) -> str | None:
    """A folder that we are in then; None where we may not go in, or could not go back."""
    if parent is None or not os.access(f"{parent}/{_PROCS}", os.W_OK):
        return None
    folder = f"{parent}/{name}"
    try:
        os.mkdir(folder)  # noqa: PTH102
    except OSError:
        return None
    if _write(folder, b"0"):
        return folder
    with suppress(OSError):
        os.rmdir(folder)  # noqa: PTH106
    return None


def _write(folder: str, word: bytes) -> bool:
    try:
        descriptor = os.open(f"{folder}/{_PROCS}", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(descriptor, word)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read()
