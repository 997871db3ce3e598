"""Secrets of a known shape that stand in base64 or in hex: what a text's long runs decode to."""

import binascii
import re
from collections.abc import Iterator

from lastwords.diagnosis.secret_patterns import LINES, PRIVATE_KEY

SHORTEST = 16  # bytes that can hold a token
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{22,65536}={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f]{32,65536}")
_PRINTED = re.compile(rb"[\t\r\n\x20-\x7e]{%d,}" % SHORTEST)
_STANDARD = str.maketrans("-_", "+/")

Span = tuple[int, int]


def encoded_secrets(text: str) -> Iterator[Span]:
    """Where such runs are. Each lies within one line, so that lines can be masked one by one."""
    for run in _BASE64.finditer(text):
        if any(map(_holds_secret, _from_base64(run[0]))):
            yield run.span()
    for run in _HEX.finditer(text):
        if any(map(_holds_secret, _from_hex(run[0]))):
            yield run.span()


def _from_base64(run: str) -> Iterator[bytes]:
    """What a run may stand for: a word of the same letters before it shifts its groups of four."""
    letters = run.rstrip("=").translate(_STANDARD)
    for shift in range(4):
        groups = letters[shift:]
        whole = len(groups) - (len(groups) % 4 == 1)  # a letter alone holds no byte
        yield binascii.a2b_base64(groups[:whole] + "=" * (-whole % 4))


def _from_hex(run: str) -> Iterator[bytes]:
    for shift in range(2):
        digits = run[shift:]
        yield bytes.fromhex(digits[: len(digits) // 2 * 2])


def _holds_secret(data: bytes) -> bool:
    return any(_is_secret(found[0].decode("ascii")) for found in _PRINTED.finditer(data))


def _is_secret(text: str) -> bool:
    return any(pattern.search(text) for pattern in (*LINES, PRIVATE_KEY))
