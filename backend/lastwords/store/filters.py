"""What a list of runs is narrowed to, as conditions of SQL.

A search finds a run that has every word of it, wherever the word stands: in the name, the command,
the parameters, the model, the status, or why it failed. What a run that did not fail would be
called is no text of it: nobody who looks for "failed" means the runs of which nothing failed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_FAILURE = "CASE WHEN status IN ('failed', 'lost') THEN concat_ws(' ', title, headline, cause) END"
_ASKED = (
    "CASE kind WHEN 'command' THEN (SELECT group_concat(value, ' ') FROM json_each(command))"
    " ELSE spec END"
)
_TEXT = f"concat_ws(char(10), id, name, base_model, stage, triggered_by, {_FAILURE}, {_ASKED})"
_MOST_WORDS = 20


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and "" narrow nothing."""

    statuses: Sequence[str] = ()
    cause: str | None = None
    base_model: str | None = None
    fingerprint: str | None = None
    flag: str | None = None
    text: str | None = None
    newest_first: bool = True

    def where(self) -> tuple[list[str], list[Any]]:
        """Conditions that all hold, and the values of their placeholders."""
        clauses: list[str] = []
        values: list[Any] = []
        if self.statuses:
            clauses.append(f"status IN ({', '.join('?' * len(self.statuses))})")
            values += self.statuses
        for column in ("cause", "base_model", "fingerprint"):
            if wanted := getattr(self, column):
                clauses.append(f"{column} = ?")
                values.append(wanted)
        if self.flag:
            flags = "SELECT 1 FROM json_each(flags) WHERE json_extract(value, '$.flag') = ?"
            clauses.append(f"EXISTS ({flags})")
            values.append(self.flag)
        for word in (self.text or "").split()[:_MOST_WORDS]:
            condition, wanted = _with_word(word)
            clauses.append(condition)
            values += wanted
        return clauses, values


def _with_word(word: str) -> tuple[str, list[str]]:
    """That a run's text holds the word, or that it is the run's status."""
    if word.isascii():  # the case of ASCII is all that LIKE folds
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"(status = ? OR {_TEXT} LIKE ? ESCAPE '\\')", [word.lower(), f"%{escaped}%"]
    return f"instr(folded({_TEXT}), ?)", [folded(word)]


def folded(text: str | None) -> str:
    """A text without the differences that a search passes over: case, width, composition."""
    return unicodedata.normalize("NFKC", text or "").casefold()
