"""What a list of runs is narrowed to and how it is sorted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from lastwords.store.conditions import (
    Condition,
    Context,
    condition,
    equal,
    folded,
    with_flag,
)
from lastwords.store.query import terms
from lastwords.store.vocabulary import Vocabulary

__all__ = ["Filters", "folded"]

NEWEST = "-createdAt"


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and "" narrow nothing.

    text: a query; its days are those of `zone`. sort: see `sorting`.
    """

    statuses: Sequence[str] = ()
    cause: str | None = None
    base_model: str | None = None
    fingerprint: str | None = None
    flag: str | None = None
    text: str | None = None
    zone: tzinfo = UTC
    sort: str = NEWEST

    def conditions(self, vocabulary: Vocabulary) -> list[Condition]:
        """Conditions that all hold. Raises: InvalidQuery."""
        return [*self._chosen(), *self._asked(vocabulary)]

    def _chosen(self) -> Iterator[Condition]:
        if self.statuses:
            yield equal("status", self.statuses)
        for column in ("cause", "base_model", "fingerprint"):
            if wanted := getattr(self, column):
                yield equal(column, [wanted])
        if self.flag:
            yield with_flag(self.flag)

    def _asked(self, vocabulary: Vocabulary) -> Iterator[Condition]:
        context = Context(vocabulary, self.zone)
        for term in terms(self.text or ""):
            yield condition(term, context)
