"""The offset rule: how bytes that come again, out of order or half make a file that only grows."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lastwords.folders.runfolder import open_regular, open_to_write


class Diverges(Exception):
    """Bytes that were sent again are not the bytes that were kept."""


def append(path: Path, offset: int, data: bytes | memoryview) -> int:
    """Add what a file does not have yet; returns its size.

    Bytes that it has are compared, those beyond its end are added. Where bytes in between are
    missing nothing is written: the size says where to go on. What is kept never changes.

    Raises: Diverges; OSError, after which the size is what could be written.
    """
    descriptor = open_to_write(path, os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # two batches of one attempt may come at once
        size = os.fstat(descriptor).st_size
        if offset > size:
            return size
        known = min(size - offset, len(data))
        if known and _read(path, offset, known) != data[:known]:
            raise Diverges
        new = memoryview(data)[known:]
        while new:
            written = os.pwrite(descriptor, new, size)
            new, size = new[written:], size + written
        return size
    finally:
        os.close(descriptor)


def _read(path: Path, offset: int, length: int) -> bytes:
    with open_regular(path) as file:
        file.seek(offset)
        return file.read(length)
