"""An attempt's control group in use: counted, frozen, killed, removed; `cgroup_paths` makes it.

It tells for certain whether the kernel killed something of the attempt for want of memory, and it
ends, freezes and lists the whole tree at once. Version 2, a version 1 memory hierarchy, and both
side by side are used as they are; where none can be written to there is no group, and nothing else
changes. Linux only; standard library only.

Source: docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.recording import cgroup_paths

_UNLIMITED = 1 << 60  # version 1 says "no limit" as the largest page-aligned number


class Counts(NamedTuple):
    """What a memory group counts: processes killed, and bytes used at most and allowed."""

    kills: int
    peak: int | None
    limit: int | None


class MemoryGroup(NamedTuple):
    """A folder of a memory hierarchy, version 1 or 2."""

    path: Path
    version: int

    def counts(self) -> Counts | None:
        """The counters as they are now; None where the folder is gone or has none."""
        kills = self.kills()
        return None if kills is None else Counts(kills, self._peak(), self._limit())

    def kills(self) -> int | None:
        """How many of its processes were killed; None where there is no such counter."""
        name = "memory.events.local" if self.version == 2 else "memory.oom_control"
        try:
            return _keyed(self.path / name)["oom_kill"]
        except (OSError, KeyError, ValueError):
            return None

    def _peak(self) -> int | None:
        name = "memory.peak" if self.version == 2 else "memory.max_usage_in_bytes"
        return _number(self.path / name)

    def _limit(self) -> int | None:
        """The tightest limit of the group and those it lies in."""
        name = "memory.max" if self.version == 2 else "memory.limit_in_bytes"
        limits = [_number(folder / name) for folder in (self.path, *self.path.parents)]
        return min((limit for limit in limits if limit and limit < _UNLIMITED), default=None)


class ControlGroup(NamedTuple):
    """An attempt's own group: `memory` counts, `unified` (version 2) kills and freezes.

    Whoever is in it when it is killed or frozen is so too: the recorder leaves it first.
    """

    memory: MemoryGroup | None
    unified: Path | None

    @property
    def folders(self) -> list[Path]:
        """Every folder that a process must be put in."""
        paths = [self.memory.path] if self.memory else []
        return [*paths, *([self.unified] if self.unified and self.unified not in paths else [])]

    def pids(self) -> list[int] | None:
        """Every process of the group; None where the kernel does not tell."""
        for folder in self.folders[-1:]:
            with suppress(OSError):
                return [int(line) for line in (folder / "cgroup.procs").read_bytes().split()]
        return None

    def kill(self) -> bool:
        """SIGKILL everything in the group at once, also what forks faster than it can be listed."""
        return self._tell("cgroup.kill", b"1")

    def freeze(self, frozen: bool) -> bool:
        """Halt every process of the group, or let it go on."""
        return self._tell("cgroup.freeze", b"1" if frozen else b"0")

    def cpu_seconds(self) -> float | None:
        """CPU time of all that ever ran in the group, exact even for what lived a moment."""
        if self.unified:
            with suppress(OSError, KeyError, ValueError):
                return _keyed(self.unified / "cpu.stat")["usage_usec"] / 1e6
        return None

    def remove(self) -> None:
        """Take the folders away; those that still hold a process stay."""
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()

    @classmethod
    def from_json(cls, fact: Mapping[str, Any] | None) -> ControlGroup:
        fact = fact or {}
        memory, unified = fact.get("memory"), fact.get("unified")
        version = 2 if fact.get("memoryVersion") == 2 else 1
        return cls(
            MemoryGroup(Path(memory), version) if isinstance(memory, str) else None,
            Path(unified) if isinstance(unified, str) else None,
        )

    def _tell(self, name: str, word: bytes) -> bool:
        try:
            _write((self.unified or Path()) / name, word)
        except OSError:
            return False
        return self.unified is not None


def leave(group: ControlGroup) -> ControlGroup:
    """Go back to the groups that our own one lies in; returns what may be used from now on."""
    for folder in group.folders:
        if not cgroup_paths.leave(str(folder)):  # what ends it would end us
            return ControlGroup(group.memory, None if folder == group.unified else group.unified)
    return group


def sweep(group: ControlGroup) -> None:
    """Remove empty groups beside this one whose recorder, named by pid, is dead: it could not."""
    for folder in group.folders:
        for other in folder.parent.glob("lastwords-run_*"):
            with suppress(OSError):
                if not Path("/proc", other.name.rpartition("-")[2]).exists():
                    other.rmdir()


def shared_memory_group() -> MemoryGroup | None:
    """The group that we are in with others; its counters tell less than an own group's."""
    hierarchies = cgroup_paths.own_groups()
    for name, version in ((cgroup_paths.UNIFIED, 2), (cgroup_paths.MEMORY, 1)):
        if folder := hierarchies.get(name):
            group = MemoryGroup(Path(folder), version)
            if group.counts() is not None:
                return group
    return None


def _keyed(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}


def _number(path: Path) -> int | None:
    try:
        return int(path.read_bytes())
    except (OSError, ValueError):  # "max", and files that an older kernel has not
        return None


def _write(path: Path, word: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, word)
    finally:
        os.close(descriptor)
