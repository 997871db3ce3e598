"""The index of runs: real SQLite files, many threads, many rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lastwords.records import (
    FINAL,
    TRANSITIONS,
    LastwordsError,
    RunNotFound,
    Status,
    StoreUnavailable,
)
from lastwords.store import database, search_index, sorting
from lastwords.store.filters import Filters
from lastwords.store.listing import Extent, Reading
from lastwords.store.runs import Store
from lastwords.store.sorting import Cursor
from lastwords.store.sqlite import sqlite3


def row(number: int, status: str = "queued", **more: Any) -> dict[str, Any]:
    return {
        "id": f"run_20260101_000000_{number}",
        "kind": "training",
        "status": status,
        "created_at": "2026-01-01T00:00:00.000Z",
        "triggered_by": "a test",
        "command": ["true"],
        "spec": {},
        **more,
    }


def _id(number: int) -> str:
    return f"run_20260101_000000_{number}"


def test_a_run_comes_back_as_it_was_added(store: Store) -> None:
    store.add_run(row(1, name="größe 数据", spec={"epochs": 3}, command=["a", "b c"]))
    run = store.run(_id(1))
    assert (run.name, run.spec, run.command) == ("größe 数据", {"epochs": 3}, ["a", "b c"])
    assert run.status is Status.QUEUED and run.attempt == 1 and run.stopping is False


def test_an_unknown_run_is_not_found(store: Store) -> None:
    with pytest.raises(RunNotFound, match=_id(9)):
        store.run(_id(9))


def test_an_id_is_given_once(store: Store) -> None:
    store.add_run(row(1))
    with pytest.raises(Exception, match="UNIQUE"):
        store.add_run(row(1))


def test_a_spec_that_is_no_json_is_refused(store: Store) -> None:
    with pytest.raises(LastwordsError, match="nan"):
        store.add_run(row(1, spec={"loss": float("nan")}))


def test_the_database_is_its_owners_alone(store: Store) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_the_journal_is_wal_and_every_commit_is_synced(store: Store) -> None:
    assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_second_opening_changes_nothing(store: Store) -> None:
    store.add_run(row(1))
    again = Store(store.path)
    assert again.run(_id(1)) == store.run(_id(1))
    again.close()


def test_many_openings_at_once_migrate_once(home: Path) -> None:
    def open_and_close(_: int) -> None:
        Store(home / "new.db").close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_and_close, range(8)))


def test_an_old_sqlite_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SQLITE_NEEDED", (99, 0, 0))
    with pytest.raises(StoreUnavailable, match="pip install 'pysqlite3"):
        database.check_sqlite_version()


# --- statuses ------------------------------------------------------------------------------------


def _with_status(store: Store, status: Status) -> str:
    number = len(store.page(Filters(), 200).runs) + 1
    store.add_run(row(number, status.value))
    return _id(number)


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_a_status_changes_only_as_the_table_of_transitions_allows(
    store: Store, old: Status, new: Status
) -> None:
    run_id = _with_status(store, old)
    allowed = new in TRANSITIONS[old]
    assert store.change_status(run_id, 1, new, {"reason": "x"}) is allowed
    assert store.run(run_id).status == (new if allowed else old)
    assert store.run(run_id).reason == ("x" if allowed else None)


@pytest.mark.parametrize(("old", "new"), list(product(sorted(FINAL), Status)))
def test_the_schema_itself_keeps_a_final_status(store: Store, old: Status, new: Status) -> None:
    """Whatever program writes: here SQLite itself, as a person at a shell would."""
    run_id = _with_status(store, old)
    with sqlite3.connect(str(store.path)) as connection:
        if old == new:
            connection.execute("UPDATE runs SET status = ? WHERE id = ?", (new.value, run_id))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="a final status never changes"):
                connection.execute("UPDATE runs SET status = ? WHERE id = ?", (new.value, run_id))
    connection.close()
    assert store.run(run_id).status == old


def test_of_many_that_end_a_run_at_once_one_does(store: Store) -> None:
    run_id = _with_status(store, Status.RUNNING)
    endings = [Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.LOST] * 4
    barrier = threading.Barrier(len(endings))

    def end(status: Status) -> bool:
        barrier.wait()
        changed = store.change_status(run_id, 1, status, {"reason": status.value})
        store.close()
        return changed

    with ThreadPoolExecutor(len(endings)) as pool:
        changed = list(pool.map(end, endings))
    assert changed.count(True) == 1
    run = store.run(run_id)
    assert run.status == endings[changed.index(True)] == run.reason


def test_a_status_of_an_earlier_attempt_changes_nothing(store: Store) -> None:
    run_id = _with_status(store, Status.FAILED)
    assert store.begin_attempt(store.run(run_id), {})
    assert not store.change_status(run_id, 1, Status.RUNNING, {})
    assert store.change_status(run_id, 2, Status.RUNNING, {})


def test_a_new_attempt_begins_once_and_the_old_one_is_kept(store: Store) -> None:
    run_id = _with_status(store, Status.FAILED)
    run = store.run(run_id)
    assert store.begin_attempt(run, {}) and not store.begin_attempt(run, {})
    attempts = store.attempts(store.run(run_id))
    assert [(a.number, a.status) for a in attempts] == [(1, "failed"), (2, "queued")]


def test_only_a_final_run_can_be_removed(store: Store) -> None:
    for status in Status:
        run_id = _with_status(store, status)
        assert store.remove_run(run_id) is (status in FINAL)


def test_counts_are_right_through_every_change(store: Store) -> None:
    for number in range(1, 5):
        store.add_run(row(number))
    store.change_status(_id(1), 1, Status.RUNNING, {})
    store.change_status(_id(2), 1, Status.RUNNING, {})
    store.change_status(_id(2), 1, Status.FAILED, {})
    store.change_status(_id(3), 1, Status.CANCELLED, {})
    store.remove_run(_id(3))
    store.begin_attempt(store.run(_id(2)), {})
    wanted = dict.fromkeys((status.value for status in Status), 0) | {"queued": 2, "running": 1}
    assert store.counts() == wanted


def test_writers_of_many_threads_wait_for_each_other(store: Store) -> None:
    """An insert looks at the schema first: that must not make it refuse to wait."""

    def write(begin: int) -> None:
        for number in range(begin, begin + 20):
            store.add_run(row(number))
            store.add_session(f"hash {number}", "credential")
            store.change_status(_id(number), 1, Status.RUNNING, {})
        store.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(0, 600, 100)))
    assert store.counts()["running"] == 120


# --- finding -------------------------------------------------------------------------------------


def test_latest_is_the_newest_run(store: Store) -> None:
    for number in (1, 2, 3):
        store.add_run(row(number))
    assert store.find("latest").id == _id(3)


def test_a_unique_prefix_names_its_run(store: Store) -> None:
    store.add_run(row(1, id="run_20260101_000000"))
    store.add_run(row(2, id="run_20260102_000000"))
    assert store.find("run_20260102").id == "run_20260102_000000"


def test_an_ambiguous_prefix_is_refused_with_its_candidates(store: Store) -> None:
    store.add_run(row(1))
    store.add_run(row(2))
    with pytest.raises(RunNotFound, match=f"{_id(2)}, {_id(1)}"):
        store.find("run_2026")


def test_a_whole_id_wins_over_being_a_prefix(store: Store) -> None:
    store.add_run(row(1, id="run_20260101_000000"))
    store.add_run(row(2, id="run_20260101_000000_2"))
    assert store.find("run_20260101_000000").number == 1


@pytest.mark.parametrize("text", ["", "%", "run_20260101_00000_", "x", "latest"])
def test_nothing_is_found_by_what_names_nothing(store: Store, text: str) -> None:
    with pytest.raises(RunNotFound):
        store.find(text)


# --- the list ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of 100,000 runs."""
    store = Store(tmp_path_factory.mktemp("large") / "lastwords.db")
    statuses = [status.value for status in Status]
    with store.db.atomic():
        store.db.table("runs").insert_all(
            (
                row(number, statuses[number % 6], cause=f"cause.{number % 40}", command="[]")
                | {"spec": "{}", "name": "needle" if number == 50_000 else None}
                for number in range(1, 100_001)
            ),
            batch_size=5_000,
        )
        search_index.fill(store.db)
    yield store
    store.close()


