"""Lastwords' server and the bare one it is held against, each in a process of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

BARE = Path(__file__).with_name("bare_server.py")
PATIENCE = 180.0  # some peers take a minute on a busy machine


class Server:
    """A server process; made when it is started, answering when the constructor returns."""

    def __init__(
        self, command: list[str], port: int, path: str, settings: Mapping[str, str]
    ) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LASTWORDS_")}
        environment.pop("PYTHONUNBUFFERED", None)
        self.port = port
        self.headers: dict[str, str] = {}
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, **settings},
            start_new_session=True,
        )
        try:
            self._await(path)
        except BaseException:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        self.seconds = time.perf_counter() - begun
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def _await(self, path: str) -> None:
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.002)
            finally:
                connection.close()
        raise TimeoutError(f"{self.process.args!r} did not answer within {PATIENCE:g} s")

    def get(self, path: str, sent: bytes | None = None) -> bytes:
        """The body of a 200, to a GET, or to a POST of JSON."""
        headers = self.headers | ({"Content-Type": "application/json"} if sent else {})
        self.connection.request("POST" if sent else "GET", path, sent, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {body[:300]!r}")
        return body

    def timed(self, path: str, sent: bytes | None = None) -> float:
        """Seconds from the request to the last byte of its answer."""
        begun = time.perf_counter()
        self.get(path, sent)
        return time.perf_counter() - begun

    def resident_bytes(self) -> int:
        """Memory of the process that is in RAM, by /proc/PID/status."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        match = re.search(r"VmRSS:\s+(\d+) kB", text)
        assert match is not None, "a living process has a resident set"
        return int(match[1]) * 1024

    def stop(self) -> None:
        self.connection.close()
        os.killpg(self.process.pid, signal.SIGTERM)  # some are several processes
        self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()


def lastwords(home: Path, **settings: str) -> Server:
    """`lastwords serve` on a home; its requests carry the login."""
    token = "the-bench-logs-in-with-this-5f1c9a"
    port = free_port()
    command = [sys.executable, "-m", "lastwords", "serve", "--home", str(home)]
    server = Server(
        [*command, "--port", str(port)], port, "/healthz", {"LASTWORDS_TOKEN": token, **settings}
    )
    server.headers = {"Authorization": f"Bearer {token}"}
    return server


def bare(database: Path) -> Server:
    """Flask, waitress and sqlite3 with two routes; see bare_server.py."""
    port = free_port()
    return Server([sys.executable, str(BARE), str(database), str(port)], port, "/healthz", {})


def start_seconds(begin: Callable[[], Server]) -> float:
    """From a server's start to its first 200; it is stopped again."""
    server = begin()
    server.stop()
    return server.seconds


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
