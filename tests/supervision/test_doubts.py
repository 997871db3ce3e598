"""Runs whose exit code says well, and whose log or numbers do not."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from tests.cli.kit import PYTHON, cli, run_json

PRINTS = "import sys; print(sys.argv[1])"
RAISES = f"""{shlex.quote(PYTHON)} -c '{{}}["label"]' 2>&1 | cat"""
LEARNS = "{'loss': 2.5, 'grad_norm': 1.5}"
ZERO_LOSS = [f"{{'loss': 0.0, 'grad_norm': 0.0, 'epoch': {epoch}}}" for epoch in range(3)]
ZERO_GRADIENT = [f"{{'loss': 2.{epoch}, 'grad_norm': 0.0}}" for epoch in range(3)]
LOST = "{'loss': nan, 'grad_norm': nan}"


def _flags(home: Path, *command: str) -> dict[str, str]:
    run = run_json(home, *command)
    assert run["status"] == "completed"
    return {flag["flag"]: flag["detail"] for flag in run["flags"]}


@pytest.mark.parametrize(
    ("printed", "flag", "words"),
    [
        ([LEARNS, LOST, LOST], "loss_not_a_number", "from logged value 2 to the end"),
        ([LEARNS, "{'loss': 0.0, 'grad_norm': nan}"], "loss_not_a_number", "logged value 2"),
        ([LEARNS, "{'loss': inf, 'grad_norm': 1.0}"], "loss_not_a_number", "logged value 2"),
        (["Batch 4: Invalid loss, terminating training"], "loss_not_a_number", "Batch 4"),
        (ZERO_LOSS, "nothing_learnt", "Every logged loss was 0"),
        (ZERO_GRADIENT, "nothing_learnt", "gradient norm was 0"),
    ],
)
def test_numbers_that_speak_against_a_completed_run_are_flagged(
    home: Path, printed: list[str], flag: str, words: str
) -> None:
    flags = _flags(home, PYTHON, "-c", PRINTS, "\n".join(printed))
    assert set(flags) == {flag} and words in flags[flag]


@pytest.mark.parametrize(
    "printed",
    [
        [LEARNS, LOST, LEARNS],  # a step that overflowed and was skipped
        ["{'loss': 0.0, 'grad_norm': 0.1}"],  # one value says nothing
        ["loss was nan in the last experiment, so we lowered the rate"],
        ["done"],
    ],
)
def test_numbers_that_recovered_or_say_nothing_are_no_doubt(home: Path, printed: list[str]) -> None:
    assert _flags(home, PYTHON, "-c", PRINTS, "\n".join(printed)) == {}


def test_a_lost_loss_is_no_final_loss(home: Path) -> None:
    run = run_json(home, PYTHON, "-c", PRINTS, "{'loss': 0.0, 'grad_norm': nan}")
    assert run["finalLoss"] is None


@pytest.mark.parametrize("then", ["", "; echo done", "; echo uploading; echo done"])
def test_a_pipeline_that_swallows_its_error_is_flagged_and_found(home: Path, then: str) -> None:
    flags = _flags(home, "sh", "-c", RAISES + then)
    assert flags == {"traceback_in_log": "The log ends with: KeyError: 'label'"}
    found = json.loads(cli(home, "ls", "--flag", "traceback_in_log", "--json").stdout)
    assert len(found) == 1
    assert json.loads(cli(home, "ls", "--flag", "log_gap", "--json").stdout) == []


def test_a_traceback_that_was_survived_is_no_doubt(home: Path) -> None:
    assert _flags(home, "sh", "-c", f"{RAISES}; seq 100") == {}
    caught = "import traceback\ntry: {}['a']\nexcept KeyError: traceback.print_exc()\n"
    assert _flags(home, PYTHON, "-c", f"{caught}for n in range(20): print('step', n)") == {}
