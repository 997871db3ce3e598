"""Secrets in text that is made to be passed on: reports, exports, notifications, our own logs.

The log itself stays exact; only copies are masked.

Covered: what `secret_shapes` and `secret_contexts` know, also behind or within escapes, colours and
characters without width; tokens of a known shape in base64, in hex, and read backwards; and exact
values given by the caller, also as they stand in a URL, in JSON, in HTML, in hex or in base64 (at
any place in it), backwards, and broken over lines, with or without a box drawn around them.
Not covered: secrets of a shape of their own that nothing names; of unnamed ones of no fixed length,
the part after a line break.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from lastwords.diagnosis.encoded_secrets import encoded_secrets
from lastwords.diagnosis.fingerprints import Fingerprints
from lastwords.diagnosis.given_secrets import ORDINARY
from lastwords.diagnosis.known_values import KnownValues
from lastwords.diagnosis.linear import Span
from lastwords.diagnosis.secret_contexts import KEY_BEGINS, LONGEST_KEY
from lastwords.diagnosis.secret_finder import Found, fixed_in, secrets_in, shapes_in
from lastwords.diagnosis.secret_shapes import LONGEST_FIXED
from lastwords.diagnosis.text_views import View, core_of, joined, unescaped

MASK = "***"
_LONGEST_CONTEXT = 2_000  # bytes of what goes over a line's end, but for keys
_LONGEST_LINE = 1 << 20  # bytes; of a longer one the beginning is given on before its end is known
_MOST_TOLD = 100
_WORD_ENDS = (b" ", b"\t", b",", b";", b"&", b'"', b"'", b"<", b">", b"(", b")", b"{", b"}")


@dataclass(frozen=True)
class Masked:
    """A text without its secrets, and how many were taken out."""

    text: str
    count: int


def mask(text: str, values: Iterable[str] = ()) -> Masked:
    """Take secrets out of a text; `values` are secrets known to the caller, whatever their form."""
    return Masker(values).whole(text)


def mask_stream(chunks: Iterable[str], masker: "Masker") -> Iterator[str]:
    """The same for a text that comes in pieces, wherever they are cut."""
    held, enough = b"", 0
    for chunk in chunks:
        held += _encoded(chunk)
        if len(held) < enough:
            continue
        ready, rest = masker.ready(held)
        enough = 0 if ready else 2 * len(held)
        held = rest
        if ready:
            yield ready
    yield masker.whole(held.decode("utf-8", "surrogatepass")).text


class Masker:
    """Masks texts that share their known secrets."""

    def __init__(
        self, values: Iterable[str] = (), fingerprints: Fingerprints | None = None
    ) -> None:
        self._values = frozenset(values)
        self._known = KnownValues(self._values)
        self._fingerprints = fingerprints or Fingerprints()
        self._reach = max(self._known.longest, LONGEST_FIXED)
        self._read: dict[bytes, list[Span]] = {}

    def whole(self, text: str) -> Masked:
        """A whole text, masked."""
        data = _encoded(text)
        spans = self._spans(data)
        return Masked(_without(data, spans), len(spans))

    def amid(self, before: str, text: str, after: str) -> Masked:
        """A part of a longer text: a secret of several lines may begin before it, or end behind."""
        start, data = len(_encoded(before)), _encoded(text)
        spans = _merged(
            (max(0, begin - start), min(len(data), end - start))
            for _, begin, end in self._found(_encoded(before) + data + _encoded(after))
        )
        return Masked(_without(data, spans), len(spans))

    def having_read(self, *texts: str) -> "Masker":
        """One that knows what these texts tell, too, so that it masks that alone as well."""
        read = {data: self._spans(data) for data in map(_encoded, texts)}
        told = {
            data[start:end].decode(errors="replace")
            for data, spans in read.items()
            for start, end in spans
        }
        telling = sorted(value for value in told - self._values if _is_telling(value))
        reader = Masker({*self._values, *telling[:_MOST_TOLD]}, self._fingerprints)
        if not telling:  # nothing else is to be found in them: megabytes are not searched again
            reader._read = read
        return reader

    def _spans(self, data: bytes) -> list[Span]:
        if data in self._read:
            return self._read[data]
        return _merged((start, end) for _, start, end in self._found(data))

    def ready(self, data: bytes) -> tuple[str, bytes]:
        """The beginning of a longer text that can be masked alone, masked; and the rest."""
        limit = self._certain(data)
        if data.rfind(b"\n", 0, max(0, limit)) >= 0:
            return self._up_to(data, limit, lambda end: data.rfind(b"\n", 0, end) + 1)
        if len(data) > _LONGEST_LINE:
            return self._up_to(data, len(data) - LONGEST_KEY, lambda end: _word_end(data, end))
        return "", data

    def _up_to(self, data: bytes, limit: int, before: Callable[[int], int]) -> tuple[str, bytes]:
        found = list(self._found(data[: limit + LONGEST_KEY]))
        end = _cut(_merged((begins, end) for begins, _, end in found), limit, before)
        spans = _merged((start, stop) for _, start, stop in found if stop <= end)
        return _without(data[:end], spans), data[end:]

    def _certain(self, data: bytes) -> int:
        """The end of what no secret that goes on in later text can begin in."""
        limit = min(len(data) - _LONGEST_CONTEXT, self._unbroken(data))
        keys = KEY_BEGINS.finditer(data, max(0, len(data) - LONGEST_KEY))
        return min([limit, *(key.start() for key in keys)])

    def _unbroken(self, data: bytes) -> int:
        """The same for those that a line's end may break: none is longer than our reach."""
        left, at = self._reach, len(data)
        while at > 0 and left > 0:
            start = data.rfind(b"\n", 0, at) + 1
            core = core_of(data[start:at])
            if not core and at < len(data):
                return start  # a blank line, over which none goes on
            left -= len(core)
            at = start - 1
        return at + 1 if left <= 0 else 0

    def _found(self, data: bytes) -> Iterator[Found]:
        yield from secrets_in(data)
        yield from _whole(encoded_secrets(data))
        yield from self._valued(data)
        for _, start, end in shapes_in(data[::-1]):
            yield Found(len(data) - end, len(data) - end, len(data) - start)
        if view := unescaped(data):
            yield from self._unescaped(view)
        yield from self._broken(joined(data))

    def _valued(self, data: bytes) -> Iterator[Found]:
        """Those whose value is known."""
        yield from _whole(self._known.spans(data))
        yield from _whole(self._fingerprints.spans(data))

    def _unescaped(self, view: View) -> Iterator[Found]:
        for found in (*secrets_in(view.data), *self._valued(view.data)):
            start, end = view.span_of(found.start, found.end)
            begins = view.span_of(found.begins, found.end)[0]
            yield Found(min(begins, start), start, end)

    def _broken(self, view: View) -> Iterator[Found]:
        """Those that a line's end broke."""
        for start, end in (*fixed_in(view.data), *self._known.spans(view.data)):
            if not view.is_in_one_piece(start, end):
                yield from _whole([view.span_of(start, end)])


