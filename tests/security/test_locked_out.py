"""Nobody is locked out by what others do: guess passwords, or plant cookies on the same host."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from argon2 import PasswordHasher
from tests.conftest import TOKEN
from tests.real import PREFIX, Server, until
from tests.security.conftest import PASSWORD, Target
from tests.server.test_readers import MOST, is_answered_soon


@pytest.fixture
def guarded(server: Server) -> Target:
    """A server whose password is hashed as `lastwords hash-password` does it."""
    server.end()
    hashed = {"LASTWORDS_PASSWORD_HASH": PasswordHasher().hash(PASSWORD)}
    server.settings = {**server.settings, **hashed}
    return Target(server.start(), "")


@contextmanager
def _guessers(target: Target, count: int, suspects: bool = True) -> Iterator[Counter[int]]:
    """So many who guess passwords from this address, one after the other each.

    suspects: whether too many wrong ones came from this address already.
    """
    leave, answers = threading.Event(), Counter[int]()
    for number in range(30 if suspects else 0):
        target.log_in(token=f"wrong {number}")

    def guess() -> None:
        while not leave.is_set():
            with suppress(OSError):
                answers[target.log_in(password="wrong horse").status] += 1

    threads = [threading.Thread(target=guess) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: answers.total() > 1)
        yield answers
    finally:
        leave.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("suspects", [True, False])
@pytest.mark.parametrize("count", [4, 8, 16])
def test_the_right_password_is_never_refused_for_those_who_guess(
    guarded: Target, count: int, suspects: bool
) -> None:
    with _guessers(guarded, count, suspects) as answers:
        found = [guarded.log_in(password=PASSWORD) for _ in range(12)]
        assert [(answer.status, answer.body) for answer in found] == [(204, b"")] * 12
    assert answers[204] == 0


def test_who_has_logged_in_is_not_kept_waiting_by_any_number_of_guessers(guarded: Target) -> None:
    assert guarded.log_in(password=PASSWORD).status == 204
    headers = {"Cookie": guarded.cookie()}

    def log_in() -> None:
        assert guarded.log_in(password=PASSWORD).status == 204

    def look() -> None:
        path = f"{PREFIX}/runs"
        assert guarded.server.ask("GET", path, headers=headers, login=False).status == 200

    with _guessers(guarded, 40) as answers:
        for ask in (log_in, look):
            assert is_answered_soon(ask, 50, 2 * MOST)
    assert answers[204] == 0


def _names(target: Target) -> tuple[str, str]:
    name, _, value = target.cookie().partition("=")
    return name, value


def test_a_cookie_planted_under_our_name_logs_nobody_out(target: Target) -> None:
    name, value = _names(target)
    for planted in ("x", "", "x" * 43, "a; path=/"):
        for sent in (f"{name}={planted}; {name}={value}", f"{name}={value}; {name}={planted}"):
            answer = target.server.ask(
                "GET", f"{PREFIX}/runs", headers={"Cookie": sent}, login=False
            )
            assert answer.status == 200, sent


def test_many_planted_cookies_log_nobody_out_and_a_logout_ends_the_right_one(
    target: Target,
) -> None:
    name, value = _names(target)
    sent = "; ".join([f"{name}=planted-{number}" for number in range(150)] + [f"{name}={value}"])
    headers = {"Cookie": sent, "Origin": target.server.url}
    path = f"{PREFIX}/logout"
    assert target.server.ask("POST", path, headers=headers, login=False).status == 204
    assert target.server.ask("POST", path, headers=headers, login=False).status == 401


@pytest.mark.parametrize("method", ["PROPFIND", "FOO", "LOCK", "CONNECT"])
@pytest.mark.parametrize("path", [f"{PREFIX}/runs", f"{PREFIX}/nothing", PREFIX + "/", "/metrics"])
def test_a_method_that_nobody_knows_is_answered_after_the_login_only(
    target: Target, method: str, path: str
) -> None:
    assert target.server.ask(method, path, login=False).status == 401
    wrong = {"Authorization": "Bearer wrong-wrong-wrong"}
    assert target.server.ask(method, path, headers=wrong, login=False).status in (401, 429)
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert target.server.ask(method, path, headers=right, login=False).status in (404, 405)
