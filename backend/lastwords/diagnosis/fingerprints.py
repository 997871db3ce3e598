"""Secrets of which only a keyed fingerprint is known: found where a text holds one, at its words.

A fingerprint is a value's length, one byte of an HMAC of its beginning, and the HMAC-SHA256 of it
all. Whoever has the key can test a guess, and nobody else learns more than the length. The byte
is there for speed: most words of a text are done with after one look.
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 6  # characters; of shorter ones many a text would hold the fingerprint
LONGEST = 4096
MOST = 64
_BEGINNING = 4  # bytes
_MOST_BEGINNINGS = 1 << 16  # kept in memory
# Where one may begin: a word, or another character behind one that stands before values.
_WORD = re.compile(
    rb"(?<![A-Za-z0-9])[A-Za-z0-9]|"
    rb"(?:\A|(?<=([\s\"'=:(,\[{<>/@|`;?&]))(?!\1))[^\sA-Za-z0-9\"']"
)


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of one value."""

    length: int
    start: int
    digest: str

    @classmethod
    def read(cls, fact: object) -> "Fingerprint | None":
        """One from a file that its run could have written; None where it has not its form."""
        if not isinstance(fact, dict):
            return None
        length, start, digest = (fact.get(name) for name in ("length", "start", "digest"))
        if type(length) is int and type(start) is int and isinstance(digest, str):
            return cls(length, start, digest) if SHORTEST <= length <= LONGEST else None
        return None


def fingerprint(key: bytes, value: str) -> Fingerprint:
    """What may be kept of a secret."""
    data = value.encode("utf-8", "surrogatepass")
    return Fingerprint(len(data), _start(key, data), _digest(key, data))


def _digest(key: bytes, data: bytes) -> str:
    return hmac.digest(key, data, "sha256").hex()


def _start(key: bytes, data: bytes) -> int:
    return hmac.digest(key, b"start:" + data[:_BEGINNING], "sha256")[0]


class Fingerprints:
    """The values of a run's environment, as far as they are known."""

    def __init__(self, key: bytes = b"", known: Iterable[Fingerprint] = ()) -> None:
        self._key = key
        known = tuple(known)[:MOST]
        self._digests = {each.digest for each in known}
        self._lengths: dict[int, set[int]] = {}
        for each in known:
            self._lengths.setdefault(each.start, set()).add(each.length)
        self._seen: dict[bytes, set[int]] = {}

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where one of them stands between the edges of words."""
        if not self._digests:
            return
        for word in _WORD.finditer(data):
            start = word.start()
            for length in self._lengths_at(data[start : start + _BEGINNING]):
                if self._is_one(data, start, start + length):
                    yield start, start + length

    def _lengths_at(self, beginning: bytes) -> set[int]:
        known = self._seen.get(beginning)
        if known is None:
            if len(self._seen) >= _MOST_BEGINNINGS:
                self._seen.clear()
            known = self._lengths.get(_start(self._key, beginning), set())
            self._seen[beginning] = known
        return known

    def _is_one(self, data: bytes, start: int, end: int) -> bool:
        if end > len(data) or _is_inside_word(data, end):
            return False
        return _digest(self._key, data[start:end]) in self._digests


def _is_inside_word(data: bytes, at: int) -> bool:
    return data[at - 1 : at].isalnum() and data[at : at + 1].isalnum()
