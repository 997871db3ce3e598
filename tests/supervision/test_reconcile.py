"""The database is an index: deleted or damaged, it comes back from the run folders."""

import subprocess
from pathlib import Path

import pytest
from tests.real import until

from lastwords.api import build_services
from lastwords.cli.clients import LocalClient
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.presentation.runs import run_json
from lastwords.records import TRAINING, Status, StoreUnavailable
from lastwords.store.runs import Filters, Store
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
    import sys

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
    with pytest.raises(StoreUnavailable, match="run lastwords reconcile"):
        build_services(config)
    reconcile(config)
    assert len(LocalClient(config).list(9, "", "")) == 3
