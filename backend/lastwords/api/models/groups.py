"""The same error across runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lastwords.api.models.base import Answer, Query, whole_text


class Group(Answer):
    """Runs with the same error, described by the newest; `runs` are the newest, `count` is all."""

    fingerprint: str
    cause: str
    title: str
    headline: str
    count: int
    first_seen: str
    last_seen: str
    runs: list[str]
    note: str
    note_user: str | None
    resolved_at: str | None
    state: Literal["open", "resolved", "came back"]


class GroupPage(Answer):
    groups: list[Group]
    next_cursor: str | None


class GroupsQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, pattern="^[0-9TZ:.-]{20,30}_[0-9a-f]{40}$")


class GroupChange(BaseModel):
    """Changes to a group; omitted fields stay unchanged."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, AfterValidator(whole_text)] | None = Field(None, max_length=10_000)
    resolved: bool | None = None
