"""Ranks that make one run: who comes first opens it, and the others join it by their key.

The key is the token's own: nobody joins what another token opened. Ranks that their scheduler has
started again are the next attempt of the same run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving.refusals import Gone, TooOften, Unfit
from lastwords.records import FINAL, Run, now, timestamp
from lastwords.store import shipments
from lastwords.store.shipments import Enrolment, Join
from lastwords.supervision.supervisor import Supervisor

MOST_RANKS = 1024


class Asked(NamedTuple):
    """Which rank of which run somebody is; restart: how often it was started before."""

    key: str
    rank: int
    size: int
    restart: int


def asked_join(asked: Mapping[str, Any]) -> Asked | None:
    """What a request says of ranks. Raises: Unfit."""
    join = asked.get("join")
    if join is None:
        return None
    if not 0 <= join["rank"] < join["size"] <= MOST_RANKS:
        words = f"a rank is less than its size, which is at most {MOST_RANKS:,}"
        raise Unfit(words, field="join")
    return Asked(join["key"], join["rank"], join["size"], restart_of(asked))


def restart_of(asked: Mapping[str, Any]) -> int:
    """How often its job was started before, as who asks says."""
    told = str((asked.get("engine") or {}).get("restart") or "0")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 5 else 0


def known_place(supervisor: Supervisor, by: Enrolment, asked: Asked) -> AttemptFolder | None:
    """The folder of a rank whose attempt another rank has opened. Raises: Unfit; Gone."""
    found = shipments.free_place(supervisor.store, by.name, asked.key, asked.restart, asked.rank)
    if found is None:
        return None
    if found.size != asked.size:
        raise Unfit(f"{found.run} has {found.size} ranks, and not {asked.size}", field="join.size")
    if not supervisor.store.has_run(found.run):
        raise Gone(f"{found.run} was deleted here")
    home = supervisor.config.home
    return runfolder.attempt_folder(home, found.run, found.attempt, asked.rank)


def started_before(supervisor: Supervisor, by: Enrolment, asked: Asked) -> Join | None:
    """The last start of the same ranks, if its run is still here."""
    store = supervisor.store
    turn = shipments.turns(store, by.name, asked.key, asked.restart) + 1
    found = shipments.last_start(store, by.name, asked.key, turn)
    return found if found and store.has_run(found.run) else None


def keep(supervisor: Supervisor, by: Enrolment, asked: Asked, folder: AttemptFolder) -> None:
    """Have the other ranks find an attempt by the key."""
    turn = shipments.turns(supervisor.store, by.name, asked.key, asked.restart) + 1
    shipments.add_join(
        supervisor.store,
        Join(
            by.name,
            asked.key,
            turn,
            asked.restart,
            asked.size,
            folder.run_id,
            folder.number,
        ),
    )


def keep_again(
    supervisor: Supervisor, by: Enrolment, asked: Asked | None, folder: AttemptFolder
) -> None:
    """Have the other ranks find an attempt whose key was lost with the database."""
    place = folder.run_id, folder.number
    if asked and not shipments.is_joined(supervisor.store, by.name, asked.key, *place):
        keep(supervisor, by, asked, folder)


def next_attempt(supervisor: Supervisor, run: Run, restart: int) -> AttemptFolder:
    """The folder of an attempt that follows the one before it, which is over by its restart.

    Its number leaves room for starts in between that come later.

    Raises: TooOften, while the end of that one is still looked at.
    """
    folder = runfolder.attempt_folder(supervisor.config.home, run.id, run.attempt)
    if run.status not in FINAL and not supervisor.settle_run(run):
        told = {
            "startedAt": run.started_at,
            "finishedAt": timestamp(now()),
            "logBytes": folder.log_size,
            "lost": "requeued",
        }
        runfolder.write_once(folder.called_lost, told)
        if not supervisor.settle_run(supervisor.store.run(run.id)):
            raise TooOften(f"the end of {run.id} is looked at", retryAfterSeconds=1)
    number = max(run.attempt, restart) + 1
    return runfolder.make_attempt(supervisor.config.home, run.id, number)


def earlier_attempt(supervisor: Supervisor, run: Run, restart: int) -> AttemptFolder | None:
    """The folder of a start that comes after a later one; None where its number is taken."""
    folder = runfolder.attempt_folder(supervisor.config.home, run.id, restart + 1)
    if folder.number >= run.attempt or folder.path.exists():
        return None
    return runfolder.make_attempt(supervisor.config.home, run.id, folder.number)
