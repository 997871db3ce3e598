"""What recording costs, and how soon a start and an end are seen.

Every figure stands beside the same work without Lastwords, in turns and in one run, so that a busy
or slow machine troubles both alike. Where a bound is a time over the rival's, the figure is that
time, and its rival the time that is allowed.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.real import PREFIX, Server, until

from bench.figure import Figure
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.records import Status, now, timestamp
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

RUNS = 5
LINES = 1_000_000
WRITER = """
import os, sys, time
def recorder_cpu():
    return int(open(f"/proc/{os.getppid()}/schedstat").read().split()[0])
line = "x" * 99 + "\\n"
time.sleep(0.5)  # the recorder loads the rest of itself meanwhile
begun, cpu = time.perf_counter(), recorder_cpu()
write = sys.stdout.write
for _ in range(%d):
    write(line)
sys.stdout.flush()
took, own = time.perf_counter() - begun, time.process_time()
open(sys.argv[1], "w").write(f"{took} {own} {(recorder_cpu() - cpu) / 1e9}")
"""


class Written(NamedTuple):
    """One child that wrote LINES lines: seconds by its own clock, CPU seconds, and from outside."""

    own: float
    cpu: float
    witness_cpu: float
    whole: float


# --- the cost of recording -----------------------------------------------------------------------


def _lastwords(home: Path, tty: str = "never") -> list[str]:
    words = [sys.executable, "-m", "lastwords", "run", "--quiet", "--home", str(home)]
    return [*words, "--tty", tty, "--"]


def written(folder: Path, number: int, before: Sequence[str], **more: str) -> Written:
    """The writer once, behind the words `before`, with more variables."""
    told = folder / f"told-{number}-{len(before)}"
    command = [*before, sys.executable, "-c", WRITER % LINES, str(told)]
    environment = _environment(PYTHONUNBUFFERED="1", PYTHONFAULTHANDLER="1", **more)
    with (folder / "bare.log").open("wb") as log:
        begun = time.perf_counter()
        subprocess.run(command, stdout=log, stderr=log, env=environment, check=True)
        whole = time.perf_counter() - begun
    own, cpu, witness = map(float, told.read_text().split())
    return Written(own, cpu, witness, whole)


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LASTWORDS_")}
    return kept | more


_measured: dict[Path, tuple[list[Written], list[Written]]] = {}


def _writers(place: Path) -> tuple[list[Written], list[Written]]:
    """The writer recorded and bare, in turns; measured once for the three figures made of it."""
    if place not in _measured:
        command = _lastwords(place / "record")
        pairs = [(written(place, n, command), written(place, n, [])) for n in range(RUNS)]
        _measured[place] = [ours for ours, _ in pairs], [bare for _, bare in pairs]
    return _measured[place]


def record_child(place: Path) -> Figure:
    """The child's own time for 1,000,000 lines of 100 bytes: recorded, and into a file itself."""
    recorded, bare = _writers(place)
    ours, rival = median(one.own for one in recorded), median(one.own for one in bare)
    return Figure(ours, rival, 1.05, "s", "the same child writing into a file", RUNS)


def record_command(place: Path) -> Figure:
    """What the whole command costs over the bare child, from its start at a shell to its exit.

    Of both, what the child itself says it took is taken off: that is what `record` compares.
    """
    recorded, bare = _writers(place)
    around, bare_around = ([one.whole - one.own for one in side] for side in (recorded, bare))
    return _over(around, bare_around, 0.4, "s")


def record_cpu(place: Path) -> Figure:
    """The recorder's CPU while the child writes, against the child's."""
    recorded, _ = _writers(place)
    ours, rival = median(one.witness_cpu for one in recorded), median(one.cpu for one in recorded)
    return Figure(ours, rival, 0.02, "s of CPU", "the child's CPU", RUNS)


def record_tty(place: Path) -> Figure:
    """The child's own time on a terminal: a recorded one, and one that we copy into a file."""
    command = _lastwords(place / "record", "always")
    rounds = [
        (written(place, n, command).own, _on_terminal(place, n), written(place, n, []).own)
        for n in range(RUNS)
    ]
    ours, rival, file = (median(side) for side in zip(*rounds, strict=True))
    name = f"the same child on a bare terminal ({ours / file:.2f} x one writing into a file)"
    return Figure(ours, rival, 1.15, "s", name, RUNS)


def _on_terminal(folder: Path, number: int) -> float:
    told = folder / f"told-{number}-terminal"
    terminal, slave = os.openpty()
    command = [sys.executable, "-c", WRITER % LINES, str(told)]
    environment = _environment(PYTHONUNBUFFERED="", PYTHONFAULTHANDLER="1")
    with (folder / "bare.log").open("wb", buffering=0) as log:
        with subprocess.Popen(
            command, stdout=slave, stderr=slave, env=environment, start_new_session=True
        ):
            os.close(slave)
            with suppress(OSError):  # EIO: its end
                while data := os.read(terminal, 1 << 16):
                    log.write(data)
    os.close(terminal)
    return float(told.read_text().split()[0])


