"""events.jsonl belongs to the child, and the child may be anything."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lastwords.folders.events import Facts, read_facts
from lastwords.records import Progress

TIME = "2026-01-01T00:00:00.000Z"


def _facts(tmp_path: Path, *events: dict[str, Any] | bytes) -> Facts:
    path = tmp_path / "events.jsonl"
    for event in events:
        line = event if isinstance(event, bytes) else json.dumps({"time": TIME, **event}).encode()
        with path.open("ab") as file:
            file.write(line + b"\n")
    return read_facts(path)


def test_no_file_means_no_facts(tmp_path: Path) -> None:
    assert read_facts(tmp_path / "none") == Facts()


def test_stages_start_and_end(tmp_path: Path) -> None:
    started = {"event": "stage_started", "stage": "train"}
    ended = {"event": "stage_ended", "stage": "train", "seconds": 2.5, "detail": "3 epochs"}
    (stage,) = _facts(tmp_path, started, ended).stages
    assert (stage.name, stage.seconds, stage.status, stage.detail) == (
        "train",
        2.5,
        "completed",
        "3 epochs",
    )


def test_a_failure_marks_its_stage(tmp_path: Path) -> None:
    facts = _facts(
        tmp_path,
        {"event": "stage_started", "stage": "load_model"},
        {"event": "failure", "stage": "load_model", "type": "OSError", "message": "x"},
    )
    assert facts.stages[0].status == "failed" and facts.stage == "load_model"


def test_the_stage_is_the_last_one_started(tmp_path: Path) -> None:
    facts = _facts(
        tmp_path,
        {"event": "stage_started", "stage": "load_model"},
        {"event": "stage_started", "stage": "train"},
    )
    assert facts.stage == "train"


def test_the_latest_progress_counts(tmp_path: Path) -> None:
    facts = _facts(
        tmp_path,
        {"event": "progress", "step": 1, "totalSteps": 9, "epoch": 0.1},
        {"event": "progress", "step": 2, "totalSteps": 9, "epoch": 0.2},
    )
    assert facts.progress == Progress(2, 9, 0.2)


def test_the_final_loss_is_the_finished_one_else_the_last_told(tmp_path: Path) -> None:
    metric = {"event": "metric", "step": 1, "loss": 2.0}
    assert _facts(tmp_path, metric).final_loss == 2.0
    assert _facts(tmp_path, {"event": "finished", "finalLoss": 1.5}).final_loss == 1.5


def test_a_half_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    facts = Facts()
    path.write_bytes(b'{"event": "dataset", "sam')
    assert not facts.read_more(path) and facts.samples is None
    with path.open("ab") as file:
        file.write(b'ples": 8}\n')
    assert facts.read_more(path) and facts.samples == 8


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    facts = _facts(tmp_path, {"event": "metric", "step": 1, "loss": 1.0})
    assert not facts.read_more(tmp_path / "events.jsonl")
    assert len(facts.metrics) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b"{" * 50_000,
        b"[" * 200_000,
        b'{"event": ["stage_started"]}',
        b'{"event": "unheard of"}',
    ],
)
def test_a_line_that_is_no_event_is_passed_over(tmp_path: Path, line: bytes) -> None:
    facts = _facts(tmp_path, line, {"event": "dataset", "samples": 8})
    assert facts.samples == 8 and facts.stages == []


def test_nan_and_infinity_become_none(tmp_path: Path) -> None:
    line = b'{"event": "metric", "step": 1, "loss": NaN, "gradNorm": Infinity, "epoch": -Infinity}'
    (metric,) = _facts(tmp_path, line).metrics
    assert (metric["loss"], metric["gradNorm"], metric["epoch"]) == (None, None, None)


def test_a_nan_at_the_end_is_no_final_loss(tmp_path: Path) -> None:
    facts = _facts(tmp_path, b'{"event": "finished", "finalLoss": NaN}')
    assert facts.finished is not None and facts.final_loss is None


@pytest.mark.parametrize("value", ['"8"', "true", "1e999", "[8]", "{}", str(2**70)])
def test_a_count_that_is_none_is_left_out(tmp_path: Path, value: str) -> None:
    line = f'{{"event": "dataset", "samples": {value}}}'.encode()
    assert _facts(tmp_path, line).samples is None


def test_progress_of_wrong_types_is_left_out(tmp_path: Path) -> None:
    line = b'{"event": "progress", "step": 1, "totalSteps": "many", "epoch": "half"}'
    assert _facts(tmp_path, line).progress == Progress(1, None, None)


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path: Path) -> None:
    facts = _facts(tmp_path, b'{"event": "stage_started", "stage": "x\\ud800"}')
    assert facts.stage is not None
    facts.stage.encode()


def test_a_pipe_in_the_place_of_the_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.jsonl")
    assert read_facts(tmp_path / "events.jsonl") == Facts()
