"""The query language of the list: what it finds, and what it says of mistakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.store.test_runs import row

from lastwords.records import now, timestamp
from lastwords.store import moments
from lastwords.store.filters import Filters
from lastwords.store.parameters import canonical, of_run
from lastwords.store.query import InvalidQuery
from lastwords.store.runs import Store
from lastwords.supervision.columns import blank_attempt
from lastwords.supervision.supervisor import Supervisor


def _found(store: Store, query: str, **more: Any) -> list[int]:
    return sorted(run.number for run in store.page(Filters(text=query, **more), 50).runs)


@pytest.fixture
def runs(store: Store) -> Store:
    """A training, two commands and a failure."""
    told = {"baseModel": "meta/Llama-3", "learningRate": 5e-5, "epochs": 3, "batchSize": 8}
    store.add_run(
        row(1, "completed", name="nightly Größe", spec=told, base_model="meta/Llama-3")
        | {"triggered_by": "anna", "final_loss": 0.25, "seconds": 60.0}
        | {"metrics": {"evalLoss": 0.4, "accuracy": 0.9}}
    )
    command = ["python", "train.py", "--lr", "6e-4", "--model_name=mistral", "--fp16", "-v"]
    store.add_run(row(2, "failed", kind="command", command=command, cause="memory.gpu_oom"))
    shell = ["sh", "-c", "exec accelerate launch x.py --per_device_train_batch_size 32"]
    store.add_run(row(3, "failed", kind="command", command=shell, cause="data.empty", exit_code=3))
    store.add_run(row(4, "running", kind="command", command=["train", "optim.lr=0.1", "epochs=9"]))
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status:failed", [2, 3]),
        ("status:failed,running", [2, 3, 4]),
        ("-status:failed", [1, 4]),
        ("cause:oom", [2]),
        ("cause:data", [3]),
        ("model:llama", [1]),
        ("model:MISTRAL", [2]),
        ("user:anna", [1]),
        ("-user:anna status:failed", [2, 3]),
        ("lr:<1e-4", [1]),
        ("lr:>1e-4", [2]),
        ("learning_rate:5e-05", [1]),
        ("epochs:3", [1]),
        ("epochs:>=3", [1, 4]),
        ("batch:32", [3]),
        ("batch:>=8", [1, 3]),
        ("fp16:true", [2]),
        ("optim.lr:0.1", [4]),
        ("eval_loss:<0.5 accuracy:>=0.9", [1]),
        ("loss:<0.3", [1]),
        ("duration:>30s", [1]),
        ("duration:<1m", []),
        ("exit:3", [3]),
        ("name:größe", [1]),
        ('"train.py --lr"', [2]),
        ('-"train.py"  status:failed', [3]),
        ("--per_device_train_batch_size 32", [3]),
        ("6E-4", [2]),
        ("v", [2, 3]),
        ("https://example.org/x", []),
    ],
)
def test_a_query_finds(runs: Store, query: str, numbers: list[int]) -> None:
    assert _found(runs, query) == numbers
    assert sum(runs.counts(Filters(text=query)).values()) == len(numbers)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("status:faild", r"status:faild: 'faild' is not one of .*; did you mean failed\?"),
        ("nightly statsu:failed", r"statsu:failed: there is no 'statsu' here: write status:"),
        ("lr:<small", r"lr:<small: 'small' is no number; write lr:<0\.1"),
        ("loss:much", r"loss:much: 'much' is no number; write a number: <0\.5"),
        ("since:someday", r"since:someday: this is no time; write 2026-11-27, today"),
        ("until:2026-02-30", "this is no time"),
        ("status:", "status:: give a value, queued, running"),
        ('name:"open', r"a quote is not closed"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(runs: Store, query: str, words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        _found(runs, query)


def test_a_line_of_a_log_can_be_pasted(store: Store) -> None:
    store.add_run(row(1, "failed", headline="KeyError: 'completion' in {\"loss\": 0.5}"))
    assert _found(store, "KeyError: 'completion' in {\"loss\": 0.5}") == [1]


def test_a_run_is_found_as_it_is_now(store: Store) -> None:
    store.add_run(row(1, "running", name="one"))
    store.change_status(row(1)["id"], 1, store.run(row(1)["id"]).status.FAILED, {"title": "Broken"})
    assert _found(store, "broken failed") == [1] and _found(store, "running") == []
    store.remove_run(row(1)["id"])
    store.add_run(row(2, name="two"))
    assert _found(store, "broken") == [] and _found(store, "one") == []


def test_counts_are_those_of_now(store: Store) -> None:
    store.add_run(row(1, "running", name="mine"))
    assert store.counts(Filters(text="mine"))["running"] == 1
    store.change_status(row(1)["id"], 1, store.run(row(1)["id"]).status.FAILED, {})
    assert store.counts(Filters(text="mine"))["failed"] == 1
    store.add_run(row(2, "running", final_loss=3.0))
    assert sum(store.counts(Filters(text="loss:>2")).values()) == 1
    store.update_facts(row(2)["id"], 1, {"final_loss": 1.0})
    assert sum(store.counts(Filters(text="loss:>2")).values()) == 0


def test_a_new_attempt_is_not_found_by_what_the_last_one_measured(supervisor: Supervisor) -> None:
    store = supervisor.store
    store.add_run(row(1, "failed", metrics={"accuracy": 0.9}))
    assert _found(store, "accuracy:>0.5") == [1]
    store.begin_attempt(store.run(row(1)["id"]), blank_attempt())
    assert _found(store, "accuracy:>0.5") == []


def test_days_are_those_of_the_reader(store: Store) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    midnight = moments.moment("today", zone)
    for number, at in enumerate((midnight - timedelta(minutes=1), midnight), start=1):
        store.add_run(row(number) | {"created_at": timestamp(at.astimezone(UTC))})
    assert _found(store, "since:today", zone=zone) == [2]
    assert _found(store, "since:yesterday until:yesterday", zone=zone) == [1]
    assert _found(store, "since:1d -until:1d", zone=zone) == [2]


def test_a_moment_is_the_beginning_or_the_end_of_its_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moments.moment("2026-10-25", berlin).utcoffset() == timedelta(hours=2)
    assert moments.moment("2026-10-25", berlin, after=True).utcoffset() == timedelta(hours=1)
    assert moments.moment("2026-01-01T10:00", berlin) == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert abs(moments.moment("2h", UTC) - (now() - timedelta(hours=2))) < timedelta(minutes=1)


def test_parameters_are_known_under_their_usual_names() -> None:
    assert canonical("--learning-rate") == canonical("learningRate") == canonical("lr") == "lr"
    given = of_run("command", ["torchrun", "t.py", "--lr", "-1", "--a", "--b=", "--c=x y"], {})
    assert given == {"lr": -1.0, "a": "true", "c": "x y"}


def test_a_home_of_before_is_indexed_when_it_is_opened(store: Store) -> None:
    store.add_run(row(1, name="old one", spec={"epochs": 7}))
    path = store.path
    for name in ("run_texts", "run_values", "value_names", "revision", "views", "run_tags"):
        store.db.execute(f"DROP TABLE {name}")
    for name in ("triggered_by", "finished_at", "final_loss", "exit_code", "start", "duration"):
        store.db.execute(f"DROP INDEX runs_by_{name}")
    for name in ("runs_with_flags", "runs_starred", "runs_by_user", "runs_by_project"):
        store.db.execute(f"DROP INDEX {name}")
    for name in ("metrics", "user", "project", "note", "tags", "starred", "note_user"):
        store.db.execute(f"ALTER TABLE runs DROP COLUMN {name}")
    store.db.execute("ALTER TABLE groups DROP COLUMN note_user")
    store.db.execute("ALTER TABLE sessions DROP COLUMN holder")
    steps = "'index_texts_and_values', 'create_views', 'add_labels', 'add_people'"
    store.db.execute(f"DELETE FROM _sqlite_migrations WHERE name IN ({steps})")
    store.db.conn.commit()
    store.close()
    migrated = Store(path)
    assert _found(migrated, "epochs:7 old") == [1]
    migrated.close()


def test_bytes_of_a_command_that_are_no_text_keep_no_run_from_the_list(store: Store) -> None:
    command = ["train.py", "--tag", "gr\udcff", "--größe=gr\udcc3\udcb6"]
    store.add_run(row(1, "failed", kind="command", command=command))
    assert _found(store, r"tag:gr\xff") == [1]
    assert of_run("command", command, {}) == {"tag": r"gr\xff", "größe": "grö"}
