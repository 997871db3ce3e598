"""Retention: what may go, what never does, and what is said of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.real import clean_environment, until

from lastwords.config import Config
from lastwords.folders.runfolder import all_run_ids, runs_folder
from lastwords.records import Status, now, timestamp
from lastwords.security.audit import Audit
from lastwords.store.filters import Filters
from lastwords.supervision import retention
from lastwords.supervision.retention import Policy
from lastwords.supervision.supervisor import Supervisor
from lastwords.supervision.watch import Watch

DAY = timedelta(days=1)


def add(supervisor: Supervisor, status: Status, days: float = 0.0) -> str:
    """A run with a folder, that ended so many days ago."""
    run = supervisor.create({"baseModel": "x"}, "a test")
    if status == Status.QUEUED:
        return run.id
    store = supervisor.store
    store.change_status(run.id, 1, Status.RUNNING, {})
    if status != Status.RUNNING:
        store.change_status(run.id, 1, status, {"finished_at": timestamp(now() - days * DAY)})
    return run.id


def doomed(supervisor: Supervisor, policy: Policy) -> list[str]:
    return [run.id for run in retention.doomed(supervisor.store, policy)]


def test_without_a_policy_nothing_goes(supervisor: Supervisor) -> None:
    add(supervisor, Status.COMPLETED, 1000)
    assert doomed(supervisor, Policy()) == [] and Policy.of(supervisor.config).keeps_all


def test_the_newest_are_kept_and_the_others_go(supervisor: Supervisor) -> None:
    runs = [add(supervisor, Status.COMPLETED) for _ in range(4)]
    assert doomed(supervisor, Policy(keep_runs=2)) == [runs[1], runs[0]]


def test_the_old_go_and_the_young_stay(supervisor: Supervisor) -> None:
    old = add(supervisor, Status.COMPLETED, 8)
    add(supervisor, Status.COMPLETED, 6)
    assert doomed(supervisor, Policy(keep_days=7)) == [old]


def test_what_waits_or_runs_and_the_newest_failed_never_go(supervisor: Supervisor) -> None:
    older = add(supervisor, Status.FAILED, 100)
    add(supervisor, Status.LOST, 100)
    add(supervisor, Status.RUNNING)
    add(supervisor, Status.QUEUED)
    assert doomed(supervisor, Policy(keep_runs=0, keep_days=1)) == [older]


def test_what_somebody_starred_stays(supervisor: Supervisor) -> None:
    starred, other = (add(supervisor, Status.COMPLETED, 100) for _ in range(2))
    supervisor.store.set_labels(starred, {"starred": True})
    assert doomed(supervisor, Policy(keep_runs=0, keep_days=1)) == [other]


def test_the_watch_deletes_what_the_settings_let_go(supervisor: Supervisor, config: Config) -> None:
    runs = [add(supervisor, Status.COMPLETED) for _ in range(25)]
    left_behind = runs_folder(config.home) / ".removed-run_20260101_000000-ab"
    (left_behind / "1").mkdir(parents=True)
    watch = Watch(Supervisor(replace(config, keep_runs=3), supervisor.store))
    watch.ensure_started()
    until(lambda: len(list(all_run_ids(config.home))) == 3)
    until(lambda: not left_behind.exists())
    watch.stop()
    kept = [run.id for run in supervisor.store.page(Filters(), 50).runs]
    assert kept == runs[:-4:-1]
    told = Audit(config).page(50).entries
    assert {entry.run for entry in told} == set(runs[:-3])
    assert {(entry.action, entry.who) for entry in told} == {("delete", "retention")}


def test_usage_is_counted_in_the_background_and_names_the_largest(
    supervisor: Supervisor, config: Config
) -> None:
    small, large = add(supervisor, Status.COMPLETED), add(supervisor, Status.COMPLETED)
    (runs_folder(config.home) / large / "1" / "output.log").write_bytes(bytes(100_000))
    counted = retention.Usage(config.home)
    first = retention.usage(config, counted)["homeBytes"]
    found = until(lambda: (seen := retention.usage(config, counted))["homeBytes"] and seen)
    assert first in (None, found["homeBytes"])  # whether it was counted by then or not
    assert [run["id"] for run in found["runs"]] == [large, small]
    assert found["runs"][0]["bytes"] >= 100_000 and found["homeBytes"] > found["runs"][0]["bytes"]
    assert found["freeBytes"] > 0
    assert found["retention"] == {"keep": None, "olderThanDays": None}


# --- the command line ----------------------------------------------------------------------------


def cli(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lastwords", *arguments, "--home", str(home)]
    environment = clean_environment()
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_rm_takes_several_runs_and_tells_what_that_frees(
    supervisor: Supervisor, config: Config
) -> None:
    runs = [add(supervisor, Status.COMPLETED) for _ in range(3)]
    told = json.loads(cli(config.home, "rm", *runs[:2], "--json").stdout)
    assert [run["id"] for run in told["removed"]] == runs[:2]
    assert all(run["bytes"] > 0 for run in told["removed"])
    assert list(all_run_ids(config.home)) == [runs[2]]


def test_rm_keep_can_be_tried_first(supervisor: Supervisor, config: Config) -> None:
    runs = [add(supervisor, Status.COMPLETED) for _ in range(3)]
    tried = cli(config.home, "rm", "--keep", "1", "--dry-run")
    assert "2 runs" in tried.stdout and f"{runs[0]} would be deleted" in tried.stdout
    assert len(list(all_run_ids(config.home))) == 3
    assert cli(config.home, "rm", "--keep", "1").returncode == 0
    assert list(all_run_ids(config.home)) == [runs[2]]


@pytest.mark.parametrize("wrong", [[], ["run_20260101_000000", "--keep", "1"]])
def test_rm_takes_runs_or_a_choice_and_not_both(config: Config, wrong: list[str]) -> None:
    done = cli(config.home, "rm", *wrong)
    assert done.returncode == 2 and "give either RUNS" in done.stderr


@pytest.mark.parametrize(
    ("command", "code"), [(["ls", "--json"], 0), (["show", "latest"], 1), (["rm", "latest"], 1)]
)
def test_reading_makes_no_home(tmp_path: Path, command: list[str], code: int) -> None:
    home = tmp_path / "nowhere"
    done = cli(home, *command)
    assert done.returncode == code and "so it has no runs" in done.stderr
    assert not home.exists() and done.stdout in ("[]\n", "")
