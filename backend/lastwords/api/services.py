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
from lastwords.folders.members import are_several
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements.curves import Curves
from lastwords.receiving.receiver import Receiver
from lastwords.records import FINAL, Run, RunNotFound, is_run_id
from lastwords.security.audit import Audit
from lastwords.security.roles import Caller
from lastwords.store.runs import Store
from lastwords.supervision.ranks import folder_of_rank, run_of_rank
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


def folder_of(run: Run, attempt: int | None, rank: int | None = None) -> AttemptFolder:
    """The folder of a rank of an attempt, by default of the current one, and the rank that its
    end is told of."""
    number = run.attempt if attempt is None else attempt
    if number > run.attempt:
        raise refuse("not-found", 404, f"{run.id} has {run.attempt} attempts, not {number}")
    return folder_of_rank(home(), run, number, rank)


def is_final(run: Run, attempt: int | None, folder: AttemptFolder | None = None) -> bool:
    """Whether nothing more is written in an attempt, the current one by default; folder: in that
    of a rank of it."""
    if folder is not None and folder.result.exists() and are_several(folder):
        return True
    return run.status in FINAL or (attempt is not None and attempt < run.attempt)


def at_attempt(run: Run, number: int | None, rank: int | None = None) -> Run:
    """The run as it was in an attempt, or for a rank of it: its ending, and an explanation by
    today's rules."""
    if number is not None and number != run.attempt:
        run = services().supervisor.earlier_attempt(run, number)
    if rank is None or run.host is None:
        return run
    return run_of_rank(run, folder_of(run, run.attempt, rank))
