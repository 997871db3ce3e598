"""The same error across runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lastwords.api.models.base import Answer, Query, whole_text


class FixWorked(Answer):
    """A fix of an error's cause: `times` of `of` retries with it completed."""

    name: str
    of: int
    times: int


class Group(Answer):
    """Runs with the same error, described by the newest; `runs` are the newest, `count` is all.

    `secondsLost` is how long all of them ran, `gpuSecondsLost` that times their GPUs, of those of
    which their number is known; `trend` how many failed in each of the last 14 spans
    of 24 hours, the present one last.
    fixes: those of its cause that were tried here, whichever error it was.
    """

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
    owner: str
    seconds_lost: float
    gpu_seconds_lost: float
    trend: list[int]
    fixes: list[FixWorked]


class GroupCounts(Answer):
    """Groups that match the search; those that came back are open."""

    open: int
    resolved: int


class GroupPage(Answer):
    groups: list[Group]
    counts: GroupCounts
    next_cursor: str | None


class GroupsQuery(Query):
    """`q` is searched in title, headline, cause, note and owner. A cursor is of one sort.

    `state` open includes what came back; `sort` lost is by how long the runs had run.
    """

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(
        None,
        pattern=r"^(\d{4}-\d\d-\d\dT[0-9:.]{8,15}Z|\d{1,15}(\.\d{1,20})?(e[+-]?\d{1,3})?)_[0-9a-f]{40}$",
    )
    q: str = Field("", max_length=1000)
    state: Literal["", "open", "resolved"] = ""
    sort: Literal["last", "count", "lost"] = "last"


class GroupChange(BaseModel):
    """Changes to a group; omitted fields stay unchanged."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, AfterValidator(whole_text)] | None = Field(None, max_length=10_000)
    owner: Annotated[str, AfterValidator(whole_text)] | None = Field(None, max_length=100)
    resolved: bool | None = None
