"""Secrets whose exact value is known: found as they are, and as they stand in other notations."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote, quote_plus

from lastwords.diagnosis.linear import Linear, Span, any_of

SHORTEST = 6  # characters


class KnownValues:
    """Values that are found wherever they stand, whatever is around them."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        self._forms = sorted(form.encode("utf-8", "surrogatepass") for form in forms)
        self.longest = max(map(len, self._forms), default=0)

    @cached_property
    def _search(self) -> Linear:
        return any_of(self._forms)

    def spans(self, data: bytes) -> Iterator[Span]:
        """Where they are; one that begins within itself is followed to its last end."""
        at = 0
        while self._forms and (hit := self._search.find(data, at)):
            start, at = hit
            yield hit
            form = data[start:at]
            while (start := data.rfind(form, start + 1, at + len(form) - 1)) >= 0:
                at = start + len(form)
                yield start, at


def _forms(value: str) -> set[str]:
    """A value as it is, and as it stands in other notations."""
    if len(value) < SHORTEST:
        return set()
    data = value.encode("utf-8", "surrogatepass")
    quoted = quote(value, safe="", errors="replace")
    forms = {
        value,
        value[::-1],
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
    return {form for form in forms if len(form) >= SHORTEST}


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
