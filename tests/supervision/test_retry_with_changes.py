"""A retry that changes something: what it starts, what it keeps, and that it is counted."""

from __future__ import annotations

import pytest
from tests.supervision.test_supervisor import create, ended, run_to_its_end

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.records import InvalidSpec, Run, Status, WrongStatus
from lastwords.store.fixes import worked
from lastwords.store.runs import Store
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.retrying import fixes_of
from lastwords.supervision.supervisor import Supervisor

MODE = "fits-4-examples"


def _out_of_memory(supervisor: Supervisor, batch: int = 8) -> Run:
    run = run_to_its_end(supervisor, MODE, batchSize=batch)
    assert (run.status, run.cause) == (Status.FAILED, "memory.gpu_oom")
    return run


def _finish(supervisor: Supervisor, run: Run) -> Run:
    supervisor.start_queued()
    return ended(supervisor, run)


def test_a_fix_is_carried_by_the_new_attempt_which_completes(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor)
    again = supervisor.retry(run.id, fix=1, by="a person")
    assert (again.spec["batchSize"], again.spec["accumulation"]) == (4, 2)
    assert "--batch-size=8" in again.command and "--accumulation=2" in again.command
    assert _finish(supervisor, again).status == Status.COMPLETED


def test_what_was_changed_stays_with_the_attempt_that_changed_it(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor, 16)
    run = _finish(supervisor, supervisor.retry(run.id, fix=1, by="a person"))
    run = _finish(supervisor, supervisor.retry(run.id, fix=1))
    first, second, third = supervisor.store.attempts(run)
    assert first.changed is None
    assert second.changed is not None and third.changed is not None
    assert second.changed["set"] == {"batchSize": 8, "accumulation": 2}
    assert second.changed["before"] == {"batchSize": 16, "accumulation": 1}
    assert (second.changed["cause"], second.changed["by"]) == ("memory.gpu_oom", "a person")
    assert third.changed["set"] == {"batchSize": 4, "accumulation": 4}


def test_an_earlier_attempt_is_shown_with_the_spec_that_it_had(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor)
    run = _finish(supervisor, supervisor.retry(run.id, fix=1))
    assert supervisor.earlier_attempt(run, 1).spec["batchSize"] == 8


def test_a_checkpoint_is_gone_on_from_only_by_the_same_training(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor)
    first = supervisor.folder(run)
    (first.path / "checkpoints" / "checkpoint-10").mkdir(parents=True)
    smaller = supervisor.retry(run.id, fix=1)
    assert f"--resume-from={first.path}" in smaller.command
    _finish(supervisor, smaller)
    slower = supervisor.retry(run.id, {"learningRate": 1e-6})
    assert not any(word.startswith("--resume-from") for word in slower.command)
    _finish(supervisor, slower)
    assert not any(word.startswith("--resume") for word in supervisor.retry(run.id).command)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"batchsize": 4}, "batchsize", "batchSize"),
        ({"batchSize": 0}, "batchSize", "between 1 and 4,096"),
        ({"batchSize": "four"}, "batchSize", "'four'"),
        ({"precision": "fp16"}, "precision", "auto, bf16, fp32"),
        ({"name": "another"}, "name", "cannot change"),
        ({"dataFile": "/etc/passwd"}, "dataFile", "LASTWORDS_DATA_ROOTS"),
    ],
)
def test_a_change_that_cannot_be_made_is_named_and_makes_no_attempt(
    supervisor: Supervisor, changes: dict[str, object], field: str, says: str
) -> None:
    run = _out_of_memory(supervisor)
    with pytest.raises(InvalidSpec, match=says) as refused:
        supervisor.retry(run.id, changes)
    assert refused.value.field == field
    assert supervisor.store.run(run.id).attempt == 1
    assert len(runfolder.attempts_of(supervisor.config.home, run.id)) == 1


def test_a_fix_that_there_is_not_is_refused_with_those_there_are(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor)
    with pytest.raises(InvalidSpec, match=r"1 \(batch size 8 → 4, accumulation 1 → 2\)"):
        supervisor.retry(run.id, fix=9)
    bug = run_to_its_end(supervisor, "raises")
    with pytest.raises(InvalidSpec, match="no change is known that could mend"):
        supervisor.retry(bug.id, fix=1)


def test_values_beside_a_fix_stand_over_it(supervisor: Supervisor) -> None:
    run = _out_of_memory(supervisor)
    again = supervisor.retry(run.id, {"batchSize": 2, "accumulation": 4}, fix=1)
    assert again.changed is not None
    assert again.changed["set"] == {"batchSize": 2, "accumulation": 4}


def test_a_run_that_is_not_over_has_no_fix_and_is_not_retried(supervisor: Supervisor) -> None:
    run = create(supervisor, MODE, batchSize=8)
    assert fixes_of(run) == []
    with pytest.raises(WrongStatus):
        supervisor.retry(run.id, {"batchSize": 4})


def test_it_is_counted_whether_a_fix_helped(supervisor: Supervisor) -> None:
    store = supervisor.store
    assert worked(store, "memory.gpu_oom") == {}
    run = _out_of_memory(supervisor, 16)
    run = _finish(supervisor, supervisor.retry(run.id, fix=1))
    assert worked(store, "memory.gpu_oom") == {"smaller-batch": (1, 0)}
    _finish(supervisor, supervisor.retry(run.id, fix=1))
    assert worked(store, "memory.gpu_oom") == {"smaller-batch": (2, 1)}
    assert worked(store, "numeric.nan") == {}


def test_what_somebody_set_alone_and_what_was_cancelled_counts_for_no_fix(
    supervisor: Supervisor,
) -> None:
    run = _out_of_memory(supervisor)
    supervisor.retry(run.id, fix=1)
    supervisor.cancel(run.id, "a person")
    _finish(supervisor, supervisor.retry(run.id, {"batchSize": 4}))
    assert worked(supervisor.store, "memory.gpu_oom") == {}


def test_changes_and_counts_are_in_the_folders_too(supervisor: Supervisor, config: Config) -> None:
    run = _out_of_memory(supervisor)
    run = _finish(supervisor, supervisor.retry(run.id, fix=1, by="a person"))
    supervisor.store.close()
    for path in config.home.glob("lastwords.db*"):
        path.unlink()
    reconcile(config)
    store = Store(config.database)
    found = store.run(run.id)
    assert (found.changed, found.spec["batchSize"]) == (run.changed, 4)
    assert worked(store, "memory.gpu_oom") == {"smaller-batch": (1, 1)}
    store.close()
