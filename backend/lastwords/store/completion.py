"""How the last part of a query may go on: names of fields and parameters, then their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lastwords.records import Status
from lastwords.store.conditions import folded
from lastwords.store.query import FIELDS
from lastwords.store.vocabulary import Vocabulary

MOST = 12
_LAST = re.compile(r'(?:[^\s"]|"[^"]*"?)*$')
_MOMENTS = {"today": "", "yesterday": "", "7d": "7 days ago", "30d": "30 days ago", "24h": ""}
_COLUMNS = {"cause": "cause", "model": "base_model", "project": "project"}


@dataclass(frozen=True)
class Completion:
    """A text for the query's last part, and what is to be said of it."""

    text: str
    note: str


def completions(query: str, vocabulary: Vocabulary) -> tuple[int, list[Completion]]:
    """Where the last part begins, and what may stand there."""
    last = _LAST.search(query)
    start = last.start() if last else len(query)
    typed = query[start:]
    sign = "-" if typed.startswith("-") else ""
    name, colon, value = typed[len(sign) :].partition(":")
    found = _values(name, value, vocabulary) if colon else _names(name, vocabulary)
    unlike = (each for each in found if sign + each.text != typed)
    return start, [Completion(sign + each.text, each.note) for each in islice(unlike, MOST)]


def _names(begun: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    for name, note in FIELDS.items():
        if name.startswith(begun.lower()):
            yield Completion(f"{name}:", note)
    for kind, metrics in (("parameter", False), ("metric", True)):
        for name in vocabulary.names(metrics=metrics):
            if begun and folded(name).startswith(folded(begun)) and name not in FIELDS:
                yield Completion(f"{name}:", kind)


def _values(name: str, begun: str, vocabulary: Vocabulary) -> Iterator[Completion]:
    wanted = folded(begun.strip('"'))
    for value, note in _known(name.lower(), vocabulary):
        if wanted in folded(value):
            quoted = f'"{value}"' if re.search(r"[\s\"]", value) else value
            yield Completion(f"{name}:{quoted}", note)


def _known(name: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    if name == "status":
        yield from ((status.value, "") for status in Status)
    elif name in ("since", "until"):
        yield from _MOMENTS.items()
    elif name == "is":
        yield "starred", ""
    elif name == "tag":
        yield from ((tag, "") for tag in vocabulary.tags())
    elif name == "user":
        people = vocabulary.values("user") + vocabulary.values("triggered_by")
        yield from ((person, "") for person in dict.fromkeys(people))
    elif name in _COLUMNS:
        yield from ((value, "") for value in vocabulary.values(_COLUMNS[name]))
    elif name not in FIELDS and (known := vocabulary.value_name(name)) is not None:
        yield from ((_written(value), "") for value in vocabulary.values_of(known))


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
