"""Finds secrets by their shape or by what stands before them, in time that grows with the text.

google-re2 looks for places where one may begin, all of the table in one pass that no text makes
slow; what is there is then matched exactly by `re`, at that place only.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from lastwords.diagnosis.linear import Linear, Span
from lastwords.diagnosis.names_in_text import Said, said_by
from lastwords.diagnosis.secret_contexts import (
    CONTEXTS,
    NAME,
    NAME_GATE,
    NO_VALUE,
    REACH_BACK,
    VALUES,
)
from lastwords.diagnosis.secret_shapes import FIXED, SHAPES

_LONGEST_NAME = 120
_ALONE = r"(?:\A|[^A-Za-z0-9])"  # where a word begins


class Found(NamedTuple):
    """A secret's bytes [start, end), and where that begins by which it was known."""

    begins: int
    start: int
    end: int


_SHAPE_GATE = rf"{_ALONE}(?:{'|'.join(sorted({shape.gate for shape in SHAPES}))})"
_SHAPES = Linear(_SHAPE_GATE.encode())
_FIXED = Linear(FIXED.encode())
_NAMES = Linear(NAME_GATE)
_TABLE = Linear("|".join([_SHAPE_GATE, *(context.gate for context in CONTEXTS)]).encode())


def secrets_in(data: bytes) -> Iterator[Found]:
    """Every secret of a text; some more than once."""
    yield from _named(data)
    yield from _tabled(data)


def shapes_in(data: bytes) -> Iterator[Found]:
    """Those that are known by their shape alone."""
    return _read_at(_SHAPES, data, _shape_at)


def fixed_in(data: bytes) -> Iterator[Span]:
    """Those of one length only."""
    return _FIXED.all(data)


def _tabled(data: bytes) -> Iterator[Found]:
    return _read_at(_TABLE, data, lambda data, at: [*_shape_at(data, at), *_context_at(data, at)])


def _read_at(
    gate: Linear, data: bytes, read: Callable[[bytes, int], Iterable[Found]]
) -> Iterator[Found]:
    """What is read where the gate opens. Its last byte may be the first that the next one needs."""
    at = 0
    while hit := gate.find(data, at):
        at = max(hit[0] + 1, hit[1] - 1)
        for found in read(data, hit[0]):
            yield found
            at = max(at, found.end)


def _named(data: bytes) -> Iterator[Found]:
    at = 0
    while hit := _NAMES.find(data, at):
        name = NAME.match(data, hit[0])
        at = name.end() if name else hit[1]
        if name and (found := _value_of(data, name)):
            yield found
            at = found.end


def _value_of(data: bytes, name: re.Match[bytes]) -> Found | None:
    said = _said(name["name"])
    value = _exact_value(said).match(data, name.end()) if said in VALUES else None
    found = _found(name.start(), value) if value else None
    # A variable that is given to one of its name is code, and no value.
    is_name = found and name["name"].endswith(data[found.start : found.end])
    return None if is_name else found


def _shape_at(data: bytes, at: int) -> Iterator[Found]:
    if match := _exact_shape().match(data, at):
        yield Found(match.start(1), *match.span(1))


def _context_at(data: bytes, at: int) -> Iterator[Found]:
    for pattern, before in _exact_contexts():
        match = pattern.match(data, at)
        if (
            match
            and _holds(match)
            and (not before or before.search(data[max(0, at - REACH_BACK) : at]))
        ):
            if found := _found(at, match):
                yield found
            return


def _holds(match: re.Match[bytes]) -> bool:
    """Whether the name, if it has one, says so."""
    named = "name_" + str(match.lastgroup).rpartition("_")[2]
    return named not in match.re.groupindex or _said(match[named]) not in (
        Said.NOTHING,
        Said.COOKIE,
    )


def _said(name: bytes) -> Said:
    return said_by(name[-_LONGEST_NAME:].decode(errors="replace"))


def _found(begins: int, match: re.Match[bytes]) -> Found | None:
    """What the last group of a match holds, unless it says that there is nothing."""
    assert match.lastindex is not None  # each pattern has a group that takes part
    start, end = match.span(match.lastindex)
    if start == end or NO_VALUE.match(match.string, start, end):
        return None
    return Found(begins, start, end)


@cache
def _exact_value(said: Said) -> re.Pattern[bytes]:
    return re.compile(VALUES[said].encode())


@cache
def _exact_shape() -> re.Pattern[bytes]:
    """Any token of the table; compiled when something begins like one."""
    return re.compile(f"{_ALONE}({'|'.join(shape.exact for shape in SHAPES)})".encode())


@cache
def _exact_contexts() -> list[tuple[re.Pattern[bytes], re.Pattern[bytes] | None]]:
    """Those that hold behind something each for itself with that, all others as one."""
    apart = [context for context in CONTEXTS if context.before]
    numbered = [
        re.sub(r"\(\?P([<=])(\w+)", rf"(?P\1\2_{number}", context.exact)
        for number, context in enumerate(CONTEXTS)
        if not context.before
    ]
    return [
        *((re.compile(context.exact.encode()), re.compile(context.before)) for context in apart),
        (re.compile("|".join(numbered).encode()), None),
    ]
