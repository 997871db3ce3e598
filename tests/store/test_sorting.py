"""The orders of the list, and that paging through one visits every run once."""

from __future__ import annotations

import random

import pytest
from tests.store.test_runs import row

from lastwords.records import InvalidSpec, Status
from lastwords.store.filters import Filters
from lastwords.store.runs import Store

ENDED = ("completed", "failed", "lost", "cancelled")


@pytest.fixture
def many(store: Store) -> Store:
    """200 runs with keys that repeat and that are missing."""
    chance = random.Random(7)
    for number in range(1, 201):
        day = f"2026-01-{chance.randint(1, 28):02d}T00:00:00.000Z"
        ended = {"started_at": day, "finished_at": day, "seconds": float(chance.randint(1, 9))}
        told = {"spec": {"learningRate": chance.choice([1e-5, 1e-4, 1e-3])}}
        loss = {"final_loss": chance.choice([0.5, 1.5, 2.5, None])}
        metrics = {"metrics": {"accuracy": chance.random()} if number % 3 else {}}
        status = chance.choice(ENDED) if number < 190 else chance.choice(["queued", "running"])
        name = {"name": chance.choice(["alpha", "beta"])}
        store.add_run(row(number, status) | ended | told | loss | metrics | name)
    return store


def _all(store: Store, filters: Filters, limit: int) -> list[int]:
    seen: list[int] = []
    cursor = None
    while True:
        page = store.page(filters, limit, cursor)
        seen += [run.number for run in page.runs]
        if (cursor := page.next_cursor) is None:
            return seen


@pytest.mark.parametrize(
    "sort",
    ["active", "createdAt", "-createdAt", "startedAt", "-finishedAt", "duration", "-duration"]
    + ["finalLoss", "-finalLoss", "accuracy", "-accuracy", "lr", "-learning_rate"],
)
@pytest.mark.parametrize("query", ["", "alpha", "status:failed", "lr:1e-4 beta", "-alpha"])
def test_paging_visits_every_run_once_in_the_order_of_one_page(
    many: Store, sort: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters(text=query, sort=sort)
    whole = _all(many, filters, 200)
    assert whole == _all(many, filters, 7) and len(whole) == len(set(whole))
    assert len(whole) == sum(many.counts(filters).values())
    monkeypatch.setattr("lastwords.store.listing.FEW", 0)  # the way of many runs
    assert whole == _all(many, filters, 7)


def test_runs_without_a_key_come_last_in_both_directions(many: Store) -> None:
    for sort in ("accuracy", "-accuracy"):
        runs = many.page(Filters(sort=sort), 200).runs
        keys = [run.metrics.get("accuracy") for run in runs]
        known = [key for key in keys if key is not None]
        assert known == sorted(known, reverse=sort.startswith("-"))
        assert keys == known + [None] * (len(keys) - len(known))


def test_what_runs_and_waits_is_on_top_and_the_queue_in_its_order(many: Store) -> None:
    runs = many.page(Filters(sort="active"), 200).runs
    order = [Status.RUNNING, Status.QUEUED]
    ranks = [order.index(run.status) if run.status in order else 2 for run in runs]
    assert ranks == sorted(ranks) and ranks.count(2) == 189
    queue = [run.number for run in runs if run.status == Status.QUEUED]
    assert queue == sorted(queue)


def test_a_run_that_ends_between_two_pages_is_not_missed(store: Store) -> None:
    for number in range(1, 6):
        store.add_run(row(number, "completed" if number < 5 else "running"))
    first = store.page(Filters(sort="active"), 2)
    store.change_status(row(5)["id"], 1, Status.FAILED, {})
    rest = store.page(Filters(sort="active"), 10, first.next_cursor)
    assert [r.number for r in first.runs] == [5, 4] and [r.number for r in rest.runs] == [3, 2, 1]


@pytest.mark.parametrize(
    ("sort", "cursor", "field"),
    [("nothing", None, "sort"), ("active", "7.1", "cursor"), ("finalLoss", "0.1.nx", "cursor")],
)
def test_an_order_or_a_page_that_there_is_not_is_refused(
    store: Store, sort: str, cursor: str | None, field: str
) -> None:
    store.add_run(row(1))
    with pytest.raises(InvalidSpec) as refused:
        store.page(Filters(sort=sort), 10, cursor)
    assert refused.value.field == field
