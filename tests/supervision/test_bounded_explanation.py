"""Explanations of long logs, each in a process of its own with so much time and memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.real import leave_log
from tests.supervision.test_supervisor import run_to_its_end

from lastwords.diagnosis import explain
from lastwords.folders.runfolder import attempt_folder, read_result
from lastwords.logs.logfile import LogFile
from lastwords.presentation import text
from lastwords.presentation.runs import explanation_json
from lastwords.records import Run
from lastwords.supervision import bounded_explanation
from lastwords.supervision.failures import LARGE, ending_of, explain_run
from lastwords.supervision.supervisor import Supervisor

ERROR = (
    b"Traceback (most recent call last):\n"
    b'  File "train.py", line 3, in main\n    main(rows)\n'
    b"ValueError: bad row 17"
)


def with_log(supervisor: Supervisor, log: bytes) -> Run:
    """An ended run whose log is this one."""
    run = run_to_its_end(supervisor, "raises")
    folder = attempt_folder(supervisor.config.home, run.id, run.attempt)
    leave_log(folder, [log])
    folder.lines.unlink(missing_ok=True)
    return run


def long_log() -> bytes:
    return b"step 1 of 9, and so on\n" * (LARGE // 20) + ERROR + b"\n"


def error_in(home: Path, run: Run) -> bytes:
    explanation = explain_run(home, run)
    assert explanation.error is not None
    with LogFile(attempt_folder(home, run.id, run.attempt)) as log:
        assert log.line_number(explanation.error.start) == explanation.error.first_line
        return log.read(explanation.error.start, explanation.error.end)


def test_a_long_log_is_explained_like_a_short_one(supervisor: Supervisor) -> None:
    home, run = supervisor.config.home, with_log(supervisor, long_log())
    result = read_result(attempt_folder(home, run.id, run.attempt))
    expected = explain(long_log(), ending_of(run, result, run.spec))
    assert asdict(explain_run(home, run)) == asdict(expected)
    assert expected.headline == "ValueError: bad row 17" and expected.cut_short is None


LIMITS = {"SECONDS": (0.001, "it took more than 0 s"), "MEMORY": (64 << 20, "64 MiB of memory")}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_takes_too_long_or_too_much_is_given_up_and_keeps_its_error(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    bound, why = LIMITS[limit]
    monkeypatch.setattr(bounded_explanation, limit, bound)
    monkeypatch.setattr(bounded_explanation, "BYTES_A_SECOND", 1 << 40)
    log = b"x" * (40 << 20) + b"\n" + ERROR[:-6] + b"y" * (20 << 20) + b"\n" + ERROR + b"\n"
    home, run = supervisor.config.home, with_log(supervisor, log)
    explanation = explain_run(home, run)
    assert explanation.cut_short is not None and why in explanation.cut_short
    assert explanation.headline == "ValueError: bad row 17" and explanation.is_traceback
    assert error_in(home, run) == ERROR
    shown = text.diagnosis({"status": "failed"} | explanation_json(explanation, ERROR))
    assert explanation.cut_short in shown


def test_who_asks_for_another_run_does_not_wait_for_a_long_log(supervisor: Supervisor) -> None:
    home = supervisor.config.home
    short, long = with_log(supervisor, ERROR), with_log(supervisor, long_log() * 12)
    explain_run(home, with_log(supervisor, ERROR + b" "))  # the rules are loaded
    ended: list[str] = []

    def ask(run: Run) -> None:
        explain_run(home, run)
        ended.append(run.id)

    with ThreadPoolExecutor(2) as pool:
        for asked in [pool.submit(ask, long), pool.submit(ask, short)]:
            asked.result()
    assert ended == [short.id, long.id]
