"""Large logs: the first screen, the line index, the search, the explanation."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

import numpy as np

from bench import servers
from bench.figure import Figure, NotMeasured, interleaved, stopping
from bench.hostile import HOSTILE
from lastwords.config import load
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import LogFile
from lastwords.records import Status, now
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

GIB = 1 << 30
BESIDE = 0.020  # seconds that a first screen may take over `tail`
WORDS = "loss is nan"
HOSTILE_BYTES = 160_000_000
SLOWEST = (  # of bench.hostile, by what each byte of them costs, and those once found to be squares
    "groups in groups",
    "members of a group",
    "remote tracebacks",
    "original tracebacks",
    "chain",
    "frames",
    "message of lines",
    "message in one line",
    "message of one word",
    "message of spaces",
    "file of quotes",
    "type of dots",
    "frame of spaces",
    "spaces before a header",
    "json in depth",
    "escapes in one line",
    "titles left open in lines",
    "one line",
    "one line of saved",
)
_EXPLAIN = """
import os, sys, time
from lastwords.diagnosis import Ending, explain
from lastwords.logs.filebytes import FileBytes
ending = Ending(exit_code=1)
explain(b"Traceback (most recent call last):\\nValueError: bad\\n", ending)
with open(sys.argv[1], "rb") as file:
    log = FileBytes(file.fileno(), os.fstat(file.fileno()).st_size)
    begun = time.process_time()
    explain(log, ending)
print(time.process_time() - begun)
"""
_READ = """
import sys, time
with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    begun = time.process_time()
    lines = file.readlines()
print(time.process_time() - begun)
"""


def log_screen(place: Path) -> Figure:
    """The last 200 lines of a 1 GiB log through the API, once it is indexed, against tail."""
    home, folder = _recorded(place)
    server = servers.lastwords(home)
    path = f"/api/training/runs/{folder.run_id}/log/lines"
    with LogFile(folder) as log:
        first = log.count_lines() - 199
    with stopping(server):
        server.get(f"{path}?from={first}&count=200")
        value, rival = interleaved(
            lambda: server.timed(f"{path}?from={first}&count=200"),
            lambda: _timed(["tail", "-n", "200", str(folder.log)]),
            20,
        )
    return Figure(value, rival, (rival + BESIDE) / rival, "s", "tail -n 200", 20)


def log_index(place: Path) -> Figure:
    """The line index of a 1 GiB log, made from nothing, against numpy counting its newlines."""
    _, folder = _recorded(place)

    def index() -> None:
        folder.lines.unlink(missing_ok=True)
        with LogFile(folder) as log:
            log.count_lines()

    def count() -> None:
        bytes_of = np.memmap(folder.log, dtype=np.uint8, mode="r")
        sum(int(np.count_nonzero(part == 10)) for part in np.array_split(bytes_of, 256))

    value, rival = interleaved(lambda: _seconds(index), lambda: _seconds(count), 5)
    return Figure(value, rival, 1.5, "s", "numpy newline count", 5)


def log_search(place: Path) -> Figure:
    """Every hit in a 1 GiB log counted, and the first page of them, against ripgrep's count.

    Both tell A from a: without that ripgrep itself takes ten times as long for these words.
    """
    if not shutil.which("rg"):
        raise NotMeasured("ripgrep is not installed: apt-get install -y ripgrep")
    home, folder = _recorded(place)
    server = servers.lastwords(home)
    path = f"/api/training/runs/{folder.run_id}/log/search?q={quote(WORDS)}&case=1"
    command = ["rg", "--no-config", "-a", "-F", "--count-matches", "-e", WORDS, str(folder.log)]
    with stopping(server):
        server.get(path)
        value, rival = interleaved(lambda: server.timed(path), lambda: _timed(command), 9)
    return Figure(value, rival, 2.0, "s", "rg --count-matches", 9)


def agent_failure(place: Path) -> Figure:
    """An agent asks a new server why a run with a 1 GiB log failed, and for its last lines."""
    home, folder = _recorded(place)

    tools = ("get_failure", "read_log")

    def ask() -> float:
        server = servers.lastwords(home)
        with stopping(server):
            server.get("/api/training/runs")
            asked = [partial(_call, server, name, folder.run_id) for name in tools]
            return max(map(_seconds, asked))

    return Figure(median(ask() for _ in range(5)), 0.3, 1.0, "s", "the 300 ms allowed", 5)


def _call(server: servers.Server, name: str, run: str) -> None:
    """One call of a tool, by the revision that needs no handshake."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": "2026-07-28", f"{prefix}clientCapabilities": {}}
    params = {"name": name, "arguments": {"run": run}, "_meta": meta}
    told = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
    server.headers |= told
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = json.loads(server.get("/mcp", json.dumps(message).encode()))
    assert not answer["result"]["isError"], answer


