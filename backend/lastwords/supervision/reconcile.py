"""The database, made anew from the run folders, which hold everything that is true.

What the database knows already stays as it is: only runs that it does not list are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact
from lastwords.records import (
    TRAINING,
    LastwordsError,
    RunNotFound,
    Status,
    StoreDamaged,
    now,
)
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


@dataclass(frozen=True)
class Reconciled:
    """What was done: runs listed anew, runs already listed, and folders that say nothing."""

    added: int
    known: int
    skipped: list[str]
    moved_to: Path | None


def reconcile(config: Config) -> Reconciled:
    """List every run that has a folder; a damaged database is moved aside first.

    Raises: StoreUnavailable, if the database is held by somebody else.
    """
    runfolder.make_home(config.home)
    store, moved_to = _open(config.database)
    supervisor = Supervisor(config, store)
    added, known, skipped = 0, 0, []
    for attempts in sorted(_folders(config.home), key=_created_at):
        try:
            store.run(attempts[0].run_id)
            known += 1
        except RunNotFound:
            try:
                _add(supervisor, attempts)
                added += 1
            except (LastwordsError, KeyError) as error:
                skipped.append(f"{attempts[0].path.parent}: {error}")
    return Reconciled(added, known, skipped, moved_to)


def _open(path: Path) -> tuple[Store, Path | None]:
    try:
        return Store(path), None
    except StoreDamaged:
        aside = path.with_name(f"{path.name}.damaged-{now():%Y%m%d_%H%M%S}")
        path.rename(aside)
        for suffix in ("-wal", "-shm"):  # they belong to the damaged file
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        return Store(path), aside


def _folders(home: Path) -> list[list[AttemptFolder]]:
    found = [runfolder.attempts_of(home, run_id) for run_id in runfolder.all_run_ids(home)]
    return [attempts for attempts in found if attempts]


def _created_at(attempts: list[AttemptFolder]) -> tuple[str, str]:
    try:
        return str(_asked(attempts[0]).get("createdAt", "")), attempts[0].run_id
    except LastwordsError:
        return "", attempts[0].run_id


def _asked(folder: AttemptFolder) -> Mapping[str, Any]:
    asked = runfolder.read_fact(folder.spec)
    if asked is None:
        raise UnreadableFact(f"{folder.spec} is missing")
    return asked


def _add(supervisor: Supervisor, attempts: list[AttemptFolder]) -> None:
    """List a run and settle its attempts in the order in which they were made."""
    for folder in attempts:
        asked = _asked(folder)
        waiting = asked["kind"] == TRAINING and not (
            folder.child.exists() or folder.result.exists()
        )
        status = Status.QUEUED if waiting else Status.RUNNING
        if folder is attempts[0]:
            supervisor.add_asked(folder, asked, status)
        else:
            supervisor.add_attempt(folder, asked, status)
        if status == Status.RUNNING:
            supervisor.settle_run(supervisor.store.run(folder.run_id))
