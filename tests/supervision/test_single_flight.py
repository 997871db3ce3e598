"""What several ask for at once is done once; what is something else does not wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.real import until

from lastwords.supervision.single_flight import SingleFlight


def test_who_comes_meanwhile_gets_the_same_and_others_do_not_wait() -> None:
    flights, done, land = SingleFlight[object](), [0], threading.Event()

    def work() -> object:
        done[0] += 1
        assert land.wait(60)
        return object()

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(flights.do, "one", work) for _ in range(8)]
        until(lambda: done[0])
        assert flights.do("another", lambda: "at once") == "at once"
        land.set()
        results = {id(each.result()) for each in asked}
    assert len(results) == done[0]  # who came after the landing had it done again


def test_an_error_is_everybodys_and_is_not_kept() -> None:
    flights = SingleFlight[str]()

    def fail() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        flights.do("one", fail)
    assert flights.do("one", lambda: "yes") == "yes"