def explain(place: Path) -> Figure:
    """`lastwords explain` of a 200 MB log, against Python reading its lines from cat."""
    log = place / "200mb.log"
    _write_log(log, 200_000_000)
    ours = [sys.executable, "-m", "lastwords", "explain", "--exit-code", "1", "--log", str(log)]
    lines = "import sys; sys.stdin.readlines()"
    rival = f"cat {log} | {sys.executable} -c '{lines}'"
    value, other = interleaved(lambda: _timed(ours), lambda: _timed(["sh", "-c", rival]), 5)
    return Figure(value, other, 3.0, "s", "cat | sys.stdin.readlines()", 5)


def report(place: Path) -> Figure:
    """The report of a run whose error has 10 MB, asked for first of a server just started."""
    home, folder = _ended(place / "report", _write_error)

    def ask() -> float:
        server = servers.lastwords(home)
        with stopping(server):
            server.get("/api/training/runs")
            return server.timed(f"/api/training/runs/{folder.run_id}/report.md")

    return Figure(median(ask() for _ in range(5)), 1.0, 1.0, "s", "the 1 s allowed", 5)


def explain_hostile(place: Path) -> Figure:
    """The slowest of the logs that a program could print to hold up who explains them.

    Rules and interpreter are loaded on both sides: what is measured is what the log costs.
    """
    log = place / "hostile.log"
    found = []
    for shape in SLOWEST:
        log.write_bytes(HOSTILE[shape](HOSTILE_BYTES))
        value, rival = interleaved(lambda: _said_by(_EXPLAIN, log), lambda: _said_by(_READ, log), 3)
        found.append(Figure(value, rival, 3.0, "s", f"readlines of {shape!r}", 3))
    log.unlink()
    return max(found, key=lambda figure: figure.ratio)


def _said_by(code: str, log: Path) -> float:
    """The seconds that a child measured."""
    child = [sys.executable, "-c", code, str(log)]
    return float(subprocess.run(child, stdout=subprocess.PIPE, check=True).stdout)


def _recorded(place: Path) -> tuple[Path, AttemptFolder]:
    """A home with one finished run whose log has 1 GiB; made once for all figures."""
    return _ended(place / "log", partial(_write_log, size=GIB))


def _ended(home: Path, write: Callable[[Path], None]) -> tuple[Path, AttemptFolder]:
    """A home with one failed run and the log that `write` writes."""
    if home.exists():
        run_id = next(runfolder.all_run_ids(home))
        return home, runfolder.attempt_folder(home, run_id, 1)
    runfolder.make_home(home)
    folder = runfolder.reserve_run(home, now())
    moment = "2026-01-01T00:00:00.000Z"
    asked = {"kind": "command", "command": ["train"], "createdAt": moment, "triggeredBy": "bench"}
    runfolder.write_once(folder.spec, asked | {"name": None, "cwd": str(home)})
    write(folder.log)
    ended = {"startedAt": moment, "finishedAt": moment, "exitCode": 1, "signal": None}
    runfolder.write_once(folder.result, ended | {"logBytes": folder.log.stat().st_size})
    store = Store(home / "lastwords.db")
    supervisor = Supervisor(load(home, {}), store)
    supervisor.add_asked(folder, asked, Status.RUNNING)
    supervisor.settle()
    store.close()
    return home, folder


def _write_log(path: Path, size: int) -> None:
    """Lines of training, a hit of the search in every ten-thousandth, an error at the end."""
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            lines = [
                b"2026-01-01 00:00:00 step %9d of 99999999: loss 0.4%05d, grad 1.2, lr 5e-05 %s\n"
                % (i, i % 99_991, WORDS.encode() if i % 10_000 == 0 else b"and so on")
                for i in range(number, number + 50_000)
            ]
            number += len(lines)
            file.writelines(lines)
        file.write(b"Traceback (most recent call last):\n")
        file.write(b'  File "train.py", line 7, in <module>\n    train()\n')
        file.write(b"ValueError: loss is nan at step 12\n")


def _write_error(path: Path) -> None:
    """A traceback with a message of 10 MB, as of a state dict that does not fit."""
    keys = (
        f"    size mismatch for model.layers.{i % 48}.self_attn.q_proj_{i}: copying {i * 7919}\n"
        for i in range(125_000)
    )
    with path.open("w") as file:
        file.write("Traceback (most recent call last):\n")
        file.write('  File "train.py", line 7, in <module>\n    model.load_state_dict(state)\n')
        file.write("RuntimeError: Error(s) in loading state_dict for Model:\n")
        file.writelines(keys)


def _timed(command: list[str]) -> float:
    return _seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