def _over(ours: Sequence[float], bare: Sequence[float], allowed: float, unit: str) -> Figure:
    """The time over the bare one's, against the time that is allowed."""
    extra = median(ours) - median(bare)
    return Figure(extra, allowed, 1.0, unit, "what is allowed over the bare one", len(ours))


# --- how soon it is seen -------------------------------------------------------------------------

SAYS = ("sh", "-c", "echo x; exec sleep 60")


@contextmanager
def _server(home: Path) -> Iterator[Server]:
    runfolder.make_home(home)
    (home / "data.jsonl").write_text('{"prompt": "on", "completion": "on"}\n')
    settings = f'trainer_command = {json.dumps(list(SAYS))}\n[defaults]\ndataFile = "data.jsonl"\n'
    (home / "lastwords.toml").write_text(settings)
    server = Server(home).start()
    try:
        yield server
    finally:
        server.end()


def first_byte(place: Path) -> Figure:
    """From the POST to the child's first byte in its log, and of a bare subprocess in a file."""
    recorded, bare = [], []
    with _server(place / "first-byte") as server:
        for number in range(3 * RUNS):
            begun = time.perf_counter()
            run_id = server.post("/runs", {}).json["id"]
            log = runfolder.attempt_folder(server.home, run_id, 1).log
            recorded.append(1000 * (_grown(log) - begun))
            server.post(f"/runs/{run_id}/cancel")
            server.ended(run_id)
            path = server.home / f"bare-{number}"
            with path.open("wb") as file:
                begun = time.perf_counter()
                process = subprocess.Popen(SAYS, stdout=file)
                bare.append(1000 * (_grown(path) - begun))
            process.kill()
            process.wait()
    return _over(recorded, bare, 60.0, "ms")


def _grown(log: Path) -> float:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if log.stat().st_size:
                return time.perf_counter()
        except FileNotFoundError:
            pass
        time.sleep(0.0005)
    raise TimeoutError(f"{log} stays empty")


def death_to_status(place: Path) -> Figure:
    """From kill -9 of the child to its final status on the API, and to a bare parent's wait."""
    recorded, bare = [], []
    with _server(place / "death") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for _ in range(3 * RUNS):
            run_id = server.post("/runs", {}).json["id"]
            folder = runfolder.attempt_folder(server.home, run_id, 1)
            _grown(folder.log)
            child = until(partial(runfolder.read_fact, folder.child))
            begun = time.perf_counter()
            os.kill(child["pid"], signal.SIGKILL)
            while _status(connection, server, run_id) == "running":
                time.sleep(0.002)
            recorded.append(1000 * (time.perf_counter() - begun))
            process = subprocess.Popen(SAYS, stdout=subprocess.DEVNULL)
            begun = time.perf_counter()
            process.kill()
            process.wait()
            bare.append(1000 * (time.perf_counter() - begun))
        connection.close()
    return _over(recorded, bare, 300.0, "ms")


def _status(connection: http.client.HTTPConnection, server: Server, run_id: str) -> str:
    headers = {"Authorization": f"Bearer {server.token}"}
    connection.request("GET", f"{PREFIX}/runs/{run_id}", headers=headers)
    return str(json.loads(connection.getresponse().read())["status"])


FINISHED = 50_000


def settle_50k(place: Path) -> Figure:
    """Opening the database and settling at a server's start, with 50,000 finished runs."""
    many, none = place / "settle-many", place / "settle-none"
    _fill(many, FINISHED)
    _fill(none, 0)
    pairs = [(_settled(many), _settled(none)) for _ in range(RUNS)]
    return _over([ours for ours, _ in pairs], [bare for _, bare in pairs], 1.0, "s")


def _settled(home: Path) -> float:
    begun = time.perf_counter()
    config = Config(home=home)
    store = Store(config.database)
    Supervisor(config, store).settle()
    took = time.perf_counter() - begun
    store.close()
    return took


def _fill(home: Path, count: int) -> None:
    """Finished runs by the store's own statements, one of them many times over."""
    runfolder.make_home(home)
    store = Store(Config(home=home).database)
    if count:
        moment = timestamp(now())
        asked = {
            "kind": "command",
            "createdAt": moment,
            "command": ["true"],
            "triggeredBy": "bench",
        }
        folder = runfolder.reserve_run(home, now())
        Supervisor(Config(home=home), store).add_asked(folder, asked, Status.RUNNING)
        store.change_status(folder.run_id, 1, Status.COMPLETED, {"finished_at": moment})
        columns = [row[1] for row in store.db.execute("pragma table_info(runs)")]
        others = ", ".join(name for name in columns if name not in ("number", "id"))
        store.db.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) "
            f"insert into runs (id, {others}) "
            f"select 'run_20200101_000000_' || (i + 1), {others} from runs, n",
            (count - 1,),
        )
        store.db.conn.commit()
        assert store.db["runs"].count == count
    store.close()
