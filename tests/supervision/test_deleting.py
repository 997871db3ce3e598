"""Deleting a run: its folder at once, its row when the database takes that."""

from __future__ import annotations

import pytest
from tests.supervision.test_retention import add

from lastwords.folders.runfolder import runs_folder
from lastwords.records import RunNotFound, Status, StoreUnavailable
from lastwords.store.sqlite import sqlite3
from lastwords.supervision.supervisor import Supervisor


def _left_of(supervisor: Supervisor, run_id: str) -> list[str]:
    return [path.name for path in runs_folder(supervisor.config.home).glob(f"*{run_id}*")]


@pytest.fixture
def held(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """Another connection, with which the database can be kept from being written to."""
    monkeypatch.setattr("lastwords.store.database.BUSY_MILLISECONDS", 10)
    supervisor.store.close()
    return sqlite3.connect(str(supervisor.store.path), isolation_level=None)


def test_a_folder_goes_though_the_row_cannot_and_the_row_follows(
    supervisor: Supervisor, held: sqlite3.Connection
) -> None:
    run_id = add(supervisor, Status.FAILED)
    held.execute("BEGIN IMMEDIATE")
    supervisor.delete(run_id)
    (mark,) = _left_of(supervisor, run_id)
    assert mark.startswith(".removed-") and supervisor.store.has_run(run_id)
    with pytest.raises(StoreUnavailable):
        supervisor.sweep()
    assert supervisor.rows_left
    held.execute("ROLLBACK")
    held.close()
    supervisor.sweep()
    assert not supervisor.rows_left and _left_of(supervisor, run_id) == []
    with pytest.raises(RunNotFound):
        supervisor.store.run(run_id)


def test_a_run_that_was_put_back_by_hand_keeps_its_row(supervisor: Supervisor) -> None:
    run_id = add(supervisor, Status.FAILED)
    (runs_folder(supervisor.config.home) / f".removed-{run_id}-0a1b2c3d").mkdir()
    supervisor.sweep()
    assert _left_of(supervisor, run_id) == [run_id] and supervisor.store.has_run(run_id)


def test_a_row_without_a_folder_is_deleted_too(supervisor: Supervisor) -> None:
    run_id = add(supervisor, Status.FAILED)
    (runs_folder(supervisor.config.home) / run_id).rename(supervisor.config.home / "elsewhere")
    supervisor.delete(run_id)
    assert not supervisor.store.has_run(run_id)
