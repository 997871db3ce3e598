"""The server's health: its versions, its checks of the runs, and their recorders."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from lastwords.records import Run, Status
from lastwords.records import version as version
from lastwords.store.database import sqlite_version
from lastwords.supervision.flags import Flag

# What a running run is flagged with when its recorder does not do its part.
RECORDER_TROUBLE = frozenset({"adopted", "supervisor_stalled", "unknown"})


@dataclass(frozen=True)
class Versions:
    """The server's versions."""

    lastwords: str
    python: str
    sqlite: str
    system: str


@dataclass(frozen=True)
class Recorders:
    """How many runs are being recorded, and which recorders have errors."""

    running: int
    troubled: list[Flag]  # each with its run's id as `run`


def versions() -> Versions:
    """The versions of what this server runs on."""
    return Versions(
        version(),
        platform.python_version(),
        sqlite_version(),
        f"{platform.system()} {platform.release()}",
    )


def recorders(active: list[Run]) -> Recorders:
    """The state of the recorders of running runs."""
    running = [run for run in active if run.status == Status.RUNNING]
    troubled = [
        {"run": run.id} | flag
        for run in running
        for flag in run.flags
        if flag["flag"] in RECORDER_TROUBLE
    ]
    return Recorders(len(running), troubled)
