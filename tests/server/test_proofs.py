"""An adapter that takes long to check holds up no other run, no page and no end of the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.real import Server, clean_environment, until
from tests.server.test_readers import assert_others_are_served, seconds_of

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import Run, Status
from lastwords.store.runs import Store
from lastwords.supervision import proving
from lastwords.supervision.proving import Proofs
from lastwords.supervision.supervisor import Supervisor

CHECKING = "checking_adapter"


def _flags(run: dict[str, Any]) -> list[str]:
    return [flag["flag"] for flag in run["flags"]]


def _checked(server: Server, mode: str) -> str:
    """A run whose training has ended, and whose adapter is being checked."""
    run_id = server.train(mode)
    until(lambda: CHECKING in _flags(server.run(run_id)))
    return run_id


def _list(home: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "lastwords", "ls", "--json", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, env=clean_environment(), check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_while_an_adapter_is_checked_everything_else_goes_on(server: Server) -> None:
    run_id = _checked(server, "finishes-with-64gb-adapter")
    other = server.ended(server.train("exits-3"), 30)  # and the queue has but one place
    assert (other["status"], other["exitCode"]) == ("failed", 3)
    assert_others_are_served(server)
    listed: list[dict[str, Any]] = []
    assert seconds_of(lambda: listed.extend(_list(server.home)), 1)[0] < 10
    assert listed[1]["id"] == run_id and listed[1]["status"] == "running"
    assert seconds_of(server.end, 1)[0] < 30
    server.start()
    assert_others_are_served(server)
    assert server.run(run_id)["status"] == "running"
    assert server.end() == 0


def test_a_header_that_is_made_to_keep_its_reader_busy_keeps_nobody_else(server: Server) -> None:
    run_id = server.train("finishes-with-hostile-header")
    until(runfolder.attempt_folder(server.home, run_id, 1).result.exists)
    assert_others_are_served(server)
    assert server.ended(server.train("exits-3"), 30)["exitCode"] == 3
    assert server.run(run_id)["status"] in ("running", "failed")
    assert seconds_of(server.end, 1)[0] < 30


def test_a_large_adapter_gets_its_verdict_and_is_not_checked_again(server: Server) -> None:
    run_id = _checked(server, "finishes-with-0.1gb-adapter")
    run = server.ended(run_id, 60)
    assert run["status"] == "completed" and CHECKING not in _flags(run)
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    assert runfolder.read_fact(folder.path / "proof.json")


# --- in one process ------------------------------------------------------------------------------


@pytest.fixture
def proved(supervisor: Supervisor) -> Supervisor:
    """A supervisor whose proofs are made apart, however small."""
    supervisor.proofs = Proofs()
    return supervisor


@pytest.fixture(autouse=True)
def nothing_is_small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "proved" in request.fixturenames:
        monkeypatch.setattr(proving, "AT_ONCE", 0)
        monkeypatch.setattr(proving, "RETRY_SECONDS", 0.0)


def _trained(supervisor: Supervisor, mode: str) -> tuple[Run, AttemptFolder]:
    """A run that has ended and is not settled yet."""
    run = supervisor.create({"baseModel": mode}, "a test")
    supervisor.start_queued()
    folder = supervisor.folder(run)
    until(folder.result.exists)
    return run, folder


def _settled(supervisor: Supervisor, run: Run) -> Run:
    def look() -> Run | None:
        supervisor.settle()
        found = supervisor.store.run(run.id)
        return found if found.status != Status.RUNNING else None

    return until(look)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("trains", "ok"),
        ("finishes-with-nan-adapter", "nan_weights"),
        ("finishes-with-truncated-adapter", "adapter_invalid"),
        ("finishes-without-adapter", "exit0_no_adapter"),
    ],
)
def test_the_verdict_is_the_same_apart(proved: Supervisor, mode: str, reason: str) -> None:
    run, _ = _trained(proved, mode)
    found = _settled(proved, run)
    assert found.reason == reason and found.finished_at


def test_another_process_finds_the_verdict(proved: Supervisor, config: Config) -> None:
    run, folder = _trained(proved, "finishes-with-nan-adapter")
    proved.settle()
    until((folder.path / "proof.json").exists)
    assert proved.proofs is not None
    proved.proofs.stop()
    store = Store(config.database)
    other = Supervisor(config, store)
    other.proofs = Proofs()
    other.settle()
    assert store.run(run.id).reason == "nan_weights"
    store.close()


def test_a_verdict_on_other_files_is_none(proved: Supervisor) -> None:
    run, folder = _trained(proved, "trains")
    proved.settle()
    until((folder.path / "proof.json").exists)
    os.utime(folder.artifacts / "adapter_model.safetensors")
    proved.settle()
    assert proved.store.run(run.id).status == Status.RUNNING
    assert _settled(proved, run).reason == "ok"


@pytest.mark.parametrize("forged", ["{", "[]", '{"files": []}', '{"files": [], "reason": 5}'])
def test_a_verdict_without_the_form_of_one_is_none(proved: Supervisor, forged: str) -> None:
    run, folder = _trained(proved, "finishes-with-nan-adapter")
    (folder.path / "proof.json").write_text(forged)
    assert _settled(proved, run).reason == "nan_weights"


def test_a_check_that_ends_without_a_verdict_is_tried_again_and_then_told(
    proved: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import os; os.kill(os.getpid(), 9)"
    command = [sys.executable, "-S", "-c", script]
    monkeypatch.setattr(proving, "_command", lambda *_: command)
    run, _ = _trained(proved, "trains")
    found = _settled(proved, run)
    assert (found.status, found.reason) == (Status.FAILED, "adapter_invalid")
    assert "SIGKILL" in (found.detail or "")


def test_the_attempt_before_is_shown_without_a_second_check(
    proved: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, folder = _trained(proved, "finishes-with-nan-adapter")
    run = _settled(proved, run)
    proved.retry(run.id)
    (folder.artifacts / "adapter_model.safetensors").unlink()
    os.mkfifo(folder.artifacts / "adapter_model.safetensors")
    before = proved.earlier_attempt(proved.store.run(run.id), 1)
    assert (before.status, before.reason) == (Status.FAILED, "nan_weights")
    assert "Exit code 0" in (before.detail or "")
