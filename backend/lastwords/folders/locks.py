"""A lock between processes: flock(2) on a file that is never followed through a link.

Let go by the kernel when its holder dies. Standard library only.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileLock:
    """Held by at most one process (and one instance in it) at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it."""
        return self._take(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def fileno(self) -> int:
        """The locked file; a process that inherits it holds the lock for as long as it lives."""
        assert self._descriptor is not None, "nothing is locked"
        return self._descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FileLock:
        self._take(fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self, operation: int) -> bool:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True
