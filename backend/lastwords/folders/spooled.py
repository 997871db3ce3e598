"""Attempts in a spool, by the number that each is sent under, which nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    all_run_ids,
    attempts_of,
    read_spec,
)


def attempt_of(spool: Path, uid: object) -> AttemptFolder | None:
    """The attempt of this number, if it was recorded in this spool."""
    return next((each for each in _newest_first(spool) if uid and _uid_of(each) == uid), None)


def _newest_first(spool: Path) -> Iterator[AttemptFolder]:
    for run in reversed(list(all_run_ids(spool))):
        yield from attempts_of(spool, run)


def _uid_of(folder: AttemptFolder) -> object:
    with suppress(UnreadableFact, OSError):
        return (read_spec(folder) or {}).get("uid")
    return None
