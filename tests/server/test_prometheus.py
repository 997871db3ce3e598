"""Figures for a monitoring system, the storage of a home, and the health of its server."""

from __future__ import annotations

import platform
import re
import signal
from pathlib import Path

from flask.testing import FlaskClient
from tests.api.test_runs import ended, failed, show, train
from tests.real import PREFIX, says, until

from lastwords.folders.runfolder import attempt_folder
from lastwords.recording import processes, recorder

SAMPLE = re.compile(r'([a-z_]+)(?:{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)})? (-?[0-9.e+-]+)')


def figures(client: FlaskClient) -> dict[tuple[str, str], float]:
    """Every sample by name and labels, each line checked against the format."""
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.text.endswith("\n")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("# "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            found[match[1], match[2] or ""] = float(match[3])
            assert f"# TYPE {match[1]} gauge" in answer.text
    return found


def test_runs_are_counted_by_status(client: FlaskClient) -> None:
    failed(client)
    run = ended(client, train(client, "trains"))
    seen = figures(client)
    assert seen["lastwords_runs", 'status="failed"'] == 1
    assert seen["lastwords_runs", 'status="completed"'] == 1
    assert seen["lastwords_runs", 'status="lost"'] == seen["lastwords_queue_length", ""] == 0
    assert (
        seen["lastwords_log_bytes", ""] > run["logBytes"] and seen["lastwords_free_bytes", ""] > 0
    )
    assert any(name == "lastwords_build_info" and "version=" in labels for name, labels in seen)


def test_the_watch_tells_when_it_last_looked(client: FlaskClient) -> None:
    until(lambda: ("lastwords_watch_age_seconds", "") in figures(client))
    assert figures(client)["lastwords_watch_age_seconds", ""] >= 0


def test_nobody_gets_figures_without_a_login(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/metrics")
    assert answer.status_code == 401 and "lastwords_runs" not in answer.text
    assert answer.get_json()["type"] == "/problems/login-required"


def test_storage_is_counted_in_the_background(client: FlaskClient) -> None:
    run_id = failed(client)
    path = f"{PREFIX}/storage"
    found = until(lambda: (seen := client.get(path).get_json())["homeBytes"] and seen)
    assert found["freeBytes"] > 0 and found["countedAt"]
    assert [run["id"] for run in found["runs"]] == [run_id] and found["runs"][0]["bytes"] > 0
    assert found["retention"] == {"keep": None, "olderThanDays": None}


def test_the_health_tells_what_runs_and_that_runs_are_looked_after(client: FlaskClient) -> None:
    path = f"{PREFIX}/health"
    until(lambda: client.get(path).get_json()["supervisor"]["lookedSecondsAgo"] is not None)
    found = client.get(path).get_json()
    assert found["versions"]["python"] == platform.python_version()
    assert found["supervisor"]["leads"] and found["supervisor"]["queued"] == 0
    assert found["recorders"] == {"running": 0, "troubled": []}


def test_a_recorder_that_died_is_named_while_its_run_goes_on(
    client: FlaskClient, home: Path
) -> None:
    run_id = train(client, "hangs")
    folder = attempt_folder(home, run_id, 1)
    says(folder, b"ready")
    until(lambda: show(client, run_id)["status"] == "running")
    processes.send_signal(until(lambda: recorder.recorder_identity(folder)), signal.SIGKILL)
    path = f"{PREFIX}/health"
    found = until(lambda: (seen := client.get(path).get_json()["recorders"])["troubled"] and seen)
    assert found["running"] == 1
    assert [(each["run"], each["flag"]) for each in found["troubled"]] == [(run_id, "adopted")]
    assert "recorder died" in found["troubled"][0]["detail"]
