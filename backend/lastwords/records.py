"""The nouns: what a run is, which statuses it may have, and how an attempt can end.

Standard library only: the recorder and the command line read this without loading the web.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from lastwords.basics import COMMAND as COMMAND
from lastwords.basics import IMPORTED as IMPORTED
from lastwords.basics import RUN_ID as RUN_ID
from lastwords.basics import TRAINING as TRAINING
from lastwords.basics import UNLISTED as UNLISTED
from lastwords.basics import LastwordsError as LastwordsError
from lastwords.basics import StoreUnavailable as StoreUnavailable
from lastwords.basics import as_text as as_text
from lastwords.basics import is_run_id as is_run_id
from lastwords.basics import is_timestamp as is_timestamp
from lastwords.basics import now as now
from lastwords.basics import parse_timestamp as parse_timestamp
from lastwords.basics import tame as tame
from lastwords.basics import timestamp as timestamp
from lastwords.basics import timestamp_from_unix as timestamp_from_unix

SHELL = "command line"  # what triggered a run that somebody started at a shell


@cache
def version() -> str:
    """Lastwords' own version; asked once, since importlib keeps what it finds at each asking."""
    import importlib.metadata  # 20 ms, of which most starts have no need

    try:
        return importlib.metadata.version("lastwords")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


# What a failure can be of; stable names. The first word of each is its family.
CAUSES = tuple(
    """
    data.empty data.malformed data.db_missing data.db_unreadable data.db_locked data.db_corrupt
    data.tokenization deps.missing deps.incompatible model.not_found model.gated
    model.cache_unreadable model.corrupt model.shape_mismatch adapter.target_modules
    adapter.mismatch network.unreachable memory.host_oom memory.gpu_oom memory.shm gpu.unavailable
    gpu.fault numeric.nan disk.full disk.permission process.signal process.timeout config.invalid
    worker.crash distributed.peer silent.no_artifact code.error unknown
    """.split()
)


class RunNotFound(LastwordsError):
    """No run has this id."""


class WrongStatus(LastwordsError):
    """The run's status does not allow this."""


class InvalidSpec(LastwordsError):
    """A field of the spec is invalid."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail
        self.extras = {"field": field}


class HomeUnwritable(LastwordsError):
    """Nothing can be written in the home: no space, no inodes, or read-only."""


class StoreDamaged(StoreUnavailable):
    """The database's file is damaged or not a database."""


class StoreNewer(StoreUnavailable):
    """The database was brought to a newer schema than this version knows."""


class Status(StrEnum):
    """Where a run stands; the last five are final. Only an imported run's end can be unknown."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    UNKNOWN = "unknown"


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.LOST, Status.UNKNOWN})

# What one attempt may do. A retry is a new attempt and starts at `queued` again.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.RUNNING: FINAL,
    **{status: frozenset() for status in FINAL},
}


@dataclass(frozen=True)
class Progress:
    """How far training came: optimiser steps done, of how many, and the epoch as a fraction.

    seconds_left: as the program's own bar tells, where it prints one.
    """

    step: int
    total_steps: int | None
    epoch: float | None
    seconds_left: float | None = None


@dataclass(frozen=True)
class Run:
    """A run as the store has it: the facts of its current attempt, and its spec.

    changed: what this attempt changed of the one before it, and why; None where it changed nothing.
    retry_at: when it is retried without anybody asking for it.

    Times are RFC 3339 in UTC; `seconds` is how long it took, whatever the clock on the wall did,
    and None where no recorder counted; `error_start` and `error_end` are bytes of output.log.
    `user` is the person who started it, and None where it was recorded before those were noted.
    """

    number: int
    id: str
    name: str | None
    kind: str
    training_type: str | None
    status: Status
    created_at: str
    triggered_by: str
    user: str | None
    project: str | None
    tags: list[str]
    note: str
    note_user: str | None
    starred: bool
    base_model: str | None
    command: list[str]
    spec: dict[str, Any]
    attempt: int
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    detail: str | None
    stopping: bool
    dataset_size: int | None
    final_loss: float | None
    stage: str | None
    step: int | None
    total_steps: int | None
    epoch: float | None
    seconds_left: float | None
    log_bytes: int
    cause: str | None
    title: str | None
    headline: str | None
    headline_length: int | None
    error_start: int | None
    error_end: int | None
    error_length: int | None
    error_preview: str | None
    rules_version: int | None
    fingerprint: str | None
    flags: list[dict[str, str]]
    metrics: dict[str, float]
    changed: dict[str, Any] | None
    retry_at: str | None
    host: str | None = None  # the machine it runs on, if that sends its files here
    engine: str | None = None  # and what placed it there: "slurm job 12"
    member: int = 0  # of several ranks the one that its end, error and log are told of
    gpus: int | None = None  # that it was given, or else that its machine has

    @property
    def progress(self) -> Progress | None:
        if self.step is None:
            return None
        return Progress(self.step, self.total_steps, self.epoch, self.seconds_left)


@dataclass(frozen=True)
class Attempt:
    """One execution of a run, as the list of attempts shows it."""

    number: int
    status: Status
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    log_bytes: int
    changed: dict[str, Any] | None


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: a final status, and either an exit code or a signal, never both."""

    status: Status
    reason: str
    exit_code: int | None = None
    signal: str | None = None
