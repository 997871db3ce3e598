"""Guessing is slowed, and a right credential gets in all the same."""

from __future__ import annotations

import threading

import pytest
from tests.real import until

from lastwords.api.rate_limit import _MOST_KEPT, OF_A_NET, OF_AN_ADDRESS, WINDOW, Guesses, TooBusy


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_may_be_wrong_so_often_and_no_more_until_the_window_is_over() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    assert [guesses.add("10.0.0.1") for _ in range(OF_AN_ADDRESS)] == [None] * OF_AN_ADDRESS
    assert guesses.add("10.0.0.1") == WINDOW and guesses.is_suspect("10.0.0.1")
    assert guesses.add("10.9.0.1") is None and not guesses.is_suspect("10.9.0.1")
    clock.now += WINDOW
    assert not guesses.is_suspect("10.0.0.1") and guesses.add("10.0.0.1") is None


@pytest.mark.parametrize("form", ["10.0.0.{}", "2001:db8::{}", "::ffff:10.0.0.{}"])
def test_many_addresses_of_one_net_count_together(form: str) -> None:
    guesses = Guesses(Clock())
    waits = [guesses.add(form.format(number % 250)) for number in range(OF_A_NET + 1)]
    assert waits[:-1] == [None] * OF_A_NET and waits[-1] is not None


def test_what_is_kept_is_bounded() -> None:
    guesses = Guesses(Clock())
    for number in range(_MOST_KEPT + 100):
        guesses.add(f"2001:db8:{number:x}::1")
    assert len(guesses._windows) <= _MOST_KEPT


def test_passwords_are_checked_one_at_a_time_and_few_wait_suspects_apart_from_others() -> None:
    guesses = Guesses(Clock())
    for _ in range(OF_AN_ADDRESS):
        guesses.add("10.0.0.1")
    leave, lock, inside, most = threading.Event(), threading.Lock(), [0], [0]

    def check(address: str) -> None:
        with guesses.turn(address):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            leave.wait(60)
            with lock:
                inside[0] -= 1

    waiting = [("10.0.0.1", 18), ("10.7.0.2", 6)]
    threads = [
        threading.Thread(target=check, args=(address,))
        for address, count in waiting
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    until(lambda: not guesses._places._value)
    for address, _ in waiting:
        with pytest.raises(TooBusy), guesses.turn(address):
            pass
    leave.set()
    for thread in threads:
        thread.join(60)
    assert most[0] == 1 and not any(thread.is_alive() for thread in threads)
    with guesses.turn("10.0.0.1"):
        pass


def test_a_password_that_was_right_is_known_again_and_no_other() -> None:
    guesses = Guesses(Clock())
    assert not guesses.was_right("")
    guesses.remember_right("correct horse")
    assert guesses.was_right("correct horse")
    for wrong in ("", "correct hors", "correct horse ", "\ud800"):
        assert not guesses.was_right(wrong)
    assert not Guesses(Clock()).was_right("correct horse")
