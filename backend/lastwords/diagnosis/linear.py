"""Searches that no text makes slow: google-re2 over bytes."""

from collections.abc import Iterable, Iterator
from typing import Any

import re2

Span = tuple[int, int]


class Linear:
    """A pattern without groups; what is no ASCII is bytes to it."""

    def __init__(self, pattern: bytes, *, longest: bool = False) -> None:
        """longest: of what begins at one place the longest counts, not the first that is named."""
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        options.longest_match = longest
        options.log_errors = False
        options.max_mem = 64 << 20
        self._pattern: Any = re2.compile(pattern, options)

    def find(self, data: bytes, start: int = 0) -> Span | None:
        """The first place from `start` on."""
        hit = self._pattern.search(data, start)
        return hit.span() if hit else None

    def all(self, data: bytes) -> Iterator[Span]:
        """Every place, none over another."""
        return (hit.span() for hit in self._pattern.finditer(data))


def any_of(texts: Iterable[bytes]) -> Linear:
    """What finds these very texts."""
    return Linear(b"|".join(map(re2.escape, texts)), longest=True)
