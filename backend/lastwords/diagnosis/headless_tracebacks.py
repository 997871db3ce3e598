"""Tracebacks without their header: the tail of a log begins in the middle of one.

Frames that no traceback of the log holds (`kubectl logs --tail`, a ring buffer, a pasted end) are
read as if their header stood above them.

Covered: the first START and the last END bytes of a log, each lane for itself.
Not covered: frames of a stack dump, which no exception follows.
"""

import re
from collections.abc import Iterator
from itertools import chain, takewhile

from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lanes import (
    FOREIGN,
    FRAME_IN_LINE,
    LONGEST_PREFIX,
    Allowance,
    Item,
    Lane,
    Stream,
)
from lastwords.diagnosis.lines import (
    HEADER,
    Line,
    Window,
    line_at,
    lines_before,
    lines_between,
    pane_width,
    same_shape,
)
from lastwords.diagnosis.parser import parse_block, parse_headless
from lastwords.diagnosis.rich_tracebacks import inside_of, parse_boxes
from lastwords.diagnosis.traceback_syntax import CARRIES, FRAME, OCCURRED, Block, exception_line

START = 64 << 10
END = 256 << 10
_AT_MOST = 16
_NEEDLES = (b'File "', "File “".encode(), "File ”".encode())
_CORNER = "╰─".encode()
_DUMP = re.compile(
    r"Stack \(most recent call|Current thread |Thread 0x|from user code|Traceback of forward call"
)
_SHOWN_ABOVE = 6  # lines
_CAUGHT = re.compile(r"Caught \w+ in \w+")
_MARKED = re.compile(r"\s*[│|] ?❱ *\d")  # the line of code that failed, in rich's box
_GUTTER = re.compile(r"(?<! ) *[|+][ |+]*$")  # of an exception group


def find_headless(log: Log, blocks: list[Block], floor: int, allowance: Allowance) -> list[Block]:
    """The tracebacks whose header is missing, and that end in an exception.

    blocks: those with a header. floor: before this offset there may be headers that were not read.
    """
    found: list[Block] = []
    above = ""
    for line in _lines(log, floor):
        frame = FRAME_IN_LINE.match(line.text[:4096])
        if frame is not None and len(frame["prefix"]) > LONGEST_PREFIX:
            continue
        if frame is not None and not _is_held(line, frame["prefix"], [*blocks, *found]):
            text = line.text[len(frame["prefix"]) :]
            named = FRAME.match(text)
            if named is not None and named["function"] is not None and not _DUMP.search(above):
                found.append(_parse(log, line, frame["prefix"], allowance))
        above = line.text if frame is None and line.text[:1].strip() else above
        if len(found) >= _AT_MOST:
            break
    box = find_topless_box(log, blocks, allowance)
    return [block for block in [*found, *([box] if box else [])] if not block.is_cut]


def _lines(log: Log, floor: int) -> Iterator[Line]:
    """The lines of both regions, each only as far as frames stand in it."""
    size = len(log)
    regions = [(max(0, size - END), size)]
    if size > END:
        regions.insert(0, (0, min(START, size - END)))
    for start, end in regions:
        start = max(start, floor)
        if start and start < end:
            start = log.find(b"\n", start - 1, end) + 1 or end
        last = max(log.rfind(needle, start, end) for needle in _NEEDLES) if start < end else -1
        while start <= last:
            line = line_at(log, start, 1 << 16)
            yield line
            start = line.end + 1


def _is_held(line: Line, prefix: str, blocks: list[Block]) -> bool:
    return any(
        block.start <= line.start < block.end and _same_lane(prefix, block.lane) for block in blocks
    )


def _same_lane(prefix: str, held: str) -> bool:
    shape = same_shape(held.rstrip())
    return any(shape.fullmatch(each.rstrip()) for each in (prefix, _GUTTER.sub("", prefix)))


def _parse(log: Log, line: Line, prefix: str, allowance: Allowance) -> Block:
    """The traceback that begins with this frame; its lines may have lost their indentation."""
    block = _parse_behind(log, line, prefix, allowance)
    if block.is_cut and prefix:
        margin = prefix + "  " if prefix.strip() else None
        flat = _parse_behind(log, line, margin, allowance)
        block = block if flat.is_cut else flat
    return block


def _parse_behind(log: Log, line: Line, margin: str | None, allowance: Allowance) -> Block:
    """The traceback behind this margin; None: behind blanks, of which some lines have more."""
    prefix = margin or ""
    window = Window(log, line.start, pane_width(log, line.start))
    tag = "" if prefix.strip() or line.start else _tag_below(window)
    lane = Lane(window, 1 if tag else 0, tag or prefix, allowance)
    items = chain([Item(line.start, line.end, line.text)], lane) if tag else iter(lane)
    items = items if margin is not None else (i._replace(text=i.text.strip()) for i in items)
    block = parse_block(Item(line.start, line.start, HEADER), Stream(items))
    prefix = tag or prefix
    if not prefix.strip():
        block = with_carrier(log, block, line.start, allowance)
    block = _as_a_debugger_shows(log, block)
    block.gap = lane.gap
    block.lane = prefix if prefix.strip() else ""
    block.kind = "headless"
    return block


def _tag_below(window: Window) -> str:
    """The rank before each line but the first, of which it was not marked along with the rest."""
    below = window.line(1)
    tag = FOREIGN.match(below.text) if below is not None else None
    return f"{tag[0]} " if tag is not None else ""


def _as_a_debugger_shows(log: Log, block: Block) -> Block:
    """The same, with the deepest frame last, where Visual Studio Code shows it: that one first."""
    above = lines_before(log, block.start, _SHOWN_ABOVE)
    told = [(n, named) for n, line in enumerate(above) if (named := OCCURRED.match(line.text))]
    if not told:
        return block
    number, named = told[-1]
    part = block.parts[0]
    part.frames, part.sources = part.frames[::-1], part.sources[::-1]
    if not part.type:
        part.type = named["type"]
        part.message = [line.text.strip() for line in above[number + 1 :]]
    block.start = part.start = above[number].start
    return block


def find_topless_box(log: Log, blocks: list[Block], allowance: Allowance) -> Block | None:
    """A traceback drawn by rich whose upper part, or only its lid, is missing."""
    end = log.find(_CORNER, 0, START)
    if end < 0 or any(block.start <= end < block.end for block in blocks):
        return None
    above = lines_between(log, 0, log.rfind(b"\n", 0, end) + 1, 1 << 16)
    inside = list(takewhile(lambda line: inside_of(line.text) is not None, reversed(above)))
    if not any(_MARKED.match(line.text) for line in inside):
        return None
    first = inside[-1]
    header = Item(first.start, first.start, " " * len(first.text.rstrip()) + ".")
    lane = Lane(Window(log, first.start), 0, "", allowance)
    block = parse_boxes(header, Stream(lane))
    block.gap = lane.gap
    return block


def with_carrier(log: Log, block: Block, offset: int, allowance: Allowance) -> Block:
    """The error from the line above on, if that names the exception whose message is this stack."""
    start = log.rfind(b"\n", 0, max(0, offset - 1)) + 1
    named = exception_line(line_at(log, start, 1 << 16).text[:4000], strict=True)
    said = (named["message"] or "") if named is not None else ""
    if start >= offset or not (CARRIES.match(said) or _CAUGHT.match(said)):
        return block
    whole = parse_headless(Stream(Lane(Window(log, start), 0, "", allowance)))
    return whole if whole is not None and whole.end >= block.end else block
