"""The run folder: the source of truth from which the database can be rebuilt.

    runs/<run id>/<attempt>/  spec.json  output.log  events.jsonl  timeline  lines  result.json

Files that state a fact are written once: a temporary file, fsync, then link(2), so that the first
writer wins and a reader never sees half a file. Standard library only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from lastwords.folders import run_ids
from lastwords.folders.attempt import FACT_LIMIT as FACT_LIMIT
from lastwords.folders.attempt import AttemptFolder as AttemptFolder
from lastwords.folders.attempt import OutOfReach as OutOfReach
from lastwords.folders.attempt import UnreadableFact as UnreadableFact
from lastwords.folders.attempt import is_shortage as is_shortage
from lastwords.folders.attempt import open_regular as open_regular
from lastwords.folders.attempt import open_to_write as open_to_write
from lastwords.folders.attempt import read_fact as read_fact
from lastwords.folders.attempt import read_regular as read_regular
from lastwords.folders.attempt import release_fact as release_fact
from lastwords.folders.attempt import replace_fact as replace_fact
from lastwords.folders.attempt import reserve_fact as reserve_fact
from lastwords.folders.attempt import size_of as size_of
from lastwords.folders.attempt import write_once as write_once
from lastwords.folders.attempt import write_whole_once as write_whole_once
from lastwords.folders.facts import read_before as read_before
from lastwords.folders.facts import read_child as read_child
from lastwords.folders.facts import read_result as read_result
from lastwords.folders.facts import read_shipment as read_shipment
from lastwords.folders.facts import read_spec as read_spec
from lastwords.folders.facts import read_stop as read_stop
from lastwords.records import (
    RUN_ID,
    UNLISTED,
    HomeUnwritable,
    LastwordsError,
    StoreUnavailable,
    is_run_id,
)

_REMOVED = ".removed-"


def runs_folder(home: Path) -> Path:
    return home / "runs"


@lru_cache(4096)
def attempt_folder(home: Path, run_id: str, number: int, member: int = 0) -> AttemptFolder:
    """The folder of one attempt, or of another rank of it than rank 0.

    Raises: ValueError, if the id has not a run id's form, so that no user text becomes a path.
    """
    if not is_run_id(run_id):
        raise ValueError(f"not a run ID: {run_id!r}")
    folder = AttemptFolder(runs_folder(home).joinpath(run_id, str(int(number))))
    return AttemptFolder(folder.ranks / str(int(member))) if member else folder


def attempts_of(home: Path, run_id: str) -> list[AttemptFolder]:
    """All attempts of a run that are on disk, oldest first."""
    folder = attempt_folder(home, run_id, 1).path.parent
    if not folder.is_dir():
        return []
    numbers = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal())
    return [AttemptFolder(folder / str(number)) for number in numbers]


def all_run_ids(home: Path) -> Iterator[str]:
    """Every run id on disk, oldest first."""
    folder = runs_folder(home)
    if folder.is_dir():
        yield from sorted(entry.name for entry in folder.iterdir() if is_run_id(entry.name))


def make_home(home: Path) -> None:
    """Make the home folder for its owner alone; an empty one of ours is made so.

    Raises: LastwordsError, if others could read what is in it; HomeUnwritable, if it cannot be
    made or written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        status, empty = home.stat(), not any(home.iterdir())
    except OSError as error:
        raise HomeUnwritable(f"{home} cannot be used as a home: {error.strerror}") from error
    try:
        if empty and status.st_uid == os.getuid():
            home.chmod(0o700)
        elif stat.S_IMODE(status.st_mode) & 0o077:
            raise LastwordsError(
                f"{home} is for logs and tokens but readable by other users: run chmod 700 {home}"
            )
        if not runs_folder(home).exists():
            (home / UNLISTED).touch(mode=0o600)  # many first runs may end before it has one
        runs_folder(home).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise HomeUnwritable(f"{home} cannot be written: {error.strerror}") from error


def check_database_is_not_lost(home: Path, database: Path, besides: str = "") -> None:
    """See that a home in which runs have ended still has its database, if it ever had one.

    besides: a run that nobody has listed yet.

    Raises: StoreUnavailable, with the command that makes it anew.
    """
    if database.exists() or (home / UNLISTED).exists():
        return
    run_ids = (run_id for run_id in all_run_ids(home) if run_id != besides)
    ended = any(attempt_folder(home, run_id, 1).result.exists() for run_id in run_ids)
    if ended and not database.exists():  # nor was it made just now
        raise StoreUnavailable(
            f"{database} is missing, but its home has runs: run lastwords reconcile to rebuild it "
            "from their folders"
        )


def reserve_run(home: Path, moment: datetime) -> AttemptFolder:
    """Make the folder of a new run's first attempt, under an id that no run ever had."""
    return make_attempt(home, run_ids.make_folder(runs_folder(home), moment).name, 1)


def make_attempt(home: Path, run_id: str, number: int) -> AttemptFolder:
    """Make the folder of an attempt that no row knows yet.

    What is there already was left by a process that died before it could list the attempt; it is
    moved aside, not deleted.
    """
    folder = attempt_folder(home, run_id, number)
    with suppress(FileNotFoundError):
        folder.path.rename(folder.path.with_name(f".{number}-{os.urandom(4).hex()}"))
    folder.path.mkdir(mode=0o700)
    folder.artifacts.mkdir(mode=0o700)
    return folder


def remove_run(home: Path, run_id: str) -> None:
    """Delete a run's folder."""
    if mark := empty_run(home, run_id):
        with suppress(OSError):  # what cannot be deleted now is swept up later
            mark.rmdir()


def empty_run(home: Path, run_id: str) -> Path | None:
    """Delete what a run's folder holds, under another name, so that half a run is never listed.

    Returns: the empty folder under that name, which marks that the run's row must go; None where
    nothing is there to be marked. It takes no room, so that a full disk does not keep it from that.
    """
    folder = attempt_folder(home, run_id, 1).path.parent
    doomed = folder.with_name(f"{_REMOVED}{run_id}-{os.urandom(4).hex()}")
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return None
    if doomed.is_symlink():
        doomed.unlink()  # the link alone: what it leads to is not ours
        return None
    empty(doomed)
    return doomed


def empty(folder: Path) -> None:
    """Delete what a folder holds, as far as that can be deleted."""
    import shutil  # which a recorder never needs, and would carry for days

    _open_up(folder)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    Path(entry.path).unlink()


def _open_up(folder: Path) -> None:
    """Give the owner back what a child took away: a folder without rights cannot be emptied."""
    with suppress(OSError):
        folder.chmod(0o700)
    for place, names, _ in os.walk(folder):  # it enters no linked folder
        for inner in (Path(place, name) for name in names):
            with suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(0o700)


def removed_runs(home: Path) -> Iterator[tuple[str, Path]]:
    """The runs that were being deleted, with what is left of their folders."""
    for mark in runs_folder(home).glob(f"{_REMOVED}*"):
        if mark.is_symlink() or not mark.is_dir():
            continue  # not of our making, and nothing behind it is ours
        if found := RUN_ID.match(mark.name.removeprefix(_REMOVED)):
            yield found[0], mark
