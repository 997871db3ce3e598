"""output.log read exactly: bytes by offset, lines by number, times by offset.

A line ends at \\n and nowhere else. The line index holds, for each 64 KiB block of the log, how
many newlines lie before it: built at the speed of a memory scan, extended as the log grows, kept
beside the log, and no larger for a log of one huge line than for one of many short ones. It begins
with the mark of the log that it was made of, and is made anew for another one or one that was cut.

What a run left is told by its result.json: bytes that somebody added later are not of its log.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lastwords.folders.log_ends import ends_of
from lastwords.folders.reserved import TIMELINE_RECORD
from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    open_regular,
    read_fact,
    read_regular,
)
from lastwords.logs.filebytes import FileBytes
from lastwords.logs.newlines import BLOCK, per_block
from lastwords.records import LastwordsError, timestamp_from_unix

PIECE = 64 << 10  # the most of one line that is given at once
RESPONSE = 1 << 20
MARKS = 4096  # of the timeline, that are read at once
_COUNT = struct.Struct("<Q")


@dataclass(frozen=True)
class Line:
    """A line or a piece of one: `number` from 1, `offset` in bytes, `more` if it goes on.

    next: the offset at which it goes on, where it does.
    """

    number: int
    text: str
    offset: int
    time: str | None
    more: bool
    next: int | None = None


class LogUnreadable(LastwordsError, OSError):
    """A run's log is missing, was changed after the run, or is not a regular file."""


class _Left(NamedTuple):
    """What an ended run left: how many bytes, and their checksums, see `ends_of`."""

    size: int
    ends: str | None


def open_log(folder: AttemptFolder) -> int:
    """A descriptor on an attempt's log, on nothing if it has none yet; the caller closes it.

    Raises: LogUnreadable, for a link (a hard one too), a FIFO or a folder in its place.
    """
    try:
        with open_regular(folder.log, alone=True) as file:
            return os.dup(file.fileno())
    except FileNotFoundError:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LogUnreadable(
            f"the log of {folder.run_id} is not a file: {error.strerror}"
        ) from error


