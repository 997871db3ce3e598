"""Clients that send slowly, too much, twice, or nothing at all."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from tests.real import until
from waitress import wasyncore
from waitress.adjustments import Adjustments

from lastwords.server import connections, parsing

Start = Callable[..., int]
App = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]


def _app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answers with the body's length and the client's address."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(body)} {environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}".encode()]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A server of an app on a port."""
    running: list[tuple[connections.Server, threading.Thread]] = []

    def start(proxies: int = 0, app: App = _app, **limits: float) -> int:
        for name, value in ({"LOOK_SECONDS": 0} | limits).items():
            monkeypatch.setattr(connections, name, value)
        listener = socket.create_server(("127.0.0.1", 0))
        server = connections.make_server(app, listener, 1000, proxies)
        server.adj.asyncore_loop_timeout = 0.05
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return int(listener.getsockname()[1])

    yield start
    for server, thread in running:
        with suppress(OSError):  # the loop was awake, and has closed the trigger already
            server.trigger.pull_trigger(lambda map=server._map: wasyncore.close_all(map))
        thread.join(30)
        server.task_dispatcher.shutdown()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def _answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def _said(port: int, data: bytes) -> bytes:
    with _connect(port) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return _answer(connection)


def _answers(port: int) -> bool:
    """Whether the server serves a new client; it may be closing idle ones at this moment."""
    with suppress(OSError):
        return _said(port, GOOD).endswith(b"0 127.0.0.1 http")
    return False


def _problem(answer: bytes, status: int) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()) or head.startswith(
        f"HTTP/1.0 {status} ".encode()
    ), answer
    assert b"application/problem+json" in head
    found: dict[str, Any] = json.loads(body)
    assert found["status"] == status and found["type"].startswith("/problems/")
    return found


GOOD = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("linger", [None, struct.pack("ii", 1, 0)], ids=["closes", "resets"])
def test_an_app_hears_that_its_client_has_gone(started: Start, linger: bytes | None) -> None:
    served, heard = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        has_gone = environ["waitress.client_disconnected"]
        if not has_gone():
            served.set()
        until(has_gone)
        heard.set()
        start_response("200 OK", [])
        return [b""]

    connection = _connect(started(app=app))
    connection.sendall(GOOD + b"GET /the/next HTTP/1.1\r\n")
    assert served.wait(30)
    if linger:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    assert heard.wait(30)


def test_a_good_request_is_answered(started: Start) -> None:
    assert _said(started(), GOOD).endswith(b"0 127.0.0.1 http")


@pytest.mark.parametrize("part", [b"GET", b"GET / HTTP/1.1\r\nHost: h\r\nX: "])
def test_a_head_that_does_not_come_whole_is_408_however_it_trickles(
    started: Start, part: bytes
) -> None:
    port = started(HEADER_SECONDS=0.2)
    with _connect(port) as connection:
        connection.sendall(part)
        assert _problem(_answer(connection), 408)["type"] == "/problems/too-slow"


def test_a_client_that_trickles_is_late_all_the_same(started: Start) -> None:
    port = started(HEADER_SECONDS=0.5)
    with _connect(port) as connection:
        connection.settimeout(0.05)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")

        def trickled() -> bytes:
            try:
                connection.sendall(b"x")
                return connection.recv(65536)
            except TimeoutError:
                return b""

        assert b" 408 " in until(trickled)


def test_a_body_that_does_not_come_whole_is_408(started: Start) -> None:
    port = started(BODY_SECONDS=0.2)
    with _connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
        _problem(_answer(connection), 408)


def test_a_batch_is_written_into_no_file_unless_many_come_at_once() -> None:
    settings = Adjustments(max_request_body_size=1 << 20)
    come = []
    for _ in range(parsing.MOST_IN_MEMORY + 1):
        request = parsing.Parser(settings)
        request.received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        while request.body_to_come:
            request.received(bytes(min(request.body_to_come, 64 << 10)))
        come.append(request)
    overflowed = [request.body_rcv.getbuf().overflowed for request in come]
    assert overflowed == [False] * parsing.MOST_IN_MEMORY + [True]
    assert all(len(request.get_body_stream().read()) == 1_000_000 for request in come)
    for request in come:
        request.close()


def test_an_idle_connection_is_closed(started: Start) -> None:
    port = started(IDLE_SECONDS=0)
    with _connect(port) as connection:
        assert _answer(connection) == b""


def test_idle_clients_give_way_to_one_that_asks(started: Start) -> None:
    port = started(CONNECTIONS=20)
    idle = [_connect(port) for _ in range(60)]
    try:
        for connection in idle[::2]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        until(lambda: _answers(port))
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /?q=" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_a_head_without_end_is_431(started: Start, head: bytes) -> None:
    _problem(_said(started(), head), 431)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 5000, b"Content-Length: 5000\r\n"),
        (b"", b"Content-Length: 99999999999999\r\n"),
        (b"x" * 300_000, b"Content-Length: 300000\r\n"),
        (
            b"3e8\r\n" + b"x" * 1000 + b"\r\n3e8\r\n" + b"x" * 1000,
            b"Transfer-Encoding: chunked\r\n",
        ),
    ],
)
def test_a_body_that_is_too_large_is_413_and_the_client_hears_it(
    started: Start, body: bytes, headers: bytes
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\n" + headers + b"\r\n"
    _problem(_said(started(), head + body), 413)


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://evil.example/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nhOST: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n folded\r\nX : y\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
def test_what_two_readers_could_read_differently_is_400(started: Start, head: bytes) -> None:
    answer = _said(started(), head)
    assert _problem(answer, 400)["type"] == "/problems/bad-request"
    assert b"Traceback" not in answer and b"waitress" not in answer


@pytest.mark.parametrize("version", [b" HTTP/2.0", b" HTTP/3.0", b" HTTP/0.9", b" HTTP/1.2", b""])
def test_another_version_of_http_is_505(started: Start, version: bytes) -> None:
    _problem(_said(started(), b"GET /" + version + b"\r\nHost: h\r\n\r\n"), 505)


@pytest.mark.parametrize("path", [b"/\0", b"/a\0b", b"/%00", b"/a%00.html", b"/\x7f", b"/a\tb"])
def test_a_path_with_a_character_that_none_has_is_400(started: Start, path: bytes) -> None:
    _problem(_said(started(), b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n"), 400)


def test_another_transfer_encoding_is_refused(started: Start) -> None:
    _problem(
        _said(started(), b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"), 501
    )


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [(0, b"127.0.0.1 http"), (1, b"10.0.0.3 https"), (2, b"10.0.0.2 https")],
)
def test_a_client_is_believed_of_its_address_only_through_configured_proxies(
    started: Start, proxies: int, seen: bytes
) -> None:
    sent = GOOD[:-2] + b"X-Forwarded-For: 10.0.0.1, 10.0.0.2, 10.0.0.3\r\n"
    sent += b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n\r\n"
    assert _said(started(proxies), sent).endswith(seen)
