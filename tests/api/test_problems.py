"""Every error is a problem of RFC 9457, whatever its status."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient
from tests.real import PREFIX
from werkzeug.test import TestResponse

from lastwords.api import problems
from lastwords.records import LastwordsError
from lastwords.store.runs import Store

RUN = f"{PREFIX}/runs/run_19990101_000000"


def problem(answer: TestResponse, status: int, slug: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    found: dict[str, object] = answer.get_json()
    assert (found["status"], found["type"]) == (status, f"/problems/{slug}")
    assert found["title"] and found["detail"] and found["instance"]
    assert "Traceback" not in answer.text and "/backend/" not in answer.text
    return found


@pytest.mark.parametrize(
    "path",
    ["", "/error", "/log", "/log/meta", "/log/lines", "/diagnosis", "/report.md", "/metrics"],
)
def test_a_run_that_is_not_there_is_404_everywhere(client: FlaskClient, path: str) -> None:
    problem(client.get(RUN + path), 404, "run-not-found")


@pytest.mark.parametrize(
    "name",
    ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%252e%252e", "a%00b", "x" * 4000, "run_1", "․․"],
)
def test_no_text_in_the_place_of_an_id_opens_anything(client: FlaskClient, name: str) -> None:
    answer = client.get(f"{PREFIX}/runs/{name}/log")
    assert answer.status_code == 404 and b"root:" not in answer.data
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("path", ["/nothing", "/runs/x/y/z", "/", "/runs/"])
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    problem(client.get(PREFIX + path), 404, "not-found")


def test_a_page_below_api_is_404_and_not_the_page(client: FlaskClient) -> None:
    problem(client.get("/api/other"), 404, "not-found")
    problem(client.get("/api"), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/runs", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/runs/run_19990101_000000/cancel", {"OPTIONS", "POST"}),
        ("POST", "/runs/run_19990101_000000", {"GET", "HEAD", "OPTIONS", "DELETE", "PATCH"}),
        ("DELETE", "/runs/curves", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/config", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_405_with_those_that_are_right(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.open(PREFIX + path, method=method)
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed


def test_a_wrong_method_for_the_page_is_a_problem_too(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_sent_as_json_is_415(client: FlaskClient, content_type: str) -> None:
    answer = client.post(f"{PREFIX}/runs", data="{}", content_type=content_type)
    problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("body", ["", "{", "\xff", "[" * 100_000, "nul"])
def test_a_body_that_cannot_be_read_is_400(client: FlaskClient, body: str) -> None:
    data = body.encode("latin-1")
    answer = client.post(f"{PREFIX}/runs", data=data, content_type="application/json")
    problem(answer, 400, "bad-request")


def test_a_body_that_is_too_large_is_413(client: FlaskClient) -> None:
    data = b'{"name": "' + b"x" * problems.BODY_LIMIT + b'"}'
    answer = client.post(f"{PREFIX}/runs", data=data, content_type="application/json")
    problem(answer, 413, "too-large")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", '"\\ud800"', "1" * 5000])
def test_a_number_that_is_none_is_turned_away(client: FlaskClient, value: str) -> None:
    data = f'{{"learningRate": {value}}}'
    answer = client.post(f"{PREFIX}/runs", data=data, content_type="application/json")
    assert answer.status_code in (400, 422)


def test_a_field_that_does_not_fit_is_named(client: FlaskClient) -> None:
    found = problem(client.post(f"{PREFIX}/runs", json={"epochs": 0}), 422, "invalid-field")
    assert found["field"] == "epochs"


def test_an_error_of_our_own_has_a_request_id_and_no_stack(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(Store, "page", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"{PREFIX}/runs")
    found = problem(answer, 500, "internal-error")
    assert str(found["requestId"]) in caplog.text and "ZeroDivisionError" in caplog.text
    assert "secret" not in answer.text


def test_an_unusable_database_is_503_with_the_remedy(
    client: FlaskClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for path in store.path.parent.glob("lastwords.db*"):
        path.unlink()
    found = problem(client.get(f"{PREFIX}/runs"), 503, "database-unavailable")
    assert "reconcile" in str(found["detail"])


def test_every_kind_of_error_that_an_answer_is_made_of_is_in_the_table() -> None:
    for kind, (slug, status, title) in problems.TABLE.items():
        assert issubclass(kind, LastwordsError) and 400 <= status < 600 and slug and title
