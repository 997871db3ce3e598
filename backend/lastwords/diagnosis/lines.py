"""Lines of a raw log: found by offset, cleaned for reading, never changed in place.

A line ends at a newline and nowhere else. Its clean text is what a person would see: colours and
other terminal controls gone, NULs gone, of a line redrawn with carriage returns the last state.

Covered: lines of many megabytes (text is read up to TEXT_LIMIT), bytes that are not UTF-8, UTF-16
of text that is ASCII (as PowerShell's `>` writes it), whose every second byte is such a NUL.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from lastwords.diagnosis.explanation import Log

TEXT_LIMIT = 16 << 20
LOOK_BACK = 16 << 10
KEPT = 128
CLEANED = 256 << 10  # characters of a line: in what follows, controls stay as they are
_STEP = 1 << 20
_PICTURE_AT_LEAST, _PICTURE_AT_MOST = 24, 200  # characters
_UNBROKEN_AT_MOST = 16 << 10
_PANES = range(60, 260)
_BROKEN_FRAME = re.compile(r'^\s*File "(?!.*", line \d+(?:, in \S.*)?$)')
_REST_OF_NAME = re.compile(r"^\w{1,60}$")
_BLOCKS = (4 << 10, 64 << 10)  # bytes that are read at once: first little, then more
HEADER = "Traceback (most recent call last)"
_SEQUENCE = r"(?:\[[0-9;:?<=>]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[ -/]*+[0-~]?)"
_CONTROL = re.compile(  # one begins; runs of them are taken at once
    rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff](?:(?<=\x1b){_SEQUENCE})?+"
    rf"(?:\x1b{_SEQUENCE}|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ufeff]++)*+"
)
_NUMBERS = re.compile(
    r"(?P<lane>(?:rank|default|pid=|ip=)[0-9.]+|\[[0-9]+(?:,[0-9]+)?\]|[-_][0-9]+(?= +\|))|[0-9]+"
)
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff]")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n\t"


class Line(NamedTuple):
    """Bytes [start, end) of the log without the newline, and the text a person would see."""

    start: int
    end: int
    text: str


def clean(text: str) -> str:
    """The text as a terminal would leave it standing."""
    if "\0" in text:
        text = text.replace("\0", "")
    if "\r" in text:
        text = _last_redraw(text.rstrip("\r"))
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text


def clean_lines(text: str) -> str:
    """The same of a text of many lines."""
    if _UNCLEAN.search(text) is None:
        return text
    return "\n".join(map(clean, text.split("\n")))


def _last_redraw(text: str) -> str:
    header = text.find(HEADER)
    if header >= 0:
        return text[text.rfind("\r", 0, header) + 1 :].partition("\r")[0]
    return text[text.rfind("\r") + 1 :]


def is_picture(text: str) -> bool:
    """Whether a line is a part of a picture made of signs: a banner, large letters."""
    signs = text.strip()[:_PICTURE_AT_MOST]
    if len(signs) < _PICTURE_AT_LEAST or signs[0] in "+|┌│├└╭╰":
        return False  # too short, or of a table
    return sum(map(str.isalnum, signs)) * 8 < len(signs)


def _read(raw: bytes) -> str:
    """The clean text of a line's bytes."""
    text = raw.decode("utf-8", "replace")
    if len(text) <= CLEANED:
        return clean(text)
    text = _last_redraw(text.replace("\0", "").rstrip("\r"))
    return clean(text[:CLEANED]) + text[CLEANED:]


def line_at(log: Log, start: int, limit: int = TEXT_LIMIT) -> Line:
    """The line that begins at this offset."""
    end = log.find(b"\n", start)
    end = len(log) if end < 0 else end
    return Line(start, end, _read(log[start : min(end, start + limit)]))


def read_lines(
    log: Log, start: int, end: int | None = None, limit: int = TEXT_LIMIT
) -> Iterator[Line]:
    """Every line that starts in [start, end), read by blocks."""
    end = len(log) if end is None else min(end, len(log))
    size, largest = _BLOCKS
    while start < end:
        block = log[start : start + size]
        size = min(2 * size, largest)
        whole = block.rfind(b"\n") + 1
        if not whole:
            line = line_at(log, start, limit)
            yield line
            start = line.end + 1
            continue
        for line in _lines_of(block[: whole - 1], start, limit):
            if line.start >= end:
                return
            yield line
        start += whole


def _lines_of(block: bytes, start: int, limit: int) -> Iterator[Line]:
    if not block.translate(None, _PLAIN) and len(block) <= limit:
        for text in block.decode("ascii").split("\n"):
            end = start + len(text)
            yield Line(start, end, text)
            start = end + 1
        return
    for raw in block.split(b"\n"):
        end = start + len(raw)
        yield Line(start, end, _read(raw[:limit]))
        start = end + 1


