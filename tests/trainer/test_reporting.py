"""Events for programs, lines for people."""

import json
import math
import stat
from pathlib import Path
from typing import Any

import pytest

from lastwords.trainer.reporting import STAGES, Events, Report, exit_code, type_name


def lines(path: Path) -> list[dict[str, Any]]:
    """The events of a file, each line whole JSON."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_stage_has_an_exit_code_of_its_own() -> None:
    assert [exit_code(stage) for stage in STAGES] == list(range(10, 20))


def test_a_stage_is_told_when_it_starts_and_when_it_ends(tmp_path: Path) -> None:
    report = Report(Events(str(tmp_path / "events")))
    with report.stage("load_model") as stage:
        stage.detail = "small"
    started, ended = lines(tmp_path / "events")
    assert (started["event"], started["stage"]) == ("stage_started", "load_model")
    assert (ended["event"], ended["stage"], ended["detail"]) == (
        "stage_ended",
        "load_model",
        "small",
    )
    assert ended["seconds"] >= 0
    assert ended["time"].endswith("Z") and len(ended["time"]) == len("2026-11-22T20:14:02.123Z")


def test_a_stage_that_raises_is_not_told_to_have_ended(tmp_path: Path) -> None:
    report = Report(Events(str(tmp_path / "events")))
    with pytest.raises(ValueError, match="no"), report.stage("train"):
        raise ValueError("no")
    assert [line["event"] for line in lines(tmp_path / "events")] == ["stage_started"]


def test_numbers_json_has_no_word_for_become_null_and_are_named(tmp_path: Path) -> None:
    values = {"loss": math.nan, "learningRate": 0.1, "gradNorm": math.inf}
    Events(str(tmp_path / "events")).metric(3, 0.5, values)
    (line,) = lines(tmp_path / "events")
    assert (line["loss"], line["learningRate"], line["gradNorm"]) == (None, 0.1, None)
    assert line["nonFinite"] == ["loss", "gradNorm"]


def test_the_events_file_is_appended_to_and_private(tmp_path: Path) -> None:
    path = tmp_path / "events"
    for number in range(2):
        Events(str(path)).write("dataset", samples=number)
    assert [line["samples"] for line in lines(path)] == [0, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_an_events_file_nothing_is_written(tmp_path: Path) -> None:
    report = Report.from_environment({})
    report.finished(0.1, 1, 1, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_finish_marker_echoes_the_nonce(tmp_path: Path) -> None:
    path = tmp_path / "events"
    report = Report.from_environment({"LASTWORDS_EVENTS": str(path), "LASTWORDS_NONCE": "n0"})
    report.finished(0.25, 10, 3, "/out")
    (line,) = lines(path)
    del line["time"]
    assert line == {
        "event": "finished",
        "nonce": "n0",
        "finalLoss": 0.25,
        "samples": 10,
        "epochs": 3,
        "artifacts": "/out",
    }


def test_a_type_is_named_as_a_traceback_names_it() -> None:
    assert type_name(ValueError()) == "ValueError"
    assert type_name(json.JSONDecodeError("m", "d", 0)) == "json.decoder.JSONDecodeError"
