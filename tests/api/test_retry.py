"""Retrying through the API: advice that carries a change, and a retry that makes it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.real import PREFIX, Server, until

from lastwords.config import Config
from lastwords.security.audit import Audit

MODE = "fits-4-examples"


def _failed(server: Server, batch: int = 8) -> dict[str, Any]:
    return server.ended(server.train(MODE, batchSize=batch))


def _fixes(server: Server, run_id: str, query: str = "") -> list[dict[str, Any]]:
    advice = server.get(f"/runs/{run_id}/diagnosis{query}").json["advice"]
    return [item for item in advice if item["fix"]]


def test_advice_carries_the_change_and_a_retry_makes_it(server: Server) -> None:
    run = _failed(server)
    item = _fixes(server, run["id"])[0]
    assert item["fix"]["set"] == {"batchSize": 4, "accumulation": 2}
    assert item["fix"]["keeps"] == "the optimiser step" and item["worked"] == {"of": 0, "times": 0}
    assert item["command"] == f"lastwords retry {run['id']} --fix 1"
    answer = server.post(f"/runs/{run['id']}/retry", {"fix": item["fix"]["number"]})
    assert (answer.status, answer.json["attempt"]) == (202, 2)
    done = server.ended(run["id"])
    assert (done["status"], done["spec"]["batchSize"]) == ("completed", 4)
    first, second = done["attempts"]
    assert first["changed"] is None and second["changed"]["fix"] == "smaller-batch"
    assert second["changed"]["by"]


def test_the_page_of_an_earlier_attempt_offers_no_change(server: Server) -> None:
    run = _failed(server)
    server.post(f"/runs/{run['id']}/retry", {"set": {"batchSize": 4}})
    server.ended(run["id"])
    assert _fixes(server, run["id"], "?attempt=1") == []


def test_it_says_how_often_a_fix_worked_here(server: Server) -> None:
    run = _failed(server)
    server.post(f"/runs/{run['id']}/retry", {"fix": 1})
    server.ended(run["id"])
    assert _fixes(server, _failed(server)["id"])[0]["worked"] == {"of": 1, "times": 1}


def test_a_retry_without_a_body_changes_nothing(server: Server) -> None:
    run = _failed(server)
    assert server.post(f"/runs/{run['id']}/retry").status == 202
    again = server.ended(run["id"])
    assert again["attempt"] == 2 and again["changed"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"set": {"batchsize": 4}}, "batchsize"),
        ({"set": {"batchSize": 0}}, "batchSize"),
        ({"set": 4}, "set"),
        ({"fix": 0}, "fix"),
        ({"fix": 99}, "fix"),
        ({"fixes": 1}, "fixes"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_its_field(
    server: Server, body: dict[str, Any], field: str
) -> None:
    run = _failed(server)
    answer = server.post(f"/runs/{run['id']}/retry", body)
    assert (answer.status, answer.json["field"]) == (422, field)
    assert server.run(run["id"])["attempt"] == 1


def test_the_audit_says_what_a_retry_changed(server: Server) -> None:
    run = _failed(server)
    server.post(f"/runs/{run['id']}/retry", {"set": {"batchSize": 2}})
    entries = Audit(Config(home=server.home)).page(50).entries
    (entry,) = [entry for entry in entries if entry.action == "retry"]
    assert entry.run == run["id"] and '"batchSize": 2' in (entry.detail or "")


def test_a_recorded_command_gets_a_command_line_and_no_retry(server: Server) -> None:
    from tests.cli.kit import run_json

    script = "raise MemoryError('Unable to allocate 9.1 GiB for an array')"
    command = ["python3", "-c", script, "--batch_size", "8"]
    run = run_json(server.home, *command)
    until(lambda: server.get(f"/runs/{run['id']}").status == 200)
    item = _fixes(server, run["id"])[0]
    assert item["fix"]["command"] == [*command[:-1], "4"] and "set" not in item["fix"]
    assert "4 examples instead of 8" in item["fix"]["effect"]
    assert server.post(f"/runs/{run['id']}/retry", {"fix": 1}).status == 409
    assert server.ask("GET", f"{PREFIX}/runs/{run['id']}/failure").json["advice"][0]["fix"]
