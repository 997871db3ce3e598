"""The OpenAPI document says what the server does."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.conftest import TOKEN
from tests.real import PREFIX, ROOT, Server


def test_every_route_is_documented_and_no_other(app: Flask, client: FlaskClient) -> None:
    paths = client.get(f"{PREFIX}/openapi.json").get_json()["paths"]
    documented = {(m.upper(), path) for path, methods in paths.items() for m in methods}
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.endpoint.endswith(".nothing")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented == routes


def test_the_document_knows_where_it_is_mounted(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    assert all(path.startswith(PREFIX) for path in document["paths"])


def test_every_reference_of_the_document_leads_somewhere(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    for name in re.findall(r'"\$ref": ?"#/components/([^"]+)"', json.dumps(document)):
        kind, _, key = name.partition("/")
        assert key in document["components"][kind], name


def test_a_problem_is_described_once_for_all_endpoints(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    assert json.dumps(document["paths"]).count("problem+json") == 0
    told = document["paths"][f"{PREFIX}/runs/{{id}}"]["get"]["responses"]["404"]["$ref"]
    described = document["components"]["responses"][told.rpartition("/")[2]]
    assert described["description"] == "Not found"
    assert list(described["content"]) == ["application/problem+json"]


def test_every_operation_has_an_id_of_its_own(client: FlaskClient) -> None:
    document = client.get(f"{PREFIX}/openapi.json").get_json()
    ids = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids)) > 10


def test_the_document_can_be_had_without_a_server() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lastwords.api.openapi"], capture_output=True, check=True
    )
    assert json.loads(done.stdout)["openapi"] == "3.1.0"


def test_no_request_that_can_be_made_up_gets_an_undocumented_answer(server: Server) -> None:
    """Schemathesis: a few requests for each operation, good and bad, against a real server."""
    tool = ROOT / ".venv" / "bin" / "schemathesis"
    if not tool.exists():
        pytest.skip("schemathesis is not installed")
    done = subprocess.run(
        [
            tool, "run", f"{server.url}{PREFIX}/openapi.json", f"--url={server.url}",
            "--header", f"Authorization: Bearer {TOKEN}", "--phases=fuzzing",
            "--max-examples=6", "--seed=7", "--generation-deterministic", "--no-color",
            "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_schema_conformance",
            "--exclude-path-regex=/(login|logout)$",
        ],
        capture_output=True,
        cwd=server.home,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode()[-6000:]
