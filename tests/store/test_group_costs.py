"""What an error cost: wall time, and GPU time where it is known."""

from __future__ import annotations

from tests.store.test_groups import _add, _failed

from lastwords.store import groups as group_rows
from lastwords.store.runs import Store


def test_gpu_hours_are_counted_where_gpus_are_known_and_weigh_in_the_order(store: Store) -> None:
    prints = [letter * 40 for letter in "abc"]
    given = [(0, 100, None), (0, 100, 0), (1, 60, 8), (2, 300, None)]
    for number, (place, seconds, gpus) in enumerate(given, start=1):
        _add(store, _failed(number, prints[place]) | {"seconds": seconds, "gpus": gpus})
    page = group_rows.page(store, 10, None, group_rows.Wanted(sort="lost"))
    told = [(each.fingerprint[0], each.seconds_lost, each.gpu_seconds_lost) for each in page.groups]
    assert told == [("b", 60, 480), ("c", 300, 0), ("a", 200, 0)]
