"""The last run like this one that completed: what a failed one is compared with.

Like it is the same script in the same folder; else the same script anywhere; else the same name. A
training is like another of the same name, or with the same model and data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from lastwords.folders.runfolder import UnreadableFact, attempt_folder, read_spec
from lastwords.records import TRAINING, Run, Status
from lastwords.store.filters import Filters
from lastwords.store.listing import PAGE_LIMIT
from lastwords.store.runs import Store
from lastwords.surroundings.commands import shape_of

MOST_PAGES = 5  # of completed runs that are looked at, newest first
_MOST_SPECS = 50  # of them whose folder is looked up


class LastGood(NamedTuple):
    """A completed run, and in which way it is like the other."""

    run: Run
    likeness: str


def last_completed_like(store: Store, home: Path, run: Run) -> LastGood | None:
    """The newest completed run before this one that is most like it; None if none is."""
    candidates = _completed_before(store, run)
    for likeness, is_like in _ways(home, run):
        for candidate in candidates:
            if is_like(candidate):
                return LastGood(candidate, likeness)
    return None


def _completed_before(store: Store, run: Run) -> list[Run]:
    filters = Filters(statuses=[Status.COMPLETED])
    found: list[Run] = []
    cursor: str | int | None = run.number
    for _ in range(MOST_PAGES):
        page = store.page(filters, PAGE_LIMIT, cursor)
        found += [other for other in page.runs if other.kind == run.kind]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    return found


def _ways(home: Path, run: Run) -> Iterable[tuple[str, Callable[[Run], bool]]]:
    """In which ways a run can be like this one, the closest first."""
    if run.kind == TRAINING:
        if run.name:
            yield "same name", lambda other: other.name == run.name
        yield "same model and data", lambda other: _material(other) == _material(run)
        return
    shape = shape_of(run.command)
    is_told = any(shape)
    folder = _Folders(home)
    here = folder.of(run)

    def in_same_folder(other: Run) -> bool:
        return is_told and shape_of(other.command) == shape and folder.of(other) == here

    def in_another_folder(other: Run) -> bool:
        if not shape[1] or shape_of(other.command) != shape:
            return False
        return here is not None and folder.of(other) is not None

    yield "same command in the same folder", in_same_folder
    yield "same command in another folder", in_another_folder
    yield "same command", lambda other: bool(shape[1]) and shape_of(other.command) == shape
    if run.name:
        yield "same name", lambda other: other.name == run.name


def _material(run: Run) -> tuple[object, ...]:
    return tuple(run.spec.get(name) for name in ("baseModel", "method", "dbPath", "dataFile"))


class _Folders:
    """Where runs were started; of only so many it is looked up."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._left = _MOST_SPECS
        self._known: dict[str, str | None] = {}

    def of(self, run: Run) -> str | None:
        if run.id not in self._known and self._left > 0:
            self._left -= 1
            self._known[run.id] = self._read(run)
        return self._known.get(run.id)

    def _read(self, run: Run) -> str | None:
        try:
            asked = read_spec(attempt_folder(self._home, run.id, run.attempt)) or {}
        except UnreadableFact:
            return None
        cwd: str | None = asked.get("cwd")
        return cwd
