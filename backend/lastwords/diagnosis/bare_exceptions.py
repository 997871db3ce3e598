"""Exceptions of which only their own lines are in the log: no header, no stack.

People paste `ValueError: …` with what follows it; loggers print no more. Read are the last lines of
a log, each lane for itself, with the whole message and the chain.
"""

import re
from itertools import pairwise

from lastwords.diagnosis.error_lines import tail_lines
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lanes import Allowance, Lane, Stream
from lastwords.diagnosis.lines import Line, Window, line_at
from lastwords.diagnosis.parser import parse_headless
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.traceback_syntax import Block, exception_line

KIND = "bare"
_LAST = 60
_NAMED = re.compile(r"\w(?:Error|Exception)(?:\([\w.]+\))?$")
_RAISED = re.compile(r"^\s*raise\b")


def find_bare(log: Log, known: list[Block]) -> list[Block]:
    """Every such exception among the last lines that no known traceback holds."""
    found: list[Block] = []
    lines = tail_lines(log)[-_LAST:]
    for above, line in pairwise([None, *lines]):
        if line is None or any(b.start <= line.start < b.end for b in (*known, *found)):
            continue
        text = without_prefix(line.text)
        block = (
            _parse(log, line, line.text.rstrip().removesuffix(text)) if _names_one(text) else None
        )
        if block is None:
            continue
        if above is not None and _RAISED.match(above.text):
            block.start = above.start
        block.before = (above.text[:2000],) if above is not None else ()
        found.append(block)
    return found


def _names_one(text: str) -> bool:
    named = exception_line(text[:4000], strict=True)
    return bool(named and named["message"] is not None and _NAMED.search(named["type"]))


def _parse(log: Log, line: Line, prefix: str) -> Block | None:
    if not line_at(log, line.start).text.startswith(prefix):
        return None  # it stands behind a progress bar
    prefix = prefix if prefix.strip() else ""
    lane = Lane(Window(log, line.start), 0, prefix, Allowance())
    block = parse_headless(Stream(lane))
    if block is not None:
        block.kind, block.lane, block.gap = KIND, prefix, lane.gap
    return block
