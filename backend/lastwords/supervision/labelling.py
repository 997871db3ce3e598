"""Labelling: what people call a run, kept in its folder and listed by the database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lastwords.folders.labels import checked, read_labels, write_labels
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import UnreadableFact
from lastwords.records import HomeUnwritable, Run, RunNotFound
from lastwords.supervision.deleting import TAKES_NOTHING
from lastwords.supervision.supervisor import Supervisor


def label(supervisor: Supervisor, run_id: str, change: Mapping[str, Any], by: str) -> Run:
    """Set what is given of name, project, tags, note and starred; addTags and removeTags, too.

    by: the person, whose note it is. The folder and the row change both or neither.

    Raises: RunNotFound; InvalidSpec, which names the label; HomeUnwritable.
    """
    store, home = supervisor.store, supervisor.config.home
    store.require()
    try:
        with FileLock(home / "labels.lock"), store.writing():
            new = _changed(store.run(run_id), change)
            new |= {"note_user": by if new["note"] else None} if "note" in new else {}
            if new:
                store.set_labels(run_id, new)
                write_labels(home, run_id, _held(supervisor, run_id) | new)
    except FileNotFoundError:
        raise RunNotFound(f"the folder of {run_id} was deleted") from None
    except OSError as error:
        if error.errno not in TAKES_NOTHING:
            raise
        raise HomeUnwritable(f"{run_id} cannot be labelled: {error.strerror}") from error
    return store.run(run_id)


def _changed(run: Run, change: Mapping[str, Any]) -> dict[str, Any]:
    """The labels as they are to be. Raises: InvalidSpec."""
    fixed = ("name", "project", "tags", "note", "starred")
    new = {name: checked(name, change[name]) for name in fixed if name in change}
    added, removed = change.get("addTags") or [], change.get("removeTags") or []
    if added or removed:
        gone = {tag.casefold() for tag in checked("tags", removed)}
        kept = [tag for tag in new.get("tags", run.tags) if tag.casefold() not in gone]
        new["tags"] = checked("tags", [*kept, *added])
    return new


def _held(supervisor: Supervisor, run_id: str) -> dict[str, Any]:
    with suppress(UnreadableFact):
        return read_labels(supervisor.config.home, run_id)
    return {}
