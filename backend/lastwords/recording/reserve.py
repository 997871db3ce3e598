"""Blocks kept ahead of a log's end, so that a full disk cannot silence a run's last words.

The file's size stays what was written; only its blocks are taken early, and given back at the end.
Covered: another writer fills the disk. Not covered: more than RESERVE bytes of log written after
that, which is told as a gap; file systems that cannot reserve (EOPNOTSUPP).
Linux only; standard library only. Source: fallocate(2), FALLOC_FL_KEEP_SIZE.
"""

from __future__ import annotations

import errno
import os

from lastwords.recording.startup import RESERVE as RESERVE
from lastwords.recording.startup import keep_ahead as keep_ahead

_BLOCK = 4096
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class LogReserve:
    """Keeps RESERVE bytes ahead of the end of one open log."""

    def __init__(self, log: int, is_reserved: bool = False) -> None:
        self.log = log
        self.end = RESERVE if is_reserved else 0  # where the reserved blocks end
        self.no_room = False  # whether the disk is full at present
        self.gap = False  # whether the log could ever not grow
        self._works = True

    def keep_ahead(self, size: int) -> None:
        """Top up once half of the reserve is written; called with the log's present size."""
        if not self._works or self.end - size > RESERVE // 2:
            return
        reached = self.end and self.end - _BLOCK < size <= self.end
        if number := keep_ahead(self.log, size):
            self.no_room = number in _NO_ROOM
            self._works = number not in (errno.EOPNOTSUPP, errno.ENOSYS)
            self.gap = self.gap or (self.no_room and size > self.end - _BLOCK)
            return
        self.gap = self.gap or bool(reached and self.no_room)
        self.no_room = False
        self.end = size + RESERVE

    def release(self, force: bool = False) -> None:
        """Give the blocks back; only when nobody writes into the log any more.

        force: also what another instance, which is gone, may have taken.
        """
        if self.end or force:
            os.ftruncate(self.log, os.fstat(self.log).st_size)
