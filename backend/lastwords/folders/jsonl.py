"""Files of one JSON object a line, to which a child can write too: read in part, never whole.

A line that is no object is passed over; of a file that is too large the two ends are read, and how
much of it was not is told. Standard library only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lastwords.basics import tame
from lastwords.folders.attempt import open_regular, size_of

LONGEST_LINE = 1 << 20  # bytes; what is longer is no line of ours


class Objects(NamedTuple):
    """The objects of a file, and how many bytes in its middle were not read."""

    found: list[dict[str, Any]]
    skipped: int


def read_objects(path: Path, most: int) -> Objects:
    """The objects of a file that may not be there, at most `most` bytes of them."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            skipped = max(0, size - most)
            lines = list(whole_lines(file, size if not skipped else most // 2))
            if skipped:
                seek_line(file, size - most // 2)
                lines += whole_lines(file, size)
    except OSError:
        return Objects([], 0)
    return Objects([found for line in lines if (found := parse(line)) is not None], skipped)


def unread(path: Path, most: int) -> int:
    """How many bytes `read_objects` leaves out of a file as it is now."""
    return max(0, size_of(path) - most)


def seek_line(file: BinaryIO, at: int) -> None:
    """Go to the first line that begins after a place in the middle of a file."""
    file.seek(at)
    file.readline(LONGEST_LINE)


def whole_lines(file: BinaryIO, until: int) -> Iterator[bytes]:
    """The lines from here on, up to `until`, that have their end; the file then stands behind them.

    Of a line that is too long the pieces are given: none of them is an object.
    """
    at = file.tell()
    while at < until and (line := file.readline(min(LONGEST_LINE, until - at))):
        if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            break
        at += len(line)
        yield line
    file.seek(at)


def parse(line: bytes) -> dict[str, Any] | None:
    """The object of a line, without what neither JSON nor the database can hold."""
    try:
        said = tame(json.loads(line))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
