"""The lines of one lane: what one process said, its prefix taken off, other lanes passed over."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lastwords.diagnosis.lines import Window, same_shape
from lastwords.diagnosis.traceback_syntax import FRAME

FOREIGN = re.compile(r"^\[(?:rank|default)\d+\]:")
FRAME_IN_LINE = re.compile(r'^(?P<prefix>.*?)(?: {2}|> |(?<=[\]:|] ))File "[^"]+", line \d+')
_FRAME_IN_GROUP = re.compile(r'^(?P<prefix>.*?) *\| {3}File "[^"]+", line \d+')
_SKIPPED_AT_MOST = 300
_LOOK_FOR_FRAME = 40


@dataclass(frozen=True)
class Item:
    """One line of a lane: bytes [start, end) of the log, and its text without the prefix."""

    start: int
    end: int
    text: str


class Stream:
    """Items with a look ahead."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._source: Iterator[Item] = iter(items)
        self._ahead: list[Item] = []

    def peek(self, ahead: int = 0) -> Item | None:
        """The item `ahead` places after the next one; None past the end."""
        while len(self._ahead) <= ahead:
            item = next(self._source, None)
            if item is None:
                return None
            self._ahead.append(item)
        return self._ahead[ahead]

    def take(self) -> Item:
        """The next item; there must be one (peek first)."""
        return self._ahead.pop(0) if self._ahead else next(self._source)


def lane_prefix(window: Window, index: int, before: str, in_group: bool) -> str:
    """The prefix that every line of the traceback with its header at `index` has.

    `before` is what stands before the header. Where the first frame has no prefix, that was only
    glued to the header (a progress bar, the start of a log line).
    """
    wanted = same_shape(before) if before else None
    frame = _FRAME_IN_GROUP if in_group else FRAME_IN_LINE
    for ahead in range(index + 1, index + 1 + _LOOK_FOR_FRAME):
        line = window.line(ahead)
        if line is None:
            break
        found = frame.match(line.text[:4096])
        if found is None:
            continue
        prefix = found["prefix"]
        if prefix == before or (wanted is not None and wanted.fullmatch(prefix)):
            return prefix
        if FOREIGN.match(before):
            continue  # another rank's frame
        if ahead == index + 1 or not before:
            return prefix
        if FRAME.match(line.text):
            return ""
    return "" if not FOREIGN.match(before) else before


def lane(window: Window, index: int, prefix: str) -> Iterator[Item]:
    """The lines from `index` on that have this prefix, without it."""
    shape = same_shape(prefix) if prefix else None
    stripped = same_shape(prefix.rstrip()) if prefix else None
    skipped = 0
    while skipped < _SKIPPED_AT_MOST:
        line = window.line(index)
        if line is None:
            return
        index += 1
        text = _without(line.text, shape, stripped)
        if text is None:
            skipped += 1
            continue
        skipped = 0
        yield Item(line.start, line.end, text)


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
