"""Tracebacks as IPython and Jupyter print them: an exception's name in the header, then cells.

-----------------------------------------------------------
KeyError                  Traceback (most recent call last)
Cell In[3], line 4
      2 rows = load()
----> 4 rows[0]["text"]

File /srv/train/data.py:12, in load(path)
KeyError: 'text'
"""

import re

from lastwords.diagnosis.explanation import Frame, Log
from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER, Line, lines_before
from lastwords.diagnosis.message import Message
from lastwords.diagnosis.parser import parse_block, take_blanks
from lastwords.diagnosis.raise_statements import extent
from lastwords.diagnosis.traceback_syntax import (
    RELATIONS,
    WORKER_TRACEBACK,
    Block,
    Part,
    exception_line,
    frame_of,
)

TOP = re.compile(r"^(?P<type>[A-Za-z_][\w.]*) {2,}" + re.escape(HEADER) + r"\s*$")
RULE = re.compile(r"^`?-{20,}\s*$")
_CELL = re.compile(
    r"^(?:Cell |Input )(?P<cell>In ?\[[\d ]+\]), (?:\[?line (?P<line>\d+)\]?(?:, in "
    r"(?P<at_in>.+))?|in (?P<in>.+))$|^ {0,2}File (?P<file>\S.*?)(?::|"
    r", line )(?P<at>\d+)(?:,? in (?P<function>.+))?$|^\[?"
    r"(?P<old><ipython-input-[^>]+>|<timed \w+>|/[^\s\]]+|~[/\\][^\s\]]+|[A-Za-z]:\\[^\s\]]+|"
    r"[\w./-]+\.p(?:yx|xi|xd))(?:\]\(\S+\))? in (?P<within>.+)$"
)
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{1,1000}\)")
"""How a page that shows a notebook makes links of places; so that `[3](url)` is the line 3."""
_QUOTES = '"""'
_ARROW = re.compile(r"^-+> \[?(?P<line>\d+)\]? ?(?P<code>.*)$")
_LONGEST = 4_000
_CELLS_AT_MOST = 120  # lines
_WITHIN = re.compile(
    r"^(?: *\d+ |\[\d+\]|\.\.\.$|File \S|\d+ frames$|\s|-+>|\(\.\.\.\)|\[\.\.\. skipping|$)"
)


def parse_cells(header: Item, stream: Stream, start: int) -> Block:
    """The whole error whose first header was just taken; `start` is where its rule begins."""
    parts = [_part(header, stream)]
    parts[0].start = start
    while parts[-1].type and (relation := _next(stream)) is not None:
        part = _part(stream.take(), stream)
        part.relation = relation
        part.inner = parts[-1].inner if WORKER_TRACEBACK.search(parts[-1].type) else None
        parts.append(part)
    return Block(start, parts[-1].end, parts, kind="cells")


def _next(stream: Stream) -> str | None:
    """Take what stands between two exceptions, if a second one follows."""
    relation = None
    for ahead in range(6):
        item = stream.peek(ahead)
        if item is None:
            return None
        if TOP.match(item.text) and relation is not None:
            for _ in range(ahead):
                stream.take()
            return relation
        relation = RELATIONS.get(item.text.strip(), relation)
    return None


def _part(header: Item, stream: Stream) -> Part:
    part = Part(header.start, header.end)
    named = TOP.match(header.text)
    name = named["type"] if named is not None else ""
    while (item := stream.peek()) is not None:
        frame = _frame(item.text)
        if frame is not None:
            part.frames.append(frame)
            part.sources.append("")
        elif _names(item.text, name):
            _message(part, stream)
            return part
        elif not _WITHIN.match(item.text):
            return part
        else:
            _see_arrow(part, item.text)
        part.end = stream.take().end
    part.type = name  # the log ends within the cells: all that is known is the header's name
    return part


def _carried(part: Part, stream: Stream) -> None:
    """Read the traceback of a worker, which stands in quotes and as Python prints it."""
    quotes, header = stream.peek(), stream.peek(1)
    if quotes is None or header is None or quotes.text.strip() != _QUOTES:
        return
    if not header.text.startswith(HEADER):
        return
    stream.take()
    part.inner = parse_block(stream.take(), stream, nested=True)
    part.end = part.inner.end
    closing = stream.peek()
    if closing is not None and closing.text.strip() == _QUOTES:
        part.end = stream.take().end


def read_cells_above(log: Log, block: Block) -> None:
    """Give an exception the cells that end above it, where their header was not pasted."""
    lines = lines_before(log, block.start, _CELLS_AT_MOST)
    number = len(lines)
    while (
        number
        and _WITHIN.match(lines[number - 1].text)
        or number
        and _frame(lines[number - 1].text)
    ):
        number -= 1
    first = next((n for n in range(number, len(lines)) if _frame(lines[n].text)), None)
    if first is None or not any(_is_of_cells(line.text) for line in lines[first:]):
        return
    cells = _part(
        Item(lines[first].start, lines[first].start, ""), Stream(map(_item, lines[first:]))
    )
    part = block.parts[0]
    part.frames, part.sources = cells.frames, cells.sources
    block.start = part.start = lines[first].start


def _is_of_cells(text: str) -> bool:
    """Whether a line is IPython's alone: an arrow, or a frame as Spyder prints it."""
    return bool(_ARROW.match(_plain(text)) or ('File "' not in text and frame_of(text)))


def _item(line: Line) -> Item:
    return Item(line.start, line.end, line.text)


def _names(text: str, name: str) -> bool:
    found = exception_line(text, strict=False)
    return found is not None and found["type"].rpartition(".")[2] == name.rpartition(".")[2]


def _frame(text: str) -> Frame | None:
    found = _CELL.match(_plain(text))
    if found is None:
        return None
    file = f"Cell {found['cell']}" if found["cell"] else ""
    file = file or found["file"] or found["old"]
    line = found["line"] or found["at"] or "0"
    function = found["at_in"] or found["in"] or found["function"] or found["within"] or "<module>"
    return Frame(file, int(line[:9]), function.partition("(")[0] or "<module>")


def _plain(text: str) -> str:
    """The line without its links."""
    return _LINK.sub(r"\1", text[:_LONGEST]) if "](" in text else text


def _see_arrow(part: Part, text: str) -> None:
    """The arrow shows the line's code, and in older forms its number."""
    found = _ARROW.match(_plain(text))
    if found is None or not part.frames:
        return
    last = part.frames[-1]
    part.frames[-1] = Frame(last.file, last.line or int(found["line"][:9]), last.function)
    part.sources[-1] = found["code"].strip()[:500]


def _message(part: Part, stream: Stream) -> None:
    named = stream.take()
    found = exception_line(named.text, strict=False)
    if found is None:
        return
    part.type, first = found["type"], found["message"] or ""
    code = part.sources[-1] if part.sources else ""
    message = Message(part.type, first, extent(code, True, part.type, first) if code else "unknown")
    part.end = named.end
    if WORKER_TRACEBACK.search(part.type):
        _carried(part, stream)
    while (item := stream.peek()) is not None:
        if not item.text.strip() and take_blanks(part, message, stream):
            continue
        if not item.text.strip() or item.text.strip() in RELATIONS or not message.takes(item.text):
            break
        message.add(item.text)
        part.end = stream.take().end
    part.message = message.lines
