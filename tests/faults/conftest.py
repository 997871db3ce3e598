"""The table of faults: what was done, what was expected, what was got, printed after the tests.

    @pytest.mark.fault("F03", "kill -9 of the child", expected="failed/killed_by_SIGKILL")
    def test_…(got):
        …
        got(f"{run['status']}/{run['reason']}")     # fails unless it is what was expected

A row is there for a skipped test too, with the reason, so that nobody takes it for done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.faults.ward import VICTIM, Ward
from tests.real import Server
from tests.shipping.kit import BadWire, Worker, token_of

from lastwords.config import Config
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

Got = Callable[[str], None]
_FAULT, _GOT = "fault", "got"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if marker := item.get_closest_marker("fault"):
            identifier, what = marker.args
            row = (identifier, what, marker.kwargs["expected"])
            item.user_properties.append((_FAULT, row))


@pytest.fixture
def got(request: pytest.FixtureRequest) -> Got:
    """Say what the fault led to; it must be what the marker expects, word for word."""
    marker = request.node.get_closest_marker("fault")

    def say(text: str) -> None:
        request.node.user_properties.append((_GOT, text))
        assert text == marker.kwargs["expected"]

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = sorted(_rows(terminalreporter))
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in (0, 1, 2)]
    terminalreporter.section("faults: what was done | expected | got")
    for *columns, said in rows:
        cells = [text.ljust(width) for text, width in zip(columns, widths, strict=True)]
        terminalreporter.write_line(" | ".join([*cells, said]))


def _rows(reporter: pytest.TerminalReporter) -> list[tuple[str, str, str, str]]:
    rows: dict[str, tuple[str, str, str, str]] = {}
    for outcome in ("error", "passed", "skipped", "failed"):
        for report in reporter.stats.get(outcome, []):
            # A file that could not be imported has none.
            known: dict[str, Any] = dict(getattr(report, "user_properties", ()))
            if _FAULT in known:
                said = _said(outcome, report, known.get(_GOT))
                rows[report.nodeid] = (*known[_FAULT], said)
    return list(rows.values())


def _said(outcome: str, report: pytest.TestReport, got: str | None) -> str:
    if outcome == "skipped" and isinstance(report.longrepr, tuple):
        return f"skipped: {report.longrepr[2].removeprefix('Skipped: ')}"
    said = got or "nothing was said"
    return said if outcome == "passed" else f"{outcome.upper()}: {said}"


@pytest.fixture
def ward(config: Config, store: Store) -> Ward:
    command = (sys.executable, str(VICTIM))
    return Ward(Supervisor(replace(config, trainer_command=command), store))


@pytest.fixture
def wire(server: Server) -> Iterator[BadWire]:
    found = BadWire(server.port)
    yield found
    found.close()


@pytest.fixture
def worker(server: Server, wire: BadWire, tmp_path: Path) -> Iterator[Worker]:
    found = Worker(tmp_path / "node7", wire.url, token_of(server))
    yield found
    found.end()
