"""Completion is proved: every missing proof has its own reason."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from tests.real import record, result_of

from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import Outcome, Status, now
from lastwords.supervision.completion import Unproved, judge, prove_adapter, prove_safetensors

ENDED: dict[str, Any] = {
    "startedAt": "2026-01-01T00:00:00.000Z",
    "finishedAt": "2026-01-01T00:01:00.000Z",
    "logBytes": 0,
    "exitCode": 0,
    "signal": None,
    "stop": None,
}
TRAINING = {"kind": "training", "nonce": "abc"}


def write_safetensors(path: Path, values: bytes, **tensor: Any) -> None:
    described = {"dtype": "F32", "shape": [len(values) // 4], "data_offsets": [0, len(values)]}
    header = json.dumps({"weight": described | tensor}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + values)


def write_adapter(folder: Path, *values: float) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text("{}")
    weights = folder / "adapter_model.safetensors"
    write_safetensors(weights, struct.pack(f"<{len(values)}f", *values))
    return weights


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


# --- recorded commands ---------------------------------------------------------------------------


def _command(folder: AttemptFolder, expect: str | None) -> Outcome:
    spec = {"kind": "command", "expect": expect, "cwd": str(folder.path)}
    return judge(folder, spec, ENDED, Facts())[0]


def test_a_recorded_command_is_completed_on_exit_code_0(folder: AttemptFolder) -> None:
    assert _command(folder, None).status == Status.COMPLETED


def test_an_expected_path_that_was_written_completes_the_command(folder: AttemptFolder) -> None:
    (folder.path / "model").write_text("x")
    assert _command(folder, "model").status == Status.COMPLETED


def test_an_expected_path_that_is_missing_fails_the_command(folder: AttemptFolder) -> None:
    assert _command(folder, "model").reason == "expected_missing"


def test_an_expected_path_from_before_the_attempt_fails_the_command(folder: AttemptFolder) -> None:
    (folder.path / "model").write_text("x")
    os.utime(folder.path / "model", (0, 0))
    assert _command(folder, "model").reason == "expected_stale"


def test_a_path_written_in_the_first_moment_of_a_command_counts(home: Path) -> None:
    folder = record(home, "exits-0")
    (folder.path / "model").touch()
    started = result_of(folder)["startedAt"]
    spec = {"kind": "command", "expect": "model", "cwd": str(folder.path)}
    assert judge(folder, spec, ENDED | {"startedAt": started}, Facts())[0].reason == "ok"


# --- safetensors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "layout", "finite", "not_finite"),
    [
        ("F64", "<d", [0.0, -1e308, 5e-324], [float("nan"), float("inf"), float("-inf")]),
        ("F32", "<f", [0.0, -3e38, 1e-45], [float("nan"), float("inf"), float("-inf")]),
        ("F16", "<e", [0.0, -65504.0, 6e-8], [float("nan"), float("inf"), float("-inf")]),
    ],
)
def test_only_nan_and_infinity_are_not_finite(
    tmp_path: Path, dtype: str, layout: str, finite: list[float], not_finite: list[float]
) -> None:
    path = tmp_path / "w.safetensors"
    good = b"".join(struct.pack(layout, value) for value in finite)
    write_safetensors(path, good, dtype=dtype, shape=[len(finite)])
    prove_safetensors(path)
    for value in not_finite:
        data = good + struct.pack(layout, value)
        write_safetensors(path, data, dtype=dtype, shape=[len(finite) + 1])
        with pytest.raises(Unproved) as caught:
            prove_safetensors(path)
        assert caught.value.reason == "nan_weights"


def test_a_nan_in_bfloat16_is_found(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\x00\x3f\x80\x7f", dtype="BF16", shape=[2])
    with pytest.raises(Unproved, match="NaN"):
        prove_safetensors(path)


def test_whole_numbers_are_finite_whatever_their_bits(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\xff" * 8, dtype="I64", shape=[1])
    prove_safetensors(path)


@pytest.mark.parametrize(
    "tensor",
    [
        {"data_offsets": [0, 4]},
        {"data_offsets": [4, 8]},
        {"data_offsets": [0, 800], "shape": [200]},
        {"data_offsets": [8, 0]},
        {"data_offsets": ["0", "8"]},
        {"data_offsets": [0]},
        {"data_offsets": [0.0, 8.0]},
        {"dtype": "F31"},
        {"dtype": ["F32"]},
        {"shape": [3]},
        {"shape": "2"},
        {"shape": None},
    ],
)
def test_a_header_that_does_not_fit_is_no_adapter(tmp_path: Path, tensor: dict[str, Any]) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\0" * 8, **tensor)
    with pytest.raises(Unproved) as caught:
        prove_safetensors(path)
    assert caught.value.reason == "adapter_invalid" and str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"1234567", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"{}", b"\x02" + b"\0" * 7 + b"[]"],
)
def test_a_file_that_is_no_safetensors_is_no_adapter(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(Unproved):
        prove_safetensors(path)


def test_what_the_safetensors_library_writes_is_proved(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    save_file = pytest.importorskip("safetensors.numpy").save_file
    (tmp_path / "adapter_config.json").write_text("{}")
    arrays = {
        "b": numpy.ones((3, 5), dtype="float16"),
        "a": numpy.arange(4, dtype="int64"),
        "scalar": numpy.array(2.0, dtype="float32"),
    }
    save_file(arrays, tmp_path / "adapter_model.safetensors", metadata={"format": "pt"})
    prove_adapter(tmp_path)
