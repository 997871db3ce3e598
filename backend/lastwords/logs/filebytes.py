"""A file as random-access bytes, read in windows: never mapped into memory.

A mapping of a file that is cut short while it is read ends the process by SIGBUS, and a log belongs
to a child that may cut it. Here the bytes that are no longer there read as NUL.
"""

from __future__ import annotations

import os

WINDOW = 1 << 20


class FileBytes:
    """The first `size` bytes of an open file; slices and searches as on bytes, in both directions.

    Covered: a file that grows or is cut short meanwhile: the size stays what it was.
    Not covered: an index instead of a slice; steps; negative positions.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self._file = descriptor
        self._size = size
        self._at = 0
        self._held = b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: slice, /) -> bytes:
        start, end, _ = wanted.indices(self._size)
        if end - start > WINDOW // 2:
            return self._read(start, end)
        if not self._holds(start, end):
            self._hold(max(0, start - WINDOW // 2))  # who looks around looks both ways
        return self._held[start - self._at : max(start, end) - self._at]

    def find(self, needle: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Where `needle` first stands whole in [start, end); -1 where it does not."""
        end = self._size if end is None else min(end, self._size)
        while start + len(needle) <= end:
            if not self._holds(start, start + len(needle)):
                self._hold(start)
            until = min(end, self._at + len(self._held))
            found = self._held.find(needle, start - self._at, until - self._at)
            if found >= 0:
                return self._at + found
            start = until - len(needle) + 1
        return -1

    def rfind(self, needle: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Where `needle` last stands whole in [start, end); -1 where it does not."""
        end = self._size if end is None else min(end, self._size)
        while start + len(needle) <= end:
            if not self._holds(end - len(needle), end):
                self._hold(max(0, end - WINDOW))
            since = max(start, self._at)
            found = self._held.rfind(needle, since - self._at, end - self._at)
            if found >= 0:
                return self._at + found
            end = since + len(needle) - 1
        return -1

    def _holds(self, start: int, end: int) -> bool:
        return self._at <= start and end <= self._at + len(self._held)

    def _hold(self, start: int) -> None:
        self._at = start
        self._held = self._read(start, min(start + WINDOW, self._size))

    def _read(self, start: int, end: int) -> bytes:
        data = b""
        while len(data) < end - start:
            more = os.pread(self._file, end - start - len(data), start + len(data))
            if not more:
                return data.ljust(end - start, b"\0")
            data = data + more if data else more
        return data