def _plan(store: Store, filters: Filters) -> str:
    """How SQLite goes about the list's statement."""
    conditions = filters.conditions(store.vocabulary)
    (segment,) = sorting.segments(filters.sort, store.vocabulary)
    statement, values = Reading(
        segment, conditions, Extent(50_000), Cursor(0, None, 60_000)
    ).written(51)
    steps = store.db.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    return "; ".join(step[3] for step in steps)


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "USING INTEGER PRIMARY KEY"),
        (Filters(statuses=["failed"]), "USING INDEX runs_by_status"),
        (Filters(cause="cause.3"), "USING INDEX runs_by_cause"),
        (Filters(base_model="google/flan-t5-small"), "USING INDEX runs_by_base_model"),
    ],
)
def test_each_filter_of_the_list_goes_by_its_index_and_sorts_nothing(
    large: Store, filters: Filters, index: str
) -> None:
    plan = _plan(large, filters)
    assert index in plan and "TEMP B-TREE" not in plan


def test_several_statuses_never_scan_the_whole_table(large: Store) -> None:
    assert "SCAN runs" not in _plan(large, Filters(statuses=["failed", "lost"]))


def test_the_active_runs_are_found_by_an_index(large: Store) -> None:
    steps = large.db.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM runs WHERE status IN ('queued', 'running')"
    ).fetchall()
    assert "runs_by_status" in steps[0][3]


