"""From an ended attempt to its whole error: a span of the log, never a copy that could be cut."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from tests.child import long_message
from tests.supervision.test_supervisor import begin, run_to_its_end

from lastwords.config import Config
from lastwords.folders.runfolder import attempt_folder
from lastwords.logs.logfile import LogFile
from lastwords.records import Run, Status
from lastwords.store.runs import Store
from lastwords.supervision.failures import PREVIEW, error_of, explain_run, read_error
from lastwords.supervision.supervisor import Supervisor


def _error_bytes(supervisor: Supervisor, run: Run) -> bytes:
    error = error_of(run)
    assert error is not None
    with LogFile(supervisor.folder(run)) as log:
        return b"".join(error.chunks(log))


@pytest.mark.parametrize(("mode", "size"), [("raises-1kb", 1000), ("raises-10mb", 10_000_000)])
def test_the_whole_error_comes_back_however_long(
    supervisor: Supervisor, mode: str, size: int
) -> None:
    run = run_to_its_end(supervisor, mode)
    error = _error_bytes(supervisor, run).decode()
    assert error.startswith("Traceback") and long_message(size) in error
    assert run.error_length == len(error)
    assert run.error_preview == error[:PREVIEW]
    assert run.headline == "ValueError: the examples cannot be used:"


def test_a_message_of_several_lines_is_whole_whatever_words_they_begin_with(
    config: Config, store: Store
) -> None:
    script = "raise ValueError('first line\\nZeile zwei\\nquelque chose')"
    command = (sys.executable, "-c", script)
    supervisor = Supervisor(replace(config, trainer_command=command), store)
    error = read_error(config.home, run_to_its_end(supervisor, "x"))
    assert error is not None and error.endswith("first line\nZeile zwei\nquelque chose")


def test_the_error_as_text_is_the_error_as_bytes(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    text = read_error(supervisor.config.home, run)
    assert text is not None and text.encode() == _error_bytes(supervisor, run)


def test_a_completed_run_has_no_error(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "trains")
    assert error_of(run) is None and read_error(supervisor.config.home, run) is None


def test_a_running_run_has_no_error_yet(supervisor: Supervisor) -> None:
    run = begin(supervisor, "hangs")
    assert run.status == Status.RUNNING and error_of(run) is None


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("dies-of-sigkill", "SIGKILL"),
        ("finishes-without-adapter", "adapter_config.json is missing"),
        ("exits-0", "never reported that it finished"),
    ],
)
def test_where_the_log_says_nothing_a_sentence_is_the_error(
    supervisor: Supervisor, mode: str, words: str
) -> None:
    run = run_to_its_end(supervisor, mode)
    error = read_error(supervisor.config.home, run)
    assert error is not None and words in error
    assert run.error_length == len(error)


def test_an_explanation_is_made_anew_from_the_log(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    explanation = explain_run(supervisor.config.home, run)
    assert explanation.headline == run.headline and explanation.cause == run.cause
    assert [link.type for link in explanation.chain] == ["KeyError", "ValueError"]


def test_words_from_older_rules_are_made_anew(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises")
    supervisor.store.update_facts(run.id, 1, {"headline": "old", "rules_version": 0})
    assert supervisor.refresh_explanation(supervisor.store.run(run.id)).headline == run.headline


def test_a_log_that_stays_the_same_is_explained_once(supervisor: Supervisor) -> None:
    home, run = supervisor.config.home, run_to_its_end(supervisor, "raises")
    first = explain_run(home, run)
    assert explain_run(home, run) is first
    with attempt_folder(home, run.id, run.attempt).log.open("ab") as log:
        log.write(b"KeyError: 'said later'\n")
    assert explain_run(home, run) is not first
    assert explain_run(home, replace(run, exit_code=2)) is not first


def test_a_long_error_is_not_kept_in_memory(supervisor: Supervisor) -> None:
    run = run_to_its_end(supervisor, "raises-300kb")
    assert explain_run(supervisor.config.home, run) is not explain_run(supervisor.config.home, run)
