"""What a message in plain words reads like: a second opinion, by messages whose cause is known.

known_messages.txt holds messages of real programs, a line `cause|message` each. The nearest vote,
each by how alike it is: the cosine of their words, the rarer a word the more it weighs.
Programs word their failures in endless ways, and most ways share words with one seen before.

Covered: paths, numbers, CamelCase and snake_case; a word's beginning counts as well as the word.
Not covered: other languages than English; negation, except where both ways are known.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path

KNOWN_MESSAGES = Path(__file__).with_name("known_messages.txt")
NOTHING = "unknown"
"""The cause of messages that name none."""

_NEAREST = 8
_LONGEST = 400
_STEM = 5
_PATH = re.compile(
    r"(?<![\w.])(?:~|\.{1,2})?/[\w./@+-]*|\b[\w-]+(?:/[\w.-]+)*\.(?:py|db|sqlite3?|jsonl?|csv|tsv|"
    r"parquet|txt|ya?ml|toml|safetensors|bin|pth?|ckpt|gguf|so|log)\b"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z_][a-z_']*|0")
_EMPTY = frozenset(
    "the a an of is was were are to in on for and or at by with it this that be as so".split()
)


def features(text: str) -> set[str]:
    """The words of a message, their beginnings, and the pairs that stand together."""
    text = _HUMP.sub(" ", _PATH.sub(_path_in_words, text[:_LONGEST])).lower()
    words = [word.strip("'") for word in _WORD.findall(_NUMBER.sub("0", text))]
    parts = [part for word in words for part in word.split("_") if part and "_" in word]
    found = {f"{one} {two}" for one, two in zip(words, words[1:], strict=False)}
    for word in words + parts:
        if word not in _EMPTY:
            found.add(word)
        if len(word) > _STEM:
            found.add(word[:_STEM] + "-")
    return found - {""}


def _path_in_words(path: re.Match[str]) -> str:
    ending = path[0].rpartition(".")[2]
    return f" path_ {ending}_file " if ending.isalnum() and "." in path[0] else " path_ "


class KnownMessages:
    """Messages with their causes, to be asked what another message is like."""

    def __init__(self, messages: Iterable[tuple[str, str]]) -> None:
        self._known = [(cause, features(text)) for cause, text in messages]

    @cached_property
    def _weights(self) -> dict[str, float]:
        counts = Counter(feature for _, found in self._known for feature in found)
        return {feature: math.log(1 + len(self._known) / n) for feature, n in counts.items()}

    @cached_property
    def _holders(self) -> dict[str, list[int]]:
        holders: dict[str, list[int]] = defaultdict(list)
        for number, (_, found) in enumerate(self._known):
            for feature in found:
                holders[feature].append(number)
        return holders

    @cached_property
    def _lengths(self) -> list[float]:
        return [self._length(found) for _, found in self._known]

    def _length(self, found: set[str]) -> float:
        rarest = math.log(1 + len(self._known))
        return math.sqrt(sum(self._weights.get(each, rarest) ** 2 for each in found)) or 1.0

    def votes(self, text: str, without: int | None = None) -> Counter[str]:
        """How much speaks for each cause, from 0 to 8; `without` one message, by its number."""
        found = features(text)
        shared: Counter[int] = Counter()
        for feature in found:
            for number in self._holders.get(feature, ()):
                shared[number] += self._weights[feature] ** 2  # type: ignore[assignment]
        length = self._length(found)
        alike = (
            (sum_ / length / self._lengths[n], n) for n, sum_ in shared.items() if n != without
        )
        votes: Counter[str] = Counter()
        for similarity, number in sorted(alike, reverse=True)[:_NEAREST]:
            votes[self._known[number][0]] += similarity**2  # type: ignore[assignment]
        return votes


def read_known_messages(path: Path = KNOWN_MESSAGES) -> Iterator[tuple[str, str]]:
    """The cause and the message of each line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        cause, _, text = line.partition("|")
        yield (NOTHING if cause == "code.error" else cause), text


@cache
def known_messages() -> KnownMessages:
    """The messages of known_messages.txt, read when first asked for."""
    return KnownMessages(read_known_messages())
