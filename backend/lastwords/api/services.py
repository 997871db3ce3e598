"""What the views work with, found through the app they are mounted in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app, g

from lastwords.api.auth import Gate
from lastwords.api.denials import Denials
from lastwords.api.problems import refuse
from lastwords.api.unheard import Unheard
from lastwords.config import Config
from lastwords.folders.artifacts import Artifacts
from lastwords.folders.runfolder import AttemptFolder, attempt_folder
from lastwords.measurements.curves import Curves
from lastwords.receiving.receiver import Receiver
from lastwords.records import FINAL, Run, RunNotFound, is_run_id
from lastwords.security.audit import Audit
from lastwords.security.roles import Caller
from lastwords.store.runs import Store
from lastwords.supervision.retention import Usage
from lastwords.supervision.supervisor import Supervisor
from lastwords.supervision.watch import Watch

EXTENSION = "lastwords"


@dataclass(frozen=True)
class Services:
    """One home's parts."""

    config: Config
    store: Store
    supervisor: Supervisor
    watch: Watch
    gate: Gate
    audit: Audit
    denials: Denials
    curves: Curves
    usage: Usage
    artifacts: Artifacts
    receiver: Receiver
    unheard: Unheard


def services() -> Services:
    return cast(Services, current_app.extensions[EXTENSION])


def home() -> Path:
    return services().config.home


def caller() -> Caller:
    """Who sends this request."""
    return cast(Caller, g.lastwords_caller)


def run_or_404(run_id: str) -> Run:
    """The run of a URL; anything but a whole id is not found."""
    if not is_run_id(run_id):
        raise RunNotFound("there is no run with this ID")
    return services().store.run(run_id)


def folder_of(run: Run, attempt: int | None) -> AttemptFolder:
    """The folder of an attempt of a run, the current one by default."""
    number = run.attempt if attempt is None else attempt
    if number > run.attempt:
        raise refuse("not-found", 404, f"{run.id} has {run.attempt} attempts, not {number}")
    return attempt_folder(home(), run.id, number)


def is_final(run: Run, attempt: int | None) -> bool:
    """Whether nothing more is written in an attempt, the current one by default."""
    return run.status in FINAL or (attempt is not None and attempt < run.attempt)


def at_attempt(run: Run, number: int | None) -> Run:
    """The run as it was in an attempt: its ending, and an explanation by today's rules."""
    if number is None or number == run.attempt:
        return run
    return services().supervisor.earlier_attempt(run, number)
