"""A failed run in one bounded answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lastwords.api.models.base import Answer, Query, StatusName
from lastwords.api.models.diagnoses import Advice


class SourceFrame(Answer):
    """The user's frame; `source` are the lines that the traceback printed of it."""

    file: str
    line: int
    function: str
    source: list[str]


class ChangedSince(Answer):
    since: str
    items: list[str]


class PlacedEvidence(Answer):
    """A line of the log; `offset` is the byte that it begins at, null outside of the log."""

    line: int
    offset: int | None
    text: str


class OtherCause(Answer):
    cause: str
    title: str
    why: str


class TracebackEnd(Answer):
    text: str


class Budget(Answer):
    tokens: int
    used: int
    count: str


class Failure(Answer):
    """At most `budget.tokens`, counted as `budget.count` says.

    `leftOut` counts by name what had no room; `more` are addresses to read exactly that.
    """

    run: str
    attempt: int
    name: str | None
    status: StatusName
    proof: str
    cause: str
    title: str
    confidence: Literal["proven", "likely", "unknown"]
    headline: str
    stage: str | None
    user_frame: SourceFrame | None
    changes: ChangedSince | None
    evidence: list[PlacedEvidence]
    advice: list[Advice]
    similar: list[str]
    traceback: TracebackEnd | None
    alternatives: list[OtherCause]
    left_out: dict[str, int]
    more: dict[str, str]
    notice: str
    budget: Budget


class FailureQuery(Query):
    """`budget` is how many tokens the answer may have."""

    budget: int = Field(2_000, ge=500, le=100_000)
