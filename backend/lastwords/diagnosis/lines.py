"""Lines of a raw log: found by offset, cleaned for reading, never changed in place.

A line ends at a newline and nowhere else. Its clean text is what a person would see: colours and
other terminal controls gone, NULs gone, of a line redrawn with carriage returns the last state.

Covered: lines of many megabytes (text is read up to TEXT_LIMIT), bytes that are not UTF-8, UTF-16
of text that is ASCII (as PowerShell's `>` writes it), whose every second byte is such a NUL.
"""

import re
from collections import deque
from dataclasses import dataclass

from lastwords.diagnosis.explanation import Log

TEXT_LIMIT = 16 << 20
LOOK_BACK = 16 << 10
KEPT = 128
_STEP = 1 << 20
_UNBROKEN_AT_MOST = 16 << 10
_PANES = range(60, 260)
_BROKEN_FRAME = re.compile(r'^\s*File "(?!.*", line \d+(?:, in \S.*)?$)')
HEADER = "Traceback (most recent call last)"
_CONTROL = re.compile(
    r"\x1b\[[0-9;:?<=>]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ufeff]"
)
_NUMBERS = re.compile(
    r"(?P<lane>(?:rank|default|pid=|ip=)[0-9.]+|\[[0-9]+(?:,[0-9]+)?\]|[-_][0-9]+(?= +\|))|[0-9]+"
)


@dataclass(frozen=True)
class Line:
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


def _last_redraw(text: str) -> str:
    header = text.find(HEADER)
    if header >= 0:
        return text[text.rfind("\r", 0, header) + 1 :].partition("\r")[0]
    return text[text.rfind("\r") + 1 :]


def line_at(log: Log, start: int, limit: int = TEXT_LIMIT) -> Line:
    """The line that begins at this offset."""
    end = log.find(b"\n", start)
    end = len(log) if end < 0 else end
    raw = log[start : min(end, start + limit)]
    return Line(start, end, clean(raw.decode("utf-8", "replace")))


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
        self._log = log
        self._width = width
        self._next = start
        self._count = 0
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def line(self, index: int) -> Line | None:
        """The line `index` lines after the first one; None past the end, or KEPT lines back."""
        while index >= self._count:
            if self._next >= len(self._log):
                return None
            line = self._unbroken(line_at(self._log, self._next))
            self._lines.append(line)
            self._count += 1
            self._next = line.end + 1
        at = index - (self._count - len(self._lines))
        return self._lines[at] if at >= 0 else None

    def _unbroken(self, line: Line) -> Line:
        last, text = line, line.text
        while self._width and len(last.text) == self._width and last.end + 1 < len(self._log):
            last = line_at(self._log, last.end + 1)
            text += last.text
            if len(text) > _UNBROKEN_AT_MOST:
                break
        return line if last is line else Line(line.start, last.end, text)


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
    broken = (len(text) == width and _BROKEN_FRAME.match(text) for text in lines)
    return width if width in _PANES and any(broken) else 0


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


def lines_between(log: Log, start: int, end: int, limit: int = TEXT_LIMIT) -> list[Line]:
    """Every line that starts in [start, end)."""
    found: list[Line] = []
    while start < end:
        line = line_at(log, start, limit)
        found.append(line)
        start = line.end + 1
    return found


def count_newlines(log: Log, end: int, start: int = 0) -> int:
    """Newlines in log[start:end], without holding more than a megabyte."""
    steps = range(start, max(start, end), _STEP)
    return sum(log[at : min(at + _STEP, end)].count(b"\n") for at in steps)


def same_shape(prefix: str) -> re.Pattern[str]:
    """Matches this prefix and those that differ from it in their numbers only.

    Numbers that name a lane (a rank, a process, a container) stay as they are.
    """
    pattern = ""
    at = 0
    for found in _NUMBERS.finditer(prefix):
        pattern += re.escape(prefix[at : found.start()])
        pattern += re.escape(found[0]) if found["lane"] else "[0-9]+"
        at = found.end()
    return re.compile(pattern + re.escape(prefix[at:]))
