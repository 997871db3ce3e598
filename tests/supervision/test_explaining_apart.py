"""A long log keeps its own run waiting, and no other run, status, place or page."""

from __future__ import annotations

import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.real import result_of, until
from tests.supervision.test_supervisor import run_to_its_end

from lastwords.diagnosis import Explanation
from lastwords.records import FINAL, Run, Status
from lastwords.supervision import bounded_explanation
from lastwords.supervision.explaining_apart import Explanations
from lastwords.supervision.failures import explain_run
from lastwords.supervision.supervisor import Supervisor

LONG, SHORT = "raises-300kb", "exits-3"


@pytest.fixture(autouse=True)
def sooner_called_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("explaining_apart", "failures"):
        monkeypatch.setattr(f"lastwords.supervision.{module}.LARGE", 100_000)


class Gate:
    """Explanations of long logs wait before it, each in its process, until it is opened."""

    def __init__(self, place: Path) -> None:
        self.waiting = place / "waiting"
        self.waiting.mkdir()
        self._open = place / "open"
        self.python = place / "python"
        self.python.write_text(
            f"#!/bin/sh\n: > {self.waiting}/$$\n"
            f"while [ ! -e {self._open} ]; do sleep 0.02; done\n"
            f'exec {shlex.quote(sys.executable)} "$@"\n'
        )
        self.python.chmod(0o700)

    def count(self) -> int:
        return len(list(self.waiting.iterdir()))

    def open(self) -> None:
        self._open.touch()


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """In the way of explanations from the moment when a test calls `stand`."""
    return Gate(tmp_path)


def stand(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    real = bounded_explanation._command
    monkeypatch.setattr(bounded_explanation, "SECONDS", 60.0)
    monkeypatch.setattr(
        bounded_explanation,
        "_command",
        lambda *args: [str(gate.python), *real(*args)[1:]],
    )


def ended_with(supervisor: Supervisor, *modes: str) -> list[Run]:
    """Trainings that have all ended, and that nobody has settled yet."""
    runs = [supervisor.create({"baseModel": mode}, "a test") for mode in modes]
    supervisor.start_queued()
    for run in runs:
        result_of(supervisor.folder(run))
    return runs


def test_a_long_log_holds_up_neither_runs_nor_pages(
    supervisor: Supervisor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.config = replace(supervisor.config, max_running=4)
    earlier = run_to_its_end(supervisor, LONG)
    stand(gate, monkeypatch)
    explained: list[bool] = []
    supervisor.explanations = Explanations(lambda: explained.append(True))
    *slow, quick = ended_with(supervisor, LONG, LONG, LONG, SHORT)

    active = {run.id for run in supervisor.settle()}
    assert active == {run.id for run in slow}
    assert supervisor.store.run(quick.id).status == Status.FAILED
    until(lambda: gate.count() == 2)
    assert all(supervisor.is_checking(run) for run in slow)  # no place in the queue is taken

    with ThreadPoolExecutor(1) as reader:
        page = reader.submit(explain_again, supervisor, earlier)
        until(lambda: gate.count() == 3)  # the page's own is begun, and waits for no run
        gate.open()
        assert page.result(60).headline.startswith("ValueError")
    until(lambda: len(explained) == 3)
    assert supervisor.settle() == []
    for run in map(supervisor.store.run, (one.id for one in slow)):
        assert run.status in FINAL and run.headline and run.headline.startswith("ValueError")


def explain_again(supervisor: Supervisor, run: Run) -> Explanation:
    """By a log that was touched meanwhile, so that nobody knows the explanation."""
    subprocess.run(["touch", str(supervisor.folder(run).log)], check=True)
    return explain_run(supervisor.config.home, run)


def test_a_run_gets_its_status_once_its_log_is_explained(
    supervisor: Supervisor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(gate, monkeypatch)
    supervisor.explanations = Explanations(lambda: None)
    (run,) = ended_with(supervisor, LONG)
    assert [one.id for one in supervisor.settle()] == [run.id]
    gate.open()
    until(lambda: supervisor.settle() == [])
    assert not supervisor.explanations.is_explaining(supervisor.folder(run))
    assert supervisor.store.run(run.id).status == Status.FAILED
