"""Settings, checks, examples, storage, health and the audit."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lastwords.api.models.base import Answer, Query, StatusName


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
    """The result of one check; `command` fixes the problem, or shows it."""

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


class RunSize(Answer):
    """A run's folder on the disk; `name` and `status` are null where only the folder is left."""

    id: str
    bytes: int
    name: str | None
    status: StatusName | None
    finished_at: str | None
    starred: bool


class Retention(Answer):
    """The retention policy; null keeps everything."""

    keep: int | None
    older_than_days: float | None


class Storage(Answer):
    """Disk usage of the home and its largest runs; updated now and then, null at first."""

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
    """This server's supervisor; only the leading server of a home starts queued trainings."""

    looked_seconds_ago: float | None
    leads: bool
    queued: int


class RecorderTrouble(Answer):
    """A flag of a running run whose recorder has an error."""

    run: str
    flag: str
    since: str
    detail: str


class Recorders(Answer):
    """How many runs are being recorded, and which recorders have errors."""

    running: int
    troubled: list[RecorderTrouble]


class Health(Answer):
    """The server's health; `database` says why it is read from a copy, if it is."""

    versions: Versions
    supervisor: Supervision
    recorders: Recorders
    database: str | None


class AuditEntry(Answer):
    """`outcome` is `ok`, or the slug of the problem it was refused with."""

    time: str
    action: str
    outcome: str
    who: str | None
    user: str | None
    address: str | None
    run: str | None
    detail: str | None


class AuditPage(Answer):
    entries: list[AuditEntry]
    next_cursor: str | None


class AuditQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, pattern="^[0-9]{1,9}_[0-9]{1,9}$")
