"""The watch: prompt, one leader, and nothing ends it but its stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.real import until

from lastwords.config import Config
from lastwords.folders.locks import FileLock
from lastwords.records import FINAL, Run, Status
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor
from lastwords.supervision.watch import Watch


@pytest.fixture
def watch(config: Config) -> Iterator[Watch]:
    watch = Watch(Supervisor(config, Store(config.database)))
    watch.ensure_started()
    yield watch
    watch.stop()
    watch.supervisor.store.close()


def _create(watch: Watch, mode: str) -> Run:
    return watch.supervisor.create({"baseModel": mode}, "a test")


def _ended(watch: Watch, run: Run) -> Run:
    store = watch.supervisor.store
    return until(lambda: (found := store.run(run.id)).status in FINAL and found)


def test_a_queued_run_starts_and_is_settled_without_a_wait_for_the_next_look(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastwords.supervision.watch.WATCH_SECONDS", 600)
    for _ in range(3):
        _ended(watch, _create(watch, "exits-3"))


def test_the_next_in_the_queue_starts_when_one_ends(watch: Watch) -> None:
    runs = [_create(watch, "exits-3") for _ in range(3)]
    ended = [_ended(watch, run) for run in runs]
    started = [run.started_at or "" for run in ended]
    assert started == sorted(started)
    for earlier, later in zip(ended, ended[1:], strict=False):
        assert (earlier.finished_at or "") <= (later.started_at or "")


def test_only_one_of_two_watches_starts_what_is_queued(watch: Watch, config: Config) -> None:
    second = Watch(Supervisor(config, Store(config.database)))
    second.ensure_started()
    runs = [_create(watch, "exits-3") for _ in range(4)]
    assert [_ended(watch, run).reason for run in runs] == ["exit_code"] * 4
    second.stop()
    second.supervisor.store.close()


def test_a_second_watch_takes_over_where_the_first_is_gone(watch: Watch, config: Config) -> None:
    second = Watch(Supervisor(config, Store(config.database)))
    second.ensure_started()
    watch.stop()
    run = second.supervisor.create({"baseModel": "exits-3"}, "a test")
    assert _ended(second, run).status == Status.FAILED
    second.stop()
    second.supervisor.store.close()
    watch.__init__(watch.supervisor)  # type: ignore[misc]  # the fixture stops it again


def test_an_error_of_the_watch_itself_does_not_end_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(config, Store(config.database))
    whole = supervisor.start_queued
    failures: list[int] = []

    def fails_at_first(active: list[Run]) -> list[Run]:
        if not failures:
            failures.append(1)
            raise ZeroDivisionError
        return whole(active)

    monkeypatch.setattr(supervisor, "start_queued", fails_at_first)
    watch = Watch(supervisor)
    watch.ensure_started()
    assert _ended(watch, _create(watch, "exits-3")).status == Status.FAILED
    watch.stop()
    supervisor.store.close()


def test_a_stopped_watch_leaves_its_runs_alone(config: Config) -> None:
    supervisor = Supervisor(replace(config, max_running=2), Store(config.database))
    watch = Watch(supervisor)
    watch.ensure_started()
    run = _create(watch, "hangs")
    until(lambda: supervisor.store.run(run.id).status == Status.RUNNING)
    until(supervisor.folder(run).child.exists)
    watch.stop()
    assert supervisor.executor.ending(supervisor.folder(run), 1.0) is None
    supervisor.store.close()


def test_a_file_lock_has_one_holder(config: Config) -> None:
    first, second = FileLock(config.home / "a.lock"), FileLock(config.home / "a.lock")
    assert first.try_acquire() and not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_a_file_lock_is_not_taken_through_a_link(config: Config) -> None:
    (config.home / "target").touch()
    (config.home / "a.lock").symlink_to("target")
    with pytest.raises(OSError):
        FileLock(config.home / "a.lock").try_acquire()
