"""Secrets of a known shape that stand in base64 or in hex: what a text's long runs decode to."""

import binascii
import re
from bisect import bisect_right
from collections.abc import Iterator

from lastwords.diagnosis.linear import Linear, Span
from lastwords.diagnosis.secret_finder import secrets_in

SHORTEST = 16  # bytes that can hold a token
_RUN = Linear(rb"[A-Za-z0-9+/_-]{22}[A-Za-z0-9+/_-]*={0,2}")
_HEX = re.compile(rb"[0-9A-Fa-f]{32,}")
_PRINTED = Linear(rb"[\t\r\n\x20-\x7e]{%d}[\t\r\n\x20-\x7e]*" % SHORTEST)
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PIECE = 1 << 16  # bytes of one run that are decoded at once
_BATCH = 1 << 20  # decoded bytes that are looked through at once


def encoded_secrets(data: bytes) -> Iterator[Span]:
    """Where such runs are. Each lies within one line, so that lines can be masked one by one."""
    batch = _Batch()
    for start, end in _RUN.all(data):
        for at in range(start, end, _PIECE):
            _decode(data[at : min(at + _PIECE, end)], at, batch)
        if batch.size > _BATCH:
            yield from batch.secrets()
            batch = _Batch()
    yield from batch.secrets()


class _Batch:
    """What many runs decode to, to be looked through at once: most hold nothing that is printed."""

    def __init__(self) -> None:
        self.size = 0
        self._decoded: list[bytes] = []
        self._begins: list[int] = []
        self._runs: list[Span] = []

    def add(self, decoded: bytes, run: Span) -> None:
        self._begins.append(self.size)
        self._decoded.append(decoded)
        self._runs.append(run)
        self.size += len(decoded) + 1

    def secrets(self) -> Iterator[Span]:
        """The runs that hold one."""
        whole = b"\0".join(self._decoded)  # which no secret goes over
        for start, end in _PRINTED.all(whole):
            if any(secrets_in(whole[start:end])):
                yield self._runs[bisect_right(self._begins, start) - 1]


def _decode(run: bytes, at: int, batch: _Batch) -> None:
    """What a run may stand for: words of the same letters before it shift its groups."""
    letters = run.rstrip(b"=").translate(_STANDARD)
    for shift in range(4):
        whole = len(letters) - (len(letters) - shift) % 4
        batch.add(binascii.a2b_base64(letters[shift:whole]), (at, at + len(run)))
    for found in _HEX.finditer(run):
        for shift in range(2):
            digits = found[0][shift:]
            whole = len(digits) // 2 * 2
            batch.add(binascii.a2b_hex(digits[:whole]), (at + found.start(), at + found.end()))
