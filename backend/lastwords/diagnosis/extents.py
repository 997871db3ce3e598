"""Where an error that is too long to be read line by line ends, and where to go on in it.

Found by one pattern over raw bytes, about as fast as lines are counted: paragraphs that hold
together, and chains of them, linked by the sentences that Python prints between two exceptions.

Covered: chains of any length, stacks and messages of any length, each line behind one prefix.
Not covered: colours before a line's prefix, more than PARAGRAPHS paragraphs in one message.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lines import HEADER, shape_of
from lastwords.diagnosis.traceback_syntax import RELATIONS, Gap

PARAGRAPHS = 4
LINKS = 8
_STEP = 1 << 20
_LAST_LINES = 600
_LAST_BYTES = 64 << 10
_HEADER = HEADER.encode()
_WORD = b"Traceback"
_FEW = 100
_SENTENCES = {sentence.encode(): relation for sentence, relation in RELATIONS.items()}


class Landing(NamedTuple):
    """Where to go on reading, what was passed over, and where the error ends."""

    start: int
    gap: Gap | None
    end: int


def landing(log: Log, start: int, prefix: str) -> Landing:
    """Where to go on in an error of which everything before `start` was read."""
    end = run_end(log, _before_link(log, start), _chain(prefix))
    late = last_lines(log, start, end)
    if late <= start:
        return Landing(start, None, end)
    last = log.rfind(_HEADER, start, end)
    if last < 0:
        return Landing(late, Gap(start, late, 0, None), end)
    header, links = last, 0
    while header >= late and links < LINKS:
        late_header, links = header, links + 1
        header = log.rfind(_HEADER, start, header)
    relation = "context"
    if links:
        late = log.find(b"\n", late_header, end) + 1 or end
        relation = _relation_above(log, late_header)
    passed = _count(log, start, late) - 1  # what follows the last of these headers is read
    return Landing(late, Gap(start, late, passed, relation), end)


def _before_link(log: Log, start: int) -> int:
    """Where the line above begins if it links two exceptions; else `start`."""
    above = log.rfind(b"\n", 0, max(0, start - 1)) + 1
    line = log[above : min(start, above + 1000)]
    return above if any(sentence in line for sentence in _SENTENCES) else start


def last_lines(log: Log, start: int, end: int) -> int:
    """The beginning of the last lines of [start, end)."""
    floor = max(start, end - _LAST_BYTES)
    data = log[floor:end]
    at = len(data)
    for _ in range(_LAST_LINES):
        at = data.rfind(b"\n", 0, max(0, at - 1)) + 1
        if not at:
            break
    if at:
        return floor + at
    return start if floor == start else floor + data.find(b"\n") + 1


def _relation_above(log: Log, header: int) -> str:
    above = log[max(0, header - 300) : header]
    found = max(_SENTENCES, key=above.rfind)
    return _SENTENCES[found] if found in above else "context"


def _count(log: Log, start: int, end: int) -> int:
    """How many headers stand in [start, end); of one across the edge of a step, none."""
    steps = range(start, end, _STEP)
    return sum(_headers(log[at : min(at + _STEP, end)]) for at in steps)


def _headers(block: bytes) -> int:
    """How many there are: found one by one while they are few, which is faster then."""
    found, at = 0, -1
    for _ in range(_FEW):
        at = block.find(_WORD, at + 1)
        if at < 0:
            return found
        found += block.startswith(_HEADER, at)
    return block.count(_HEADER)


def run_end(log: Log, start: int, pattern: re.Pattern[bytes]) -> int:
    """The end of what a pattern of whole lines matches from `start` on, however long it is."""
    at = start
    while at < len(log):
        block = log[at : at + _STEP]
        found = pattern.match(block)
        end = found.end() if found is not None else 0
        if b"\n" not in block[end:]:
            if end:
                at += end
                continue
            at = log.find(b"\n", at) + 1 or len(log)
        elif not end:
            return at
        elif len(block) - end > len(block) // 2 or at + len(block) >= len(log):
            return at + end
        else:
            at += end
    return len(log)


@lru_cache(maxsize=16)
def _chain(prefix: str) -> re.Pattern[bytes]:
    lane, bare = shape_of(prefix).encode(), shape_of(prefix.rstrip()).encode()
    space = rb" *+[^\S\n]*+"
    full = rb"(?:%b%b\S[^\n]*+\n)" % (lane, space)
    blank = rb"(?:%b%b\n)" % (bare, space)
    sentences = b"|".join(map(re.escape, _SENTENCES))
    text = rb"(?=%b%b\S)" % (lane, space)
    # Atomic groups: before Python 3.11.5 a possessive one forgets how its inside can match else.
    most, some, lines = rb"(?>%b{0,3})" % blank, rb"(?>%b{1,3})" % blank, rb"(?>%b*)" % full
    link = rb"%b%b(?:%b)%b\n%b%b" % (lane, space, sentences, space, most, text)
    more = rb"(?:(?>%b+)%b){0,%d}?" % (full, some, PARAGRAPHS - 1)
    linked = rb"(?>(?:%b%b%b%b)*)" % (some, more, link, lines)  # each line is read once
    return re.compile(rb"(?>(?:%b%b)?)%b%b" % (most, link, lines, linked))
