"""The lines of one lane: what one process said, its prefix taken off, other lanes passed over."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lastwords.diagnosis.extents import landing
from lastwords.diagnosis.lines import Window, same_shape
from lastwords.diagnosis.traceback_syntax import FRAME, Gap

FOREIGN = re.compile(r"^\[(?:rank|default)\d+\]:")
FRAME_IN_LINE = re.compile(
    r'^(?P<prefix>.*?)(?: {2}|> |(?<=[\]:|] )|^ ?|^[`*]{1,3})File ["“”][^"”]+["”], line \d+'
)
_TAG = re.compile(
    r"\s*(?P<tag>\[(?:rank|default)\d+\]|\((?:[\w.<> -]{1,80} )?(?:pid|ip)=[^)\n]{1,80}\)|"
    r"[\w.-]{1,60}[-_]\d+ +\||\[\d+,\d+\](?=<std)|\d{1,4}: )"
)
_FRAME_IN_GROUP = re.compile(r'\| {3}File "[^"]++", line \d+')
_SKIPPED_AT_MOST = 300
_LOOK_FOR_FRAME = 40
_NEAR = 8
_BLANKS = 3
LONGEST_PREFIX = 500
_LINES = 60_000
_LINES_OF_ONE = 10_000
_LEAST_OF_ONE = 500


def tag_of(text: str) -> str:
    """What names the process that printed a line: its rank, its container, Ray's process id."""
    found = _TAG.match(text[:LONGEST_PREFIX])
    return found["tag"] if found is not None else ""


class Item(NamedTuple):
    """One line of a lane: bytes [start, end) of the log, and its text without the prefix.

    gap: what was passed over before it, if anything was.
    """

    start: int
    end: int
    text: str
    gap: Gap | None = None


class Stream:
    """Items with a look ahead; depth: in how many other errors they lie."""

    def __init__(self, items: Iterable[Item], depth: int = 0) -> None:
        self._source: Iterator[Item] = iter(items)
        self._ahead: list[Item] = []
        self.depth = depth

    def peek(self, ahead: int = 0) -> Item | None:
        """The item `ahead` places after the next one; None past the end."""
        while len(self._ahead) <= ahead:
            item = next(self._source, None)
            if item is None:
                return None
            self._ahead.append(item)
        return self._ahead[ahead]

    def first_full(self, at: int = 0) -> int:
        """How far ahead, from `at` on, the next line is that is not empty; past a few, there."""
        for ahead in range(at, at + _BLANKS):
            item = self.peek(ahead)
            if item is None or item.text.strip():
                return ahead
        return at + _BLANKS

    def take(self) -> Item:
        """The next item; there must be one (peek first)."""
        return self._ahead.pop(0) if self._ahead else next(self._source)

    def take_gap(self) -> Gap | None:
        """Go on behind a gap that is near, if what follows it belongs to another exception."""
        for ahead in range(_NEAR):
            item = self.peek(ahead)
            if item is None:
                break
            if item.gap is not None and item.gap.relation is not None:
                self._ahead[: ahead + 1] = [item._replace(gap=None)]
                return item.gap
        return None


class Allowance:
    """How many lines may still be read one by one, for all tracebacks of a log together.

    A long line counts as several, one that is only passed over as a part.
    """

    def __init__(self) -> None:
        self._left = float(_LINES)

    def of_one(self) -> float:
        """What one error may take of it; the last ones still get a little."""
        return min(_LINES_OF_ONE, max(_LEAST_OF_ONE, self._left))

    def pay(self, lines: float) -> None:
        """Take what was read."""
        self._left -= lines


def lane_prefix(window: Window, index: int, before: str, in_group: bool) -> str:
    """The prefix that every line of the traceback with its header at `index` has.

    `before` is what stands before the header. Where the first frame has no prefix, that was only
    glued to the header (a progress bar, the start of a log line).
    """
    wanted = same_shape(before) if 0 < len(before) <= LONGEST_PREFIX else None
    for ahead in range(index + 1, index + 1 + _LOOK_FOR_FRAME):
        line = window.line(ahead)
        if line is None:
            break
        prefix = _before_frame(line.text, in_group)
        if prefix is None:
            continue
        if prefix == before or (wanted is not None and wanted.fullmatch(prefix)):
            return prefix if len(prefix) <= LONGEST_PREFIX else ""
        if FOREIGN.match(before):
            continue  # another rank's frame
        if ahead == index + 1 or not before:
            return prefix if len(prefix) <= LONGEST_PREFIX else ""
        if FRAME.match(line.text[: 2 * LONGEST_PREFIX]):
            return ""
    return before if FOREIGN.match(before) and len(before) <= LONGEST_PREFIX else ""


def _before_frame(text: str, in_group: bool) -> str | None:
    """What stands before the frame in this line; None where it names none."""
    text = text[:4096]
    if "File " not in text:
        return None
    if in_group:
        found = _FRAME_IN_GROUP.search(text)
        return text[: found.start()].rstrip(" ") if found is not None else None
    found = FRAME_IN_LINE.match(text)
    return found["prefix"] if found is not None else None


class Lane:
    """The lines from `index` on that have this prefix, without it.

    Of an error that goes on for very long the middle is passed over; `gap` says then what.
    """

    def __init__(self, window: Window, index: int, prefix: str, allowance: Allowance) -> None:
        self.gap: Gap | None = None
        self.end: int | None = None
        self._window, self._index, self._prefix = window, index, prefix
        self._allowance = allowance

    def __iter__(self) -> Iterator[Item]:
        shape = same_shape(self._prefix) if self._prefix else None
        stripped = same_shape(self._prefix.rstrip()) if self._prefix else None
        left = self._allowance.of_one()
        skipped = 0
        gap = None
        while skipped < _SKIPPED_AT_MOST:
            line = self._window.line(self._index)
            if line is None or (self.end is not None and line.start >= self.end):
                return
            self._index += 1
            text = _without(line.text, shape, stripped)
            cost = (0.25 if text is None else 1) + len(line.text) // 256
            self._allowance.pay(cost)
            left -= cost
            if text is None:
                skipped += 1
            else:
                skipped = 0
                yield Item(line.start, line.end, text, gap)
                gap = None
            if left <= 0 and self.end is None:
                gap = self._jump(line.end + 1)

    def _jump(self, offset: int) -> Gap | None:
        """Go on near the end of the error; what was passed over."""
        found = landing(self._window.log, offset, self._prefix)
        self._window.jump(found.start)
        self.end, self.gap = found.end, found.gap
        return found.gap


def _without(
    text: str, shape: re.Pattern[str] | None, stripped: re.Pattern[str] | None
) -> str | None:
    if shape is None or stripped is None:
        return None if FOREIGN.match(text) else text
    found = shape.match(text)
    if found is not None:
        return text[found.end() :]
    found = stripped.fullmatch(text.rstrip())
    return "" if found is not None else None
