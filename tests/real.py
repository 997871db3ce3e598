"""Real things for tests: attempts with a recorder, servers in their own process, a patient wait."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder
from lastwords.records import now

CHILD = Path(__file__).with_name("child.py")
ROOT = CHILD.parent.parent
PATIENCE = 120.0
PREFIX = "/api/training"
T = TypeVar("T")


def until(look: Callable[[], T | Literal[False] | None], seconds: float = PATIENCE) -> T:
    """The first truthy answer of `look`, asked again and again until a deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := look():
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s, last answer {answer!r}")
        time.sleep(0.01)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that a kernel gives to connections of its own.

    So a daemon that is ended finds its own free again. Ray gives 10002-19999 to its workers.
    """
    found: list[int] = []
    for port in random.sample(range(20_000, 32_000), 200):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"{len(found)} of 200 ports are free, {count} are wanted")


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without settings of Lastwords, so that a test says all it needs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LASTWORDS_")}
    return kept | more


def child_command(mode: str) -> list[str]:
    return [sys.executable, str(CHILD), mode]


# --- attempts ------------------------------------------------------------------------------------


def new_attempt(home: Path, command: list[str], **spec: Any) -> AttemptFolder:
    """The folder of a new run's first attempt, its spec.json written, nothing started."""
    runfolder.make_home(home)
    folder = runfolder.reserve_run(home, now())
    fact = {
        "kind": "command",
        "command": command,
        "cwd": str(folder.path),
        "graceSeconds": 0.3,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "triggeredBy": "a test",
        **spec,
    }
    runfolder.write_once(folder.spec, fact)
    return folder


def start(folder: AttemptFolder) -> AttemptFolder:
    recorder.start(folder, clean_environment(), subprocess.DEVNULL)
    return folder


def record(home: Path, mode: str, **spec: Any) -> AttemptFolder:
    """An attempt of `child.py MODE`, started."""
    return start(new_attempt(home, child_command(mode), **spec))


def orphaned(home: Path, script: str, **asked: Any) -> AttemptFolder:
    """An attempt that said `ready`, and whose recorder was killed then."""
    folder = start(new_attempt(home, ["sh", "-c", script], **asked))
    says(folder, b"ready")
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGKILL)
    until(lambda: not recorder.is_recorded(folder))
    return folder


def kill_what_is_left(home: Path) -> None:
    """Kill what still runs in a home: recorders, and what they record."""
    for run_id in runfolder.all_run_ids(home):
        for folder in runfolder.attempts_of(home, run_id):
            if folder.result.exists():
                continue
            identity = recorder.recorder_identity(folder)
            left = recorder.strays(folder) + ([identity] if identity else [])
            for process in left:
                processes.send_signal(process, signal.SIGKILL)


def delete(folder: Path) -> None:
    """Delete a folder for good, though a recorder puts back what it misses there meanwhile."""

    def is_gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    until(is_gone)


def leave_log(folder: AttemptFolder, pieces: Iterable[bytes]) -> None:
    """Have it that an ended attempt left another log, in the same place."""
    with folder.log.open("wb") as file:
        file.writelines(pieces)
    fact = runfolder.read_fact(folder.result) or {}
    fact |= {"logBytes": folder.log.stat().st_size, "logEnds": None}
    folder.result.write_text(json.dumps(fact))


def result_of(folder: AttemptFolder) -> dict[str, Any]:
    """How the attempt ended, waited for."""
    return until(lambda: runfolder.read_fact(folder.result))


def says(folder: AttemptFolder, words: bytes) -> bytes:
    """The log, once it holds these words."""
    return until(lambda: words in (log := log_bytes(folder)) and log)


def log_bytes(folder: AttemptFolder) -> bytes:
    return folder.log.read_bytes() if folder.log.exists() else b""


# --- servers -------------------------------------------------------------------------------------


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """`lastwords serve` in its own process on a free port of 127.0.0.1.

    prefix: a command that starts it, such as unshare(1).
    """

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    prefix: Sequence[str] = ()

    def start(self) -> Server:
        """Start it, on the same port as before if there was one; returns once it answers."""
        command = [sys.executable, "-m", "lastwords", "serve", "--home", str(self.home)]
        self.process = subprocess.Popen(
            [*self.prefix, *command, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(**self.settings),
        )
        line = self._first_line()
        match = re.search(r"http://([^/]+):(\d+)/\?token=(\S+)", line)
        if not match:
            raise RuntimeError(f"the server did not start: {line!r}")
        self.port, self.token = int(match[2]), match[3]
        return self

    def _first_line(self) -> str:
        assert self.process and self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        return self.process.stdout.readline().decode() if ready else ""

    def end(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and wait for its end; returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return code

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        login: bool = True,
    ) -> Answer:
        """One request; a path that begins with `/runs` and the like is below the API's prefix."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = dict(headers or {})
        if login:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", PREFIX + path, headers=headers)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", PREFIX + path, body, headers)

    def patch(self, path: str, body: Any) -> Answer:
        return self.ask("PATCH", PREFIX + path, body)

    def train(self, mode: str, **spec: Any) -> str:
        """Start a training that ends as `child.py MODE` does; returns its id."""
        answer = self.post("/runs", {"baseModel": mode, **spec})
        if answer.status != 202:
            raise RuntimeError(f"{answer.status}: {answer.body!r}")
        return str(answer.json["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/runs/{run_id}").json
        return found

    def ended(self, run_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The run, once it is final."""
        return until(
            lambda: (run := self.run(run_id))["status"] not in ("queued", "running") and run,
            seconds,
        )
