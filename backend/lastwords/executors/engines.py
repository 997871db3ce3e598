"""Engines: the schedulers of clusters, which attempts are placed on. See docs/clusters.md.

An engine finds a place for one thing: `lastwords place` in the zipapp, which claims an attempt and
records it there. What it prints is never read; what it says of a job counts only where the attempt
itself cannot tell its end any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

from lastwords.records import InvalidSpec, LastwordsError

Word = Literal["queued", "running", "ending", "ended", "gone"]
Ended = Literal[
    "completed",
    "failed",
    "cancelled",
    "node_failed",
    "preempted",
    "out_of_memory",
    "timeout",
    "engine_failed",
    "requeued",
]
CALL_SECONDS = 5.0  # for one call of an engine, which is given up then
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # no flag, no path, no list


class EngineAway(LastwordsError):
    """An engine gave no answer: what it was asked to do may be done or not."""


class EngineRefused(LastwordsError):
    """An engine answered that it will not do what it was asked to."""


@dataclass(frozen=True)
class Resources:
    """What an attempt wants of an engine; None is the engine's own default.

    The names are those of a spec. memory: bytes on each node. cpus: on each node.
    """

    nodes: int = 1
    gpusPerNode: int | None = None
    cpus: int | None = None
    memory: int | None = None
    partition: str | None = None
    account: str | None = None
    timeLimitSeconds: int | None = None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Resources:
        """Those that a spec names. Raises: InvalidSpec, which names the field."""
        named = {field.name: spec.get(field.name) for field in fields(cls)}
        wanted = cls(**{name: value for name, value in named.items() if value is not None})
        for name, least, most in _LIMITS:
            _check_number(name, getattr(wanted, name), least, most)
        for name in ("partition", "account"):
            _check_name(name, getattr(wanted, name))
        return wanted


_LIMITS = (
    ("nodes", 1, 1024),
    ("gpusPerNode", 0, 64),
    ("cpus", 1, 4096),
    ("memory", 1 << 20, 1 << 44),
    ("timeLimitSeconds", 1, 31_536_000),
)


def _check_number(name: str, value: object, least: int, most: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidSpec(
            name, f"must be a whole number between {least:,} and {most:,}, not {value!r}"
        )


def _check_name(name: str, value: object) -> None:
    if value is not None and not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise InvalidSpec(
            name, f"must be a name of at most 64 letters, digits, '-', '_' and '.', not {value!r}"
        )


@dataclass(frozen=True)
class JobState:
    """What an engine says of one job.

    reason: its own word, such as `Resources` or `TimeLimit`. exit: the code of the job's script.
    ended: how, where the word is `ended`. `ending` is a job of which processes are left, maybe of
    the start before the one that it counts. `gone` is a job that it does not know any more.
    name: what it was submitted under, where an engine may give an id away again.
    restarts: how often the engine has started it again, by its own count. before: how the start
    before that ended. started: when its last start began, in seconds by the engine's clock;
    infinite where that is to come, None where the engine does not say.
    """

    word: Word
    reason: str = ""
    exit: int | None = None
    ended: Ended | None = None
    name: str | None = None
    restarts: int = 0
    before: Ended | None = None
    started: float | None = None


class Engine(Protocol):
    """A scheduler of a cluster. Each call may take CALL_SECONDS, and is made by one thread."""

    @property
    def name(self) -> str:
        """What it is called in `--on NAME` and in `[executors.NAME]`."""

    @property
    def starts_again(self) -> bool:
        """Whether it starts a job again by itself, and counts that."""

    def submit(self, name: str, environment: Mapping[str, str], wanted: Resources) -> str:
        """Have `lastwords place` started with these variables beside the engine's own (which say
        where Python, the zipapp and the spool are); returns the id of the job.

        name: made by us, unique; the engine can be asked for the job by it.
        Raises: EngineAway, if it may be done or not; EngineRefused.
        """

    def look_up(self, name: str) -> str | None:
        """The id of the job of this name; None where there is none. Raises: EngineAway."""

    def jobs(self) -> Mapping[str, JobState]:
        """Every job that was placed by us and is still known, by its id. Raises: EngineAway."""

    def cancel(self, job: str) -> None:
        """Have a job ended, if it has not. Raises: EngineAway; EngineRefused."""
