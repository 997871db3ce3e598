"""The text between two numbers of a line: the name of the second, and words about the first.

The same texts stand in every line that a program prints, so that each is read once. Standard
library only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lastwords.measurements.names import EVAL, PLURALS, TRAIN, is_score, meaning

_CUT = re.compile(r"[|,;\t\n•·*>#~]|\s-{1,3}\s|\s{3,}|[\[\]{}]")
_NAME = re.compile(r"[A-Za-z_][\w./@%+\-'()&]{0,60}(?: [A-Za-z_(][\w./@%\-'()]{0,30}){0,4}")
# Words in lines of a training that name no number, alone or before a name.
_FILLERS = frozenset(
    "end of in after at set epoch step iter iteration batch summary result results metrics phase "
    "average avg on for and done finished per samples batches steps sample iterations it its "
    "train_inner valid_inner info complete completed subset".split()
)
_COUNTED = frozenset("batches steps iterations iters it batch".split())
UNITS = re.compile(
    r"(?:n|u|µ|m)?s|m|/s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|%|[KMGTkmgt]i?[Bb]?|it/s|s/it|"
    r"\w{1,7}/s(?:ec)?|ms/\w{1,5}|x|samples?|batches|steps?|iterations?|examples?"
)
_ALONE = frozenset("it/s s/it samples/s tokens/s tok/s ms s % batches steps mfu bf16".split())
_IMPLICIT = re.compile(
    r"acc(?:uracy)?@?\d{0,2}|ppl|perplexity|time|data|mfu|dt|wps|ups|norm|mem|eta|"
    r"ms/batch|s/batch|tok/s(?:ec)?|ms/step|it/sec|tokens(?:/sec)?|\w{0,20}loss(?:_\w{1,20})?|f1|bleu|reward|"
    r"top\d|prec@\d|took|elapsed|speed|lr|wd|bpb|bpc|return|score"
)
_LEADING = re.compile(r"(?:end of|after|at|in|set|for)\s", re.IGNORECASE)


class Between(NamedTuple):
    """What such a text says.

    name: of the number that follows, "" where it has none. contexts: words that say of what the
    following is, of an evaluation (`val`) or of the training (""). counts: whether what stands
    before it are steps.
    """

    name: str = ""
    contexts: tuple[str, ...] = ()
    counts: bool = False


class _Prose(Exception):
    """A text is neither a name nor such words."""


@lru_cache(8192)
def between(text: str, is_first: bool) -> Between | None:
    """Read a text before a number; None where it is neither a name nor such words."""
    try:
        return _read(text, is_first)
    except _Prose:
        return None


@lru_cache(1024)
def behind(text: str) -> Between | None:
    """Read the text after the last number."""
    try:
        parts = [part for part in _CUT.split(text) if part.strip(" \t.:=-\"'!")]
        return _fillers(parts)
    except _Prose:
        return None


def _read(text: str, is_first: bool) -> Between:
    end = text.rstrip()
    if not text.strip(" \t|,;:-[](){}*•·>#~=/"):
        if end.endswith("="):
            raise _Prose
        return Between()
    parts = [part.strip(" :=\"'") for part in _CUT.split(text)]
    parts = [part for part in parts if part.strip("-=:. ")]
    if not parts or end.rstrip("[( ").endswith(("|", ",", ";")):  # the number has no name
        return _fillers(parts)
    fillers = _fillers(parts[:-1])
    explicit = end.rstrip("[ ").endswith((":", "=")) and not end.endswith(("=[", "= ["))
    named = _name(parts[-1], explicit or end.endswith(":"), is_first or bool(_CUT.search(text)))
    return Between(named.name, fillers.contexts + named.contexts, fillers.counts or named.counts)


def _fillers(texts: list[str]) -> Between:
    """Read texts that are no name of a number. Raises: _Prose."""
    contexts: list[str] = []
    counts = False
    for text in texts:
        words = [word.strip(":.'\"") for word in text.lower().replace("_", " ").split()]
        counts |= bool(words) and words[0] in _COUNTED
        for word in words:
            if word in TRAIN | EVAL:
                contexts.append("" if word in TRAIN else word)
            elif word not in _FILLERS and word not in _ALONE and not UNITS.fullmatch(word):
                raise _Prose
    return Between("", tuple(contexts), counts)


def _name(text: str, explicit: bool, is_delimited: bool) -> Between:
    """A name without the words before it that are none. Raises: _Prose."""
    text = _LEADING.sub("", text, count=1) if _LEADING.match(text) else text
    fillers: list[str] = []
    head, _, rest = text.partition(":")
    if rest and _is_heading(head):  # Test set: Average loss
        fillers, text = [head], rest.strip()
    first, _, others = text.partition(" ")
    if first.lower() in _FILLERS and others and (meaning(others) or is_score(others)):
        fillers, text = [*fillers, first], others
    is_long = len(text.split()) > 3 and not is_delimited
    if is_long or not _NAME.fullmatch(text) or not (explicit or _may_stand_alone(text)):
        raise _Prose
    said = _fillers(fillers)
    return Between(text, said.contexts, said.counts)


def _is_heading(text: str) -> bool:
    words = text.lower().replace("_", " ").split()
    return bool(words) and all(word in TRAIN | EVAL | _FILLERS for word in words)


def _may_stand_alone(text: str) -> bool:
    """Whether a name needs no colon behind it."""
    words = text.lower().split()
    if text.lower() in ("after", *PLURALS, *TRAIN, *EVAL) or meaning(text):
        return True
    return len(words) <= 2 and bool(_IMPLICIT.fullmatch(words[-1]))
