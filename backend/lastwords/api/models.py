"""The JSON of the API as pydantic models: what is answered, and what a query may hold.

Names are camelCase outside. The OpenAPI document, and from it the page's types, are made of these.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lastwords.records import Status

StatusName = Literal["queued", "running", "completed", "failed", "cancelled", "lost"]
assert set(StatusName.__args__) == {status.value for status in Status}  # type: ignore[attr-defined]


class Answer(BaseModel):
    """Base of everything that is answered."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Query(BaseModel):
    """Base of every query string; an unknown parameter is refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class Progress(Answer):
    step: int
    total_steps: int | None
    epoch: float | None


class Flag(Answer):
    """What is to be said of a run beside its status; `since` when it was first seen."""

    flag: str
    since: str
    detail: str


class Run(Answer):
    """A run as the list shows it: beginnings of error and headline, lengths of the whole ones."""

    id: str
    run_identifier: str
    name: str | None
    kind: Literal["training", "command"]
    training_type: str | None
    status: StatusName
    created_at: str
    started_at: str | None
    finished_at: str | None
    dataset_size: int | None
    base_model: str | None
    output_dir: str
    final_loss: float | None
    metadata_path: str | None
    triggered_by: str
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


class Attempt(Answer):
    number: int
    status: StatusName
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    log_bytes: int


class Stage(Answer):
    name: str
    started_at: str
    seconds: float | None
    status: Literal["running", "completed", "failed"]
    detail: str | None


class Reproduction(Answer):
    """How to run it again by hand; secrets stand in none of it."""

    command: str
    directory: str
    environment: dict[str, str]


class RunDetail(Run):
    """A run with all that belongs to it; `errorMessage` is the whole error, however long."""

    attempts: list[Attempt]
    stages: list[Stage]
    error_message: str | None
    spec: dict[str, Any]
    command: list[str]
    reproduce: Reproduction
    issue_url: str | None


class RunPage(Answer):
    runs: list[Run]
    next_cursor: str | None
    counts: dict[str, int]


class Resources(Answer):
    """What the run's whole process tree used: 100 percent is one core, or one whole GPU."""

    time: str
    cpu_percent: float | None
    rss_bytes: int | None
    processes: int | None
    gpu_util_percent: float | None
    gpu_memory_bytes: int | None


class Metrics(Answer):
    """Measurements, oldest first; what is no finite number is null, and named in `nonFinite`.

    `total` is how many metrics there are, of which `points` may have asked for fewer. Those of an
    attempt that resumed begin with the earlier attempt's, up to its checkpoint, marked `attempt`.
    """

    metrics: list[dict[str, Any]]
    resources: list[Resources]
    total: int


class Curves(Answer):
    """Losses by run, at most 40 each, oldest first; null is a loss that is no finite number."""

    curves: dict[str, list[float | None]]


class Artifact(Answer):
    """`sha256` is null while the run goes on, and until it is counted: ask again."""

    path: str
    bytes: int
    sha256: str | None
    modified_at: str


class Artifacts(Answer):
    artifacts: list[Artifact]
    total: int


class LogMeta(Answer):
    """`generation` changes when the log is another file; `final` when nothing more comes."""

    size: int
    lines: int
    generation: str
    final: bool


class LogLine(Answer):
    """`more`: the line goes on at byte `next`; ask for its number with that as `offset`."""

    number: int
    text: str
    offset: int
    time: str | None
    more: bool
    next: int | None


class LogLines(Answer):
    lines: list[LogLine]


class LogHit(Answer):
    """A match: `line` and `column` (bytes) from 1, `offset` (bytes) in the log from 0."""

    line: int
    column: int
    offset: int


class LogHits(Answer):
    """`total` is of the whole log as it was when the search began; the hits come 1,000 at once."""

    total: int
    hits: list[LogHit]
    next_cursor: str | None


class Frame(Answer):
    file: str
    line: int
    function: str


class Traceback(Answer):
    first_line: int
    last_line: int
    text: str


class Link(Answer):
    type: str
    message: str
    relation: str


class Evidence(Answer):
    line: int
    text: str


class Advice(Answer):
    text: str
    command: str | None


class Alternative(Answer):
    cause: str
    title: str
    why: str
    line: int | None


class Diagnosis(Answer):
    """Why it failed; `confidence` is proven (kernel or exit evidence), likely, or unknown."""

    status: str | None
    cause: str
    title: str
    confidence: Literal["proven", "likely", "unknown"]
    stage: str | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    headline: str
    user_frame: Frame | None
    traceback: Traceback | None
    chain: list[Link]
    evidence: list[Evidence]
    advice: list[Advice]
    alternatives: list[Alternative]
    similar: list[str]


class Group(Answer):
    """Runs that failed alike, in the words of the newest; `runs` are the newest, `count` is all."""

    fingerprint: str
    cause: str
    title: str
    headline: str
    count: int
    first_seen: str
    last_seen: str
    runs: list[str]
    note: str
    resolved_at: str | None
    state: Literal["open", "resolved", "came back"]


class GroupPage(Answer):
    groups: list[Group]
    next_cursor: str | None


