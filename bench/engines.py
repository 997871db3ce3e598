"""How soon a line of a run on an engine is on our API, beside the engine's own way to see it.

A real Ray and a real Slurm of this machine, as the tests start them; the server is a process of its
own. The engine's own job prints the same lines at the same time.
"""

from __future__ import annotations

import json
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.engines.cluster import Cluster, missing
from tests.engines.ray_kit import VENV, RayCluster, missing_for_ray
from tests.executors.kit import archive
from tests.real import Server, clean_environment, until

from bench.figure import Figure, NotMeasured
from bench.servers import free_port
from lastwords.folders import runfolder

LINES = 200
ALLOWED = 1.5  # seconds
PRINTER = """
import random, time
chance = random.Random({seed})
for number in range({lines}):
    time.sleep(chance.uniform(0.02, 0.3))
    print(number, time.time(), flush=True)
"""
FOLLOWS_RAY = """
import asyncio, sys, time
from ray.job_submission import JobSubmissionClient
async def follow(client, job):
    async for text in client.tail_job_logs(job):
        for line in text.splitlines():
            words = line.split()
            if len(words) == 2 and words[0].isdecimal():
                print(time.time() - float(words[1]), flush=True)
client = JobSubmissionClient(sys.argv[1])
asyncio.run(follow(client, client.submit_job(entrypoint=sys.argv[2], entrypoint_num_cpus=1)))
"""

Lags = list[float]


@dataclass
class Place:
    """An engine that runs here.

    table: its own in lastwords.toml, without the URL. variables: for whoever uses it. own: starts a
    command there without us; what comes of each line by the engine's own way is told by `lags`.
    """

    name: str
    table: Mapping[str, Any]
    variables: Mapping[str, str]
    own: Callable[[str], Callable[[], Lags]]
    own_name: str


@contextmanager
def a_ray(place: Path) -> Iterator[Place]:
    """Raises: NotMeasured."""
    if words := missing_for_ray():
        raise NotMeasured(words)
    cluster = RayCluster()
    try:
        yield ray_place(cluster.start(), place)
    finally:
        cluster.close()


def ray_place(cluster: RayCluster, place: Path) -> Place:
    """A cluster that runs."""
    table = {"address": cluster.address, "token_file": str(cluster.token_file)}

    def own(command: str) -> Callable[[], Lags]:
        words = [str(VENV / "bin" / "python"), "-c", FOLLOWS_RAY, cluster.address, command]
        client = subprocess.Popen(
            words,
            env=cluster.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return lambda: [float(line) for line in client.communicate()[0].split()]

    return Place("ray", table | _worker(place), {}, own, "Ray's client")


@contextmanager
def a_slurm(place: Path) -> Iterator[Place]:
    """Raises: NotMeasured."""
    if lacks := missing():
        raise NotMeasured(f"Slurm ({', '.join(lacks)}): apt-get install slurm-wlm munge")
    (place / "slurm").mkdir()
    cluster = Cluster(place / "slurm")
    try:
        cluster.start()
        yield slurm_place(cluster, place)
    finally:
        cluster.end()


def slurm_place(cluster: Cluster, place: Path) -> Place:
    """A cluster that runs."""
    variables = {name: cluster.environment[name] for name in ("SLURM_CONF", "PATH")}

    def own(command: str) -> Callable[[], Lags]:
        output = place / "slurm" / "own.out"
        job = ["sbatch", f"--output={output}", f"--wrap={command}"]
        subprocess.run(job, env=cluster.environment, check=True, stdout=subprocess.DEVNULL)
        return lambda: followed(lambda: output.read_bytes() if output.exists() else b"")

    return Place("slurm", _worker(place), variables, own, "Slurm's file")


ENGINES = {"ray": a_ray, "slurm": a_slurm}


def _worker(place: Path) -> dict[str, str]:
    """What an engine's table says of nodes, which are this machine."""
    pyz, spool = str(archive(place)), str(place / "spool")
    return {"python": sys.executable, "pyz": pyz, "spool": spool}


@contextmanager
def server_of(place: Path, engine: Place, **settings: str) -> Iterator[Server]:
    """A server that places runs on an engine."""
    home, port = place / "home", free_port()
    runfolder.make_home(home)
    table = dict(engine.table) | {"url": f"http://127.0.0.1:{port}"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items()]
    (home / "lastwords.toml").write_text("\n".join([f"[executors.{engine.name}]", *lines, ""]))
    server = Server(home, {**engine.variables, **settings}, port).start()
    try:
        yield server
    finally:
        server.end()


def place_run(server: Server, engine: Place, *command: str, flags: tuple[str, ...] = ()) -> str:
    """Have a command placed; the run's id."""
    words = [sys.executable, "-m", "lastwords", "run", "--home", str(server.home), "--json"]
    done = subprocess.run(
        [*words, "--on", engine.name, *flags, "--", *command],
        env=clean_environment(**engine.variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return str(json.loads(done.stdout)["id"])


def followed(read: Callable[[], bytes]) -> Lags:
    """Seconds from each line of PRINTER to where it is read; `read` gives all there is."""
    lags: Lags = []

    def look() -> bool:
        whole = read().rpartition(b"\n")[0].splitlines()
        lags.extend(time.time() - float(line.split()[1]) for line in whole[len(lags) :])
        return len(lags) >= LINES

    until(look, 300)
    return lags


def _lags(name: str, place: Path) -> tuple[str, Lags, Lags]:
    """Ours and the engine's own, of one engine."""
    place.mkdir()
    with ENGINES[name](place) as engine, server_of(place, engine) as server:
        code = PRINTER.format(seed=random.randrange(1 << 30), lines=LINES)
        run = place_run(server, engine, sys.executable, "-c", code)
        own = engine.own(shlex.join([sys.executable, "-c", code]))
        with ThreadPoolExecutor() as beside:
            rival = beside.submit(own)
            ours = followed(lambda: _log(server, run))
            return engine.own_name, ours, rival.result()


def _log(server: Server, run: str) -> bytes:
    answer = server.get(f"/runs/{run}/log")
    return answer.body if answer.status == 200 else b""


def engine_lag(_: Path) -> Figure:
    """From a line printed on a node to our API: the 99th of 100, of the slower engine."""
    words, found = [], []
    for name in ENGINES:
        with tempfile.TemporaryDirectory(prefix="lwe") as folder:
            try:
                own_name, ours, own = _lags(name, Path(folder) / name)
            except NotMeasured as why:
                words.append(f"{name} not measured: {why}")
                continue
        found.append(p99(ours))
        words.append(f"{name} {in_words(ours)}, {own_name} {in_words(own)}")
    if not found:
        raise NotMeasured("; ".join(words))
    return Figure(max(found), ALLOWED, 1.0, "s", f"what is allowed ({'; '.join(words)})", 1)


def p99(lags: Lags) -> float:
    return quantiles(lags, n=100)[98]


def in_words(lags: Lags) -> str:
    return f"{median(lags):.2f} s at the median and {p99(lags):.2f} at the 99th of 100"