def test_paging_visits_every_run_once_while_new_ones_arrive(large: Store) -> None:
    seen: list[int] = []
    cursor: int | None = None
    filters = Filters(statuses=["failed"])
    while True:
        page = large.page(filters, 200, cursor)
        seen += [run.number for run in page.runs]
        if page.next_cursor is None:
            break
        cursor = int(page.next_cursor)
        if len(seen) % 2_000 == 0:
            large.add_run(row(200_000 + len(seen), "failed"))
    wanted = [n for n in range(100_000, 0, -1) if n % 6 == list(Status).index(Status.FAILED)]
    assert seen == wanted


def test_paging_oldest_first_ends_with_what_arrived_meanwhile(store: Store) -> None:
    for number in range(1, 6):
        store.add_run(row(number))
    first = store.page(Filters(sort="createdAt"), 3)
    store.add_run(row(6))
    rest = store.page(Filters(sort="createdAt"), 10, first.next_cursor)
    numbers = [run.number for run in [*first.runs, *rest.runs]]
    assert numbers == [1, 2, 3, 4, 5, 6] and rest.next_cursor is None


def test_a_page_that_ends_exactly_with_the_last_run_has_no_next(store: Store) -> None:
    for number in range(1, 4):
        store.add_run(row(number))
    assert store.page(Filters(), 3).next_cursor is None
    assert store.page(Filters(), 2).next_cursor == "2"


def test_search_finds_one_run_among_100_000(large: Store) -> None:
    assert [run.number for run in large.page(Filters(text="needle"), 10).runs] == [50_000]


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash", "'; --"])
def test_search_takes_every_character_as_itself(store: Store, text: str) -> None:
    store.add_run(row(1, name=f"with {text} inside"))
    store.add_run(row(2, name="100 axb backslash"))
    assert [run.number for run in store.page(Filters(text=text), 10).runs] == [1]


def _found(store: Store, text: str) -> list[int]:
    return sorted(run.number for run in store.page(Filters(text=text), 10).runs)


def test_a_search_finds_each_word_in_command_parameters_model_or_name(store: Store) -> None:
    command = ["torchrun", "/w/train.py", "--lr", "6e-4"]
    store.add_run(row(1, kind="command", command=command, name="Тренировка Größe"))
    store.add_run(row(2, spec={"learningRate": 0.0006}, base_model="meta/Llama-3"))
    assert _found(store, "train.py --lr 6E-4 TORCHRUN") == [1]
    assert _found(store, "тренировка größe") == _found(store, "ТРЕНИРОВКА") == [1]
    assert _found(store, "learningrate llama") == [2]
    assert _found(store, "torchrun llama") == []


def test_a_search_for_failed_finds_what_failed_and_nothing_that_did_not(store: Store) -> None:
    store.add_run(row(1, "completed", title="Nothing failed"))
    store.add_run(row(2, "failed", title="Out of GPU memory"))
    store.add_run(row(3, "lost", title="The host restarted"))
    assert _found(store, "failed") == [2] and _found(store, "gpu memory failed") == [2]
    assert _found(store, "restarted") == [3] and _found(store, "nothing") == []


def test_counts_follow_the_search_and_pass_over_the_chosen_status(store: Store) -> None:
    store.add_run(row(1, "failed", name="mine"))
    store.add_run(row(2, "completed", name="mine"))
    store.add_run(row(3, "completed"))
    counts = store.counts(Filters(text="mine", statuses=["failed"]))
    assert (counts["failed"], counts["completed"]) == (1, 1)


def test_runs_are_narrowed_to_a_flag(store: Store) -> None:
    flag = {"flag": "traceback_in_log", "since": "2026-01-01T00:00:00.000Z", "detail": ""}
    store.add_run(row(1, "completed", flags=[flag]))
    store.add_run(row(2, "completed"))
    found = store.page(Filters(flag="traceback_in_log"), 10).runs
    assert [run.number for run in found] == [1]


def test_counting_100_000_runs_reads_six_rows(large: Store) -> None:
    assert sum(large.counts().values()) == large.db.table("runs").count


# --- keys and sessions ---------------------------------------------------------------------------


def test_a_key_is_bound_once(store: Store) -> None:
    assert store.claim_key("k", "body", "run") is None
    assert store.claim_key("k", "other", "other run") == ("body", "run")
    assert store.key("k") == ("body", "run") and store.key("none") is None


def test_a_session_is_known_until_it_is_revoked(store: Store) -> None:
    store.add_session("hash", "credential")
    assert store.session_holders(["other", "hash"], "2026-01-01T00:00:00.000Z")
    store.remove_sessions(["hash"], "")
    assert not store.session_holders(["other", "hash"], "2026-01-01T00:00:00.000Z")
