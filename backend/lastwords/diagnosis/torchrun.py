"""The report that torchrun prints at its end: which rank failed first, and how."""

import re
from dataclasses import dataclass

from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER, Line, lines_between, start_of_line
from lastwords.diagnosis.parser import parse_block
from lastwords.diagnosis.traceback_syntax import Block

_ROOT = b"Root Cause (first observed failure):"
_RANK = re.compile(r"^\s*rank\s*: (?P<rank>\d+)")
_EXIT = re.compile(r"^\s*exitcode\s*: (?P<code>-?\d+)")
_TRACEBACK = re.compile(r"^\s*traceback\s*: (?P<text>.*)$")
_BAR = re.compile(r"^\s*={10,}\s*$")
_LONGEST = 1 << 20
_MOST_LINES = 10_000


@dataclass(frozen=True)
class RankReport:
    """The root cause as torchrun saw it; its lines, and the worker's own traceback if it is in."""

    start: int
    end: int
    rank: int
    exit_code: int | None
    first: str
    block: Block | None


def rank_report(log: Log) -> RankReport | None:
    """The last report in the log."""
    at = log.rfind(_ROOT)
    if at < 0:
        return None
    start = start_of_line(log, at)
    end = min(len(log), start + _LONGEST)
    lines = _lines_of(lines_between(log, start, end, most=_MOST_LINES))
    rank = exit_code = None
    for line in lines:
        if rank is None and (found := _RANK.match(line.text)):
            rank = int(found["rank"][:9])
        if exit_code is None and (found := _EXIT.match(line.text)):
            exit_code = int(found["code"][:9])
    if rank is None:
        return None
    first, block = _traceback(lines)
    return RankReport(start, lines[-1].end, rank, exit_code, first, block)


def _lines_of(lines: list[Line]) -> list[Line]:
    for number, line in enumerate(lines):
        if _BAR.match(line.text):
            return lines[: number + 1]
    return lines


def _traceback(lines: list[Line]) -> tuple[str, Block | None]:
    for number, line in enumerate(lines):
        found = _TRACEBACK.match(line.text)
        if found is None:
            continue
        first = found["text"]
        if HEADER not in first:
            return first, None
        rest = (Item(below.start, below.end, below.text[2:]) for below in lines[number + 1 :])
        return first, parse_block(Item(line.start, line.end, first), Stream(rest))
    return "", None
