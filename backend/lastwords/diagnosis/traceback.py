"""Finds every printed traceback of a log, and the one that ended the process.

Covered: chains both ways, groups, lanes (`[rank3]:`, containers, timestamps before every line),
remote tracebacks, rich boxes, notebook cells, JSON records, headers glued to a progress bar, logs
in UTF-16.
Not covered: tracebacks older than the last LATEST and younger than the first EARLIEST of a log.
"""

import re
from dataclasses import replace

from lastwords.diagnosis.embedded_tracebacks import is_encoded, parse_encoded
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.headless_tracebacks import find_headless, with_carrier
from lastwords.diagnosis.ipython_tracebacks import RULE, parse_cells
from lastwords.diagnosis.ipython_tracebacks import TOP as CELLS
from lastwords.diagnosis.lanes import LONGEST_PREFIX, Allowance, Item, Lane, Stream, lane_prefix
from lastwords.diagnosis.lines import (
    HEADER,
    Line,
    Window,
    line_at,
    lines_before,
    pane_width,
    same_shape,
    start_of_line,
)
from lastwords.diagnosis.parser import parse_block, parse_headless
from lastwords.diagnosis.rich_tracebacks import box_top, inside_of, parse_boxes
from lastwords.diagnosis.traceback_syntax import (
    RELATIONS,
    WORKER_TRACEBACK,
    Block,
    Part,
    exception_line,
)

LATEST = 200
EARLIEST = 40
_MOST_IN_LINE = 4
_STACKLESS = 20
_NEEDLES = (HEADER.encode(), HEADER.encode("utf-16-le")[:-1])
_GROUP = "+ Exception Group "
_ENDS_CHAIN = re.compile(f"{re.escape(HEADER)}|^  File |{'|'.join(map(re.escape, RELATIONS))}")
_REPORTED = re.compile(r"traceback *: $")
_CUT_FRAME = re.compile(r'^(?!\s*File ").*\bline \d+, in \S+$')
_CUT_HEADER = re.compile(r"^(?:[a-z ]*\()?[a-z ]*call last\):$|^Traceback:?$")
_QUOTES = '"""'
_OF_MESSAGE = re.compile(r"\w{1,40}: [\"']")


def find_tracebacks(log: Log) -> list[Block]:
    """Every traceback, in the order of the log."""
    search = _Search(log)
    headers = _headers(log)
    for offset in headers:
        search.look_at(offset)
    found = _with_headless(log, search, headers)
    return [_with_cut_frame(log, block) for block in found[:1]] + found[1:]


def _with_headless(log: Log, search: "_Search", headers: list[int]) -> list[Block]:
    """Those whose header is missing too; one that goes on in a chain replaces its last links."""
    unread = headers[EARLIEST] if len(headers) >= EARLIEST + LATEST else 0
    headless = find_headless(log, search.blocks, unread, search.allowance)
    if not headless:
        return search.blocks
    kept = [
        block for block in search.blocks if not any(_is_within(block, each) for each in headless)
    ]
    return sorted(kept + headless, key=lambda block: block.start)


def _with_cut_frame(log: Log, block: Block) -> Block:
    """A log that begins in the middle of a frame begins in the traceback that the frame is of."""
    above = lines_before(log, block.start, 4)
    if not above or above[0].start != 0:
        return block
    is_begun = _CUT_FRAME.match(above[0].text) or _CUT_HEADER.match(above[0].text)
    is_cut = is_begun or not block.parts[0].frames
    code = above[1:] if is_begun else above
    if not is_cut or not all(line.text.startswith("    ") for line in code):
        return block
    return replace(block, start=0)


def _is_within(block: Block, other: Block) -> bool:
    return block.lane == other.lane and other.start <= block.start and block.end <= other.end


def _is_wide(log: Log) -> bool:
    """Whether the text is UTF-16: of plain letters every second byte is NUL."""
    start = bytes(log[:64])
    return 3 * start.count(0) > len(start)


def _headers(log: Log) -> list[int]:
    needle = _NEEDLES[_is_wide(log)]
    latest: list[int] = []
    at = log.rfind(needle)
    while at >= 0 and len(latest) < LATEST:
        latest.append(at)
        at = log.rfind(needle, 0, at)
    earliest: list[int] = []
    floor = latest[-1] if latest else 0
    at = log.find(needle, 0, floor)
    while at >= 0 and len(earliest) < EARLIEST:
        earliest.append(at)
        at = log.find(needle, at + 1, floor)
    return earliest + latest[::-1]


