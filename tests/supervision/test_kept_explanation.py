"""The explanation of a long log is made once, and nothing else passes for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real import new_attempt

from lastwords.diagnosis import Ending
from lastwords.folders.runfolder import AttemptFolder
from lastwords.supervision import bounded_explanation, failures

ENDED = Ending(status="failed", exit_code=1)


@pytest.fixture
def folder(home: Path) -> Iterator[AttemptFolder]:
    """A run with a log that is long enough."""
    folder = new_attempt(home, ["train"])
    lines = b"step 1: loss 0.5\n" * (failures.LARGE // 17 + 1)
    folder.log.write_bytes(lines + b"Traceback (most recent call last):\nKeyError: 'label'\n")
    yield folder
    failures._known.clear()


def _explained_anew(folder: AttemptFolder, ending: Ending = ENDED) -> str:
    failures._known.clear()  # as another process would
    return failures.explain_attempt(folder, ending).headline


def _replaced(folder: AttemptFolder, words: str) -> None:
    fact = json.loads(folder.explanation.read_text())
    fact["explanation"] = fact["explanation"].replace("KeyError: 'label'", words)
    folder.explanation.write_text(json.dumps(fact))


def test_what_was_kept_is_read_instead_of_the_log(folder: AttemptFolder) -> None:
    assert _explained_anew(folder) == "KeyError: 'label'"
    kept = folder.explanation.read_bytes()
    assert _explained_anew(folder) == "KeyError: 'label'"
    assert folder.explanation.read_bytes() == kept
    assert folder.lines.exists()


def test_what_a_program_wrote_in_its_place_is_not_believed(folder: AttemptFolder) -> None:
    _explained_anew(folder)
    _replaced(folder, "all is well")
    assert _explained_anew(folder) == "KeyError: 'label'"
    assert "all is well" not in folder.explanation.read_text()


@pytest.mark.parametrize("text", ["", "{", '{"explanation": 3}', "[]", '{"signed": "é"}'])
def test_a_damaged_one_is_made_again(folder: AttemptFolder, text: str) -> None:
    _explained_anew(folder)
    folder.explanation.write_text(text)
    assert _explained_anew(folder) == "KeyError: 'label'"


def test_it_holds_for_one_log_and_one_ending(folder: AttemptFolder) -> None:
    _explained_anew(folder)
    with folder.log.open("ab") as log:
        log.write(b"Traceback (most recent call last):\nValueError: another end\n")
    assert _explained_anew(folder) == "ValueError: another end"


def test_nothing_is_kept_of_a_run_that_goes_on(folder: AttemptFolder) -> None:
    _explained_anew(folder, Ending(status="running"))
    assert not folder.explanation.exists()


def test_that_of_an_error_of_megabytes_is_kept_with_what_was_read_of_it(
    folder: AttemptFolder,
) -> None:
    message = b"".join(b"  row %d does not fit\n" % number for number in range(400_000))
    folder.log.write_bytes(b"Traceback (most recent call last):\nValueError: bad\n" + message)
    assert failures.explain_attempt(folder, ENDED).cut_short
    kept = folder.explanation.read_bytes()
    failures._known.clear()
    assert failures.explain_attempt(folder, ENDED).headline == "ValueError: bad"
    assert folder.explanation.read_bytes() == kept


def test_nothing_is_kept_of_one_that_time_ran_out_for(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_explanation, "SECONDS", 0.001)
    assert failures.explain_attempt(folder, ENDED).cut_short
    assert not folder.explanation.exists()
