"""The database, made anew from the run folders, which hold everything that is true.

What the database knows already stays as it is: only runs that it does not list are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
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
    StoreUnavailable,
    as_text,
    now,
)
from lastwords.store.database import WITH_IT
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

NEEDED = ("kind", "command", "createdAt", "triggeredBy")  # of a spec, to list its run


@dataclass(frozen=True)
class Reconciled:
    """What was done: runs listed anew, runs already listed, and folders that say nothing."""

    added: int
    known: int
    skipped: list[str]
    moved_to: Path | None


def reconcile(config: Config) -> Reconciled:
    """List every run that has a folder; a damaged database is moved aside first.

    What is wrong with one folder, whatever it is, is told and keeps no other from being listed.

    Raises: StoreUnavailable, if the database is held by somebody else.
    """
    runfolder.make_home(config.home)
    store, moved_to = _open(config.database)
    return list_folders(Supervisor(config, store), moved_to)


def list_folders(supervisor: Supervisor, moved_to: Path | None = None) -> Reconciled:
    """List every run that has a folder and no row. Raises: StoreUnavailable."""
    home = supervisor.config.home
    added, known, skipped = 0, 0, []
    for run_id in sorted(runfolder.all_run_ids(home), key=partial(_created_at, home)):
        try:
            done = _list(supervisor, run_id)
        except StoreUnavailable:
            raise
        except Exception as error:
            words = str(error) if isinstance(error, LastwordsError) else repr(error)
            skipped.append(as_text(f"{runfolder.runs_folder(home) / run_id}: {words}"))
        else:
            added, known = added + (done is True), known + (done is False)
    return Reconciled(added, known, skipped, moved_to)


def _list(supervisor: Supervisor, run_id: str) -> bool | None:
    """List a run that is not; False if it was already, None where it has no attempt."""
    try:
        supervisor.store.run(run_id)
    except RunNotFound:
        attempts = runfolder.attempts_of(supervisor.config.home, run_id)
        if not attempts:
            return None
        _add(supervisor, attempts)
        return True
    return False


def _open(path: Path) -> tuple[Store, Path | None]:
    try:
        store = Store(path)
        store.check()
        return store, None
    except StoreDamaged:
        aside = path.with_name(f"{path.name}.damaged-{now():%Y%m%d_%H%M%S}")
        path.rename(aside)
        for suffix in WITH_IT:
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        return Store(path), aside


def _created_at(home: Path, run_id: str) -> tuple[str, str]:
    """By what runs are listed; those whose folder says nothing come first, and are skipped."""
    try:
        return str(_asked(runfolder.attempts_of(home, run_id)[0])["createdAt"]), run_id
    except (LastwordsError, OSError, IndexError):
        return "", run_id


def _asked(folder: AttemptFolder) -> Mapping[str, Any]:
    asked = runfolder.read_spec(folder)
    if asked is None:
        raise UnreadableFact(f"{folder.spec} is missing")
    if missing := [name for name in NEEDED if asked.get(name) is None]:
        raise UnreadableFact(f"{folder.spec} is damaged: {missing[0]} is missing")
    return asked


def _add(supervisor: Supervisor, attempts: list[AttemptFolder]) -> None:
    """List a run and settle its attempts in the order in which they were made."""
    for folder in attempts:
        asked = _asked(folder)
        queues = asked["kind"] == TRAINING or (asked.get("spec") or {}).get("executor")
        waiting = queues and not (
            folder.child.exists() or folder.result.exists() or folder.is_shipped
        )
        status = Status.QUEUED if waiting else Status.RUNNING
        if folder is attempts[0]:
            supervisor.add_asked(folder, asked, status)
        else:
            supervisor.add_attempt(folder, asked, status)
        if status == Status.RUNNING:
            supervisor.settle_apart(supervisor.store.run(folder.run_id))
