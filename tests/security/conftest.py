"""One real server on a real socket for all attacks of a file, with one failed run in it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from tests.conftest import TOKEN, TRAINER
from tests.real import PREFIX, Answer, Server

from lastwords.folders import runfolder

PASSWORD = "correct horse battery"
HIDDEN = "prod-secret-0123456789-zz"  # a value that the server's environment calls a secret


@dataclass
class Target:
    """A server to attack, and a finished run of it."""

    server: Server
    run_id: str

    @property
    def home(self) -> Path:
        return self.server.home

    @property
    def folder(self) -> Path:
        return runfolder.attempt_folder(self.home, self.run_id, 1).path

    def raw(self, data: bytes) -> bytes:
        """Bytes to the socket, and all that comes back."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def cookie(self) -> str:
        """The cookie of a new session."""
        answer = self.server.ask("GET", f"/?token={TOKEN}", login=False)
        return (answer.headers["Set-Cookie"] or "").split(";")[0]

    def log_in(self, **body: str) -> Answer:
        return self.server.ask("POST", f"{PREFIX}/login", body, login=False)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("attacked") / "home"
    runfolder.make_home(home)
    (home / "data.jsonl").write_text('{"prompt": "turn it on", "completion": "on"}\n')
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    settings = {
        "LASTWORDS_TRAINER_COMMAND": " ".join(TRAINER),
        "LASTWORDS_GRACE_SECONDS": "0.3",
        "LASTWORDS_TOKEN": TOKEN,
        "LASTWORDS_PASSWORD_HASH": PasswordHasher(1, 1024, 1).hash(PASSWORD),
        "BILLING_API_KEY": HIDDEN,
    }
    server = Server(home, settings).start()
    run_id = server.train("raises", name="to be attacked")
    server.ended(run_id)
    yield Target(server, run_id)
    server.end(signal.SIGKILL)
