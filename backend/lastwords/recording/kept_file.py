"""A file that is written into by descriptor, kept under its name whatever is done to that.

What is open outlives its name: a log that was removed or replaced is copied from its descriptor to
its name, and the copy goes on for as long as anybody writes into what lost the name. Bytes that
were cut off are gone; how many is told. Standard library only.

Covered: the name is removed, moved, or taken by something else, once or again and again; a file
that was cut, also one that has grown again past where it was.
Not covered: a folder that was taken away whole; a file that was cut and has grown between two
looks, and holds where it ended the very bytes it held before.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.basics import now, timestamp
from lastwords.folders.attempt import open_regular, open_to_write
from lastwords.folders.log_ends import ends_of

COPIED_AT_ONCE = 64 << 20  # bytes in one look, so that a stop is not kept waiting
MOST_TOLD = 20
_MOST_SOURCES = 8
_PIECE = 1 << 20
_TAIL = 64
_Identity = tuple[int, int]


class Source:
    """A file whose bytes belong under a name that it has no longer."""

    def __init__(self, descriptor: int) -> None:
        self.reader = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
        self._copied = 0

    @property
    def size(self) -> int:
        return os.fstat(self.reader).st_size

    def last_bytes(self, end: int) -> bytes:
        begin = max(0, end - _TAIL)
        return os.pread(self.reader, end - begin, begin)

    def copy_to(self, target: int, most: int) -> bool:
        """Append at most so much of what is not there yet; whether that was all of it."""
        self._copied = min(self._copied, self.size)  # what was cut off it meanwhile is in the copy
        while most > 0 and (data := os.pread(self.reader, min(_PIECE, most), self._copied)):
            written = os.write(target, data)
            self._copied += written
            most -= written
        return self._copied >= self.size


class KeptFile:
    """One such file, looked at again and again.

    joins: whether what takes the name belongs to it, as where every line is written by name.
    """

    def __init__(self, path: Path, descriptor: int, joins: bool = False) -> None:
        self.path = path
        self.named = descriptor  # on what has the name, or is to have it
        self.is_whole = True
        self.told: list[dict[str, Any]] = []  # the first acts of those who were there
        self.last_act: str | None = None  # of the last look
        self._joins = joins
        self._own = Source(descriptor)
        self._sources: list[Source] = []  # what is copied, once its own file lost the name
        self._identity = identity_of(os.fstat(descriptor))
        self._size = 0
        self._tail = b""

    @property
    def size(self) -> int:
        """Bytes under its name."""
        return os.fstat(self.named).st_size

    def close(self) -> None:
        """Let go of what is open for it, `named` included."""
        for descriptor in {self.named, self._own.reader, *(one.reader for one in self._sources)}:
            os.close(descriptor)

    def ends(self) -> str:
        """What tells its content from another's, see `ends_of`."""
        source = Source(self.named)
        try:
            return ends_of(source.reader, source.size)
        finally:
            os.close(source.reader)

    def look(self, most: int = COPIED_AT_ONCE, known: int = 0) -> str | None:
        """Put it back if its name is gone, and go on copying; a sentence where there is news.

        known: a size that somebody else saw it have before it was cut.

        Raises: OSError, where it cannot be put back just now.
        """
        self.last_act = None
        found = _identity_at(self.path)
        news = self._find_cut(known) if found == self._identity else self._put_back(found)
        if self._sources:
            self.is_whole = all(source.copy_to(self.named, most) for source in self._sources)
            self._size = self.size
        return news if len(self.told) < MOST_TOLD else None

    def _put_back(self, found: _Identity | None) -> str:
        aside = self._move_aside() if found else None
        copy = open_to_write(self.path, os.O_APPEND | os.O_CREAT | os.O_EXCL)
        self._sources.insert(0, self._lost_name())
        if aside and self._joins:
            self._join(aside)
        self.named, self._identity, self.is_whole = copy, identity_of(os.fstat(copy)), False
        self._note("replaced" if found else "removed")
        if not aside:
            return f"{self.path.name} was removed while the run wrote it, and was restored."
        return (
            f"{self.path.name} was replaced while the run wrote it, and was restored; the "
            f"replacement is kept as {aside.name}."
        )

    def _lost_name(self) -> Source:
        """What had the name until now, to be copied: its own file first, then each copy."""
        if not self._sources:
            return self._own
        if len(self._sources) > _MOST_SOURCES:
            os.close(self._sources.pop(1).reader)  # an older copy, whose bytes are in the newer one
        source = Source(self.named)
        os.close(self.named)
        return source

    def _move_aside(self) -> Path:
        aside = self.path.with_name(f"{self.path.name}.replaced")
        if aside.exists() and len(self.told) < MOST_TOLD:
            aside = aside.with_name(f"{aside.name}-{os.urandom(3).hex()}")
        return self.path.rename(aside)

    def _join(self, aside: Path) -> None:
        with suppress(OSError), open_regular(aside, alone=True) as file:
            self._sources.append(Source(file.fileno()))
            aside.unlink()

    def _find_cut(self, known: int) -> str | None:
        """Whether bytes that were there are there no more."""
        size, before, tail = self.size, max(self._size, known), self._tail
        if size == before:
            return None
        at_tail = self._own.last_bytes(self._size)
        self._size, self._tail = size, self._own.last_bytes(size)
        if size > before and (self._sources or at_tail == tail):
            return None
        self._note("cut", had=before, has=size)  # what was written since hides how far it was cut
        missing = f"at least {before - size:,} of its" if size < before else "up to"
        return (
            f"{self.path.name} was truncated while the run wrote it: {missing} {before:,} bytes "
            "are missing."
        )

    def _note(self, what: str, **more: int) -> None:
        self.last_act = what
        if len(self.told) < MOST_TOLD:
            self.told.append({"at": timestamp(now()), "what": what, **more})


def identity_of(status: os.stat_result) -> _Identity:
    """Which file it is, whatever it is called."""
    return status.st_dev, status.st_ino


def _identity_at(path: Path) -> _Identity | None:
    try:
        return identity_of(path.lstat())
    except FileNotFoundError:
        return None
