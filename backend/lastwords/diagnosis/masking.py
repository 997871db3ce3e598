"""Secrets in text that is made to be passed on: reports, exports, notifications, our own logs.

The log itself stays exact; only copies are masked.

Covered: what `secret_patterns` knows, in base64 or hex too; private keys; and exact values given by
the caller, also as they stand in a URL, in JSON, in HTML, in hex or in base64 (at any place in it),
and broken over lines, with or without a box drawn around them.
Not covered: secrets of a shape of their own that nothing names; of unnamed ones of no fixed length,
the part after a line break.
"""

import html
import json
import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from lastwords.diagnosis.encoded_secrets import encoded_secrets
from lastwords.diagnosis.secret_patterns import (
    FIXED_LENGTH,
    KEY_BEGINS,
    LINES,
    LONGEST_FIXED,
    LONGEST_KEY,
    PRIVATE_KEY,
)

MASK = "***"
SHORTEST_VALUE = 6
_BOX = "│|║┃"

Span = tuple[int, int]


@dataclass(frozen=True)
class Masked:
    """A text without its secrets, and how many were taken out."""

    text: str
    count: int


def mask(text: str, values: Iterable[str] = ()) -> Masked:
    """Take secrets out of a text; `values` are secrets known to the caller, whatever their form."""
    return Masker(values).whole(text)


def mask_stream(chunks: Iterable[str], values: Iterable[str] = ()) -> Iterator[str]:
    """The same as `mask` for a text that comes in pieces, wherever they are cut."""
    masker = Masker(values)
    held = ""
    for chunk in chunks:
        held += chunk
        end = masker.safe_end(held)
        if end:
            yield masker.whole(held[:end]).text
            held = held[end:]
    yield masker.whole(held).text


class Masker:
    """Masks texts that share their known secrets."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms = sorted({form for value in values for form in _forms(value)}, key=len)
        longest = max((len(form) for form in self._forms), default=0)
        self._reach = max(longest, LONGEST_FIXED)

    def whole(self, text: str) -> Masked:
        """A whole text, masked."""
        spans = _merged(self._spans(text))
        parts, at = [], 0
        for start, end in spans:
            parts += [text[at:start], MASK]
            at = end
        return Masked("".join([*parts, text[at:]]), len(spans))

    def safe_end(self, text: str) -> int:
        """How much of the beginning of a longer text can be masked alone: whole lines."""
        end = self._far_enough(text)
        if begun := [found.start() for found in KEY_BEGINS.finditer(text)]:
            recent = [start for start in begun if start > len(text) - LONGEST_KEY]
            end = min([end, *recent])
        spans = self._spans(text[: end + LONGEST_KEY]) if end else []
        while end := text.rfind("\n", 0, end) + 1:
            over = [start for start, stop in spans if start < end < stop]
            if not over:
                return end
            end = min(over)
        return 0

    def _far_enough(self, text: str) -> int:
        """The end of what no secret that goes on in later text can begin in."""
        joined, segments = _joined(text)
        before = [start for start, at in segments if at <= len(joined) - self._reach]
        return before[-1] if before else 0

    def _spans(self, text: str) -> list[Span]:
        found = [_secret(match) for pattern in LINES for match in pattern.finditer(text)]
        found += [match.span("secret") for match in PRIVATE_KEY.finditer(text) if match["secret"]]
        found += encoded_secrets(text)
        found += _occurrences(text, self._forms)
        joined, segments = _joined(text)
        if len(segments) > 1:
            wrapped = [match.span() for match in FIXED_LENGTH.finditer(joined)]
            wrapped += _occurrences(joined, self._forms)
            found += [_unjoined(span, segments) for span in wrapped if _is_broken(span, segments)]
        return found


def _secret(match: re.Match[str]) -> Span:
    """Where the secret of a match is: its group that took part, or all of it."""
    return match.span(match.lastindex) if match.lastindex else match.span()


def _occurrences(text: str, forms: Iterable[str]) -> list[Span]:
    found = []
    for form in forms:
        at = text.find(form)
        while at >= 0:
            found.append((at, at + len(form)))
            at = text.find(form, at + 1)
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif end > start:
            merged.append((start, end))
    return merged


# --- texts that were broken over lines -----------------------------------------------------------


def _joined(text: str) -> tuple[str, list[Span]]:
    """A text without its line breaks, and without a box around its lines.

    Returns: it, and for each line where it begins in the text and in the joined one.
    """
    cores, segments, at, length = [], [], 0, 0
    for line in text.split("\n"):
        core = _unboxed(line.lstrip(" \t"), left=True).lstrip(" \t")
        skipped = len(line) - len(core)
        core = _unboxed(core.rstrip(" \t\r"), left=False).rstrip(" \t")
        segments.append((at + skipped, length))
        cores.append(core)
        at += len(line) + 1
        length += len(core)
    return "".join(cores), segments


def _unboxed(line: str, *, left: bool) -> str:
    edge = line[:1] if left else line[-1:]
    if not edge or edge not in _BOX:
        return line
    return line[1:] if left else line[:-1]


def _segment_at(joined_offset: int, segments: list[Span]) -> Span:
    return segments[bisect_right(segments, joined_offset, key=lambda pair: pair[1]) - 1]


def _is_broken(span: Span, segments: list[Span]) -> bool:
    return _segment_at(span[0], segments) != _segment_at(span[1] - 1, segments)


def _unjoined(span: Span, segments: list[Span]) -> Span:
    """Where a span of the joined text is in the text itself."""
    first, last = _segment_at(span[0], segments), _segment_at(span[1] - 1, segments)
    return first[0] + span[0] - first[1], last[0] + span[1] - last[1]


# --- the forms of a known value ------------------------------------------------------------------


def _forms(value: str) -> set[str]:
    """A value as it is, and as it stands in other notations."""
    if len(value) < SHORTEST_VALUE:
        return set()
    data = value.encode("utf-8", "surrogatepass")
    quoted = quote(value, safe="", errors="replace")
    forms = {
        value,
        quoted,
        re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted),
        quote_plus(value, errors="replace"),
        quote(value, errors="replace"),
        html.escape(value),
        data.hex(),
        data.hex().upper(),
        repr(value)[1:-1],
    }
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        forms |= {text[1:-1], json.dumps(text[1:-1])[1:-1]}
    forms |= {form for shift in range(3) for form in _base64_forms(data, shift)}
    return {form for form in forms if len(form) >= SHORTEST_VALUE}


def _base64_forms(data: bytes, shift: int) -> Iterator[str]:
    """What base64 makes of a value at `shift` bytes after a group's beginning, whatever is around.

    Only the characters that the value alone decides: the one at either edge holds other bits too.
    """
    encoded = b64encode(b"\0" * shift + data).decode()
    inner = encoded[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
    yield inner
    if not shift:
        yield encoded.rstrip("=")
    yield inner.replace("+", "-").replace("/", "_")