def _is_telling(value: str) -> bool:
    """Whether a value is so much of its own that it means the same wherever it stands."""
    return 8 <= len(value) <= 200 and not ORDINARY.fullmatch(value)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _whole(spans: Iterable[Span]) -> Iterator[Found]:
    """Secrets that are known by nothing before them."""
    return (Found(start, start, end) for start, end in spans)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif end > start:
            merged.append((start, end))
    return merged


def _without(data: bytes, spans: Iterable[Span]) -> str:
    """The text with a mask in the place of each span; none cuts a character in two."""
    parts, at = [], 0
    for start, end in spans:
        while 0x80 <= data[start] < 0xC0:
            start -= 1
        while end < len(data) and 0x80 <= data[end] < 0xC0:
            end += 1
        parts += [data[at:start], MASK.encode()]
        at = end
    return b"".join([*parts, data[at:]]).decode("utf-8", "surrogatepass")


def _cut(extents: list[Span], limit: int, before: Callable[[int], int]) -> int:
    """The last place that `before` names up to a limit and that is within nothing; 0 for none."""
    end = before(limit) if limit > 0 else 0
    while end > 0:
        at = bisect_left(extents, end, key=itemgetter(0)) - 1
        if at < 0 or extents[at][1] <= end:
            return end
        end = before(extents[at][0])
    return 0


def _word_end(data: bytes, end: int) -> int:
    """Where the last word before `end` ends; `end` itself where there is no other."""
    return max(data.rfind(char, 0, end) + 1 for char in _WORD_ENDS) or end
