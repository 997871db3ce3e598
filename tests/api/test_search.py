"""Finding runs over HTTP: queries, orders, columns, completions and saved views."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.api.test_runs import ended, failed, train

from lastwords.server.app import PREFIX

SETTINGS = {"learningRate": 6e-4, "epochs": 2}


@pytest.fixture
def ids(client: FlaskClient) -> tuple[str, str]:
    """A run that failed, and one that was trained."""
    bad, good = failed(client), train(client, "trains", name="the good one", **SETTINGS)
    ended(client, good)
    return bad, good


def _listed(client: FlaskClient, **query: str) -> list[str]:
    answer = client.get(f"{PREFIX}/runs", query_string=query).get_json()
    assert sum(answer["counts"].values()) == len(answer["runs"])
    return [run["id"] for run in answer["runs"]]


def test_a_run_is_found_by_its_parameters_and_its_end(
    client: FlaskClient, ids: tuple[str, str]
) -> None:
    bad, good = ids
    assert _listed(client, q="lr:6e-4") == [good] == _listed(client, q="epochs:<3 good")
    assert _listed(client, q="status:failed since:today", zone="Europe/Berlin") == [bad]
    assert _listed(client, q="until:yesterday") == []
    assert _listed(client, sort="epochs") == [good, bad] == _listed(client, sort="active")


def test_a_mistake_names_the_token_and_the_remedy(client: FlaskClient) -> None:
    answer = client.get(f"{PREFIX}/runs?q=good+status:faild")
    problem = answer.get_json()
    assert answer.status_code == 422 and problem["type"] == "/problems/invalid-field"
    assert problem["field"] == "q" and problem["token"] == "status:faild"
    assert "did you mean failed?" in problem["detail"]


def test_runs_are_listed_with_the_columns_asked_for(
    client: FlaskClient, ids: tuple[str, str]
) -> None:
    columns = client.get(f"{PREFIX}/runs/columns").get_json()
    assert {"learningRate", "epochs"} <= set(columns["parameters"])
    assert "loss" in columns["metrics"]
    asked = {"columns": "learningRate,loss,nothing", "q": "good"}
    (run,) = client.get(f"{PREFIX}/runs", query_string=asked).get_json()["runs"]
    assert run["values"].keys() == {"learningRate", "loss"}
    assert run["values"]["learningRate"] == 6e-4


def _completed(client: FlaskClient, typed: str) -> list[str]:
    answer = client.get(f"{PREFIX}/runs/completions", query_string={"q": typed}).get_json()
    return [typed[: answer["start"]] + each["text"] for each in answer["completions"]]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("sta", ["status:", "stage:"]),
        ("good learn", ["good learningRate:"]),
        ("status:f", ["status:failed"]),
        ("good -status:comp", ["good -status:completed"]),
        ("since:to", ["since:today"]),
        ("learningRate:", ["learningRate:5e-05", "learningRate:0.0006"]),
        ('"sta', []),
        ("status:failed", []),
    ],
)
def test_what_is_typed_is_completed(
    client: FlaskClient, ids: tuple[str, str], typed: str, completed: list[str]
) -> None:
    assert _completed(client, typed) == completed


def _views(client: FlaskClient) -> Any:
    return client.get(f"{PREFIX}/views").get_json()["views"]


def test_a_view_is_saved_replaced_and_deleted(client: FlaskClient) -> None:
    for name, query in [("b/ß?", "q=1"), ("A", "q=2"), ("A", "q=3&sort=-finalLoss")]:
        body = {"name": name, "query": query}
        assert client.post(f"{PREFIX}/views", json=body).get_json() == body
    assert [view["query"] for view in _views(client)] == ["q=3&sort=-finalLoss", "q=1"]
    assert client.delete(f"{PREFIX}/views/b/%C3%9F%3F").status_code == 204
    assert client.delete(f"{PREFIX}/views/b/%C3%9F%3F").status_code == 404
    assert [view["name"] for view in _views(client)] == ["A"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " ", "query": ""},
        {"name": "a" * 61, "query": ""},
        *({"name": name, "query": ""} for name in (".", " .. ", "/a")),  # by no address deleted
        {"name": "a", "query": "q= "},
    ],
)
def test_a_view_that_does_not_fit_is_refused(client: FlaskClient, body: dict[str, str]) -> None:
    assert client.post(f"{PREFIX}/views", json=body).status_code == 422
    assert _views(client) == []


def test_there_is_an_end_to_views(client: FlaskClient) -> None:
    for number in range(100):
        client.post(f"{PREFIX}/views", json={"name": str(number), "query": ""})
    refused = client.post(f"{PREFIX}/views", json={"name": "one more", "query": ""})
    assert refused.status_code == 422 and refused.get_json()["field"] == "name"
    assert client.post(f"{PREFIX}/views", json={"name": "7", "query": "q=1"}).status_code == 200
