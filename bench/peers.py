"""Programs that keep runs too, as far as they are installed: MLflow, Aim, Trackio.

Each is asked by its own means for what Lastwords does by its own: the list that its page begins
with, at 10,000 runs; its server's start to its first 200; keeping 100,000 lines of output.
A peer's runs beyond the first are copies of it, made by SQL, as ours are.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench import homes, servers
from bench.figure import Figure, NotMeasured, interleaved, stopping

COUNT = 10_000
LINES = 100_000
WRITES = f"for n in range({LINES}): print(f'step {{n:>9}} loss 0.1234 ' + 'x' * 70)"
OURS = "/api/training/runs?limit=50"

_MLFLOW = """
import sqlite3, sys
from mlflow import MlflowClient
file, count = sys.argv[1] + '/mlflow.db', int(sys.argv[2])
client = MlflowClient('sqlite:///' + file)
client.set_terminated(client.create_run('0').info.run_id)
with sqlite3.connect(file) as database:
    names = ', '.join([row[1] for row in database.execute('PRAGMA table_info(runs)')][1:])
    copy = f'INSERT INTO runs (run_uuid, {names}) SELECT ?, {names} FROM runs LIMIT 1'
    database.executemany(copy, [[f'{n:032x}'] for n in range(1, count)])
"""
_TRACKIO = """
import os, sqlite3, sys, trackio
trackio.init(project='bench', name='run')
trackio.log({'loss': 0.4})
trackio.finish()
with sqlite3.connect(os.environ['TRACKIO_DIR'] + '/bench.db') as database:
    for table in ('metrics', 'configs'):
        known = [row[1] for row in database.execute(f'PRAGMA table_info({table})')]
        same = ', '.join(name for name in known if name not in ('id', 'run_id', 'log_id'))
        copy = f'INSERT INTO {table} (run_id, {same}) SELECT ?, {same} FROM {table} LIMIT 1'
        database.executemany(copy, [[f'{n:032x}'] for n in range(1, int(sys.argv[2]))])
"""
_TRACKIO_SHOWS = """
import sys, trackio
trackio.show(open_browser=False, block_thread=True, host='127.0.0.1', server_port=int(sys.argv[1]))
"""
_AIM = "from aim.cli.cli import cli_entry_point as main; main()"
_AIM_KEEPS = f"""
import sys
from aim import Run
run = Run(repo=sys.argv[1], capture_terminal_logs=True)
{WRITES}
run.close()
"""


@dataclass(frozen=True)
class Peer:
    """How a peer is filled, served, asked, and made to keep what a program prints.

    In its words `{place}` is its own folder, `{port}` its server's port.
    asks: address and body of what its page lists; none where nothing makes 10,000 runs in time.
    keeps: a command that prints LINES lines and keeps them; none where the peer keeps no output.
    before: a command that readies its folder.
    """

    package: str
    serve: Sequence[str]
    answers: str
    fill: str | None = None
    asks: tuple[str, bytes | None] | None = None
    keeps: Sequence[str] = ()
    before: Sequence[str] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


_PYTHON = (sys.executable, "-c")
_MODULE = (sys.executable, "-m")
PEERS = (
    Peer(
        "mlflow",
        (*_MODULE, "mlflow", "server", "--backend-store-uri", "sqlite:///{place}/mlflow.db",
         "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"),
        "/health",
        _MLFLOW,
        ("/api/2.0/mlflow/runs/search", b'{"experiment_ids": ["0"], "max_results": 50}'),
    ),
    Peer(
        "trackio",
        (*_PYTHON, _TRACKIO_SHOWS, "{port}"),
        "/version",
        _TRACKIO,
        ("/api/get_runs_for_project", b'{"project": "bench"}'),
        (*_MODULE, "trackio.cli", "logbook", "run", "--page", "bench", "--", *_PYTHON, WRITES),
        (*_MODULE, "trackio.cli", "logbook", "open", "--no-serve"),
        {"TRACKIO_DIR": "{place}"},
    ),
    Peer(
        "aim",
        (*_PYTHON, _AIM, "up", "--repo", "{place}", "--host", "127.0.0.1", "--port", "{port}"),
        "/",
        keeps=(*_PYTHON, _AIM_KEEPS, "{place}"),
        before=(*_PYTHON, _AIM, "init", "--repo", "{place}"),
    ),
)  # fmt: skip


def list_10k(peer: Peer, place: Path) -> Figure:
    """What the page lists first of 10,000 runs, over HTTP; Trackio's sends them all."""
    folder = _folder(peer, place)
    if peer.asks is None or peer.fill is None:
        raise NotMeasured(f"{peer.package} would make {COUNT:,} runs one by one, for hours")
    address, body = peer.asks
    _run([*_PYTHON, peer.fill, str(folder), str(COUNT)], peer, folder)
    ours = servers.lastwords(homes.with_runs(place / f"beside-{peer.package}", COUNT))
    theirs = _serve(peer, folder)
    with stopping(ours, theirs):
        for _ in range(5):
            ours.get(OURS), theirs.get(address, body)
        asked = partial(ours.timed, OURS), partial(theirs.timed, address, body)
        value, rival = interleaved(*asked, 30)
    return Figure(value, rival, 1.0, "s", f"the list of {peer.package}", 30)


def cold_start(peer: Peer, place: Path) -> Figure:
    """From the start of the process to its first 200."""
    folder = _folder(peer, place)
    home = homes.with_runs(place / f"start-{peer.package}", 1)
    ours = partial(servers.start_seconds, partial(servers.lastwords, home))
    theirs = partial(servers.start_seconds, partial(_serve, peer, folder))
    value, rival = interleaved(ours, theirs, 3)
    return Figure(value, rival, 1.0, "s", f"the server of {peer.package}", 3)


def capture(peer: Peer, place: Path) -> Figure:
    """100,000 lines that a program prints, shown and kept: the whole command."""
    folder = _folder(peer, place)
    if not peer.keeps:
        raise NotMeasured(f"{peer.package} keeps no output of a program")
    home = str(place / f"capture-{peer.package}")
    ours = [*_MODULE, "lastwords", "run", "--home", home, "--", *_PYTHON, WRITES]
    run = partial(_run, peer=peer, folder=folder)
    value, rival = interleaved(lambda: run(ours), lambda: run(peer.keeps), 3)
    return Figure(value, rival, 1.0, "s", f"{peer.package} keeping its output", 3)


def _folder(peer: Peer, place: Path) -> Path:
    if importlib.util.find_spec(peer.package) is None:
        raise NotMeasured(f"pip install {peer.package}, where the bench runs")
    folder = place / peer.package
    if not folder.exists():
        folder.mkdir()
        if peer.before:
            _run(peer.before, peer, folder)
    return folder


def _words(words: Sequence[str], folder: Path, port: int = 0) -> list[str]:
    return [word.replace("{place}", str(folder)).replace("{port}", str(port)) for word in words]


def _settings(peer: Peer, folder: Path) -> dict[str, str]:
    return {name: value.replace("{place}", str(folder)) for name, value in peer.settings.items()}


def _serve(peer: Peer, folder: Path) -> servers.Server:
    port = servers.free_port()
    command = _words(peer.serve, folder, port)
    return servers.Server(command, port, peer.answers, _settings(peer, folder))


def _run(command: Sequence[str], peer: Peer, folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(
        _words(command, folder),
        cwd=folder,
        env={**os.environ, **_settings(peer, folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - begun


FIGURES: dict[str, Callable[[Path], Figure]] = {
    f"{peer.package}_{measure.__name__}": partial(measure, peer)
    for peer in PEERS
    for measure in (list_10k, cold_start, capture)
}
