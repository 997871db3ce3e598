"""The blueprint in somebody else's Flask app, in three lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from tests.conftest import TOKEN

from lastwords.api import close, training_blueprint

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def foreign(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app that knows nothing of Lastwords."""
    monkeypatch.setenv("LASTWORDS_TOKEN", TOKEN)
    app = Flask("foreign")
    app.add_url_rule("/", view_func=lambda: "their page")
    app.register_blueprint(training_blueprint(home), url_prefix="/admin/training")
    yield app
    close(app)


def test_it_answers_where_it_is_mounted(foreign: Flask) -> None:
    answer = foreign.test_client().get("/admin/training/runs", headers=BEARER)
    assert answer.get_json()["runs"] == []


def test_it_has_its_own_login(foreign: Flask) -> None:
    assert foreign.test_client().get("/admin/training/runs").status_code == 401


def test_its_errors_are_problems_and_those_of_the_app_stay_the_apps(foreign: Flask) -> None:
    client = foreign.test_client()
    for method, path, status in [("GET", "nothing", 404), ("PUT", "runs", 405)]:
        answer = client.open(f"/admin/training/{path}", method=method, headers=BEARER)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
    theirs = client.get("/nothing")
    assert theirs.status_code == 404 and theirs.content_type.startswith("text/html")


def test_its_errors_are_problems_in_an_app_that_has_pages_for_them(foreign: Flask) -> None:
    for code in (400, 404, 405):
        foreign.register_error_handler(code, lambda error: (f"their {error.code}", error.code))
    client = foreign.test_client()
    asked = [("GET", "nothing", None), ("PUT", "runs", None), ("POST", "runs", "{")]
    for (method, path, body), status in zip(asked, (404, 405, 400), strict=True):
        answer = client.open(
            f"/admin/training/{path}",
            method=method,
            headers=BEARER,
            data=body,
            content_type="application/json",
        )
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert client.get("/nothing").text == "their 404"


def test_the_apps_own_pages_are_left_alone(foreign: Flask) -> None:
    answer = foreign.test_client().get("/", headers={"Host": "their.example"})
    assert answer.text == "their page" and "Content-Security-Policy" not in answer.headers


def test_its_host_rule_holds_there_too(foreign: Flask) -> None:
    headers = BEARER | {"Host": "evil.example"}
    assert foreign.test_client().get("/admin/training/runs", headers=headers).status_code == 400


def test_its_document_names_the_addresses_it_has_there(foreign: Flask) -> None:
    document = foreign.test_client().get("/admin/training/openapi.json", headers=BEARER)
    assert all(path.startswith("/admin/training/") for path in document.get_json()["paths"])
