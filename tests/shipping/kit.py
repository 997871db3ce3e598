"""Real workers for tests: `lastwords run --to` in a home and a HOME of its own, and a bad wire."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real import Server, clean_environment, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving.enrolling import enrol
from lastwords.recording import processes
from lastwords.shipping.wire import STREAMS
from lastwords.store.runs import Store


def token_of(server: Server, name: str = "node7", **limits: Any) -> str:
    """A new token of a server's home."""
    store = Store(Config(server.home).database)
    try:
        return enrol(store, name, **limits)
    finally:
        store.close()


@dataclass
class Worker:
    """A machine of its own, as far as files tell.

    prefix: a command that starts its commands, such as nsenter(1); seen: where its files are to be
    seen from here, if not where it has them.
    """

    place: Path
    to: str
    token: str
    cwd: Path | None = None
    prefix: Sequence[str] = ()
    seen: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return (self.seen or self.place) / "home"

    @property
    def environment(self) -> dict[str, str]:
        self.place.mkdir(exist_ok=True)
        more = {"LASTWORDS_TO": self.to, "LASTWORDS_TO_TOKEN": self.token, **self.settings}
        return clean_environment(HOME=str(self.place), LASTWORDS_GRACE_SECONDS="0.3", **more)

    def command(self, *words: str) -> list[str]:
        own = [sys.executable, "-m", "lastwords", *words, "--home", str(self.place / "home")]
        return [*self.prefix, *own]

    def start(self, *command: str, drain: float = 30, flags: Sequence[str] = ()) -> AttemptFolder:
        """Start a run; the folder of it once its command runs."""
        known = set(runfolder.all_run_ids(self.home))
        words = self.command("run", "--drain", str(drain), *flags)
        process = subprocess.Popen(
            [*words, "--", *command],
            env=self.environment,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        (run_id,) = until(lambda: set(runfolder.all_run_ids(self.home)) - known)
        folder = runfolder.attempt_folder(self.home, run_id, 1)
        until(folder.child.exists)
        return folder

    def ended(self) -> tuple[int, str]:
        """Exit code and stderr of the run that was started last."""
        _, said = self.started[-1].communicate(timeout=60)
        return self.started[-1].returncode, said.decode()

    def run(self, *command: str, drain: float = 30) -> tuple[AttemptFolder, int, str]:
        folder = self.start(*command, drain=drain)
        return folder, *self.ended()

    def do(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command of this machine."""
        return subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, timeout=60
        )

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()
        for shipper in self.shippers():
            with suppress(OSError):
                os.kill(shipper, signal.SIGKILL)

    def shippers(self) -> list[int]:
        """The processes that send runs of this machine, by the log that they hold."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                held = Path(f"/proc/{entry.name}/fd/2").readlink() if entry.name.isdecimal() else ""
                if str(held).startswith(str(self.home)) and str(held).endswith("shipper.log"):
                    found.append(int(entry.name))
        return sorted(found)

    def sender(self) -> int:
        """The one that sends, of the two."""
        return until(lambda: next((p for p in self.shippers() if _parent(p) in self.shippers()), 0))


def _parent(pid: int) -> int:
    fields = processes.stat_fields(pid)
    return int(fields[1]) if fields else 0


def sent_run(server: Server, name: str = "node7") -> dict[str, Any]:
    """The one run that the server has."""
    found = until(lambda: server.get("/runs").json["runs"])
    assert len(found) == 1, found
    return dict(found[0])


def log_there(server: Server, run: str) -> bytes:
    return server.get(f"/runs/{run}/log").body


def same_files(folder: AttemptFolder, server: Server, run: str, number: int = 1) -> bool:
    """The oracle of bytes: every stream here is what it is there."""
    return not differing_streams(folder, server, run, number)


def differing_streams(
    folder: AttemptFolder, server: Server, run: str, number: int = 1
) -> list[str]:
    """The streams that are not byte for byte there what they are here."""
    there = runfolder.attempt_folder(server.home, run, number)
    return [name for name in STREAMS if _bytes(folder.path / name) != _bytes(there.path / name)]


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


class BadWire:
    """A proxy on loopback that can be cut, cuts at random, slows down, repeats, or lies."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_cut = False
        self.cuts_after: tuple[int, int] | None = None  # bytes towards the server
        self.lies = b""
        self.bytes_a_second = 0
        self.drops_answers = 0
        self.repeats = False  # each request, once all of it has come
        self.repeated = 0
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        self.is_cut = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.is_cut:
                return
            if self.lies:
                client.recv(1 << 16)
                client.sendall(self.lies)
                return
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                self._open += [client, server]
                back = threading.Thread(target=self._back, args=[server, client], daemon=True)
                back.start()
                self._forth(client, server)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        if self.repeats:
            for request in whole_requests(client):
                self._repeat(request)
                server.sendall(request)
            return
        left = random.randint(*self.cuts_after) if self.cuts_after else None
        while data := client.recv(1 << 14):
            if self.bytes_a_second:
                time.sleep(len(data) / self.bytes_a_second)
            if left is not None and len(data) >= left:
                server.sendall(data[:left])
                return
            left = None if left is None else left - len(data)
            server.sendall(data)

    def _repeat(self, request: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as once_more:
            once_more.sendall(request)
            once_more.recv(1 << 16)
        self.repeated += 1

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                if self.drops_answers:
                    self.drops_answers -= 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


def whole_requests(client: socket.socket) -> Iterator[bytes]:
    """Each request of a connection, once all of it has come."""
    with client.makefile("rb") as reader:
        while head := reader.readline():
            while not head.endswith(b"\r\n\r\n"):
                head += reader.readline() or b"\r\n\r\n"
            length = re.search(rb"(?i)\ncontent-length: *([0-9]+)", head)
            yield head + (reader.read(int(length[1])) if length else b"")


def prints(lines: int, pause: float = 0.0, then: str = "") -> list[str]:
    """A command that prints numbered lines, the way that a byte oracle can tell."""
    code = (
        "import sys, time\n"
        f"for n in range({lines}):\n"
        "    sys.stdout.write(f'line {n:07d} ' + 'x' * 80 + '\\n')\n"
        f"    time.sleep({pause}) if {pause} else None\n"
        f"{then}\n"
    )
    return [sys.executable, "-u", "-c", code]


def shown(server: Server, run: str) -> dict[str, Any]:
    return dict(json.loads(server.get(f"/runs/{run}").body))
