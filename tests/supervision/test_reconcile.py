"""The database is an index: deleted or damaged, it comes back from the run folders."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.doctor.test_mends import WITHOUT_ROOTS_RIGHTS
from tests.real import clean_environment, until
from tests.supervision.odd_folders import SPEC

from lastwords.cli.clients import LocalClient
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.presentation.runs import run_json
from lastwords.records import TRAINING, Status, StoreUnavailable, now
from lastwords.store.filters import Filters
from lastwords.store.runs import Store
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.supervisor import Supervisor


def settled(supervisor: Supervisor, run_id: str) -> Status:
    def look() -> bool:
        supervisor.start_queued()
        supervisor.settle()
        return supervisor.store.run(run_id).status not in (Status.QUEUED, Status.RUNNING)

    until(look)
    return supervisor.store.run(run_id).status


def listed(config: Config, store: Store) -> list[dict[str, object]]:
    runs = store.page(Filters(), 100).runs
    return [run_json(config.home, run) for run in runs]


@pytest.fixture
def filled(config: Config, supervisor: Supervisor) -> list[dict[str, object]]:
    """A failed run with two attempts, a completed one, and one taken out of the queue."""
    for mode in ("exits-3", "trains", "exits-0"):
        run = supervisor.create({"baseModel": mode, "dbPath": "x.db"}, "a test")
        if mode == "exits-0":
            supervisor.cancel(run.id, "a test")
        else:
            settled(supervisor, run.id)
        if mode == "exits-3":
            supervisor.retry(run.id)
            settled(supervisor, run.id)
    return listed(config, supervisor.store)


def forget_database(config: Config) -> None:
    for path in config.home.glob("lastwords.db*"):
        path.unlink()


def test_a_deleted_database_comes_back_as_it_was(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    supervisor.store.close()
    forget_database(config)
    done = reconcile(config)
    assert (done.added, done.known, done.skipped) == (3, 0, [])
    store = Store(config.database)
    assert listed(config, store) == filled
    failed = next(run for run in store.page(Filters(), 9).runs if run.status == Status.FAILED)
    assert [attempt.status for attempt in store.attempts(failed)] == [Status.FAILED] * 2
    store.close()


def test_a_damaged_database_is_moved_aside_not_deleted(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    supervisor.store.close()
    forget_database(config)
    config.database.write_bytes(b"no database at all, but long enough to look like one" * 100)
    done = reconcile(config)
    assert done.added == 3 and done.moved_to is not None and done.moved_to.is_file()
    store = Store(config.database)
    assert listed(config, store) == filled
    store.close()


def test_a_second_time_changes_nothing(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    done = reconcile(config)
    assert (done.added, done.known) == (0, 3)
    assert listed(config, supervisor.store) == filled


def test_a_run_that_waited_waits_again_and_one_that_runs_goes_on(
    config: Config, supervisor: Supervisor
) -> None:
    running = supervisor.create({"baseModel": "hangs", "dbPath": "x.db"}, "a test")
    waiting = supervisor.create({"baseModel": "trains", "dbPath": "x.db"}, "a test")
    supervisor.start_queued()
    supervisor.store.close()
    forget_database(config)
    reconcile(config)
    assert supervisor.store.run(running.id).status == Status.RUNNING
    assert supervisor.store.run(waiting.id).status == Status.QUEUED
    supervisor.cancel(running.id, "a test")
    assert settled(supervisor, running.id) == Status.CANCELLED


def test_a_folder_without_a_spec_is_named_and_skipped(config: Config, home: Path) -> None:
    runfolder.make_home(home)
    (home / "runs" / "run_20260101_000000" / "1").mkdir(parents=True)
    done = reconcile(config)
    assert done.added == 0 and len(done.skipped) == 1
    assert "run_20260101_000000" in done.skipped[0] and "spec.json is missing" in done.skipped[0]


def test_a_shells_own_command_is_listed_again(config: Config, home: Path) -> None:
    lastwords = Path(sys.executable).parent / "lastwords"
    subprocess.run([lastwords, "run", "--home", home, "--", "sh", "-c", "exit 5"], check=False)
    forget_database(config)
    reconcile(config)
    store = Store(config.database)
    (run,) = store.page(Filters(), 9).runs
    assert run.kind != TRAINING and run.status == Status.FAILED and run.exit_code == 5
    store.close()


def test_a_home_that_lost_its_database_says_which_command_brings_it_back(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    supervisor.store.close()
    forget_database(config)
    with pytest.raises(StoreUnavailable, match="run lastwords reconcile"):
        LocalClient(config)
    reconcile(config)
    assert len(LocalClient(config).list(9, "", "")) == 3


ODD_SPECS: list[dict[str, Any]] = [
    {"spec": 5},
    {"triggeredBy": None},
    {"triggeredBy": "\ud800", "createdAt": 5},
    {"expect": 5},
    {"kind": None},
    {"command": ["a\0b"]},
]


def test_an_odd_folder_is_one_line_and_every_other_run_is_listed(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    for part in ODD_SPECS:
        folder = runfolder.reserve_run(config.home, now())
        folder.spec.write_text(json.dumps(SPEC | part))
    (config.home / "runs" / "run_20200101_000000").symlink_to("run_20200101_000000")
    (config.home / "runs" / "run_20200101_000001").touch()
    os.mkfifo(config.home / "runs" / "run_20200101_000002")
    supervisor.store.close()
    forget_database(config)
    done = reconcile(config)
    assert done.added == 3 and len(done.skipped) == len(ODD_SPECS)
    assert listed(config, Store(config.database)) == filled
    assert all(words.startswith(f"{config.home}/runs/run_") for words in done.skipped)
    assert any("spec is 5, which is not an object" in words for words in done.skipped)


def test_whatever_breaks_at_one_folder_is_its_line_alone(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    supervisor.store.close()
    forget_database(config)
    first = min((config.home / "runs").glob("run_*"))
    with sqlite3.connect(config.database) as database:
        Store(config.database).close()
        database.execute(
            "CREATE TRIGGER no_first BEFORE INSERT ON runs WHEN NEW.id = ? "
            "BEGIN SELECT RAISE(ABORT, 'broken'); END".replace("?", f"'{first.name}'")
        )
    done = reconcile(config)
    assert done.added == 2 and len(done.skipped) == 1
    assert first.name in done.skipped[0] and "broken" in done.skipped[0]


def test_a_run_that_cannot_be_looked_at_is_listed_and_says_so(
    config: Config, supervisor: Supervisor, filled: list[dict[str, object]]
) -> None:
    supervisor.store.close()
    forget_database(config)
    last = max((config.home / "runs").iterdir())
    folder = runfolder.attempts_of(config.home, last.name)[-1]
    folder.result.chmod(0)
    done = subprocess.run(
        [*(() if os.geteuid() else WITHOUT_ROOTS_RIGHTS), sys.executable]
        + ["-m", "lastwords", "reconcile", "--json", "--home", str(config.home)],
        capture_output=True,
        env=clean_environment(),
    )
    assert json.loads(done.stdout)["added"] == 3
    run = Store(config.database).run(last.name)
    assert run.status == Status.RUNNING and [flag["flag"] for flag in run.flags] == ["unknown"]
    folder.result.chmod(0o600)


def test_a_database_that_is_held_by_another_is_not_taken_for_odd_folders(
    config: Config,
    supervisor: Supervisor,
    filled: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lastwords.store.database.BUSY_MILLISECONDS", 10)
    supervisor.store.db.execute("DELETE FROM runs")
    supervisor.store.db.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        reconcile(config)


def test_what_gpus_a_failure_cost_comes_back_from_the_folders(
    config: Config, supervisor: Supervisor
) -> None:
    run = supervisor.create({"baseModel": "exits-3", "dbPath": "x.db"}, "a test")
    settled(supervisor, run.id)
    folder = runfolder.attempt_folder(config.home, run.id, 1)
    until(lambda: folder.environment.exists())
    facts = json.loads(folder.environment.read_text())
    facts["machine"] |= {"gpus": ["NVIDIA H100 80GB HBM3"] * 4}
    folder.environment.write_text(json.dumps(facts))
    forget_database(config)
    reconcile(config)
    store = Store(config.database)
    assert store.run(run.id).gpus == 4
    store.close()
