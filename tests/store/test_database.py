"""The database file: its rights, its journal, and what is said where it cannot be used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.store.test_runs import _id, row

from lastwords.records import (
    StoreUnavailable,
)
from lastwords.store.filters import Filters
from lastwords.store.runs import Store
from lastwords.store.sqlite import sqlite3


def test_an_old_session_is_not_known(store: Store) -> None:
    store.add_session("hash", "credential")
    assert not store.session_holders(["hash"], "2999-01-01T00:00:00.000Z")


def test_a_file_that_is_no_database_is_refused_with_the_remedy(home: Path) -> None:
    (home / "lastwords.db").write_bytes(b"no database at all, " * 500)
    with pytest.raises(StoreUnavailable, match="lastwords reconcile"):
        Store(home / "lastwords.db")


def test_a_deleted_database_is_said_to_be_deleted_and_is_not_made_anew(store: Store) -> None:
    """SQLite would go on writing into a file without a name."""
    store.add_run(row(1))
    for path in store.path.parent.glob("lastwords.db*"):
        path.unlink()
    with pytest.raises(StoreUnavailable, match="was deleted"):
        store.page(Filters(), 10)
    assert not store.path.exists()


def test_a_database_that_was_replaced_is_opened_anew_by_every_thread(
    store: Store, home: Path
) -> None:
    store.add_run(row(1))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.run, _id(1)).result()
        other = Store(home / "other.db")
        other.add_run(row(2))
        other.close()
        for path in store.path.parent.glob("lastwords.db*"):
            path.unlink()
        (home / "other.db").rename(store.path)
        assert store.run(_id(2)).number == 1
        assert pool.submit(store.run, _id(2)).result().number == 1
        pool.submit(store.close).result()


def test_a_database_that_is_held_is_unavailable_not_damaged(store: Store) -> None:
    holder = sqlite3.connect(str(store.path))
    holder.execute("BEGIN EXCLUSIVE")
    store.db.execute("PRAGMA busy_timeout = 100")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.add_run(row(1))
    holder.rollback()
    holder.close()
