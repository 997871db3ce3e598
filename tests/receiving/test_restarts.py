"""A job that its scheduler starts again: the next attempt of the same run."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.receiving.kit import Sender, a_result, a_sender, a_spec
from tests.receiving.test_ranks import FAILURE, STOPPED, a_rank, ends, place, shown

from lastwords.config import Config
from lastwords.folders.members import members
from lastwords.shipping.wire import Part
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


@pytest.fixture
def machine(anonymous: FlaskClient, store: Store) -> Sender:
    return a_sender(anonymous, store)


def test_a_requeued_job_is_the_next_attempt_of_its_run(
    machine: Sender, client: FlaskClient, supervisor: Supervisor
) -> None:
    first = a_rank(machine, 0, 1)
    log, result = STOPPED
    ends(first, log, **result)
    again = a_rank(machine, 0, 1, restart=1)
    assert place(again) == (first.opened["run"], 2, 0)
    ends(again)
    found = shown(client, first.opened["run"], supervisor)
    assert found["status"] == "completed"
    assert [attempt["status"] for attempt in found["attempts"]] == ["cancelled", "completed"]


def test_a_start_that_never_told_its_end_is_lost_as_requeued_and_its_bytes_are_kept(
    machine: Sender, client: FlaskClient, supervisor: Supervisor, config: Config
) -> None:
    first = a_rank(machine, 0, 1)
    first.send(Part("output.log", 0, b"half"))
    again = a_rank(machine, 0, 1, restart=1)
    run = first.opened["run"]
    found = shown(client, run, supervisor)
    assert (found["status"], found["attempt"]) == ("running", 2)
    assert (found["attempts"][0]["status"], found["attempts"][0]["reason"]) == ("lost", "requeued")
    first.send(Part("output.log", 4, b" and whole"))
    assert first.end({"output.log": b"half and whole"}, a_result()).status_code == 200
    assert first.folder(config).log.read_bytes() == b"half and whole"
    ends(again, b"new")
    found = shown(client, run, supervisor)
    assert [attempt["status"] for attempt in found["attempts"]] == ["lost", "completed"]
    assert again.folder(config, 2).log.read_bytes() == b"new"


def test_an_earlier_start_that_comes_later_goes_before_it(
    machine: Sender, client: FlaskClient, supervisor: Supervisor
) -> None:
    again = a_rank(machine, 0, 1, restart=1)
    first = a_rank(machine, 0, 1, restart=0)
    assert place(first)[0] == place(again)[0] and place(first)[1] < place(again)[1]
    ends(first, FAILURE, exitCode=1)
    ends(again)
    found = shown(client, again.opened["run"], supervisor)
    assert found["status"] == "completed"
    assert [attempt["status"] for attempt in found["attempts"]] == ["failed", "completed"]


def test_a_spec_names_no_rank_of_its_own(machine: Sender, config: Config) -> None:
    sender = Sender(machine.client, machine.enrol_token)
    sender.open(spec=a_spec(join={"key": "k", "rank": 0, "size": 9}))
    assert members(sender.folder(config)) == [sender.folder(config)]
