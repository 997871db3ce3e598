"""A run, a page of runs, attempts and stages, and the queries for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lastwords.api.models.base import (
    Answer,
    AttemptQuery,
    Query,
    StatusName,
    known_statuses,
    known_zone,
    whole_text,
)
from lastwords.api.models.changes import Changes

Text = Annotated[str, AfterValidator(whole_text)]
_STRICT = ConfigDict(alias_generator=to_camel, extra="forbid")


class Progress(Answer):
    """How far a run came; `secondsLeft` is what its own progress bar tells."""

    step: int
    total_steps: int | None
    epoch: float | None
    seconds_left: float | None


class Flag(Answer):
    """Something unusual about a run, besides its status; `since` is when it was first seen."""

    flag: str
    since: str
    detail: str


class Labels(Answer):
    project: str | None
    tags: list[str]


class LabelsChange(BaseModel):
    """Changes to labels: `tags` replaces all, `addTags` and `removeTags` change some."""

    model_config = _STRICT

    project: Text | None = None
    tags: list[Text] | None = None
    add_tags: list[Text] = []
    remove_tags: list[Text] = []


class RunChange(BaseModel):
    """What to call a run; omitted fields stay unchanged, `name` and `project` null go."""

    model_config = _STRICT

    name: Text | None = None
    labels: LabelsChange | None = None
    note: Text | None = None
    starred: bool = False


class AttemptChange(Answer):
    """What an attempt changed of the one before it, which had failed of `cause`.

    fix: the fix that it carried, if it was one. by: who asked for it.
    """

    set: dict[str, Any]
    before: dict[str, Any]
    fix: str | None
    cause: str | None
    by: str | None


class Run(Answer):
    """A run in a list: the beginnings of error and headline, with their full lengths.

    changed: what its newest attempt changed of the one before it.
    retry_at: when it will be retried without anybody asking, by the setting `retry`.
    last_line: what a running run printed last, at most 200 characters.
    values: the parameters and metrics that were asked for as `columns`, where the run has them.
    """

    id: str
    run_identifier: str
    name: str | None
    short_command: str | None
    kind: Literal["training", "command", "imported"]
    training_type: str | None
    status: StatusName
    created_at: str
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    dataset_size: int | None
    base_model: str | None
    output_dir: str
    final_loss: float | None
    metadata_path: str | None
    triggered_by: str
    user: str | None
    labels: Labels
    note: str
    note_user: str | None
    starred: bool
    attempt: int
    exit_code: int | None
    signal: str | None
    reason: str | None
    cause: str | None
    title: str | None
    headline: str | None
    headline_length: int
    stage: str | None
    error_preview: str | None
    error_length: int
    log_bytes: int
    progress: Progress | None
    stopping: bool
    queue_position: int | None
    fingerprint: str | None
    flags: list[Flag]
    changed: AttemptChange | None
    retry_at: str | None
    last_line: str | None
    values: dict[str, float | str]
    host: str | None
    engine: str | None
    contact_at: str | None
    out_of_contact: bool
    executor: str | None
    shipped_bytes: int | None


class Retry(BaseModel):
    """What a retry changes: the values of the fix of this number, and others over them."""

    model_config = ConfigDict(extra="forbid")

    fix: int | None = Field(None, ge=1)
    set: dict[str, Any] | None = None


class Attempt(Answer):
    number: int
    status: StatusName
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    log_bytes: int
    changed: AttemptChange | None


class Stage(Answer):
    name: str
    started_at: str
    seconds: float | None
    status: Literal["running", "completed", "failed"]
    detail: str | None


class Reproduction(Answer):
    """How to run it again by hand, without secrets."""

    command: str
    directory: str
    environment: dict[str, str]


class Member(Answer):
    """One rank of a run of several machines.

    status: that of a run, or `missing` where it has not come. decides: whether the end of the run,
    its error and its log are told of it.
    """

    rank: int
    host: str | None
    status: StatusName | Literal["missing"]
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    cause: str | None
    headline: str | None
    log_bytes: int
    contact_at: str | None
    out_of_contact: bool
    decides: bool


class RunDetail(Run):
    """A run with all its details; `errorMessage` is the full error, however long.

    members: its ranks, where it has several.
    """

    attempts: list[Attempt]
    stages: list[Stage]
    error_message: str | None
    spec: dict[str, Any]
    command: list[str]
    reproduce: Reproduction
    issue_url: str | None
    changes: Changes | None
    members: list[Member]


class RunPage(Answer):
    runs: list[Run]
    next_cursor: str | None
    counts: dict[str, int]
    out_of_contact: int


# No counts of long or of Unicode classes in patterns: each copy takes memory, together 8 MB.
_CURSOR = r"^[0-9]{1,18}(\.[0-9]{1,18}(\.[a-z0-9.+-]+)?)?$"
_SORT = r"^-?[A-Za-z_][\w./@-]*$"


class RunsQuery(Query):
    """`status` may be several, separated by commas; the days of `q` are those of `zone`.

    sort: `active` (running, queued, then the newest), `createdAt`, `startedAt`, `finishedAt`,
    `duration`, `finalLoss`, or a parameter or metric; with `-` before it the largest first.
    """

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=540, pattern=_CURSOR)
    status: Annotated[str, AfterValidator(known_statuses)] = ""
    cause: str = ""
    model: str = Field("", max_length=500)
    fingerprint: str = Field("", pattern="^([0-9a-f]{40})?$")
    flag: str = Field("", pattern="^[a-z_]{0,40}$")
    q: str = Field("", max_length=500)
    sort: str = Field("-createdAt", max_length=81, pattern=_SORT)
    zone: Annotated[str, AfterValidator(known_zone)] = ""
    columns: str = Field("", max_length=1000)


class ReportQuery(AttemptQuery):
    """`part=overflow` is the full error as a file, if the report had no room for it."""

    part: Literal["overflow"] | None = None