class LogFile:
    """One attempt's log as it is now; open it anew to see what was added since."""

    def __init__(self, folder: AttemptFolder) -> None:
        self.folder = folder
        self._file = open_log(folder)
        status = os.fstat(self._file)
        self._left = _left_by(folder)
        self._stored = status.st_size
        self.size = min(status.st_size, self._left.size) if self._left else status.st_size
        self.generation = f"{status.st_ino:x}{_cut_mark(folder)}"
        self._before: list[int] = []

    @property
    def path(self) -> Path:
        return self.folder.log

    def check(self) -> None:
        """See that it is what its run left, if that has ended.

        Raises: LogUnreadable.
        """
        if self._left is None:
            return
        size, ends = self._left
        if self._stored < size:
            raise LogUnreadable(
                f"the log of {self.folder.run_id} had {size:,} bytes when the run ended, and now "
                f"has {self._stored:,}: {self.folder.log}"
            )
        if ends is not None and ends_of(self._file, size) != ends:
            raise LogUnreadable(
                f"the log of {self.folder.run_id} was changed after the run: {self.folder.log}"
            )

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> LogFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end) as far as they exist."""
        return os.pread(self._file, max(0, min(end, self.size) - start), start)

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes [start, end) in pieces of at most 1 MiB."""
        while start < end and (data := self.read(start, min(end, start + RESPONSE))):
            yield data
            start += len(data)

    def whole(self) -> FileBytes:
        """The whole log as random-access bytes, without reading it; only while it is open."""
        return FileBytes(self._file, self.size)

    def fileno(self) -> int:
        """The open log, for another process to read too."""
        return self._file

    def count_lines(self) -> int:
        """How many lines there are; a last one without \\n counts."""
        counts = self._index()
        if not self.size:
            return 0
        tail = self.read(len(counts) * BLOCK - BLOCK, self.size)
        ended = self.read(self.size - 1, self.size) == b"\n"
        return counts[-1] + tail.count(b"\n") + (0 if ended else 1)

    def lines(self, first: int, count: int, offset: int | None = None) -> list[Line]:
        """Up to `count` lines from number `first` on, at most about 1 MiB of them.

        offset: where inside line `first` to go on, for a line that was given with `more`.
        """
        at = self.line_start(first) if offset is None else offset
        if at is None or at >= self.size:
            return []
        with _Times(self.folder) as times:
            return self._lines_at(at, first, count, times)

    def _lines_at(self, at: int, first: int, count: int, times: _Times) -> list[Line]:
        data = self.read(at, at + RESPONSE)
        found: list[Line] = []
        begin = 0
        while begin < len(data) and len(found) < count:
            end = data.find(b"\n", begin)
            rest_unknown = end < 0 and at + len(data) < self.size
            if rest_unknown and found and len(data) - begin < PIECE:
                break
            stop = len(data) if end < 0 else end
            more = rest_unknown or stop - begin > PIECE
            piece = _whole_characters(data[begin : begin + PIECE]) if more else data[begin:stop]
            text = piece.decode("utf-8", errors="replace")
            where = at + begin
            goes_on = where + len(piece) if more else None
            found.append(Line(first + len(found), text, where, times.of(where), more, goes_on))
            if more and end < 0:
                break
            begin = stop + 1
        return found

    def line_start(self, number: int) -> int | None:
        """The offset at which line `number` begins, or None if there is no such line."""
        if number <= 1:
            return 0 if number == 1 else None
        counts = self._index()
        block = bisect_left(counts, number - 1) - 1
        if block < 0:
            return None
        wanted = number - 1 - counts[block]
        data = self.read(block * BLOCK, block * BLOCK + BLOCK)
        at = -1
        for _ in range(wanted):
            at = data.find(b"\n", at + 1)
            if at < 0:
                return None
        return block * BLOCK + at + 1

    def line_number(self, offset: int) -> int:
        """The number of the line that holds the byte at `offset`."""
        block = min(offset // BLOCK, len(self._index()) - 1)
        return self._index()[block] + self.read(block * BLOCK, offset).count(b"\n") + 1

    def _index(self) -> list[int]:
        """Newlines before each block; the stored part is read, the new part is counted."""
        if not self._before:
            self._before = self._stored_index() or [0]
            known = len(self._before)
            self._extend_index()
            if len(self._before) > known:
                self._store_index()
        return self._before

    def _extend_index(self) -> None:
        begin = (len(self._before) - 1) * BLOCK
        for newlines in per_block(self._file, begin, self.size // BLOCK * BLOCK):
            self._before.append(self._before[-1] + newlines)

    def _stored_index(self) -> list[int]:
        try:
            data = read_regular(self.folder.lines, (self.size // BLOCK + 1) * _COUNT.size)
        except OSError:
            return []  # an index that cannot be had is made anew
        stored = [count for (count,) in _COUNT.iter_unpack(data[: len(data) // 8 * 8])]
        if stored[:1] != [self._mark]:
            return []
        return [0, *stored[1:]]

    def _store_index(self) -> None:
        """Append what is new; under a lock, since two readers may have counted the same blocks."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        with suppress(OSError):  # an index that cannot be kept costs time, not truth
            descriptor = os.open(self.folder.lines, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.pread(descriptor, _COUNT.size, 0) != _COUNT.pack(self._mark):
                    os.ftruncate(descriptor, 0)
                stored = os.fstat(descriptor).st_size // _COUNT.size
                counts = [self._mark, *self._before[1:]]  # before the first block there are none
                new = b"".join(_COUNT.pack(count) for count in counts[stored:])
                os.pwrite(descriptor, new, stored * _COUNT.size)
            finally:
                os.close(descriptor)

    @property
    def _mark(self) -> int:
        """A number for the generation, and for none of those before it."""
        digest = hashlib.blake2b(self.generation.encode(), digest_size=_COUNT.size).digest()
        return int.from_bytes(digest)


def open_checked(folder: AttemptFolder) -> LogFile:
    """The log of an attempt, if it is what the attempt left; the caller closes it.

    Raises: LogUnreadable, where it is not.
    """
    log = LogFile(folder)
    try:
        log.check()
    except LogUnreadable:
        log.close()
        raise
    return log


def _left_by(folder: AttemptFolder) -> _Left | None:
    """What its result.json says of an attempt's log; None while there is none that says it."""
    try:
        fact = read_fact(folder.result) or {}
    except UnreadableFact:
        return None
    size, ends = fact.get("logBytes"), fact.get("logEnds")
    if type(size) is not int or size < 0:
        return None
    return _Left(size, ends if isinstance(ends, str) else None)


def _cut_mark(folder: AttemptFolder) -> str:
    """What tells a log that was cut from what it was before: its timeline begins anew then."""
    with suppress(OSError), open_regular(folder.timeline) as file:
        record = file.read(TIMELINE_RECORD.size)
        if len(record) == TIMELINE_RECORD.size and TIMELINE_RECORD.unpack(record)[0] < 0:
            return f"-{record.hex()}"
    return ""


class _Times:
    """When the bytes of a log were first seen, from the recorder's marks.

    Marks of a month are 400 MB: they are searched where they lie, and read a page at a time. Ask
    for offsets in their order.
    """

    def __init__(self, folder: AttemptFolder) -> None:
        self._file, self._count = -1, 0
        self._since = 1 << 64  # the offset that the page begins with: none is read yet
        self._sizes: list[int] = []
        self._moments: list[float] = []
        with suppress(OSError), open_regular(folder.timeline) as file:
            self._count = os.fstat(file.fileno()).st_size // TIMELINE_RECORD.size
            self._file = os.dup(file.fileno())

    def __enter__(self) -> _Times:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            os.close(self._file)

    def of(self, offset: int) -> str | None:
        if offset < self._since or (self._sizes and offset >= self._sizes[-1]):
            self._turn_to(offset)
        mark = bisect_right(self._sizes, offset)
        known = mark < len(self._sizes) and self._moments[mark] >= 0
        return timestamp_from_unix(self._moments[mark]) if known else None

    def _turn_to(self, offset: int) -> None:
        """Read the page that begins with the first mark behind an offset."""
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            behind = any(size > offset for _, size in self._marks(middle, 1))
            low, high = (low, middle) if behind else (middle + 1, high)
        marks = self._marks(low, MARKS) if low < self._count else []
        self._since = offset
        self._moments = [moment for moment, _ in marks]
        self._sizes = [size for _, size in marks]

    def _marks(self, first: int, count: int) -> list[tuple[float, int]]:
        record = TIMELINE_RECORD.size
        data = os.pread(self._file, count * record, first * record)
        return list(TIMELINE_RECORD.iter_unpack(data[: len(data) // record * record]))


def _whole_characters(data: bytes) -> bytes:
    """Without a character that was cut at the end (UTF-8: at most 3 bytes of it)."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data if byte < 0xC0 or length <= back else data[:-back]
    return data
