"""The artifacts of a training: its files, found by a walk that follows no links.

A file is named by its path below the folder, as the walk found it; what somebody asks for is looked
up among those names and never joined to a path. Names are remembered for as long as no folder
changed, checksums for as long as a file did not. Standard library only.
"""

from __future__ import annotations

import os
import stat
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from lastwords.folders.checksums import Checksums, version_of
from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.records import timestamp_from_unix

MOST = 10_000  # files that one list names
AT_ONCE = 32 << 20  # bytes whose checksums a list waits for
WAITED = 0.2  # seconds, at most
_REMEMBERED = 300_000  # names
_SETTLED = 2_000_000_000  # ns after its last change, within which a folder's time may hide another

_Found = tuple[str, str, os.stat_result]  # a file's name, its place and its status


@dataclass(frozen=True)
class Artifact:
    """A file; `sha256` is None while the run is running, and until it is calculated."""

    path: str
    bytes: int
    sha256: str | None
    modified_at: str


@dataclass(frozen=True)
class _Names:
    """What a walk found: each name as it is shown and as it is on the disk, in order."""

    names: list[tuple[str, str]]
    folders: dict[str, tuple[int, int]]  # inode and time of each
    is_settled: bool

    def still_hold(self) -> bool:
        return self.is_settled and all(
            _stamp(path) == stamp for path, stamp in self.folders.items()
        )


class Artifacts:
    """The files of attempts, and their checksums, which are counted in the background."""

    def __init__(self) -> None:
        self.checksums = Checksums()
        self._walks: OrderedDict[Path, _Names] = OrderedDict()
        self._lock = Lock()

    def listed(self, folder: AttemptFolder, *, final: bool) -> tuple[list[Artifact], int]:
        """The files of an attempt by name, at most MOST of them, and how many there are.

        final: whether nothing writes to them any more, so that they get a checksum, now or later.
        """
        names = self._names(folder).names
        found = list(_with_status(str(folder.artifacts), names[:MOST]))
        sums = self._sums(found) if final else [None] * len(found)
        artifacts = [
            Artifact(name, status.st_size, known, timestamp_from_unix(status.st_mtime))
            for (name, _, status), known in zip(found, sums, strict=True)
        ]
        return artifacts, len(names)

    def changed(self, folder: AttemptFolder) -> list[tuple[str, float]]:
        """The name of every file, and when it was last changed."""
        names = self._names(folder).names
        found = _with_status(str(folder.artifacts), names)
        return [(name, status.st_mtime) for name, _, status in found]

    def _sums(self, found: list[_Found]) -> list[str | None]:
        """The checksums that are known; those of little that is not are waited for."""
        files = [(place, version_of(status)) for _, place, status in found]
        sums = self.checksums.known(files)
        unknown = {file[1] for file, known in zip(files, sums, strict=True) if known is None}
        if unknown and sum(size for _, _, size, _ in unknown) <= AT_ONCE:
            self.checksums.wait(unknown, WAITED)
            return self.checksums.known(files)
        return sums

    def open(self, folder: AttemptFolder, name: str) -> BinaryIO | None:
        """The file of this name; None if the walk finds none."""
        names = self._names(folder).names
        at = bisect_left(names, name, key=itemgetter(0))
        if at == len(names) or names[at][0] != name:
            return None
        try:
            return open_regular(folder.artifacts / names[at][1], alone=True)
        except OSError:
            return None  # no longer what the walk saw

    def _names(self, folder: AttemptFolder) -> _Names:
        with self._lock:
            known = self._walks.get(folder.path)
        if known is None or not known.still_hold():
            known = _walked(folder.artifacts)
        with self._lock:
            self._walks[folder.path] = known
            self._walks.move_to_end(folder.path)
            while sum(len(walk.names) for walk in self._walks.values()) > _REMEMBERED:
                self._walks.popitem(last=False)
        return known


def _walked(top: Path) -> _Names:
    begun = time.time_ns()
    names: list[tuple[str, str]] = []
    folders: dict[str, tuple[int, int]] = {}
    left = [] if top.is_symlink() else [""]
    while left:
        below = left.pop()
        place = os.path.join(top, below)  # noqa: PTH118  (a Path for each of 100,000 takes seconds)
        folders[place] = _stamp(place)
        for entry in _entries(place):
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                left.append(path)
            elif _is_own(entry):
                names.append((_shown(path), path))
    names.sort()
    is_settled = all(changed < begun - _SETTLED for _, changed in folders.values())
    return _Names(names, folders, is_settled)


def _entries(place: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            yield from entries
    except OSError:
        return  # gone since, or not to be read


def _stamp(place: str) -> tuple[int, int]:
    try:
        status = os.lstat(place)  # noqa: PTH116
    except OSError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


def _is_own(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file with this name alone."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _shown(path: str) -> str:
    return path if path.isascii() else os.fsencode(path).decode("utf-8", errors="replace")


def _with_status(top: str, names: list[tuple[str, str]]) -> Iterator[_Found]:
    """Each file as it is now; what has become something else is left out."""
    for name, path in names:
        place = f"{top}/{path}"
        try:
            status = os.lstat(place)  # noqa: PTH116
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            yield name, place, status
