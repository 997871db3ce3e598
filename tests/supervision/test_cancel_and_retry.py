"""Cancelling a run, and trying again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.real import says, until
from tests.supervision.test_supervisor import begin, create, ended, run_to_its_end

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.recording import recorder
from lastwords.records import InvalidSpec, Run, RunNotFound, Status, WrongStatus
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


def test_a_cancelled_run_says_who_stopped_it_and_keeps_its_signal(supervisor: Supervisor) -> None:
    run = begin(supervisor, "catches-sigterm")
    says(supervisor.folder(run), b"ready")
    supervisor.cancel(run.id, "the person")
    assert supervisor.store.run(run.id).stopping
    run = ended(supervisor, run)
    assert (run.reason, run.signal, run.stopping) == ("stopped_by_user", "SIGTERM", False)
    assert run.detail == "Stopped by the person."


def test_a_run_that_does_not_stop_is_forced(supervisor: Supervisor) -> None:
    run = begin(supervisor, "ignores-sigterm")
    says(supervisor.folder(run), b"ready")
    supervisor.cancel(run.id, "a test")
    run = ended(supervisor, run)
    assert (run.reason, run.signal) == ("stop_forced", "SIGKILL")


def test_a_run_taken_out_of_the_queue_says_so_with_its_length(supervisor: Supervisor) -> None:
    run = supervisor.cancel(create(supervisor, "hangs").id, "the person")
    assert run.detail == "Removed from the queue by the person before it started."
    assert run.error_preview == run.detail and run.error_length == len(run.detail)
    assert not supervisor.folder(run).log.exists()


def test_a_cancel_at_the_moment_of_the_start_is_not_lost(
    supervisor: Supervisor, config: Config
) -> None:
    """The start has been decided, the recorder is coming up: whoever cancels now is heard."""
    run = create(supervisor, "hangs")
    barrier = threading.Barrier(2)

    def cancel_now() -> None:
        other = Supervisor(config, Store(config.database))
        barrier.wait()
        other.cancel(run.id, "a test")
        other.store.close()

    thread = threading.Thread(target=cancel_now)
    thread.start()
    barrier.wait()
    supervisor.start_queued()
    thread.join()
    assert ended(supervisor, run).status == Status.CANCELLED


def test_a_cancel_that_meets_the_start_stops_what_was_started(
    supervisor: Supervisor, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees a queued run, and by the time that it takes it out of the queue it runs."""
    run = create(supervisor, "hangs")
    look = supervisor.store.run

    def look_and_start(run_id: str) -> Run:
        seen = look(run_id)
        if seen.status == Status.QUEUED:
            other = Supervisor(config, Store(config.database))
            other.start_queued()
            other.store.close()
        return seen

    monkeypatch.setattr(supervisor.store, "run", look_and_start)
    supervisor.cancel(run.id, "a test")
    assert ended(supervisor, run).status == Status.CANCELLED
    until(lambda: not recorder.strays(supervisor.folder(run)))


def test_a_model_that_is_no_longer_allowed_is_not_retried(
    supervisor: Supervisor, config: Config
) -> None:
    run = create(supervisor, "exits-3")
    supervisor.start_queued()
    ended(supervisor, run)
    strict = Supervisor(replace(config, models=("google/*",)), supervisor.store)
    with pytest.raises(InvalidSpec, match="LASTWORDS_MODELS"):
        strict.retry(run.id)
    assert supervisor.retry(run.id).attempt == 2


def test_a_retry_makes_a_new_attempt_and_keeps_the_old_log(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    first = supervisor.folder(run)
    log = first.log.read_bytes()
    run = supervisor.retry(run.id)
    assert (run.attempt, run.status, run.headline, run.exit_code) == (2, Status.QUEUED, None, None)
    supervisor.start_queued()
    ended(supervisor, run)
    assert first.log.read_bytes() == log
    assert [a.number for a in supervisor.store.attempts(supervisor.store.run(run.id))] == [1, 2]


def test_each_attempt_has_its_own_nonce(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "exits-3")
    supervisor.retry(run.id)
    first, second = runfolder.attempts_of(supervisor.config.home, run.id)
    facts = [runfolder.read_fact(folder.spec) or {} for folder in (first, second)]
    assert facts[0]["nonce"] != facts[1]["nonce"] and facts[0]["spec"] == facts[1]["spec"]


def test_a_retry_goes_on_from_the_last_checkpoint(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "exits-3")
    folder = supervisor.folder(run)
    (folder.path / "checkpoints" / "checkpoint-10").mkdir(parents=True)
    assert f"--resume-from={folder.path}" in supervisor.retry(run.id).command


def test_an_attempt_that_died_before_its_first_checkpoint_takes_none_away(
    supervisor: Supervisor,
) -> None:
    run = run_to_its_end(supervisor, "exits-3")
    first = supervisor.folder(run)
    (first.path / "checkpoints" / "checkpoint-10").mkdir(parents=True)
    supervisor.retry(run.id)
    supervisor.start_queued()
    second = supervisor.folder(ended(supervisor, run))
    (second.path / "checkpoints" / ".unfinished").mkdir(parents=True)
    assert f"--resume-from={first.path}" in supervisor.retry(run.id).command


def test_of_two_retries_at_once_one_is_made(supervisor: Supervisor, config: Config) -> None:
    run = run_to_its_end(supervisor, "exits-3")

    def try_again(_: int) -> bool:
        other = Supervisor(config, Store(config.database))
        try:
            other.retry(run.id)
        except (WrongStatus, FileExistsError):
            return False
        finally:
            other.store.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(try_again, range(6))).count(True) == 1
    assert supervisor.store.run(run.id).attempt == 2


def test_an_earlier_attempt_is_told_as_it_was(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    supervisor.retry(run.id)
    earlier = supervisor.earlier_attempt(supervisor.store.run(run.id), 1)
    assert (earlier.status, earlier.headline) == (run.status, run.headline)
    assert (earlier.error_start, earlier.error_end) == (run.error_start, run.error_end)


def test_an_attempt_that_never_was_is_not_found(supervisor: Supervisor) -> None:
    run = create(supervisor, "exits-3")
    with pytest.raises(RunNotFound, match="no attempt 7"):
        supervisor.earlier_attempt(run, 7)
