"""As many slow connections as there is room for, made anew as soon as one is closed."""

from __future__ import annotations

import http.client
import select
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.conftest import TOKEN
from tests.real import PREFIX, Server, until
from tests.server.test_readers import MOST, is_answered_soon

from lastwords.server.connections import CONNECTIONS


class Crowd:
    """Connections that send a head byte by byte, or nothing; a closed one comes back at once."""

    def __init__(self, port: int, size: int, head: bytes) -> None:
        self.port, self.size, self.head = port, size, head
        self.made = 0
        self._leave = threading.Event()
        self._poller = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._leave.is_set():
            while len(self._clients) < self.size:
                self._come()
            for place, _ in self._poller.poll(0.05):
                self._go(place)
            for place, client in list(self._clients.items())[:: 1 + self.size // 20]:
                self._trickle(place, client)
        for place in list(self._clients):
            self._go(place)

    def _come(self) -> None:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self._clients[client.fileno()] = client
        self._poller.register(client, select.EPOLLIN | select.EPOLLHUP)
        self._trickle(client.fileno(), client, self.head)
        self.made += 1

    def _trickle(self, place: int, client: socket.socket, data: bytes = b"x") -> None:
        try:
            client.send(data if self.head else b"")
        except OSError:
            self._go(place)

    def _go(self, place: int) -> None:
        with suppress(OSError):
            self._poller.unregister(place)
        self._clients.pop(place).close()

    @contextmanager
    def around(self) -> Iterator[None]:
        self._thread.start()
        try:
            until(lambda: self.made >= self.size)
            yield
        finally:
            self._leave.set()
            self._thread.join()


@pytest.mark.parametrize(
    ("size", "most"), [(CONNECTIONS - 1, MOST), (CONNECTIONS, MOST), (2 * CONNECTIONS, 4 * MOST)]
)
@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nX: ", b""], ids=["trickle", "silent"])
def test_a_user_among_slow_connections_is_never_closed(
    server: Server, size: int, most: float, head: bytes
) -> None:
    """Each request on a connection of its own, and others on one that is kept."""
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def log_in() -> None:
        answer = server.ask("POST", f"{PREFIX}/login", {"token": TOKEN}, login=False)
        assert answer.status == 204

    def look() -> None:
        kept.request("GET", f"{PREFIX}/runs", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = kept.getresponse()
        assert answer.status == 200 and answer.read()

    look()
    assert kept.sock is not None
    own = kept.sock.getsockname()
    with Crowd(server.port, size, head).around():
        for ask in (log_in, look):
            assert is_answered_soon(ask, 100, most)
        assert kept.sock is not None and kept.sock.getsockname() == own
    kept.close()


def test_a_server_that_may_open_few_files_serves_all_the_same(home: Path) -> None:
    few = ["sh", "-c", 'ulimit -n 64; exec "$@"', "few"]
    server = Server(home, {"LASTWORDS_TOKEN": TOKEN}, prefix=few).start()
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    try:
        with ThreadPoolExecutor(20) as pool:
            answers = pool.map(lambda _: server.get("/runs").status, range(100))
            assert Counter(answers) == {200: 100}
    finally:
        for client in idle:
            client.close()
        assert server.end() == 0
