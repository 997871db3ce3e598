"""Completion is proved: every missing proof has its own reason."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import pytest
from tests.supervision.adapters import write_adapter

from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder, OutOfReach
from lastwords.records import Outcome, Status, now
from lastwords.supervision.completion import judge
from lastwords.supervision.expected import note

ENDED: dict[str, Any] = {
    "startedAt": "2026-01-01T00:00:00.000Z",
    "finishedAt": "2026-01-01T00:01:00.000Z",
    "logBytes": 0,
    "exitCode": 0,
    "signal": None,
    "stop": None,
}
TRAINING = {"kind": "training", "nonce": "abc"}


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    """An attempt that left a good adapter."""
    folder = runfolder.reserve_run(home, now())
    write_adapter(folder.artifacts, 0.5, -1.0)
    return folder


def finished(**fields: Any) -> Facts:
    return Facts(finished={"nonce": "abc", "finalLoss": 0.5} | fields)


def reason(folder: AttemptFolder, facts: Facts, **result: Any) -> tuple[Status, str]:
    outcome, _ = judge(folder, TRAINING, ENDED | result, facts)
    return outcome.status, outcome.reason


def test_a_training_with_all_proofs_is_completed(folder: AttemptFolder) -> None:
    assert judge(folder, TRAINING, ENDED, finished()) == (Outcome(Status.COMPLETED, "ok", 0), None)


def test_a_training_without_its_finish_marker_failed(folder: AttemptFolder) -> None:
    assert reason(folder, Facts()) == (Status.FAILED, "exit0_not_finished")


def test_the_finish_marker_of_another_attempt_does_not_count(folder: AttemptFolder) -> None:
    assert reason(folder, finished(nonce="xyz")) == (Status.FAILED, "exit0_not_finished")


@pytest.mark.parametrize("loss", [None, float("nan"), float("inf"), "0.5"])
def test_a_training_needs_a_finite_loss(folder: AttemptFolder, loss: object) -> None:
    assert reason(folder, finished(finalLoss=loss)) == (Status.FAILED, "nan_loss")


def test_a_training_without_an_adapter_failed(folder: AttemptFolder) -> None:
    (folder.artifacts / "adapter_model.safetensors").unlink()
    assert reason(folder, finished()) == (Status.FAILED, "exit0_no_adapter")


def test_a_training_without_an_adapter_config_failed(folder: AttemptFolder) -> None:
    (folder.artifacts / "adapter_config.json").unlink()
    assert reason(folder, finished()) == (Status.FAILED, "exit0_no_adapter")


def test_a_training_with_nan_in_its_weights_failed(folder: AttemptFolder) -> None:
    write_adapter(folder.artifacts, 0.5, float("nan"))
    assert reason(folder, finished()) == (Status.FAILED, "nan_weights")


@pytest.mark.parametrize("content", ["", "{", "\xff", "[" * 100_000])
def test_a_damaged_adapter_config_is_no_adapter(folder: AttemptFolder, content: str) -> None:
    (folder.artifacts / "adapter_config.json").write_text(content, encoding="latin-1")
    assert reason(folder, finished()) == (Status.FAILED, "adapter_invalid")


def test_a_pipe_in_the_place_of_the_weights_holds_nobody_up(folder: AttemptFolder) -> None:
    (folder.artifacts / "adapter_model.safetensors").unlink()
    os.mkfifo(folder.artifacts / "adapter_model.safetensors")
    assert reason(folder, finished()) == (Status.FAILED, "adapter_invalid")


def test_a_folder_in_the_place_of_the_weights_is_no_adapter(folder: AttemptFolder) -> None:
    (folder.artifacts / "more.safetensors").mkdir()
    assert reason(folder, finished()) == (Status.FAILED, "adapter_invalid")


def test_a_spec_that_is_gone_proves_nothing(folder: AttemptFolder) -> None:
    outcome, _ = judge(folder, {"kind": "training"}, ENDED, finished())
    assert outcome.reason == "exit0_not_finished"


@pytest.mark.parametrize("cut", [1, 4, 7, 8, 50])
def test_truncated_weights_are_no_adapter(folder: AttemptFolder, cut: int) -> None:
    weights = folder.artifacts / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-cut])
    assert reason(folder, finished()) == (Status.FAILED, "adapter_invalid")


# --- endings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        ({"exitCode": 3}, Outcome(Status.FAILED, "exit_code", 3)),
        (
            {"exitCode": None, "signal": "SIGKILL"},
            Outcome(Status.FAILED, "killed_by_SIGKILL", None, "SIGKILL"),
        ),
        ({"lost": "recorder_lost", "exitCode": None}, Outcome(Status.LOST, "recorder_lost")),
        (
            {"launchError": {"message": "no such file"}, "exitCode": None},
            Outcome(Status.FAILED, "launch_failed"),
        ),
        (
            {"exitCode": None, "signal": "SIGTERM", "stop": {"reason": "timeout", "by": "limit"}},
            Outcome(Status.FAILED, "timeout", None, "SIGTERM"),
        ),
        (
            {
                "exitCode": None,
                "signal": "SIGTERM",
                "stop": {"reason": "stopped_by_user", "by": "a test"},
            },
            Outcome(Status.CANCELLED, "stopped_by_user", None, "SIGTERM"),
        ),
        (
            {
                "exitCode": None,
                "signal": "SIGKILL",
                "stop": {"reason": "stopped_by_user", "by": "a test"},
                "forced": True,
            },
            Outcome(Status.CANCELLED, "stop_forced", None, "SIGKILL"),
        ),
    ],
)
def test_an_ending_leads_to_its_outcome(
    folder: AttemptFolder, result: dict[str, Any], wanted: Outcome
) -> None:
    assert judge(folder, TRAINING, ENDED | result, Facts())[0] == wanted


def test_a_stop_that_came_after_the_finish_does_not_undo_it(folder: AttemptFolder) -> None:
    stop = {"reason": "stopped_by_user", "by": "a test"}
    assert reason(folder, finished(), stop=stop) == (Status.COMPLETED, "ok")


def test_every_status_of_an_outcome_is_final_and_has_code_or_signal_but_not_both(
    folder: AttemptFolder,
) -> None:
    outcome, _ = judge(folder, TRAINING, ENDED | {"exitCode": 5}, Facts())
    assert outcome.exit_code is None or outcome.signal is None


# --- where a training's adapter lies --------------------------------------------------------------


def test_an_adapter_that_was_there_before_is_none_whatever_its_date(folder: AttemptFolder) -> None:
    output = folder.path / "mine"
    weights = write_adapter(output, 0.5)
    os.utime(weights, (4e9, 4e9))  # in the year 2096
    names = ["adapter_config.json", "*.safetensors"]
    runfolder.write_once(folder.before, {"files": note(output, names)})
    spec = TRAINING | {"outputDir": str(output)}
    outcome, sentence = judge(folder, spec, ENDED, finished())
    assert outcome.reason == "exit0_no_adapter" and sentence and "before this attempt" in sentence


def test_an_adapter_with_an_old_date_that_is_new_there_counts(folder: AttemptFolder) -> None:
    output = folder.path / "mine"
    runfolder.write_once(folder.before, {"files": note(output, ["*.safetensors"])})
    for path in (write_adapter(output, 0.5), output / "adapter_config.json"):
        os.utime(path, (0, 0))
    outcome, _ = judge(folder, TRAINING | {"outputDir": str(output)}, ENDED, finished())
    assert outcome.reason == "ok"


@pytest.mark.parametrize(("started", "wanted"), [("2000", "ok"), ("2099", "expected_stale")])
def test_without_a_note_the_time_of_the_last_change_decides(
    folder: AttemptFolder, started: str, wanted: str
) -> None:
    (folder.path / "model").write_text("x")
    os.utime(folder.path / "model", (0, 0))
    spec = {"kind": "command", "expect": "model", "cwd": str(folder.path)}
    ended = ENDED | {"startedAt": f"{started}-01-01T00:00:00.000Z"}
    assert judge(folder, spec, ended, Facts())[0].reason == wanted


def test_a_damaged_note_of_what_was_there_proves_nothing(folder: AttemptFolder) -> None:
    folder.before.write_text('{"files": 5}')
    spec = TRAINING | {"outputDir": str(folder.artifacts)}
    outcome, sentence = judge(folder, spec, ENDED, finished())
    assert outcome.reason == "exit0_no_adapter" and sentence and "files is 5" in sentence


# --- the judge is total ---------------------------------------------------------------------------


def test_what_breaks_the_judge_itself_is_a_final_status_with_its_words(
    folder: AttemptFolder,
) -> None:
    outcome, sentence = judge(folder, {"kind": "command", "expect": 5, "cwd": "/"}, ENDED, Facts())
    assert (outcome.status, outcome.reason) == (Status.LOST, "result_damaged")
    assert sentence and "TypeError" in sentence


def test_no_memory_to_judge_with_is_no_verdict(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("lastwords.supervision.proving.prove_adapter", short)
    with pytest.raises(OutOfReach):
        judge(folder, TRAINING, ENDED, finished())


def test_no_file_descriptor_to_judge_with_is_no_verdict(folder: AttemptFolder) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OutOfReach):
            judge(folder, TRAINING, ENDED, finished())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert reason(folder, finished()) == (Status.COMPLETED, "ok")
