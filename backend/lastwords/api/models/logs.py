"""The lines of a log, and the matches of a search."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lastwords.api.models.base import Answer, AttemptQuery, Query, whole_text


class LogMeta(Answer):
    """`generation` changes when the log is replaced; `final` means no more output will come."""

    size: int
    lines: int
    generation: str
    final: bool


class LogLine(Answer):
    """`more`: the line continues at byte `next`; request its number with that as `offset`."""

    number: int
    text: str
    offset: int
    time: str | None
    more: bool
    next: int | None


class LogLines(Answer):
    lines: list[LogLine]


class MergedLine(LogLine):
    """A line of one rank; its number and offset are those in that rank's log."""

    rank: int


class MergedLog(Answer):
    """The last lines of all ranks by time, rank and offset: for display, each log is its own."""

    lines: list[MergedLine]


class MergedQuery(Query):
    attempt: int | None = Field(None, ge=1, le=10**9)
    count: int = Field(500, ge=1, le=1000)


class LogHit(Answer):
    """A match: `line` and `column` (bytes) count from 1, `offset` (bytes in the log) from 0."""

    line: int
    column: int
    offset: int


class LogHits(Answer):
    """`total` counts the whole log as of the search's start; hits come in pages of 1,000."""

    total: int
    hits: list[LogHit]
    next_cursor: str | None


class LogQuery(AttemptQuery):
    download: Literal["0", "1"] = "0"


class LinesQuery(AttemptQuery):
    from_: int = Field(1, ge=1, le=2**53, alias="from")
    count: int = Field(200, ge=1, le=2000)
    offset: int | None = Field(None, ge=0, le=2**53)


class SearchQuery(AttemptQuery):
    """`q` is plain text, or a regular expression with `regex=1`; `case=1` matches case."""

    q: Annotated[str, AfterValidator(whole_text)] = Field(min_length=1, max_length=1000)
    regex: Literal["0", "1"] = "0"
    case: Literal["0", "1"] = "0"
    cursor: str | None = Field(None, pattern="^[0-9]{1,18}-[0-9]{1,18}-[0-9]{1,18}$")