class _Search:
    """The tracebacks found so far, and how far each lane has been read."""

    def __init__(self, log: Log) -> None:
        self.blocks: list[Block] = []
        self._log = log
        self._ends: dict[str, int] = {}
        self.allowance = Allowance()
        self._line_end = self._in_line = 0

    def look_at(self, offset: int) -> None:
        """Read the traceback whose header is at this offset, if no earlier one holds it."""
        self._in_line = self._in_line + 1 if offset < self._line_end else 0
        if offset < self._ends.get("", 0) or self._in_line >= _MOST_IN_LINE:
            return
        block = self._parse_at(offset)
        if block is not None and (carrier := self._carrier_of(block)) is not None:
            block = carrier
        elif block is not None:
            self.blocks.append(block)
        if block is not None:
            self._ends[block.lane] = max(self._ends.get(block.lane, 0), block.end)

    def _carrier_of(self, block: Block) -> Block | None:
        """The exception whose message goes on with the line that holds this one, as `key: "…`."""
        last = self.blocks[-1] if self.blocks else None
        if last is None or block.kind != "encoded" or last.end + 1 != block.start:
            return None
        line = line_at(self._log, block.start)
        part = last.parts[-1]
        if not part.type or part.inner is not None or not _OF_MESSAGE.match(line.text):
            return None
        part.inner, part.end = block, block.end
        last.end = block.end
        return last

    def _lane(self, window: Window, prefix: str) -> Lane:
        return Lane(window, 1, prefix, self.allowance)

    def _parse_at(self, offset: int) -> Block | None:
        log = self._log
        start = start_of_line(log, offset)
        window = Window(log, start, pane_width(log, start))
        line = window.line(0)
        if line is None or HEADER not in line.text:
            return None
        self._line_end = line.end
        if line.text.lstrip().startswith("{") or is_encoded(line.text):
            whole = log.rfind(b"\n", 0, offset) + 1
            encoded = Window(log, whole).line(0) if whole < start else line
            block = parse_encoded(encoded) if encoded is not None else None
            if block is not None:
                return _with_context(log, block, "")
        return self._parse_printed(window, line, offset)

    def _parse_printed(self, window: Window, line: Line, offset: int) -> Block | None:
        box = box_top(line.text)
        if box is not None:
            return self._parse_boxes(window, line, box)
        if CELLS.match(line.text):
            return self._parse_cells(window, line)
        before = line.text[: line.text.find(HEADER)]
        if _REPORTED.search(before):
            return None
        in_group = before.endswith(_GROUP)
        original, before = before, before.removesuffix("Original ")
        before = _before_group(before) if in_group else before
        prefix = lane_prefix(window, 0, before, in_group)
        if prefix.strip() and offset < self._ends.get(prefix, 0):
            return None
        in_lane = not before.strip() or bool(prefix and same_shape(prefix).fullmatch(before))
        text = line.text[len(before) :]
        header = Item(line.start if in_lane else offset, line.end, text)
        lane = self._lane(window, prefix)
        block = parse_block(header, Stream(lane))
        block.gap = lane.gap
        _unquote(block.parts[-1], before.strip())
        if in_lane and not prefix.strip():
            block = self._from_oldest(block)
        if original == "Original ":
            block = with_carrier(self._log, block, line.start, self.allowance)
        return _with_context(self._log, block, prefix)

    def _parse_boxes(self, window: Window, line: Line, box: int) -> Block:
        prefix = line.text[:box]
        below = window.line(1)
        inside = bool(prefix) and below is not None and below.text.startswith(prefix)
        prefix = prefix if len(prefix) <= LONGEST_PREFIX else ""
        glued = below is not None and inside_of(below.text) is not None  # behind a progress bar
        lane = self._lane(window, prefix if inside or (prefix.strip() and not glued) else "")
        block = parse_boxes(Item(line.start, line.end, line.text[box:]), Stream(lane))
        block.gap = lane.gap
        return _with_context(self._log, block, prefix)

    def _parse_cells(self, window: Window, line: Line) -> Block:
        above = lines_before(self._log, _line_start(self._log, line.start), 2)
        rule = next((each for each in reversed(above) if each.text.strip()), None)
        start = rule.start if rule is not None and RULE.match(rule.text) else line.start
        header = Item(line.start, line.end, line.text)
        lane = self._lane(window, "")
        block = parse_cells(header, Stream(lane), start)
        block.gap = lane.gap
        return _with_context(self._log, block, "")

    def _from_oldest(self, block: Block) -> Block:
        """A chain may begin with exceptions that have no stack of their own, above this header."""
        for _ in range(_STACKLESS):
            start = _start_above(lines_before(self._log, block.start, 60))
            if start is None:
                break
            lane = Lane(Window(self._log, start), 0, "", self.allowance)
            longer = parse_headless(Stream(lane))
            if longer is None or longer.end < block.end:
                break
            longer.gap = lane.gap
            block = longer
        return block


def _unquote(part: Part, mark: str) -> None:
    """Take the mark that closes a quotation off the message, where the same one opened it.

    A message whose marks come in pairs, such as `'text'`, has none that closes another one.
    """
    is_closed = "".join(part.message).count(mark) % 2 if mark in ('"', "'") else False
    if is_closed and part.message[-1].endswith(mark):
        part.message[-1] = part.message[-1][:-1]


def _before_group(text: str) -> str:
    """What stands before the margin of an exception group's header."""
    return text.removesuffix(_GROUP).rstrip(" ")


def _with_context(log: Log, block: Block, prefix: str) -> Block:
    before = lines_before(log, _line_start(log, block.start), 6)
    texts = tuple(line.text[:2000] for line in before)
    return replace(block, lane=prefix if prefix.strip() else "", before=texts)


def _line_start(log: Log, offset: int) -> int:
    return log.rfind(b"\n", max(0, offset - 65536), offset) + 1


def _start_above(before: list[Line]) -> int | None:
    above = list(before)
    if above and above[-1].text.strip() == _QUOTES:
        return _start_of_type(above[:-1], worker=True)
    while above and not above[-1].text.strip():
        above.pop()
    if not above or above.pop().text.strip() not in RELATIONS:
        return None
    while above and not above[-1].text.strip():
        above.pop()
    return _start_of_type(above, worker=False)


def _start_of_type(above: list[Line], worker: bool) -> int | None:
    for line in reversed(above):
        if (worker and not line.text.strip()) or _ENDS_CHAIN.search(line.text):
            return None
        found = exception_line(line.text, strict=True)
        if found is not None:
            return line.start if not worker or WORKER_TRACEBACK.search(found["type"]) else None
        if worker:
            return None
    return None