class Setting(Answer):
    name: str
    value: Any
    source: str
    variable: str
    default: Any
    help: str
    unit: str | None


class Settings(Answer):
    settings: list[Setting]


class Finding(Answer):
    """One check of the doctor; `command` mends it, or shows what is in the way."""

    name: str
    verdict: Literal["ok", "warn", "fail"]
    text: str
    command: str | None


class Doctor(Answer):
    """`verdict` is the worst of all checks."""

    verdict: Literal["ok", "warn", "fail"]
    checks: list[Finding]


class Example(Answer):
    id: str
    title: str
    description: str
    spec: dict[str, Any]


class Examples(Answer):
    examples: list[Example]


class SpecField(Answer):
    name: str
    type: str
    default: Any
    minimum: float | None
    maximum: float | None
    choices: list[str]
    unit: str | None
    help: str


class SpecSchema(Answer):
    fields: list[SpecField]


class ProblemDetails(Answer):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: str | None = None
    request_id: str | None = None


def _statuses(text: str) -> str:
    known = {status.value for status in Status}
    if unknown := [part for part in text.split(",") if part and part not in known]:
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(sorted(known))}")
    return text


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half a character (a lone surrogate) is no text") from None
    return text


class RunsQuery(Query):
    """`status` may name several, separated by commas."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, pattern="^[0-9]{1,18}$")
    status: Annotated[str, AfterValidator(_statuses)] = ""
    cause: str = ""
    model: str = Field("", max_length=500)
    fingerprint: str = Field("", pattern="^([0-9a-f]{40})?$")
    q: str = Field("", max_length=500)
    sort: Literal["-createdAt", "createdAt"] = "-createdAt"


class GroupsQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, pattern="^[0-9TZ:.-]{20,30}_[0-9a-f]{40}$")


class GroupChange(BaseModel):
    """What people say of a group; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, AfterValidator(_text)] | None = Field(None, max_length=10_000)
    resolved: bool | None = None


class AttemptQuery(Query):
    attempt: int | None = Field(None, ge=1, le=10**9)


class ReportQuery(AttemptQuery):
    """`part=overflow` is the whole error as a file, where the report had no room for it."""

    part: Literal["overflow"] | None = None


class MetricsQuery(AttemptQuery):
    """`points`: at most so many of each; the ends and the peaks stay."""

    points: int | None = Field(None, ge=10, le=100_000)


class CurvesQuery(Query):
    """`ids`: of up to 50 runs, separated by commas."""

    ids: str = Field(max_length=50 * 40, pattern="^run_[0-9_]+(,run_[0-9_]+){0,49}$")


class LogQuery(AttemptQuery):
    download: Literal["0", "1"] = "0"


class LinesQuery(AttemptQuery):
    from_: int = Field(1, ge=1, le=2**53, alias="from")
    count: int = Field(200, ge=1, le=2000)
    offset: int | None = Field(None, ge=0, le=2**53)


class SearchQuery(AttemptQuery):
    """`q` is a text as it stands, or with `regex=1` an expression; `case=1` tells A from a."""

    q: Annotated[str, AfterValidator(_text)] = Field(min_length=1, max_length=1000)
    regex: Literal["0", "1"] = "0"
    case: Literal["0", "1"] = "0"
    cursor: str | None = Field(None, pattern="^[0-9]{1,18}-[0-9]{1,18}-[0-9]{1,18}$")


class RunSize(Answer):
    id: str
    bytes: int


class Retention(Answer):
    """What is kept; null keeps everything."""

    keep: int | None
    older_than_days: float | None


class Storage(Answer):
    """What the home takes up, with its largest runs; counted now and then, null at first."""

    home_bytes: int | None
    free_bytes: int
    runs: list[RunSize]
    counted_at: str | None
    retention: Retention


class Versions(Answer):
    lastwords: str
    python: str
    sqlite: str
    system: str


class Supervision(Answer):
    """The watch of this server. It starts what is queued only if it leads: one server of a home."""

    looked_seconds_ago: float | None
    leads: bool
    queued: int


class RecorderTrouble(Answer):
    """A flag of a running run that its recorder does not do its part for."""

    run: str
    flag: str
    since: str
    detail: str


class Recorders(Answer):
    """How many runs are being recorded now, and what is wrong with their recorders."""

    running: int
    troubled: list[RecorderTrouble]


class Health(Answer):
    """Whether the server does its part."""

    versions: Versions
    supervisor: Supervision
    recorders: Recorders


class AuditEntry(Answer):
    """`outcome` is `ok`, or the slug of the problem that it was refused for."""

    time: str
    action: str
    outcome: str
    who: str | None
    address: str | None
    run: str | None
    detail: str | None


class AuditPage(Answer):
    entries: list[AuditEntry]
    next_cursor: str | None


class AuditQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, pattern="^[0-9]{1,9}_[0-9]{1,9}$")


class Credentials(BaseModel):
    """The token, or the password where one is set."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: str | None = Field(None, max_length=1000)
    password: str | None = Field(None, max_length=1000)
