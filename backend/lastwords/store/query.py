"""The query language of the list: what the page's search bar, the API's `q` and `ls --search` take.

A query is words, which all must be found, and tokens such as `status:failed`, `lr:<1e-4` or
`-user:anna`. `"several words"` are one, also as a value. What has a colon but names no field and no
parameter is a word like any other, so that a line of a log can be pasted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastwords.records import LastwordsError

MOST_TERMS = 20
# What each field takes, for people.
FIELDS = {
    "status": "queued, running, completed, failed, cancelled or lost",
    "cause": "a cause or a part of one: data.empty, oom",
    "model": "a part of a model's name: llama",
    "project": "a project: speech",
    "tag": "a tag: baseline",
    "is": "starred",
    "user": "a part of who started it: anna",
    "name": "a part of a name: nightly",
    "since": "2026-11-27, today, yesterday, 7d (days ago) or 12h (hours ago)",
    "until": "2026-11-27, today, yesterday, 7d (days ago) or 12h (hours ago)",
    "loss": "a number: <0.5",
    "duration": "a time: >90, >30m, <2h",
    "exit": "an exit code: 137",
    "signal": "a signal: SIGKILL",
    "flag": "a flag: loss_not_a_number",
    "stage": "a stage: train",
}
_NAMED = re.compile(r"(?P<not>-?)(?P<name>[A-Za-z_][\w.@/-]*):(?P<compare>[<>]=?|=)?")
_QUOTED = re.compile(r'"(?P<text>[^"]*)"')
_PLAIN = re.compile(r"\S+")


class InvalidQuery(LastwordsError):
    """A part of a query cannot be understood; the text says which, and what to write instead."""

    def __init__(self, token: str, detail: str) -> None:
        super().__init__(f"{token}: {detail}")
        self.extras = {"field": "q", "token": token}


@dataclass(frozen=True)
class Term:
    """One part of a query, as typed; a word has no field.

    compare: `<`, `<=`, `>`, `>=` or `=`; empty where none was given.
    """

    typed: str
    value: str
    field: str | None = None
    compare: str = ""
    negated: bool = False

    def refuse(self, detail: str) -> InvalidQuery:
        return InvalidQuery(self.typed, detail)


def terms(text: str) -> list[Term]:
    """The parts of a query. Raises: InvalidQuery, where a quote is not closed."""
    return list(_terms(text))[:MOST_TERMS]


def _terms(text: str) -> Iterator[Term]:
    at = 0
    while word := _PLAIN.search(text, at):
        start = word.start()
        named = _NAMED.match(text, start)
        begin = named.end() if named else start + text.startswith('-"', start)
        value, at = _value(text, begin)
        typed = text[start:at]
        if named:
            negated, name = bool(named["not"]), named["name"]
            yield Term(typed, value, name, named["compare"] or "", negated)
        elif value:
            yield Term(typed, value, negated=begin > start)


def _value(text: str, begin: int) -> tuple[str, int]:
    """A quoted text, or everything up to the next blank, and where it ends."""
    if text.startswith('"', begin):
        quoted = _QUOTED.match(text, begin)
        if quoted is None:
            raise InvalidQuery(text[begin:], 'a quote is not closed: add " at its end')
        return quoted["text"].strip(), quoted.end()
    plain = _PLAIN.match(text, begin)
    return (plain[0], plain.end()) if plain else ("", begin)
