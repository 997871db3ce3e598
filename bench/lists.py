"""The list of runs, and the server's start."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench import homes, servers
from bench.figure import Figure, interleaved, stopping

RUNS = "/api/training/runs?limit=50"
QUERIES = (
    *("status:failed", "-status:failed", "cause:malformed", "model:model-7", "user:3", "flag:x"),
    *("user:person", 'project:"project 7"', "tag:base", "tag:t7", "tag:t399", "-tag:base"),
    *("is:starred", 'tag:base project:"project 7" -is:starred'),
    *("nightly", "keyerror completion", "xyzzy", "org/model-7 -nightly", "epochs:3", "lr:<1e-4"),
    *("lr:5e-05", "evalLoss:<0.001", "loss:<0.001", "duration:>1h", "exit:1", "name:nightly"),
    *("since:2025-06-01", "until:2025-02-01", "failed lr:>4e-4 since:2025-03-01"),
)
SORTS = (
    *("active", "createdAt", "startedAt", "-startedAt", "finishedAt", "-finishedAt", "duration"),
    *("-duration", "finalLoss", "-finalLoss", "evalLoss", "-accuracy", "lr", "-lr"),
)
BARE = "bare Flask + waitress + sqlite3"


def list_100k(place: Path) -> Figure:
    """The first page of 100,000 runs, against a bare route that sends the same rows."""
    home = place / "100k"
    home = home if home.exists() else homes.with_runs(home, 100_000)
    ours, rival = servers.lastwords(home), servers.bare(home / "lastwords.db")
    with stopping(ours, rival):
        for _ in range(20):
            ours.get(RUNS), rival.get("/runs")
        value, other = interleaved(lambda: ours.timed(RUNS), lambda: rival.timed("/runs"), 200)
    return Figure(value, other, 2.5, "s", BARE, 200)


def list_query(place: Path) -> Figure:
    """The slowest of QUERIES: its first page, asked again as the page does, against the bare route.

    What the counts of a query take when it is asked for the first time is not in it.
    """
    return _slowest(place, [{"q": query, "sort": "active"} for query in QUERIES])


def list_sorted(place: Path) -> Figure:
    """The slowest of SORTS: its first page, against the bare route."""
    return _slowest(place, [{"sort": sort} for sort in SORTS])


def _slowest(place: Path, asked: list[dict[str, str]]) -> Figure:
    home = place / "100k"
    home = home if home.exists() else homes.with_runs(home, 100_000)
    ours, rival = servers.lastwords(home), servers.bare(home / "lastwords.db")
    figures = []
    with stopping(ours, rival):
        for parameters in asked:
            path = f"{RUNS}&{urlencode(parameters)}"
            ours.get(path), rival.get("/runs")
            measure = partial(ours.timed, path), partial(rival.timed, "/runs")
            figures.append(Figure(*interleaved(*measure, 40), 2.5, "s", BARE, 40))
    return max(figures, key=lambda figure: figure.ratio)


def list_1m(place: Path) -> Figure:
    """The first page of 1,000,000 runs, against that of 10,000."""
    many = servers.lastwords(homes.with_runs(place / "1m", 1_000_000))
    few = servers.lastwords(homes.with_runs(place / "10k", 10_000))
    with stopping(many, few):
        for _ in range(20):
            many.get(RUNS), few.get(RUNS)
        value, other = interleaved(lambda: many.timed(RUNS), lambda: few.timed(RUNS), 200)
    return Figure(value, other, 1.3, "s", "the same page of 10,000 runs", 200)


def cold_start(place: Path) -> Figure:
    """From the start of the process to its first 200."""
    home = homes.with_runs(place / "start", 1_000)
    ours = partial(servers.start_seconds, partial(servers.lastwords, home))
    rival = partial(servers.start_seconds, partial(servers.bare, home / "lastwords.db"))
    value, other = interleaved(ours, rival, 7)
    return Figure(value, other, 2.5, "s", BARE, 7)


def memory(place: Path) -> Figure:
    """Resident memory after a page of the list was sent."""
    home = homes.with_runs(place / "memory", 1_000)
    ours, rival = [], []
    for _ in range(3):
        server, other = servers.lastwords(home), servers.bare(home / "lastwords.db")
        with stopping(server, other):
            server.get(RUNS), other.get("/runs")
            ours.append(server.resident_bytes())
            rival.append(other.resident_bytes())
    value, least = median(ours), median(rival)
    return Figure(value, least, min(2.0, (64 << 20) / least), "bytes", BARE, 3)
