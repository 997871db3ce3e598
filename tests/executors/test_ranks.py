"""One run on several nodes of an engine: each rank claims its place, and finds the others."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from typing import Any

import pytest
from tests.engines.torchrun import check_that_a_training_on_two_nodes_learns_as_one_process
from tests.executors.kit import Fake, Site
from tests.real import until

from lastwords.cli import rendezvous
from lastwords.cli.rendezvous import Rank
from lastwords.executors.engines import JobState
from lastwords.folders.members import members
from lastwords.recording import processes
from lastwords.records import Status
from lastwords.supervision.ranks import Verdict, deciding

TELLS = "NODE_RANK NNODES MASTER_ADDR MASTER_PORT RDZV_ID GLOO_SOCKET_IFNAME".split()
PRINT = "echo " + " ".join(f"{name}=${name}" for name in TELLS)
UID = "6f2bc640-0000-4000-8000-00000000000{}"


def told(site: Site, run: str, rank: int) -> dict[str, str]:
    """What a rank printed of its environment."""
    folder = next(each for each in members(site.folder(run)) if each.member == rank)
    return dict(word.split("=", 1) for word in folder.log.read_text().split())


def test_each_node_is_a_rank_with_its_log_and_finds_the_others(site: Site) -> None:
    run = site.place(["sh", "-c", PRINT], nodes=2)
    assert site.ended(run).status == Status.COMPLETED
    first, second = told(site, run, 0), told(site, run, 1)
    assert [each.pop("NODE_RANK") for each in (first, second)] == ["0", "1"]
    assert first == second  # of one machine
    assert first["NNODES"] == "2"
    assert first["RDZV_ID"] == f"{run}-1"
    assert first["MASTER_ADDR"] in rendezvous._addresses().values()
    assert rendezvous._addresses()[first["GLOO_SOCKET_IFNAME"]] == first["MASTER_ADDR"]


def test_a_training_of_the_server_learns_on_two_nodes_what_one_process_does(site: Site) -> None:
    check_that_a_training_on_two_nodes_learns_as_one_process(site)


def test_the_rank_that_fails_first_is_the_cause_and_not_who_lost_it(site: Site) -> None:
    peer = "import time, os, pathlib\n"
    peer += "if os.environ['NODE_RANK'] == '0':\n"
    peer += "    while not pathlib.Path('GONE').exists(): time.sleep(0.05)\n"
    peer += "    raise RuntimeError("
    peer += "'[gloo/transport/tcp/pair.cc:5] Connection closed by peer [::1]:1')\n"
    peer += "pathlib.Path('GONE').touch()\nraise KeyError('text')\n"
    gone = str(site.config.home / "gone")
    run = site.place([sys.executable, "-c", peer.replace("GONE", gone)], nodes=2)
    ended = site.ended(run)
    assert (ended.status, ended.member) == (Status.FAILED, 1)
    assert ended.headline == "KeyError: 'text'"


def test_cancelled_it_ends_on_every_node(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo on; sleep 600"], nodes=2)
    until(lambda: [each.log_size for each in members(site.folder(run))] == [3, 3])
    site.services.supervisor.cancel(run, "a test")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    assert all(each.result.exists() for each in members(site.folder(run)))


def test_a_code_is_good_once_for_each_rank(site: Site, fake: Fake) -> None:
    fake.holds = True
    run = site.place(["true"], nodes=2)
    site.flag(run, "placed")
    headers = {"Lastwords-Protocol": "1"}
    headers["Authorization"] = f"Bearer {fake.environments[0]['LASTWORDS_CLAIM']}"

    def ask(number: int, **join: object) -> tuple[int, dict[str, Any]]:
        body = {"uid": UID.format(number), "spec": {}, "host": {"name": f"n{number}"}}
        asked = {**body, **({"join": {"key": "placed", **join}} if join else {})}
        client = site.app.test_client()
        answer = client.post("/api/training/shipments", json=asked, headers=headers)
        return answer.status_code, dict(answer.json or {})

    assert ask(1)[0] == 422  # a worker that knows of no ranks
    assert ask(1, rank=1, size=3)[0] == 422
    assert ask(1, rank=0, size=2, address="$(id)", port=29500)[0] == 422
    status, answer = ask(1, rank=1, size=2)
    assert (status, answer["member"]) == (201, 1)
    assert answer["spec"]["rendezvous"] == {"id": f"{run}-1"}
    status, answer = ask(0, rank=0, size=2, address="10.0.0.1", port=29500)
    assert (status, answer["member"]) == (201, 0)
    status, answer = ask(1, rank=1, size=2)  # the same one again
    assert answer["spec"]["rendezvous"]["address"] == "10.0.0.1"
    status, answer = ask(2, rank=1, size=2)
    assert (status, answer["type"].rpartition("/")[2]) == (409, "claimed-already")
    assert "n2" in site.flag(run, "claimed_twice")


def test_what_ranks_cannot_tell_any_more_their_engine_does(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo on; [ $NODE_RANK = 0 ] || exit 3; sleep 600"], nodes=2)
    until(lambda: (site.folder(run).ranks / "1" / "result.json").exists())
    site.says(run, b"on\n")
    left = processes.with_cookie("HOME", str(fake.place))
    for number in (signal.SIGSTOP, signal.SIGKILL):  # none of them tells of the others
        for process in left:
            processes.send_signal(process, number)
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")
    ended = site.ended(run)
    assert (ended.status, ended.exit_code, ended.member) == (Status.FAILED, 3, 1)
    assert "node_failed" in site.folder(run).result.read_text()


def test_a_rank_that_never_came_is_told_by_its_engine(site: Site, fake: Fake) -> None:
    fake.keeps_back = {1}
    run = site.place(["sh", "-c", "echo on; exit 0"], nodes=2)
    until(lambda: site.folder(run).result.exists())
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.LOST, "member_missing")


def verdict(rank: int, status: Status, reason: str, ended: float) -> Verdict:
    blank = dict.fromkeys(Verdict.__dataclass_fields__)
    stopped = ended if status == Status.CANCELLED else None
    known = {"rank": rank, "status": status, "reason": reason, "ended": ended, "stopped": stopped}
    return Verdict(**{**blank, **known})  # type: ignore[arg-type]


def test_a_stop_by_a_person_stays_one_though_a_node_died() -> None:
    lost = verdict(1, Status.LOST, "node_failed", 5)
    by_user = verdict(0, Status.CANCELLED, "stopped_by_user", 4)
    by_engine = verdict(0, Status.CANCELLED, "stopped_by_scheduler", 4)
    assert deciding([by_user, lost]) == by_user
    assert deciding([by_engine, lost]) == lost
    assert deciding([by_engine, verdict(1, Status.LOST, "engine_failed", 5)]) == by_engine
    echo = replace(verdict(1, Status.FAILED, "exit_code", 3), cause="distributed.peer")
    assert deciding([by_engine, echo]) == echo  # for which the engine stopped the other one
    assert deciding([replace(by_user, stopped=2), echo]).status == Status.CANCELLED
    assert deciding([lost, echo]) == lost
    orphaned = replace(by_engine, status=Status.FAILED, reason="launcher_gone")
    assert deciding([orphaned, lost]) == lost
    assert deciding([orphaned, echo]) == echo
    assert deciding([orphaned, replace(by_engine, ended=5)]) == orphaned


@pytest.mark.parametrize(
    ("variables", "rank"),
    [
        ({}, None),
        ({"LASTWORDS_RANK": "1", "LASTWORDS_RANKS": "4"}, Rank(1, 4)),
        ({"LASTWORDS_RANK": "0", "LASTWORDS_RANKS": "1"}, None),
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "2", "SLURM_PROCID": "0"}, None),  # a batch script
        (
            {"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_PROCID": "1"},
            Rank(1, 2),
        ),
    ],
)
def test_its_rank_is_told_by_its_launcher(variables: dict[str, str], rank: Rank | None) -> None:
    assert rendezvous.rank_here(variables) == rank
    assert "LASTWORDS_RANK" not in variables


def test_an_interface_that_was_chosen_stays() -> None:
    meeting = {"id": "x-1", "address": "127.0.0.1", "port": 29500}
    found = rendezvous.variables(Rank(1, 2), meeting, {"NCCL_SOCKET_IFNAME": "ib0"})
    assert not [name for name in found if name.endswith("IFNAME")]
    assert found["NODE_RANK"] == "1" and found["MASTER_PORT"] == "29500"
