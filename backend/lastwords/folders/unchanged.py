"""What was made of a file, for as long as that is the same file and was not written to.

For looks at every run each second, at files that are written once. Standard library only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
_TICK = 1.0  # seconds; a second change within one tick of the clock has the time of the first
_MOST = 4096

_Mark = tuple[int, int, int, int]


class Unchanged(Generic[T]):
    """What `make` made of files, made again where one was changed; who asks does not change it."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Mark, T]] = {}

    def get(self, path: Path, make: Callable[[], T]) -> T:
        """What `make` makes of a file, or made of it before. Raises: what `make` raises."""
        mark = _mark(path)
        known = self._known.get(path)
        if known is not None and known[0] == mark:
            return known[1]
        made = make()
        self._known.pop(path, None)
        if mark is not None:
            while len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)), None)
            self._known[path] = mark, made
        return made


def _mark(path: Path) -> _Mark | None:
    """What tells a file from another one, and from itself after a change; None where nothing can.

    Source: inode(7): nobody can set the time of a file's last change of status.
    """
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if time.time() - status.st_ctime < _TICK:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns
