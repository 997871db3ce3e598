"""The log in pieces: what stands before the error, the error line by line, what stands after.

The raw text is the truth and this is laid over it: the pieces, one after the other, are the log,
byte for byte, whatever it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lastwords.diagnosis.explanation import Frame, Log, Span
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import HEADER, line_at
from lastwords.diagnosis.traceback_syntax import FRAME, RELATIONS, exception_line

Kind = Literal[
    "before", "header", "own", "library", "source", "exception", "relation", "text", "after"
]
_LANE = re.compile(r"^(?:\[\w+\]: ?)?(?: *[|+] ?)*")
_READ_AT_MOST = 1 << 16


@dataclass(frozen=True)
class Piece:
    """Bytes [start, end) of the log, and what they are. "own" and "library" are frames."""

    kind: Kind
    start: int
    end: int


def overlay(log: Log, error: Span | None) -> Iterator[Piece]:
    """The pieces of a log, in order, without a gap; neighbours of one kind are one piece."""
    if error is None:
        if len(log):
            yield Piece("before", 0, len(log))
        return
    last = Piece("before", 0, error.start)
    for piece in _error(log, error):
        if piece.kind == last.kind:
            last = Piece(last.kind, last.start, piece.end)
            continue
        if last.end > last.start:
            yield last
        last = piece
    if last.end > last.start:
        yield last
    if error.end < len(log):
        yield Piece("after", error.end, len(log))


def _error(log: Log, error: Span) -> Iterator[Piece]:
    at = error.start
    while at < error.end:
        line = line_at(log, at, _READ_AT_MOST)
        end = min(line.end + 1, error.end)
        yield Piece(_kind(line.text), at, end)
        at = end


def _kind(text: str) -> Kind:
    text = _LANE.sub("", text, count=1)
    if HEADER in text:
        return "header"
    found = FRAME.match(text)
    if found is not None:
        frame = Frame(found["file"], int(found["line"][:9]), (found["function"] or "").strip())
        return "library" if installed(frame) else "own"
    if text.strip() in RELATIONS:
        return "relation"
    if text.startswith((" ", "\t")):
        return "source"
    return "exception" if exception_line(text, strict=False) else "text"
