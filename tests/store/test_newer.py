"""A database that a newer version made: what it added is passed over, its form is refused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from tests.cli.kit import cli, run

from lastwords.config import Config
from lastwords.records import StoreNewer, version
from lastwords.store.database import check_database
from lastwords.store.filters import Filters
from lastwords.store.runs import Store


def _change(config: Config, *statements: str) -> None:
    with sqlite3.connect(config.database) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


NEWER = (
    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
    " VALUES ('lastwords', 'add_something', 'now')",
    "UPDATE made_by SET version = '9.8.7'",
)


def test_columns_that_are_not_known_are_passed_over(home: Path, config: Config) -> None:
    run(home, "--", "true")
    _change(
        config,
        "ALTER TABLE runs ADD COLUMN favoured INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE attempts ADD COLUMN host TEXT",
    )
    store = Store(config.database)
    (found,) = store.page(Filters(), 9).runs
    assert [attempt.number for attempt in store.attempts(found)] == [1]
    store.close()
    assert run(home, "--", "sh", "-c", "exit 3").returncode == 3
    assert len(json.loads(cli(home, "ls", "--json").stdout)) == 2


def test_steps_that_are_not_known_are_refused_with_the_version_that_made_them(
    config: Config, store: Store
) -> None:
    store.close()
    _change(config, *NEWER)
    words = rf"was made by lastwords 9\.8\.7, and this is lastwords {version()}"
    with pytest.raises(StoreNewer, match=words):
        Store(config.database)
    with pytest.raises(StoreNewer, match=words):
        check_database(config.database)


def test_a_newer_version_that_does_not_say_which_is_refused_too(
    config: Config, store: Store
) -> None:
    store.close()
    _change(config, NEWER[0], "DROP TABLE made_by")
    with pytest.raises(StoreNewer, match="was made by a newer lastwords"):
        Store(config.database)


@pytest.mark.parametrize(
    "command", [["ls"], ["show", "latest"], ["reconcile"], ["rm", "latest"], ["serve"]]
)
def test_every_command_refuses_in_one_line(
    home: Path, config: Config, store: Store, command: list[str]
) -> None:
    store.close()
    _change(config, *NEWER)
    done = cli(home, *command)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1 and b"made by lastwords 9.8.7" in done.stderr


def test_a_command_is_recorded_all_the_same_and_ends_with_its_exit_code(
    home: Path, config: Config, store: Store
) -> None:
    store.close()
    _change(config, *NEWER)
    for script, code in (("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)):
        done = run(home, "--", "sh", "-c", script)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr and b"made by lastwords 9.8.7" in done.stderr
    assert run(home, "--expect", "gone", "--", "true").returncode == 1


def test_the_version_that_brings_a_database_to_its_form_is_remembered(
    config: Config, store: Store
) -> None:
    with sqlite3.connect(config.database) as database:
        assert database.execute("SELECT version FROM made_by").fetchall() == [(version(),)]
    database.close()


def test_texts_that_utf_8_cannot_hold_are_stored_as_they_can_be_shown(store: Store) -> None:
    store.add_run(
        {
            "id": "run_20260101_000000",
            "name": "n\udcff\ud800",
            "kind": "command",
            "status": "running",
            "created_at": "2026-01-01T00:00:00.000Z",
            "triggered_by": "a test",
            "command": ["ls", "/tmp/\udce9"],
            "spec": {},
        }
    )
    found = store.run("run_20260101_000000")
    assert found.name == "n\\xff\N{REPLACEMENT CHARACTER}"
    assert found.command == ["ls", "/tmp/\udce9"]
