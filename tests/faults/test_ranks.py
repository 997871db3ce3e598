"""Section R: several ranks of one run, each a real worker. Numbers are the table's of SCALE.

Oracles: each rank's log on the server is byte for byte that of its machine, and the run has the
status and the cause of the rank that failed first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import Got
from tests.real import Server, until
from tests.shipping.kit import Worker, shown, token_of

from lastwords.folders.runfolder import AttemptFolder

BREAKS = "print('rank one begins'); raise ValueError('the rows are gone')"
# What gloo says in a rank whose peer went away, when it went away.
ECHOES = """
import pathlib, time
while not pathlib.Path({gone!r}).exists():
    time.sleep(0.05)
raise RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:534] "
                   "Connection closed by peer [10.0.0.2]:4711")
"""


@pytest.fixture
def ranks(server: Server, tmp_path: Path) -> Iterator[list[Worker]]:
    token = token_of(server, "gang")
    workers = [Worker(tmp_path / f"rank{n}", server.url, token) for n in range(3)]
    yield workers
    for worker in workers:
        worker.end()


def code(text: str) -> list[str]:
    return [sys.executable, "-u", "-c", text]


def starts(worker: Worker, rank: int, size: int, *command: str) -> AttemptFolder:
    flags = ["--join", "gang 7", "--rank", str(rank), "--size", str(size)]
    return worker.start(*command, flags=flags)


def the_run(server: Server) -> str:
    (found,) = until(lambda: server.get("/runs").json["runs"])
    return str(found["id"])


def same_log(server: Server, run: str, rank: int, folder: AttemptFolder) -> bool:
    return bool(server.get(f"/runs/{run}/log?rank={rank}").body == folder.log.read_bytes())


def final(server: Server, run: str) -> dict[str, Any]:
    until(lambda: shown(server, run)["status"] not in ("queued", "running"), 60)
    return shown(server, run)


@pytest.mark.fault(
    "R41", "one rank dies, the others see it go", expected="failed code.error of rank 1; 3 logs"
)
def test_a_rank_that_dies_is_the_cause_and_not_its_echo(
    server: Server, ranks: list[Worker], got: Got, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    echoes = code(ECHOES.format(gone=str(gone)))
    folders = [starts(ranks[rank], rank, 3, *echoes) for rank in (2, 0)]
    dying = starts(ranks[1], 1, 3, *code(BREAKS))
    assert ranks[1].ended()[0] == 1
    gone.touch()
    assert [ranks[rank].ended()[0] for rank in (0, 2)] == [1, 1]
    run = the_run(server)
    told = final(server, run)
    logs = [same_log(server, run, *each) for each in zip((2, 0, 1), [*folders, dying], strict=True)]
    causes = {each["rank"]: each["cause"] for each in told["members"]}
    assert (causes[0], causes[2]) == ("distributed.peer", "distributed.peer")
    (first,) = [each["rank"] for each in told["members"] if each["decides"]]
    assert told["headline"] == "ValueError: the rows are gone"
    assert server.get(f"/runs/{run}/error").body.endswith(b"ValueError: the rows are gone")
    got(f"{told['status']} {told['cause']} of rank {first}; {sum(logs)} logs")


@pytest.mark.fault(
    "R42",
    "the node of one rank never joins",
    expected="running, Rank 2 of 3 never joined.; lost/given_up; 2 logs",
)
def test_a_rank_that_never_joins_is_said_and_no_verdict(
    server: Server, ranks: list[Worker], got: Got
) -> None:
    folders = [starts(ranks[rank], rank, 3, *code("print('done')")) for rank in (0, 1)]
    assert [ranks[rank].ended()[0] for rank in (0, 1)] == [0, 0]
    run = the_run(server)
    (flag,) = until(
        lambda: [each for each in shown(server, run)["flags"] if each["flag"] == "member_missing"]
    )
    before = shown(server, run)["status"]
    assert shown(server, run)["members"][2]["status"] == "missing"
    server.post(f"/runs/{run}/lost")
    told = final(server, run)
    logs = [same_log(server, run, rank, folder) for rank, folder in enumerate(folders)]
    words = f"{before}, {flag['detail']}; {told['status']}/{told['reason']}"
    got(f"{words}; {sum(logs)} logs")


@pytest.mark.fault("R34", "a job is requeued", expected="1 run; cancelled, completed; same bytes")
def test_a_requeued_job_is_one_run_with_two_attempts(
    server: Server, ranks: list[Worker], got: Got
) -> None:
    worker = ranks[0]
    job = {"SLURM_JOB_ID": "12", "SLURM_CLUSTER_NAME": "hpc"}
    wait = f"until [ -e {worker.place}/again ]; do sleep 0.05; done"
    first = starts_as_job(worker, job, wait)
    until(lambda: server.get("/runs").json["runs"])
    worker.started[-1].terminate()  # as Slurm does before it starts a job again
    worker.ended()
    (worker.place / "again").touch()
    again = starts_as_job(worker, job | {"SLURM_RESTART_COUNT": "1"}, wait)
    assert worker.ended()[0] == 0
    run = the_run(server)
    told = until(lambda: (found := shown(server, run))["status"] == "completed" and found, 60)
    statuses = ", ".join(each["status"] for each in told["attempts"])
    same = all(
        server.get(f"/runs/{run}/log?attempt={number}").body == folder.log.read_bytes()
        for number, folder in ((1, first), (2, again))
    )
    got(f"1 run; {statuses}; {'same bytes' if same else 'other bytes'}")


def starts_as_job(worker: Worker, job: dict[str, str], script: str) -> AttemptFolder:
    known = os.environ.copy()
    os.environ.update(job)
    try:
        return worker.start("sh", "-c", script)
    finally:
        os.environ.clear()
        os.environ.update(known)
