"""Base classes of responses and queries, and models shared by several resources."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lastwords.records import Status
from lastwords.store.moments import zone_of

StatusName = Literal["queued", "running", "completed", "failed", "cancelled", "lost", "unknown"]
assert set(StatusName.__args__) == {status.value for status in Status}  # type: ignore[attr-defined]


class Answer(BaseModel):
    """Base of every response."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Query(BaseModel):
    """Base of every query string; unknown parameters are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


def known_statuses(text: str) -> str:
    known = {status.value for status in Status}
    if unknown := [part for part in text.split(",") if part and part not in known]:
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(sorted(known))}")
    return text


def known_zone(name: str) -> str:
    zone_of(name)
    return name


def whole_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half a character (a lone surrogate) is not valid text") from None
    return text


class AttemptQuery(Query):
    """`rank` is one of several ranks of a run: of its log, error and explanation those of the rank
    that its end is told of by default, of its metrics those of rank 0."""

    attempt: int | None = Field(None, ge=1, le=10**9)
    rank: int | None = Field(None, ge=0, le=10**6)


class Credentials(BaseModel):
    """The token, or the password if one is set."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: str | None = Field(None, max_length=1000)
    password: str | None = Field(None, max_length=1000)


class ProblemDetails(Answer):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: str | None = None
    request_id: str | None = None
