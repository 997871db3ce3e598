"""Several ranks that make one run: who opens it, who joins it, and what they come to together."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.receiving.kit import Sender, a_result, a_sender

from lastwords.config import Config
from lastwords.executors import shipped
from lastwords.folders.members import members, missing
from lastwords.folders.reserved import TIMELINE_RECORD
from lastwords.folders.runfolder import AttemptFolder, attempt_folder
from lastwords.shipping.wire import PREFIX, Part
from lastwords.store.runs import Store
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.supervisor import Supervisor

FAILURE = b"""Traceback (most recent call last):
  File "/srv/there/train.py", line 3, in <module>
    raise ValueError("the rows are gone")
ValueError: the rows are gone
"""
ECHO = b"""Traceback (most recent call last):
  File "/srv/there/train.py", line 9, in <module>
    dist.all_reduce(tensor)
RuntimeError: [../third_party/gloo/transport/tcp/pair.cc:534] Connection closed by peer [10.0.0.2]:7
"""
FIRST, THEN = "2026-01-02T03:05:05.000Z", "2026-01-02T03:05:09.000Z"


@pytest.fixture
def machine(anonymous: FlaskClient, store: Store) -> Sender:
    return a_sender(anonymous, store)


def a_rank(machine: Sender, rank: int, size: int = 2, key: str = "k", restart: int = 0) -> Sender:
    """A rank that has joined."""
    sender = Sender(machine.client, machine.enrol_token)
    answer = joined(sender, rank, size, key, restart)
    assert answer.status_code == 201, answer.data
    return sender


def joined(sender: Sender, rank: int, size: int, key: str = "k", restart: int = 0) -> Any:
    join = {"key": key, "rank": rank, "size": size}
    engine = {"kind": "Slurm", "job": "12", "restart": str(restart)}
    return sender.open(join=join, engine=engine, host={"name": f"node{rank}"})


def place(sender: Sender) -> tuple[str, int, int]:
    opened = sender.opened
    return opened["run"], opened["attempt"], opened["member"]


def ends(sender: Sender, log: bytes = b"", **result: Any) -> None:
    if log:
        assert sender.send(Part("output.log", 0, log)).status_code == 200
    answer = sender.end({"output.log": log}, a_result(**result))
    assert answer.status_code == 200, answer.data


def shown(client: FlaskClient, run: str, supervisor: Supervisor) -> dict[str, Any]:
    supervisor.settle()
    answer = client.get(f"{PREFIX}/runs/{run}")
    assert answer.status_code == 200, answer.data
    return answer.json or {}


# --- who opens, who joins -------------------------------------------------------------------------


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), size=st.integers(1, 5), restarts=st.integers(1, 3))
def test_whatever_the_order_and_however_often_ranks_open_one_run(
    machine: Sender, store: Store, data: st.DataObject, size: int, restarts: int
) -> None:
    key = f"key {os.urandom(4).hex()}"
    asked = [(rank, restart) for rank in range(size) for restart in range(restarts)]
    opens = data.draw(st.permutations(asked + data.draw(st.lists(st.sampled_from(asked)))))
    senders = {each: Sender(machine.client, machine.enrol_token) for each in asked}
    seen: dict[tuple[int, int], tuple[str, int, int]] = {}
    for rank, restart in opens:
        sender = senders[rank, restart]
        assert joined(sender, rank, size, key, restart).status_code == 201
        assert place(sender) == seen.setdefault((rank, restart), place(sender))
    assert len({run for run, _, _ in seen.values()}) == 1
    assert all(member == rank for (rank, _), (_, _, member) in seen.items())
    attempts = {restart: {seen[rank, restart][1] for rank in range(size)} for _, restart in asked}
    assert all(len(found) == 1 for found in attempts.values())
    numbers = [attempts[restart].pop() for restart in range(restarts)]
    assert numbers == sorted(set(numbers))  # a later start is a later attempt
    (run,) = {run for run, _, _ in seen.values()}
    assert store.run(run).attempt == numbers[-1]


def test_ranks_that_open_at_once_make_one_run(machine: Sender, anonymous: FlaskClient) -> None:
    app = anonymous.application
    senders = [Sender(app.test_client(), machine.enrol_token) for _ in range(6)]
    barrier = threading.Barrier(len(senders))

    def open_one(rank: int) -> None:
        barrier.wait()
        joined(senders[rank], rank, len(senders))

    threads = [threading.Thread(target=open_one, args=[rank]) for rank in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({sender.opened["run"] for sender in senders}) == 1
    assert [sender.opened["member"] for sender in senders] == list(range(len(senders)))


def test_the_same_rank_again_is_the_next_use_of_the_key(machine: Sender) -> None:
    first = [place(a_rank(machine, rank)) for rank in (0, 1)]
    second = [place(a_rank(machine, rank)) for rank in (1, 0)]
    assert first[0][0] == first[1][0] != second[0][0] == second[1][0]


def test_another_token_joins_nothing_of_this_one(machine: Sender, store: Store) -> None:
    mine = a_rank(machine, 0)
    other = a_sender(machine.client, store, "other")
    theirs = a_rank(other, 1)
    assert mine.opened["run"] != theirs.opened["run"]


@pytest.mark.parametrize(("rank", "size"), [(2, 2), (0, 2000), (1, 3)])
def test_a_rank_that_cannot_be_is_refused(machine: Sender, rank: int, size: int) -> None:
    a_rank(machine, 0)
    answer = joined(Sender(machine.client, machine.enrol_token), rank, size)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-field")


def test_a_rank_of_a_deleted_run_is_told_so(
    machine: Sender, client: FlaskClient, supervisor: Supervisor
) -> None:
    first = a_rank(machine, 0)
    client.post(f"{PREFIX}/runs/{first.opened['run']}/lost")
    assert client.delete(f"{PREFIX}/runs/{first.opened['run']}").status_code == 204
    answer = joined(Sender(machine.client, machine.enrol_token), 1, 2)
    assert (answer.status_code, answer.json["type"]) == (410, "/problems/run-deleted")


def test_a_token_of_a_rank_sends_no_other_rank(machine: Sender, config: Config) -> None:
    one, two = a_rank(machine, 0), a_rank(machine, 1)
    path = two.path
    answer = one.ask("GET", f"{path}/batch", one.opened["token"])
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-token")  # type: ignore[index]


def test_each_rank_has_its_own_bytes(machine: Sender, config: Config) -> None:
    two, one = a_rank(machine, 1), a_rank(machine, 0)  # rank 0 comes last
    one.send(Part("output.log", 0, b"zero"))
    two.send(Part("output.log", 0, b"one"))
    assert one.folder(config).log.read_bytes() == b"zero"
    assert two.folder(config).log.read_bytes() == b"one"
    assert two.folder(config).path.parts[-3:] == ("1", "ranks", "1")
    assert [each.member for each in members(one.folder(config))] == [0, 1]


def test_until_rank_0_has_come_its_place_says_who_opened(machine: Sender, config: Config) -> None:
    two = a_rank(machine, 1)
    folder = two.folder(config)
    assert [each.member for each in members(folder)] == [1] and missing(folder) == [0]
    a_rank(machine, 0)
    assert [each.member for each in members(folder)] == [0, 1] and missing(folder) == []


# --- what they come to ----------------------------------------------------------------------------

Told = tuple[bytes, dict[str, Any]]
WELL: Told = b"", {}
BREAKS: Told = FAILURE, {"exitCode": 1, "finishedAt": FIRST}
ECHOES: Told = ECHO, {"exitCode": 1, "finishedAt": "2026-01-02T03:05:04.900Z"}
BREAKS_LATER: Told = FAILURE, {"exitCode": 1, "finishedAt": THEN}
STOPPED: Told = (
    b"",
    {
        "exitCode": None,
        "signal": "SIGTERM",
        "finishedAt": THEN,
        "stop": {"by": "SIGTERM from Slurm job 12", "at": "2026-01-02T03:05:06.000Z",
                 "reason": "stopped_by_scheduler", "signal": 15},
    },
)  # fmt: skip
IS_LOST: Told = b"", {"exitCode": None, "lost": "recorder_lost"}


@pytest.mark.parametrize(
    ("told", "status", "rank", "cause"),
    [
        ([WELL, WELL], "completed", 0, "ok"),
        ([WELL, BREAKS], "failed", 1, "code.error"),
        ([ECHOES, BREAKS], "failed", 1, "code.error"),  # the echo ended first
        ([BREAKS_LATER, BREAKS], "failed", 1, "code.error"),
        ([ECHOES, WELL], "failed", 0, "distributed.peer"),
        ([STOPPED, WELL], "cancelled", 0, None),
        ([STOPPED, BREAKS], "failed", 1, "code.error"),  # the scheduler ended the rest of it
        ([STOPPED, BREAKS_LATER], "cancelled", 0, None),
        ([STOPPED, ECHOES], "failed", 1, "distributed.peer"),  # for which the rest was ended
        ([STOPPED, (ECHO, BREAKS_LATER[1])], "cancelled", 0, None),
        ([WELL, IS_LOST], "lost", 1, None),
        ([BREAKS, IS_LOST], "failed", 0, "code.error"),
    ],
)
def test_all_of_them_come_to_one_status(
    machine: Sender,
    client: FlaskClient,
    supervisor: Supervisor,
    store: Store,
    told: Sequence[Told],
    status: str,
    rank: int,
    cause: str | None,
) -> None:
    senders = [a_rank(machine, number, len(told)) for number in range(len(told))]
    run = senders[0].opened["run"]
    for sender, (log, result) in zip(senders, told, strict=True):
        assert shown(client, run, supervisor)["status"] == "running"
        ends(sender, log, **result)
    found = shown(client, run, supervisor)
    assert (found["status"], store.run(run).member) == (status, rank)
    if cause:
        assert found["cause"] == cause
    if status == "failed" and told[rank][0]:
        assert found["errorMessage"] == told[rank][0].decode().rstrip("\n")
        assert client.get(f"{PREFIX}/runs/{run}/log", buffered=True).data == told[rank][0]


def test_clocks_that_differ_are_set_right_to_find_who_failed_first(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, store: Store
) -> None:
    ahead = Sender(machine.client, machine.enrol_token)
    clock = {"name": "node0", "clock": "2099-01-01T00:00:00.000Z"}
    ahead.open(join={"key": "k", "rank": 0, "size": 2}, host=clock)
    right = a_rank(machine, 1)
    ends(ahead, FAILURE, exitCode=1, startedAt=None, finishedAt="2098-12-31T23:00:00.000Z")
    ends(right, FAILURE, exitCode=1, startedAt=None, finishedAt="2099-01-01T00:00:00.000Z")
    assert shown(client, right.opened["run"], supervisor)["status"] == "failed"
    assert store.run(right.opened["run"]).member == 0


def backdated(folder: AttemptFolder, config: Config, seconds: float) -> None:
    """A rank that was heard so long ago, by a server that has listened ever since."""
    old = time.time() - seconds
    os.utime(folder.contact, (old, old))
    draft = config.home / "listening.test"
    draft.write_text(f"{old}\n")
    draft.replace(config.home / "listening")  # at no time without a word: the server looks at it


def test_a_rank_that_never_joins_is_said_and_is_no_end(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, config: Config
) -> None:
    for rank in (0, 1, 2):
        ends(a_rank(machine, rank, 4))
    (run,) = {run.id for run in supervisor.store.active()}
    found = shown(client, run, supervisor)
    assert found["status"] == "running"
    flags = {flag["flag"]: flag["detail"] for flag in found["flags"]}
    assert flags["member_missing"] == "Rank 3 of 4 never joined."
    for folder in members(attempt_folder(config.home, run, 1)):
        backdated(folder, config, 9000)
    assert shown(client, run, supervisor)["status"] == "running"  # silence is no verdict
    assert client.post(f"{PREFIX}/runs/{run}/lost").json["status"] == "lost"  # type: ignore[index]
    found = shown(client, run, supervisor)
    assert "member_missing" in {flag["flag"] for flag in found["flags"]}
    late = a_rank(machine, 3, 4)
    ends(late, b"late", exitCode=0)
    assert late.folder(config).log.read_bytes() == b"late"
    found = shown(client, run, supervisor)
    assert (found["status"], found["attempt"]) == ("lost", 1)
    assert "came_back" in {flag["flag"] for flag in found["flags"]}


def test_a_failure_waits_a_while_for_ranks_that_have_not_come(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, config: Config
) -> None:
    first = a_rank(machine, 0, 3)
    ends(first, FAILURE, exitCode=1)
    run = first.opened["run"]
    assert shown(client, run, supervisor)["status"] == "running"
    backdated(first.folder(config), config, 100)
    assert shown(client, run, supervisor)["status"] == "failed"


def test_the_silence_of_any_rank_that_goes_on_is_out_of_contact(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, config: Config
) -> None:
    one, two = a_rank(machine, 0), a_rank(machine, 1)
    ends(one)
    backdated(one.folder(config), config, 9000)
    assert shown(client, one.opened["run"], supervisor)["outOfContact"] is False
    backdated(two.folder(config), config, 9000)
    found = shown(client, one.opened["run"], supervisor)
    (flag,) = (flag for flag in found["flags"] if flag["flag"] == "out_of_contact")
    assert "rank 1 (node1)" in flag["detail"]
    assert shipped.out_of_contact_since(one.folder(config)) is not None


def test_a_cancel_reaches_all_of_them(machine: Sender, client: FlaskClient) -> None:
    one, two = a_rank(machine, 1, 3), a_rank(machine, 0, 3)
    assert client.post(f"{PREFIX}/runs/{one.opened['run']}/cancel").status_code == 202
    three = a_rank(machine, 2, 3)  # which comes later
    for sender in (one, two, three):
        assert sender.positions().json["stop"]["reason"] == "stopped_by_user"  # type: ignore[index]


def test_a_rebuilt_list_has_the_same_end(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, config: Config
) -> None:
    senders = [a_rank(machine, rank) for rank in (1, 0)]
    ends(senders[0], FAILURE, exitCode=1)
    ends(senders[1])
    run = senders[0].opened["run"]
    before = shown(client, run, supervisor)
    assert before["status"] == "failed"
    supervisor.store.remove_run(run)
    reconcile(config)
    assert replace(supervisor.store.run(run), number=0).member == 1
    after = shown(client, run, supervisor)
    assert after["errorMessage"] == before["errorMessage"]


def test_ranks_find_their_run_again_when_the_server_has_lost_its_database(
    machine: Sender, client: FlaskClient, supervisor: Supervisor
) -> None:
    senders = [a_rank(machine, rank, 3) for rank in (1, 0)]
    run = senders[0].opened["run"]
    with supervisor.store.writing():
        for table in ("shipments", "shipment_tokens", "joins"):
            supervisor.store.db.execute(f"DELETE FROM {table}")
    for sender, rank in zip(senders, (1, 0), strict=True):
        assert joined(sender, rank, 3).status_code == 201
        assert place(sender) == (run, 1, rank)
    late = a_rank(machine, 2, 3)
    assert place(late) == (run, 1, 2)
    assert place(a_rank(machine, 2, 3))[0] != run  # which is another start with the same key
    for sender in (*senders, late):
        ends(sender)
    assert shown(client, run, supervisor)["status"] == "completed"


# --- what is shown of each ------------------------------------------------------------------------


def test_each_rank_shows_its_own_log_error_and_end(
    machine: Sender, client: FlaskClient, supervisor: Supervisor
) -> None:
    senders = [a_rank(machine, rank, 3) for rank in (0, 1)]
    for sender, (log, result) in zip(senders, (ECHOES, BREAKS), strict=True):
        ends(sender, log, **result)
    path = f"{PREFIX}/runs/{senders[0].opened['run']}"
    config = supervisor.config
    for sender in senders:
        backdated(sender.folder(config), config, 100)
    found = shown(client, senders[0].opened["run"], supervisor)
    told = [
        (each["rank"], each["host"], each["status"], each["cause"], each["decides"])
        for each in found["members"]
    ]
    assert told == [
        (0, "node0", "failed", "distributed.peer", False),
        (1, "node1", "failed", "code.error", True),
        (2, None, "missing", None, False),
    ]
    for rank, log in enumerate((ECHO, FAILURE)):
        assert client.get(f"{path}/log?rank={rank}", buffered=True).data == log
        assert client.get(f"{path}/error?rank={rank}").data == log.rstrip(b"\n")
    assert client.get(f"{path}/diagnosis?rank=0").json["cause"] == "distributed.peer"  # type: ignore[index]
    assert client.get(f"{path}/log/meta?rank=2").status_code == 404


def test_the_merged_log_is_by_time_then_rank_then_place(
    machine: Sender, client: FlaskClient, config: Config
) -> None:
    senders = [a_rank(machine, rank) for rank in (0, 1)]
    logs = (b"a1\na2\n", b"b1\nb2\n")
    marks = ([(1_000_000.0, 3), (3_000_000.0, 6)], [(2_000_000.0, 3), (3_000_000.0, 6)])
    for sender, log, times in zip(senders, logs, marks, strict=True):
        timeline = b"".join(TIMELINE_RECORD.pack(*mark) for mark in times)
        sender.send(Part("output.log", 0, log), Part("timeline", 0, timeline))
    answer = client.get(f"{PREFIX}/runs/{senders[0].opened['run']}/log/merged")
    lines = (answer.json or {})["lines"]
    found = [(line["rank"], line["number"], line["text"]) for line in lines]
    assert found == [(0, 1, "a1"), (1, 1, "b1"), (0, 2, "a2"), (1, 2, "b2")]
    last = client.get(f"{PREFIX}/runs/{senders[0].opened['run']}/log/merged?count=1").json
    assert [line["text"] for line in last["lines"]] == ["b2"]  # type: ignore[index]
