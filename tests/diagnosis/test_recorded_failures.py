"""Every recorded failure is explained: cause, headline, the user's frame, where the error stands.

Each folder of tests/failures/<cause>/ holds the script that really ran (with run.sh where it was
not started as `python train.py`), the log it left, and what is expected of the diagnosis.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lastwords.diagnosis import Ending, Explanation, explain
from lastwords.diagnosis.lines import clean
from lastwords.diagnosis.reading import read_case
from lastwords.diagnosis.rules.order import RULES, WORDING
from lastwords.diagnosis.rules.verdict import diagnose

FOLDER = Path(__file__).parents[1] / "failures"
CASES = sorted(path.parent for path in FOLDER.glob("*/*/expected.json"))
OF_THE_TEST = ("exitCode", "signal", "command", "adviceUseful", "adviceWrong")
FAILURES = [case for case in CASES if case.parent.name != "ok"]


ADVISED = [case for case in FAILURES if "adviceUseful" in (case / "expected.json").read_text()]


def expected_of(case: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((case / "expected.json").read_text())
    return expected


def ending_of(case: Path) -> Ending:
    expected = expected_of(case)
    return Ending(
        exit_code=expected.get("exitCode"),
        signal=expected.get("signal"),
        facts={"command": expected.get("command")},
    )


def explained(case: Path) -> Explanation:
    return explain((case / "output.log").read_bytes(), ending_of(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_log_is_explained(case: Path) -> None:
    expected, explanation = expected_of(case), explained(case)
    frame, error = explanation.user_frame, explanation.error
    assert {
        "cause": explanation.cause,
        "headline": explanation.headline,
        "userFrame": frame and {"file": frame.file, "line": frame.line, "function": frame.function},
        "firstLine": error and error.first_line,
        "lastLine": error and error.last_line,
    } == {key: value for key, value in expected.items() if key not in OF_THE_TEST}
    assert case.parent.name == expected["cause"]


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_is_quoted_stands_in_the_log(case: Path) -> None:
    lines = (case / "output.log").read_bytes().decode("utf-8", "replace").split("\n")
    explanation = explained(case)
    assert explanation.headline
    for evidence in explanation.evidence:
        if evidence.line:
            assert evidence.text.strip()[:40] in clean(lines[evidence.line - 1])
    for advice in explanation.advice:
        assert "{" not in (advice.command or "").replace("{'", "")
        assert advice.text


@pytest.mark.parametrize("case", ADVISED, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_advice_helps_with_this_failure_and_none_of_it_misleads(case: Path) -> None:
    expected, advice = expected_of(case), explained(case).advice
    said = "\n".join(f"{one.text}\n{one.command or ''}" for one in advice)
    useful = [way for way in expected["adviceUseful"] if re.search(way, said, re.IGNORECASE)]
    assert useful or not expected["adviceUseful"], said
    assert [way for way in expected["adviceWrong"] if re.search(way, said, re.IGNORECASE)] == []


def test_there_are_enough_cases_of_every_cause() -> None:
    counts = Counter(case.parent.name for case in CASES)
    assert sum(counts.values()) >= 120
    assert counts["ok"] >= 25
    assert {cause for cause in {rule.cause for rule in RULES} if counts[cause] < 3} == set()


def test_every_rule_explains_a_case() -> None:
    read = (read_case((case / "output.log").read_bytes(), ending_of(case)) for case in FAILURES)
    used = {diagnose(case).rule for case in read}
    assert [rule.name for rule in (*RULES, *WORDING) if rule.name not in used] == []


def test_every_rule_is_documented_and_has_its_own_name() -> None:
    rules = (*RULES, *WORDING)
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        text = rule.text
        assert text.title and text.means and text.why and text.todo and text.source, rule.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_completed_run_is_never_called_failed(case: Path) -> None:
    log = (case / "output.log").read_bytes()
    explanation = explain(log, Ending(status="completed", exit_code=0))
    assert (explanation.cause, explanation.error) == ("ok", None)


def test_a_healthy_log_is_ok_even_where_its_ending_is_not_known() -> None:
    healthy = [case for case in CASES if case.parent.name == "ok"]
    wrong = [
        case.name
        for case in healthy
        if explain((case / "output.log").read_bytes(), Ending()).cause != "ok"
    ]
    assert wrong == []
