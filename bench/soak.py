"""Tabs that poll for half an hour: what the server's memory and descriptors come to.

    python -m bench.soak [--minutes 30] [--warm-up 5] [--tabs 20] [--json]

Each tab polls as one of the page's does: the list, a run that goes on, its log, an error. What the
server holds after the warm-up is set against what it holds in the end; 1 if a bound does not hold.
Not among the figures of `npm run bench`: it takes as long as it is told to.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from bench import homes, servers
from bench.figure import Figure, stopping

BOUND = 1.05  # what memory may come to, of what it was after the warm-up
SAMPLE_SECONDS = 5.0
SAMPLES = 6  # the median of so many counts: a request that is being answered takes some
API = "/api/training"
PRINTS = "import time\nfor step in range(10**9):\n    print(f'step={step} loss=0.5', flush=True)\n"
PRINTS += "    time.sleep(1)\n"
FAILS = "raise ValueError('row 3 has no completion')"

Tab = Callable[[str, str], list[tuple[float, str]]]


def the_list(_running: str, _failed: str) -> list[tuple[float, str]]:
    return [(1.0, "/runs?limit=50"), (5.0, "/health"), (5.0, "/runs?limit=20")]


def a_run(running: str, _failed: str) -> list[tuple[float, str]]:
    one = f"/runs/{running}"
    return [(1.0, one), (3.0, f"{one}/metrics?points=400"), (3.0, f"/runs/curves?ids={running}")]


def a_log(running: str, _failed: str) -> list[tuple[float, str]]:
    log = f"/runs/{running}/log"
    return [(1.0, f"{log}/meta"), (1.0, f"{log}/lines?from=1&count=200"), (5.0, "/runs?limit=20")]


def an_error(_running: str, failed: str) -> list[tuple[float, str]]:
    one = f"/runs/{failed}"
    return [(2.0, one), (2.0, f"{one}/diagnosis"), (5.0, f"{one}/report.md"), (5.0, "/storage")]


TABS: tuple[Tab, ...] = (the_list, a_run, a_log, an_error)


class Polling:
    """The tabs, each a thread with a connection of its own."""

    def __init__(self, server: servers.Server, count: int, running: str, failed: str) -> None:
        self._server = server
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.answered: dict[int | str, int] = {}
        asked = [TABS[number % len(TABS)](running, failed) for number in range(count)]
        self._threads = [threading.Thread(target=self._poll, args=[paths]) for paths in asked]
        for thread in self._threads:
            thread.start()

    def _poll(self, paths: list[tuple[float, str]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        due = dict.fromkeys(paths, 0.0)
        while not self._over.wait(0.05):
            for every, path in [each for each in paths if due[each] <= time.monotonic()]:
                due[every, path] = time.monotonic() + every
                self._ask(connection, path)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> None:
        answer: int | str
        try:
            connection.request("GET", API + path, headers=self._server.headers)
            response = connection.getresponse()
            response.read()
            answer = response.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            answer = type(error).__name__
        with self._lock:
            self.answered[answer] = self.answered.get(answer, 0) + 1

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


class Recorded:
    """A command that `lastwords run` records in a home, until it is stopped."""

    def __init__(self, home: Path, code: str) -> None:
        command = [sys.executable, "-m", "lastwords", "run", "--quiet", "--home", str(home), "--"]
        self.process = subprocess.Popen([*command, sys.executable, "-c", code])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def held(server: servers.Server) -> tuple[int, int]:
    """(resident bytes, open descriptors) of a server: medians of some counts."""
    counts = []
    for _ in range(SAMPLES):
        with suppress(OSError):
            open_files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
            counts.append((server.resident_bytes(), open_files))
        time.sleep(SAMPLE_SECONDS / SAMPLES)
    return int(median(c[0] for c in counts)), int(median(c[1] for c in counts))


def newest(server: servers.Server, status: str) -> str:
    """The newest run of a status, waited for."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = json.loads(server.get(f"{API}/runs?limit=1&status={status}"))["runs"]
        if found and found[0]["kind"] == "command":
            return str(found[0]["id"])
        time.sleep(0.1)
    raise TimeoutError(f"no run is {status}")


def soak(place: Path, minutes: float, warm_up: float, tabs: int) -> dict[str, Any]:
    """Poll for so many minutes; what was held after the warm-up and at the end, and the answers."""
    home = homes.with_runs(place / "home", 1_000)
    server = servers.lastwords(home)
    Recorded(home, FAILS).process.wait(60)
    running = Recorded(home, PRINTS)
    ids = newest(server, "running"), newest(server, "failed")
    polling = Polling(server, tabs, *ids)
    with stopping(polling, running, server):
        begun = time.monotonic()
        time.sleep(60 * warm_up)
        first = held(server)
        while time.monotonic() - begun < 60 * minutes - SAMPLE_SECONDS:
            tell(begun, held(server))
            time.sleep(max(0.0, min(25.0, begun + 60 * minutes - time.monotonic())))
        last = held(server)
    memory = Figure(last[0], first[0], BOUND, "bytes", f"after {warm_up:g} minutes", 1)
    files = Figure(last[1], first[1], 1.0, "descriptors", f"after {warm_up:g} minutes", 1)
    answered = {str(status): count for status, count in sorted(polling.answered.items(), key=str)}
    return {"memory": memory, "descriptors": files, "answered": answered}


def tell(begun: float, now: tuple[int, int]) -> None:
    minutes = (time.monotonic() - begun) / 60
    line = f"{minutes:5.1f} min: {now[0] / 2**20:.1f} MiB, {now[1]} descriptors"
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, default=5.0, help="minutes that do not count")
    parser.add_argument("--tabs", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lastwords-soak-") as place:
        found = soak(Path(place), options.minutes, options.warm_up, options.tabs)
    figures = {name: found[name] for name in ("memory", "descriptors")}
    for name, figure in figures.items():
        verdict = "holds" if figure.holds else "DOES NOT HOLD"
        words = f"{figure.value:,.0f} against {figure.rival:,.0f} {figure.rival_name}"
        print(f"{name:12} {figure.ratio:.3f} x {verdict}: {words}", file=sys.stderr)
    print(f"answers: {found['answered']}", file=sys.stderr)
    if options.json:
        print(json.dumps(found | {name: each.to_json() for name, each in figures.items()}))
    holds = all(figure.holds for figure in figures.values())
    return 0 if holds and set(found["answered"]) <= {"200"} else 1


if __name__ == "__main__":
    sys.exit(main())
