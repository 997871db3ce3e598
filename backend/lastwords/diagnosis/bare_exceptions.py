"""Exceptions of which only their own lines are in the log: no header, no stack.

People paste `ValueError: …` with what follows it; loggers print no more. Read are the last lines of
a log, each lane for itself, with the whole message and the chain.
"""

import builtins
import re
from itertools import chain

from lastwords.diagnosis.error_lines import tail_lines
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.ipython_tracebacks import read_cells_above
from lastwords.diagnosis.lanes import Allowance, Item, Lane, Stream
from lastwords.diagnosis.lines import Line, Window, line_at, lines_before
from lastwords.diagnosis.message import is_output
from lastwords.diagnosis.parser import parse_headless
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.traceback_syntax import OCCURRED, Block, Part, exception_line

KIND = "bare"
_LAST = 60
_NAMED = re.compile(
    r"\w(?:Error|Exception|Invalid|NotFound|Exhausted)(?:\([\w.]+\))?$|\.\w+Fail(?:ed|ure)$"
)
_TORN_AT_MOST = 24  # lines between a name and its message
_TORN = re.compile(
    r"\b(?P<type>(?:[a-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}?(?:Error|Exception))"
    r"(?=\s*$|\s+File \"|\s+assert\b)"
)
_NATIVE, _SUMMARY = "C++ Traceback (most recent call last):", "Error Message Summary:"
_NATIVE_AT_LEAST, _NATIVE_AT_MOST = 5, 200  # lines
_QUOTES = re.compile(r"\b(?:[Ee]rror|[Ee]xception)s?:$")  # what stands below is indented
_RAISED = re.compile(r"^\s*raise\b")


def find_bare(log: Log, known: list[Block]) -> list[Block]:
    """Every such exception among the last lines that no known traceback holds."""
    found: list[Block] = []
    lines = tail_lines(log)[-_LAST:]
    above = None
    for number, line in enumerate(lines):
        above = lines[number - 1] if number and lines[number - 1].text.strip() else above
        if any(b.start <= line.start < b.end for b in (*known, *found)):
            continue
        text = without_prefix(line.text)
        if line.text.startswith(": "):
            block = _joined(lines[max(0, number - _TORN_AT_MOST) : number], line)
        elif _names_one(text, lines[number + 1].text if number + 1 < len(lines) else ""):
            quoted = above is not None and bool(_QUOTES.search(above.text))
            block = _parse(log, line, line.text[: line.text.find(text)], quoted)
        elif (named := OCCURRED.match(text)) and (
            said := [x.text for x in lines[number + 1 :][:1]]
        ):
            part = Part(line.start, lines[number + 1].end, named["type"], said)
            block = Block(part.start, part.end, [part], kind=KIND)
        else:
            continue
        if block is None:
            continue
        if above is not None and _RAISED.match(above.text):
            block.start = above.start
        block.start = _start_of_native(log, block.start)
        read_cells_above(log, block)
        block.before = (above.text[:2000],) if above is not None else ()
        found.append(block)
    return found


def _joined(above: list[Line], line: Line) -> Block | None:
    """The exception whose name was printed before the lines of other processes, and then this."""
    named = ((each, found) for each in reversed(above) if (found := _TORN.search(each.text[:2000])))
    first, found = next(named, (line, None))
    if found is None:
        return None
    part = Part(first.start, line.end, found["type"], [line.text[2:].strip()])
    return Block(first.start, line.end, [part], kind=KIND)


def _start_of_native(log: Log, start: int) -> int:
    """Where Paddle's report begins, whose last part, below the native stack, is the exception."""
    above = lines_before(log, start, _NATIVE_AT_MOST)
    if len(above) < _NATIVE_AT_LEAST or _SUMMARY not in above[-2].text:
        return start
    first = next((n for n, line in enumerate(above) if _NATIVE in line.text), None)
    if first is None:
        return start
    return above[max(0, first - 1)].start


def _names_one(text: str, below: str) -> bool:
    """Whether a line names an exception, and says something of it there or in the line below."""
    named = exception_line(text[:4000], strict=True)
    if named is None or not _NAMED.search(named["type"]):
        return False
    if named["message"] is None and text.endswith(":"):
        is_of_python = hasattr(builtins, named["type"]) and below.strip() and not is_output(below)
        return bool(is_of_python) or below.startswith("    ")
    return named["message"] is not None


def _parse(log: Log, line: Line, prefix: str, quoted: bool) -> Block | None:
    if not line_at(log, line.start).text.startswith(prefix):
        return None  # it stands behind a progress bar
    marked = prefix == "`"
    prefix = prefix if (prefix.strip() or quoted) and not marked else ""
    lane = Lane(Window(log, line.start), int(marked), prefix, Allowance())
    first = [Item(line.start, line.end, line.text[1:])] if marked else []
    block = parse_headless(Stream(chain(first, lane)))
    if block is not None:
        block.kind, block.lane, block.gap = KIND, prefix, lane.gap
    return block
