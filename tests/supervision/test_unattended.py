"""Retrying without anybody asking: how often, with what, when it ends, and never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.real import Server, until
from tests.supervision.test_supervisor import begin, ended, run_to_its_end

from lastwords.config import Config
from lastwords.records import FINAL, Run, Status, WrongStatus
from lastwords.retries import RetryPolicy
from lastwords.security.audit import Audit
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

POLICY = RetryPolicy((("network.unreachable", 3), ("memory.gpu_oom", 2)), back_off_seconds=0)
NEVER = 80_000.0  # seconds that no test waits for


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, retry=POLICY)


def _flags(run: Run) -> dict[str, str]:
    return {flag["flag"]: flag["detail"] for flag in run.flags}


def _until_nothing_is_planned(supervisor: Supervisor, run: Run) -> Run:
    """The run, retried whenever that is due, as the leading server does it."""
    audit = Audit(supervisor.config)

    def settled() -> Run | None:
        supervisor.settle()
        supervisor.retry_planned(audit)
        supervisor.start_queued()
        found = supervisor.store.run(run.id)
        return found if found.status in FINAL and found.retry_at is None else None

    return until(settled)


def test_nothing_is_retried_of_itself_without_a_policy(config: Config, store: Store) -> None:
    supervisor = Supervisor(replace(config, retry=RetryPolicy()), store)
    run = run_to_its_end(supervisor, "fits-4-examples", batchSize=8)
    assert run.retry_at is None and _flags(run) == {}


def test_a_run_out_of_memory_is_retried_with_a_smaller_batch_and_completes(
    supervisor: Supervisor,
) -> None:
    run = begin(supervisor, "fits-4-examples-getting-on", batchSize=16)
    run = _until_nothing_is_planned(supervisor, run)
    assert (run.status, run.attempt) == (Status.COMPLETED, 3)
    _, second, third = supervisor.store.attempts(run)
    assert second.changed is not None and third.changed is not None
    assert second.changed["set"] == {"batchSize": 8, "accumulation": 2}
    assert third.changed["set"] == {"batchSize": 4, "accumulation": 4}
    assert third.changed["by"] == "the retry policy"
    entries = [e for e in Audit(supervisor.config).page(20).entries if e.action == "retry"]
    assert [entry.who for entry in entries] == ["the retry policy"] * 2
    assert "batch size 8 → 4" in (entries[0].detail or "")


def test_the_same_error_without_a_step_gained_ends_it_at_once(supervisor: Supervisor) -> None:
    run = begin(supervisor, "fits-1-examples", batchSize=16)
    run = _until_nothing_is_planned(supervisor, run)
    assert (run.status, run.attempt) == (Status.FAILED, 2)
    assert "without a step gained" in _flags(run)["retry_stopped"]


def test_what_could_not_be_reached_is_tried_again_as_it_was(supervisor: Supervisor) -> None:
    run = begin(supervisor, "answers-from-attempt-2")
    run = _until_nothing_is_planned(supervisor, run)
    assert (run.status, run.attempt) == (Status.COMPLETED, 2)
    assert run.changed is not None and run.changed["set"] == {}


def test_it_is_retried_so_often_and_no_more(config: Config, store: Store) -> None:
    once = RetryPolicy((("memory.gpu_oom", 1),), back_off_seconds=0)
    supervisor = Supervisor(replace(config, retry=once), store)
    run = begin(supervisor, "fits-1-examples-getting-on", batchSize=16)
    run = _until_nothing_is_planned(supervisor, run)
    assert (run.status, run.attempt) == (Status.FAILED, 2)
    assert "as often as the policy allows" in _flags(run)["retry_stopped"]


def test_a_person_who_retries_begins_the_count_anew(config: Config, store: Store) -> None:
    once = RetryPolicy((("memory.gpu_oom", 1),), back_off_seconds=0)
    supervisor = Supervisor(replace(config, retry=once), store)
    run = begin(supervisor, "fits-1-examples-getting-on", batchSize=64)
    run = _until_nothing_is_planned(supervisor, run)
    supervisor.retry(run.id, by="a person")
    assert _until_nothing_is_planned(supervisor, run).attempt == 4


def test_what_would_change_the_result_is_left_to_a_person(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "fits-0-examples", batchSize=1)
    assert run.retry_at is None
    assert "source max tokens 384 → 192" in _flags(run)["retry_stopped"]


def test_an_error_in_the_code_and_a_cancelled_run_are_never_retried(
    supervisor: Supervisor,
) -> None:
    assert run_to_its_end(supervisor, "raises").retry_at is None
    run = begin(supervisor, "hangs")
    supervisor.cancel(run.id, "a person")
    assert ended(supervisor, run).retry_at is None


def test_each_wait_is_twice_the_one_before(config: Config, store: Store) -> None:
    slow = RetryPolicy((("memory.gpu_oom", 5),), back_off_seconds=1000)
    supervisor = Supervisor(replace(config, retry=slow), store)
    run = run_to_its_end(supervisor, "fits-1-examples-getting-on", batchSize=64)
    waits = []
    for _ in range(3):
        assert run.retry_at is not None and run.finished_at is not None
        waits.append(_seconds_between(run.finished_at, run.retry_at))
        assert supervisor.retry_planned(Audit(supervisor.config)) == []  # it is not due yet
        store.update_facts(run.id, run.attempt, {"retry_at": "2026-01-01T00:00:00.000Z"})
        assert [r.id for r in supervisor.retry_planned(Audit(supervisor.config))] == [run.id]
        supervisor.start_queued()
        run = ended(supervisor, run)
    assert waits == [1000, 2000, 4000]


def _seconds_between(first: str, second: str) -> float:
    from lastwords.records import parse_timestamp

    return (parse_timestamp(second) - parse_timestamp(first)).total_seconds()


def test_a_planned_retry_can_be_called_off(config: Config, store: Store) -> None:
    slow = replace(POLICY, back_off_seconds=NEVER)
    supervisor = Supervisor(replace(config, retry=slow), store)
    run = run_to_its_end(supervisor, "fits-4-examples", batchSize=8)
    assert "retry_planned" in _flags(run)
    run = supervisor.cancel(run.id, "a person")
    assert (run.status, run.retry_at) == (Status.FAILED, None)
    assert _flags(run) == {"retry_stopped": "Not retried: called off by a person."}
    with pytest.raises(WrongStatus):
        supervisor.cancel(run.id, "a person")


def test_a_policy_that_was_taken_back_meanwhile_holds(config: Config, store: Store) -> None:
    run = run_to_its_end(Supervisor(config, store), "fits-4-examples", batchSize=8)
    without = Supervisor(replace(config, retry=RetryPolicy()), store)
    assert without.retry_planned(Audit(config)) == []
    run = store.run(run.id)
    assert (run.attempt, run.retry_at) == (1, None)
    assert "no longer" in _flags(run)["retry_stopped"]


def test_a_person_who_retries_in_the_wait_takes_its_place(config: Config, store: Store) -> None:
    supervisor = Supervisor(config, store)
    run = run_to_its_end(supervisor, "fits-4-examples", batchSize=8)
    supervisor.retry(run.id, fix=1)
    assert supervisor.retry_planned(Audit(config)) == []
    assert store.run(run.id).attempt == 2


def test_of_two_that_carry_it_out_at_once_one_does(config: Config, store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    run = run_to_its_end(Supervisor(config, store), "fits-4-examples", batchSize=8)

    def carry_out(_: int) -> int:
        other = Supervisor(config, Store(config.database))
        try:
            return len(other.retry_planned(Audit(config)))
        finally:
            other.store.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(carry_out, range(4)))
    assert sum(done) == 1 and store.run(run.id).attempt == 2
    assert "retry_stopped" not in _flags(store.run(run.id))


def test_a_letter_says_that_it_is_retried_or_why_not(supervisor: Supervisor) -> None:
    run = begin(supervisor, "fits-1-examples", batchSize=16)
    run = _until_nothing_is_planned(supervisor, run)
    told = [_letter(supervisor.config, run.id, number)["retry"] for number in (1, 2)]
    assert "with batch size 16 → 8" in told[0] and "without a step gained" in told[1]


def _letter(config: Config, run_id: str, attempt: int) -> dict[str, Any]:
    letter = json.loads((config.home / "outbox" / f"{run_id}-{attempt}.json").read_text())
    found: dict[str, Any] = letter["run"]
    return found


# --- a server ------------------------------------------------------------------------------------


@pytest.fixture
def waiting(server: Server) -> Iterator[Server]:
    """A server that retries after four seconds."""
    server.end()
    server.settings = {**server.settings, "LASTWORDS_RETRY": "memory.gpu_oom=2, back_off_seconds=4"}
    yield server.start()


def test_a_server_that_ends_in_the_wait_retries_once_it_is_back(waiting: Server) -> None:
    run = waiting.ended(waiting.train("fits-4-examples", batchSize=8))
    assert run["attempt"] == 1 and run["retryAt"]
    assert [flag["flag"] for flag in run["flags"]] == ["retry_planned"]
    waiting.end(9)
    waiting.start()
    until(lambda: waiting.run(run["id"])["attempt"] == 2)
    done = waiting.ended(run["id"])
    assert (done["status"], done["attempt"]) == ("completed", 2)
    assert waiting.run(run["id"])["retryAt"] is None
