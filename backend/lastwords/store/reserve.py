"""Room that is kept for the database on a disk that fills up.

A file of RESERVE bytes beside it is deleted when little else is free, so that a status, a login or
a deletion can still be stored, and made again when there is room; any process of the home does so.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

RESERVE = 1 << 20  # bytes: hundreds of rows, and what SQLite needs to open the database
LOW = 512 << 10  # bytes free at which it is given up
AMPLE = 8 << 20  # bytes free at which it is made again
KEPT_AGAIN_SECONDS = 60.0


class Reserve:
    """The room kept for one database."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f".{database.name}.reserve")
        self._folder = database.parent
        self._looked_at = float("-inf")

    def look(self) -> None:
        """Give it up where little is free; else see now and then that it is there."""
        free = self._free()
        if free < LOW:
            self.give_up()
        elif free >= AMPLE and time.monotonic() - self._looked_at > KEPT_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            self._keep()

    def give_up(self) -> None:
        """Delete it."""
        self._looked_at = float("-inf")
        with suppress(OSError):
            self.path.unlink()

    def _keep(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with suppress(OSError):  # a disk that does not take it, or a home that is only read
            descriptor = os.open(self.path, flags, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE)
            finally:
                os.close(descriptor)

    def _free(self) -> int:
        try:
            status = os.statvfs(self._folder)
        except OSError:
            return AMPLE - 1  # not there: nothing to be done
        return status.f_bavail * status.f_frsize