def start_of_line(log: Log, offset: int) -> int:
    """Where the line with this offset starts; at most LOOK_BACK bytes before it."""
    floor = max(0, offset - LOOK_BACK)
    found = max(log.rfind(b"\n", floor, offset), log.rfind(b"\r", floor, max(floor, offset - 1)))
    if found < 0:
        return floor
    return found + 1


class Window:
    """The lines of a log from an offset on, read as they are asked for.

    width: of a pane that broke longer lines; a line that fills it goes on in the next.
    """

    def __init__(self, log: Log, start: int, width: int = 0) -> None:
        self.log = log
        self._width = width
        self._ahead = read_lines(log, start)
        self._count = 0
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def line(self, index: int) -> Line | None:
        """The line `index` lines after the first one; None past the end, or KEPT lines back."""
        while index >= self._count:
            line = next(self._ahead, None)
            if line is None:
                return None
            if self._width:
                line = self._unbroken(line)
            self._lines.append(line)
            self._count += 1
        at = index - (self._count - len(self._lines))
        return self._lines[at] if at >= 0 else None

    def jump(self, offset: int) -> None:
        """Go on at another line than the next one."""
        self._ahead = read_lines(self.log, offset)

    def _unbroken(self, line: Line) -> Line:
        last, text = line, line.text
        while self._fills(last.text) and len(text) <= _UNBROKEN_AT_MOST:
            following = next(self._ahead, None)
            if following is None:
                break
            last = following
            text += last.text
        return line if last is line else Line(line.start, last.end, text)

    def _fills(self, text: str) -> bool:
        """Whether a line was broken, and not only filled up with blanks."""
        return len(text) == self._width and not text.endswith("  ")


def pane_width(log: Log, start: int, count: int = 200) -> int:
    """The width of the pane that broke the lines from here on; 0 if none did.

    Proved by a frame of a stack that stops in mid-line where no line is longer.
    """
    lines: list[str] = []
    while len(lines) < count and start < len(log):
        line = line_at(log, start, _PANES.stop * 4)
        if len(line.text) not in range(_PANES.stop):
            return 0
        lines.append(line.text)
        start = line.end + 1
    width = max(map(len, lines), default=0)
    full = [n for n, text in enumerate(lines) if len(text) == width]
    broken = any(_BROKEN_FRAME.match(lines[n]) or _ends_in_next(lines, n, len(full)) for n in full)
    return width if width in _PANES and broken else 0


def _ends_in_next(lines: list[str], number: int, count: int) -> bool:
    """Whether a frame's function goes on in the next line: code would be deeper than the frame."""
    below = "".join(lines[number + 1 : number + 2])
    is_frame = count > 1 and lines[number].startswith('  File "')
    return is_frame and bool(_REST_OF_NAME.match(below))


def lines_before(log: Log, offset: int, count: int) -> list[Line]:
    """Up to `count` whole lines that end before the line at `offset`, in order."""
    floor = max(0, offset - LOOK_BACK)
    found: list[Line] = []
    end = offset - 1
    while len(found) < count and end >= floor and end >= 0:
        start = log.rfind(b"\n", floor, end) + 1
        if start == 0 and floor > 0:
            break
        found.append(line_at(log, start))
        end = start - 1
    return found[::-1]


def lines_between(
    log: Log, start: int, end: int, limit: int = TEXT_LIMIT, most: int | None = None
) -> list[Line]:
    """Every line that starts in [start, end), or the first `most` of them."""
    return list(islice(read_lines(log, start, end, limit), most))


def count_newlines(log: Log, end: int, start: int = 0) -> int:
    """Newlines in log[start:end], without holding more than a megabyte."""
    steps = range(start, max(start, end), _STEP)
    return sum(log[at : min(at + _STEP, end)].count(b"\n") for at in steps)


class LineNumbers:
    """Which line an offset lies in; no part of the log is counted twice."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._offsets, self._counts = [0], [0]

    def before(self, offset: int) -> int:
        """How many newlines stand before this offset."""
        place = bisect_right(self._offsets, offset)
        below = self._offsets[place - 1]
        count = self._counts[place - 1]
        if place < len(self._offsets) and self._offsets[place] - offset < offset - below:
            above = self._offsets[place]
            count = self._counts[place] - count_newlines(self._log, above, offset)
        else:
            count += count_newlines(self._log, offset, below)
        self._offsets.insert(place, offset)
        self._counts.insert(place, count)
        return count


def same_shape(prefix: str) -> re.Pattern[str]:
    """Matches this prefix and those that differ from it in their numbers only.

    Numbers that name a lane (a rank, a process, a container) stay as they are.
    """
    return re.compile(shape_of(prefix))


def shape_of(prefix: str) -> str:
    """The pattern of `same_shape`."""
    pattern = ""
    at = 0
    for found in _NUMBERS.finditer(prefix):
        pattern += re.escape(prefix[at : found.start()])
        pattern += re.escape(found[0]) if found["lane"] else "[0-9]++"
        at = found.end()
    return pattern + re.escape(prefix[at:])
