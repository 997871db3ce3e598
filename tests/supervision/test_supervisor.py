"""The supervisor's decisions, on real recorders and real children."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.real import until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.recording import processes, recorder
from lastwords.records import FINAL, InvalidSpec, Run, RunNotFound, Status, WrongStatus
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import KeyReused, Supervisor


def create(supervisor: Supervisor, mode: str, **spec: Any) -> Run:
    return supervisor.create({"baseModel": mode, **spec}, "a test")


def status(supervisor: Supervisor, run: Run) -> Status:
    return supervisor.store.run(run.id).status


def begin(supervisor: Supervisor, mode: str, **spec: Any) -> Run:
    """A started run."""
    run = create(supervisor, mode, **spec)
    supervisor.start_queued()
    return supervisor.store.run(run.id)


def ended(supervisor: Supervisor, run: Run) -> Run:
    """The run, settled until it is final."""

    def settled() -> Run | None:
        supervisor.settle()
        found = supervisor.store.run(run.id)
        return found if found.status in FINAL else None

    return until(settled)


def run_to_its_end(supervisor: Supervisor, mode: str, **spec: Any) -> Run:
    return ended(supervisor, begin(supervisor, mode, **spec))


# --- how runs end --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "wanted", "reason"),
    [
        ("trains", Status.COMPLETED, "ok"),
        ("exits-3", Status.FAILED, "exit_code"),
        ("exits-0", Status.FAILED, "exit0_not_finished"),
        ("dies-of-sigkill", Status.FAILED, "killed_by_SIGKILL"),
        ("dies-of-sigsegv", Status.FAILED, "killed_by_SIGSEGV"),
        ("dies-of-sigterm", Status.FAILED, "killed_by_SIGTERM"),
        ("raises", Status.FAILED, "exit_code"),
        ("leaks-stdout", Status.FAILED, "exit0_not_finished"),
        ("finishes-without-adapter", Status.FAILED, "exit0_no_adapter"),
        ("finishes-with-nan-adapter", Status.FAILED, "nan_weights"),
        ("finishes-with-truncated-adapter", Status.FAILED, "adapter_invalid"),
        ("finishes-with-nan-loss", Status.FAILED, "nan_loss"),
        ("wrong-nonce", Status.FAILED, "exit0_not_finished"),
    ],
)
def test_a_training_ends_as_it_earned(
    supervisor: Supervisor, mode: str, wanted: Status, reason: str
) -> None:
    run = run_to_its_end(supervisor, mode)
    assert (run.status, run.reason) == (wanted, reason)


def test_a_completed_training_has_its_facts(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "trains")
    assert (run.dataset_size, run.final_loss, run.exit_code) == (8, 0.25, 0)
    assert run.progress is not None and run.progress.step == run.progress.total_steps
    assert run.started_at and run.finished_at and run.started_at < run.finished_at
    assert run.error_length is None and run.error_preview is None


def test_a_failure_says_what_and_where_in_the_log(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    log = supervisor.folder(run).log.read_bytes()
    assert run.headline == "ValueError: the example has no label"
    error = log[run.error_start : run.error_end].decode()
    assert error.startswith("Traceback") and "KeyError: 'label'" in error
    assert run.error_length == len(error) and run.error_preview == error[:160]


@pytest.mark.parametrize("mode", ["exits-0", "dies-of-sigkill", "finishes-without-adapter"])
def test_a_failure_without_an_error_in_its_log_still_says_why(
    supervisor: Supervisor, mode: str
) -> None:
    run = run_to_its_end(supervisor, mode)
    assert run.headline and run.error_length


def test_a_trainer_that_cannot_be_started_fails_with_the_reason(
    config: Config, store: Store
) -> None:
    supervisor = Supervisor(replace(config, trainer_command=("/no/such/trainer",)), store)
    run = run_to_its_end(supervisor, "x")
    assert (run.status, run.reason) == (Status.FAILED, "launch_failed")
    assert run.detail is not None and "/no/such/trainer" in run.detail


def test_a_time_limit_ends_a_training_as_failed(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "hangs", timeLimitSeconds=1)
    assert (run.status, run.reason) == (Status.FAILED, "timeout")
    assert run.detail is not None and "1 s" in run.detail


def test_what_tells_nothing_new_of_a_run_writes_nothing(supervisor: Supervisor) -> None:
    run = begin(supervisor, "hangs")
    events = supervisor.folder(run).events
    with events.open("ab") as more:
        more.write(b'{"event": "stage_started", "stage": "training", "time": "now"}\n')
    supervisor.settle()
    assert supervisor.store.run(run.id).stage == "training"
    other = Store(supervisor.config.database)
    before = other.db.execute("PRAGMA data_version").fetchone()
    with events.open("ab") as more:
        more.write(b"{}\n")
    supervisor.settle()
    assert other.db.execute("PRAGMA data_version").fetchone() == before
    other.close()
    supervisor.cancel(run.id, "a test")
    ended(supervisor, run)


def test_progress_is_seen_while_it_runs(supervisor: Supervisor) -> None:
    run = begin(supervisor, "trains-slowly")

    def progress() -> bool:
        supervisor.settle()
        found = supervisor.store.run(run.id)
        return found.status == Status.RUNNING and (found.step or 0) > 2

    until(progress)
    supervisor.cancel(run.id, "a test")
    ended(supervisor, run)


def test_the_server_and_a_shell_may_settle_at_once(supervisor: Supervisor, config: Config) -> None:
    run = begin(supervisor, "exits-3")

    def settle(_: int) -> Run:
        other = Supervisor(config, Store(config.database))
        found = ended(other, run)
        other.store.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(settle, range(4)))
    assert len(set(map(repr, found))) == 1


def test_a_training_finds_its_environment_but_no_secret(
    config: Config, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LASTWORDS_TOKEN", "AWS_SECRET", "LD_PRELOAD_X", "PYTHONSTARTUP", "BASH_ENV"):
        monkeypatch.setenv(name, "secret-value")
    monkeypatch.setenv("HF_HOME", "/cache")
    supervisor = Supervisor(replace(config, trainer_command=("env",)), store)
    run = begin(supervisor, "x")
    ended(supervisor, run)  # `env` knows no --run-id and fails: use what /proc would show
    trainer = Supervisor(replace(config, trainer_command=("sh", "-c", "env")), store)
    folder = trainer.folder(run_to_its_end(trainer, "x"))
    log = folder.log.read_text()
    assert "secret-value" not in log
    assert "HF_HOME=/cache" in log and "PYTHONUNBUFFERED=1" in log
    assert f"LASTWORDS_EVENTS={folder.events}" in log


# --- histories: what happens, and the statuses it leads to ---------------------------------------

Step = Callable[[Supervisor, Run], object]


def start(supervisor: Supervisor, run: Run) -> None:
    supervisor.start_queued()


def wait(supervisor: Supervisor, run: Run) -> None:
    ended(supervisor, run)


def cancel(supervisor: Supervisor, run: Run) -> None:
    supervisor.cancel(run.id, "a test")


def retry(supervisor: Supervisor, run: Run) -> None:
    supervisor.retry(run.id)


def settle(supervisor: Supervisor, run: Run) -> None:
    supervisor.settle()


def kill(supervisor: Supervisor, run: Run) -> None:
    fact = until(lambda: runfolder.read_fact(supervisor.folder(run).child))
    processes.send_signal(processes.Identity.from_json(fact), signal.SIGKILL)


def kill_recorder_and_child(supervisor: Supervisor, run: Run) -> None:
    folder = supervisor.folder(run)
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    left = recorder.strays(folder)
    for process in [identity, *left]:
        processes.send_signal(process, signal.SIGKILL)
    # While it is a zombie the kernel tells how it ended, and then nothing is lost.
    child = processes.Identity.from_json(runfolder.read_fact(folder.child) or {})
    until(lambda: processes.identify(child.pid) != child)


HISTORIES: list[tuple[str, list[Step], list[str]]] = [
    ("trains", [settle, start, wait], ["queued", "running", "completed"]),
    ("exits-3", [start, wait, settle], ["running", "failed", "failed"]),
    ("exits-3", [cancel, start], ["cancelled", "cancelled"]),
    ("exits-3", [cancel, cancel], ["cancelled", "cancelled"]),
    ("hangs", [start, settle, cancel, wait], ["running", "running", "running", "cancelled"]),
    ("ignores-sigterm", [start, cancel, wait], ["running", "running", "cancelled"]),
    ("hangs", [start, kill, wait], ["running", "running", "failed"]),
    ("hangs", [start, kill_recorder_and_child, wait], ["running", "running", "lost"]),
    (
        "exits-3",
        [start, wait, retry, start, wait],
        ["running", "failed", "queued", "running", "failed"],
    ),
    ("exits-3", [start, wait, retry, cancel], ["running", "failed", "queued", "cancelled"]),
    (
        "exits-3",
        [cancel, retry, start, wait, retry, cancel, retry],
        ["cancelled", "queued", "running", "failed", "queued", "cancelled", "queued"],
    ),
]


@pytest.mark.parametrize(("mode", "steps", "statuses"), HISTORIES)
def test_a_history_leads_through_these_statuses(
    supervisor: Supervisor, mode: str, steps: list[Step], statuses: list[str]
) -> None:
    run = create(supervisor, mode)
    seen = []
    for step in steps:
        step(supervisor, run)
        seen.append(status(supervisor, run).value)
    assert seen == statuses


REFUSALS: list[tuple[str, list[Step], Step]] = [
    ("exits-3", [start, wait], cancel),
    ("trains", [start, wait], cancel),
    ("exits-3", [], retry),
    ("hangs", [start], retry),
]


@pytest.mark.parametrize(("mode", "steps", "refused"), REFUSALS)
def test_what_the_status_forbids_is_refused(
    supervisor: Supervisor, mode: str, steps: list[Step], refused: Step
) -> None:
    run = create(supervisor, mode)
    for step in steps:
        step(supervisor, run)
    before = status(supervisor, run)
    with pytest.raises(WrongStatus, match=run.id):
        refused(supervisor, run)
    assert status(supervisor, run) == before


# --- queue ---------------------------------------------------------------------------------------


def test_the_oldest_waits_the_least_and_the_limit_holds(supervisor: Supervisor) -> None:
    runs = [create(supervisor, "hangs") for _ in range(3)]
    supervisor.start_queued()
    supervisor.start_queued()
    assert [status(supervisor, run).value for run in runs] == ["running", "queued", "queued"]
    assert supervisor.store.queue_positions() == {runs[1].id: 1, runs[2].id: 2}
    supervisor.cancel(runs[0].id, "a test")
    ended(supervisor, runs[0])
    supervisor.start_queued()
    assert [status(supervisor, run).value for run in runs] == ["cancelled", "running", "queued"]
    supervisor.cancel(runs[1].id, "a test")
    ended(supervisor, runs[1])


def test_several_run_at_once_where_the_limit_allows(config: Config, store: Store) -> None:
    supervisor = Supervisor(replace(config, max_running=2), store)
    runs = [create(supervisor, "hangs") for _ in range(3)]
    supervisor.start_queued()
    assert [status(supervisor, run).value for run in runs] == ["running", "running", "queued"]
    for run in runs[:2]:
        supervisor.cancel(run.id, "a test")
        ended(supervisor, run)


# --- create --------------------------------------------------------------------------------------


def test_the_spec_is_on_disk_before_anything_starts(supervisor: Supervisor) -> None:
    run = create(supervisor, "exits-3", epochs=7)
    fact = json.loads(supervisor.folder(run).spec.read_text())
    assert fact["spec"]["epochs"] == 7 and fact["command"] == run.command
    assert run.spec == fact["spec"]


def test_a_spec_that_does_not_fit_leaves_nothing(supervisor: Supervisor) -> None:
    with pytest.raises(InvalidSpec):
        create(supervisor, "exits-3", epochs=0)
    assert list(runfolder.all_run_ids(supervisor.config.home)) == []


def test_one_key_makes_one_run_however_often_and_at_once(
    supervisor: Supervisor, config: Config
) -> None:
    def ask(_: int) -> str:
        other = Supervisor(config, Store(config.database))
        run = other.create({"baseModel": "exits-3"}, "a test", "key")
        other.store.close()
        return run.id

    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(ask, range(20)))
    assert len(ids) == 1 == sum(supervisor.store.counts().values())
    assert list(runfolder.all_run_ids(config.home)) == list(ids)


def test_a_key_with_another_request_is_refused(supervisor: Supervisor) -> None:
    supervisor.create({"baseModel": "exits-3"}, "a test", "key")
    with pytest.raises(KeyReused, match="'key'"):
        supervisor.create({"baseModel": "exits-0"}, "a test", "key")


def test_a_key_with_the_same_fields_in_another_order_is_the_same_request(
    supervisor: Supervisor,
) -> None:
    first = supervisor.create({"baseModel": "x", "epochs": 1}, "a test", "key")
    assert supervisor.create({"epochs": 1, "baseModel": "x"}, "a test", "key").id == first.id


# --- delete --------------------------------------------------------------------------------------


def test_a_deleted_run_is_gone_from_list_and_disk(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "exits-3")
    supervisor.delete(run.id)
    assert not supervisor.folder(run).path.parent.exists()
    with pytest.raises(RunNotFound):
        supervisor.store.run(run.id)


def test_a_run_that_is_not_final_is_not_deleted(supervisor: Supervisor) -> None:
    run = create(supervisor, "exits-3")
    with pytest.raises(WrongStatus, match="cancel it first"):
        supervisor.delete(run.id)
    assert supervisor.folder(run).spec.exists()
