"""Readers that do not read what they asked for, and what everybody else has of it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TOKEN
from tests.real import PREFIX, Server, leave_log, until
from tests.server.test_connections import Start, started  # noqa: F401  (a fixture)

from lastwords.folders import runfolder
from lastwords.server import answers

LOG_BYTES = 48 << 20  # of noise, which gzip makes no smaller
MOST = 0.5  # seconds, for all but one of a hundred


def _ask(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def _with_large_log(server: Server) -> str:
    """A finished run whose log is large and not compressible."""
    run_id = server.train("exits-0")
    server.ended(run_id)
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    leave_log(folder, (os.urandom(1 << 20) for _ in range(LOG_BYTES >> 20)))
    return run_id


@contextmanager
def _stalled(port: int, requests: list[bytes]) -> Iterator[list[socket.socket]]:
    """Clients that each have the head of their answer, and read no more of it."""
    clients = []
    try:
        for request in requests:
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(30)
            client.connect(("127.0.0.1", port))
            client.sendall(request)
            clients.append(client)
        for client in clients:
            assert client.recv(12).split()[1] in (b"200", b"206")
        yield clients
    finally:
        for client in clients:
            client.close()


def seconds_of(ask: Callable[[], Any], times: int) -> list[float]:
    """How long each of so many requests took, the longest last."""
    found = []
    for _ in range(times):
        begun = time.monotonic()
        ask()
        found.append(time.monotonic() - begun)
    return sorted(found)


def is_answered_soon(ask: Callable[[], Any], times: int, most: float) -> bool:
    """Whether all but one of so many requests took less; again where the machine was busy."""
    return any(seconds_of(ask, times)[-2] < most for _ in range(4))


def assert_others_are_served(server: Server) -> None:
    def log_in() -> None:
        path = f"{PREFIX}/login"
        assert server.ask("POST", path, {"token": TOKEN}, login=False).status == 204

    def is_well() -> None:
        assert server.ask("GET", "/healthz", login=False).status == 200

    for ask in (is_well, log_in):
        assert is_answered_soon(ask, 100, MOST)


@pytest.mark.parametrize(
    "headers",
    [["Accept-Encoding: gzip"], ["Range: bytes=0-"], []],
    ids=["gzip", "range", "as it is"],
)
def test_readers_that_do_not_read_keep_nobody_waiting(server: Server, headers: list[str]) -> None:
    path = f"{PREFIX}/runs/{_with_large_log(server)}/log"
    with _stalled(server.port, [_ask(path, *headers)] * 40):
        assert_others_are_served(server)


def test_requests_sent_ahead_of_answers_that_nobody_reads_keep_nobody_waiting(
    server: Server,
) -> None:
    path = f"{PREFIX}/runs/{_with_large_log(server)}/log"
    ahead = _ask(path, "Range: bytes=0-30000000") * 3
    with _stalled(server.port, [ahead] * 40):
        assert_others_are_served(server)


def test_a_reader_that_pauses_gets_every_byte(server: Server, tmp_path: Path) -> None:
    run_id = _with_large_log(server)
    log = runfolder.attempt_folder(server.home, run_id, 1).log
    request = _ask(f"{PREFIX}/runs/{run_id}/log", "Range: bytes=0-", "Connection: close")
    with _stalled(server.port, [request] * 3) as clients:
        assert_others_are_served(server)  # and meanwhile the answers have long gone to sleep
        for client in clients:
            parts = []
            while part := client.recv(1 << 20):
                parts.append(part)
            assert b"".join(parts).endswith(log.read_bytes())


class Endless:
    """A body that goes on for as long as somebody reads it."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * (64 << 10)

    def close(self) -> None:
        self.closed.set()


def _endless(body: Endless) -> Callable[..., Any]:
    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Endless:
        start_response("200 OK", [])
        return body

    return app


def test_a_reader_that_takes_nothing_for_too_long_is_closed(started: Start) -> None:  # noqa: F811
    body = Endless()
    port = started(app=_endless(body), TAKE_SECONDS=0.2)
    with _stalled(port, [_ask("/")]):
        assert body.closed.wait(60)


def test_a_reader_that_leaves_lets_its_answer_go(started: Start) -> None:  # noqa: F811
    body = Endless()
    port = started(app=_endless(body))
    with _stalled(port, [_ask("/")]):
        pass
    assert body.closed.wait(60)


def test_a_slow_reader_is_no_reader_that_takes_nothing(started: Start) -> None:  # noqa: F811
    body = Endless()
    port = started(app=_endless(body), TAKE_SECONDS=0.2)
    with _stalled(port, [_ask("/")]) as (client,):
        taken = 0

        def has_taken_much() -> bool:
            nonlocal taken
            taken += len(client.recv(64 << 10))
            return taken > 8 * answers.BUFFERED

        until(has_taken_much)
        assert not body.closed.is_set()


def test_an_answer_that_nobody_takes_gives_its_place_to_one_that_asks(started: Start) -> None:  # noqa: F811
    body = Endless()
    port = started(app=_endless(body), CONNECTIONS=20)
    with _stalled(port, [_ask("/")] * 20), _stalled(port, [_ask("/")]):
        assert body.closed.wait(60)


def test_a_file_that_is_cut_while_it_is_sent_ends_its_answer(server: Server) -> None:
    run_id = _with_large_log(server)
    log = runfolder.attempt_folder(server.home, run_id, 1).log
    with _stalled(server.port, [_ask(f"{PREFIX}/runs/{run_id}/log")]) as (client,):
        os.truncate(log, 0)
        assert server.process is not None
        while client.recv(1 << 20):
            pass
        assert_others_are_served(server)
