"""A receiver of notifications, and a run that has ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lastwords.config import Config
from lastwords.records import Run
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

SECRET = "hf_" + "aB3" * 11 + "x"


class Receiver:
    """A web server that takes webhooks: what came, and what it answers, next one first."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((self.path, dict(self.headers), body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?room=ops"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def ended(config: Config, store: Store, supervisor: Supervisor) -> Run:
    """A run that was withdrawn, and so has ended."""
    run = supervisor.create({}, "a test")
    return replace(supervisor.cancel(run.id, "a test"), name=f"with {SECRET}\x1b[2J")


def letters(config: Config) -> list[Path]:
    """What lies in the outbox."""
    return sorted((config.home / "outbox").glob("*"))
