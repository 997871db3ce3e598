"""`lastwords explain --log`: a long log gets so much time and memory and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import clean_environment

from lastwords.diagnosis import Ending, explain
from lastwords.presentation import text
from lastwords.presentation.any_log import explain_log
from lastwords.presentation.runs import explanation_json
from lastwords.supervision import bounded_explanation
from lastwords.supervision.failures import LARGE

ERROR = (
    "Traceback (most recent call last):\n"
    '  File "train.py", line 3, in main\n    main(rows)\n'
    "ValueError: bad row 17"
)
STEPS = LARGE // 20
LOG = "step 1 of 9, and so on\n" * STEPS + ERROR + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "long.log"
    path.write_text(LOG)
    return path


@pytest.mark.parametrize("way", ["a file", "a pipe"])
def test_a_long_log_is_explained_like_a_short_one(log: Path, way: str) -> None:
    expected = explanation_json(explain(LOG.encode(), Ending(exit_code=1)), ERROR.encode())
    name = str(log) if way == "a file" else "-"
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "explain", "--log", name, "--exit-code", "1", "--json"],
        input=None if way == "a file" else LOG.encode(),
        stdout=subprocess.PIPE,
        env=clean_environment(),
        timeout=60,
    )
    found = json.loads(done.stdout)
    assert {key: found[key] for key in expected} == expected | {"exitCode": 1}
    assert found["cutShort"] is None and found["headline"] == "ValueError: bad row 17"


LIMITS = {"SECONDS": (0.001, "it took more than 0 s"), "MEMORY": (64 << 20, "64 MiB of memory")}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_takes_too_much_is_given_up_and_keeps_its_error(
    log: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    bound, why = LIMITS[limit]
    monkeypatch.setattr(bounded_explanation, limit, bound)
    monkeypatch.setattr(bounded_explanation, "BYTES_A_SECOND", 1 << 40)
    long_error = ERROR[:-6] + "y" * (20 << 20)
    log.write_text("\n".join(["x" * (40 << 20), long_error, ERROR, ""]))
    found = explain_log(str(log), 1, None)
    assert why in found["cutShort"] and found["cutShort"] in text.diagnosis(found)
    assert found["headline"] == "ValueError: bad row 17"
    assert (found["traceback"]["text"], found["traceback"]["firstLine"]) == (ERROR, 6)
