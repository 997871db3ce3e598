"""Facts are held to their form where they are read: what is odd in one is said by its field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.supervision.odd_folders import CHILD, MOMENT, RESULT, SPEC, STOP, Raw, to_json

from lastwords import spec
from lastwords.folders import facts, runfolder
from lastwords.folders.runfolder import (
    FACT_LIMIT,
    AttemptFolder,
    UnreadableFact,
    read_before,
    read_child,
    read_fact,
    read_result,
    read_spec,
    read_stop,
)

LONG = Raw("9" * 5000)


@pytest.fixture
def folder(tmp_path: Path) -> AttemptFolder:
    """One that no test's end looks through for what still runs."""
    folder = AttemptFolder(tmp_path / "runs" / "run_20260101_000000" / "1")
    folder.path.mkdir(parents=True)
    return folder


def _damage(folder: AttemptFolder, part: dict[str, Any]) -> str:
    """What is said of a result that is good but for this part."""
    folder.result.write_text(to_json(RESULT | part))
    result = read_result(folder)
    assert result is not None and result["lost"] == "result_damaged"
    return str(result["damage"])


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"signal": "SIG\ud800", "exitCode": None}, "signal"),
        ({"signal": "SIG" + "9" * 5000, "exitCode": None}, "signal"),
        ({"signal": "SIGFOO", "exitCode": None}, "signal"),
        ({"finishedAt": "2026-01-01_00:00:00Z"}, "finishedAt"),
        ({"finishedAt": None}, "finishedAt is missing"),
        ({"logBytes": -1}, "logBytes"),
        ({"exitCode": True}, "exitCode"),
        ({"stop": STOP | {"reason": 5}}, "stop.reason"),
        ({"stop": STOP | {"reason": "x" * 5000}}, "stop.reason"),
        ({"launchError": {"message": None}}, "launchError.message"),
        ({"hang": {"seconds": "long"}}, "hang.seconds"),
        ({"hang": [1]}, "hang is [1], which is not an object"),
        ({"oom": RESULT["oom"] | {"kills": "many"}}, "oom.kills"),
        ({"oom": RESULT["oom"] | {"secondsBeforeEnd": [1]}}, "oom.secondsBeforeEnd"),
        ({"logQuota": {"limitBytes": 0.5}}, "logQuota.limitBytes"),
        ({"survivors": ["1"]}, "survivors"),
        ({"orphansKilled": {}}, "orphansKilled"),
        ({"signal": "SIGKILL"}, "both an exit code and a signal"),
        ({"exitCode": None}, "neither an exit code nor a signal"),
    ],
)
def test_a_part_of_a_result_that_is_not_of_its_kind_is_named(
    folder: AttemptFolder, part: dict[str, Any], field: str
) -> None:
    assert field in _damage(folder, part)


@pytest.mark.parametrize("value", [Raw("NaN"), Raw("1e999"), LONG, Raw(str(2**63)), Raw("[" * 40)])
def test_what_no_fact_of_ours_holds_is_damage_wherever_it_stands(
    folder: AttemptFolder, value: Raw
) -> None:
    closed = Raw(value + "]" * value.count("["))
    _damage(folder, {"anything": {"deep": closed}})
    folder.spec.write_text(to_json(SPEC | {"anything": [closed]}))
    with pytest.raises(UnreadableFact):
        read_spec(folder)


def test_texts_of_a_result_are_such_as_utf_8_can_hold(folder: AttemptFolder) -> None:
    folder.result.write_text(
        to_json(RESULT | {"stop": STOP | {"by": "\udce9 \ud800"}, "x": ["\ud83d"]})
    )
    result = read_result(folder)
    assert result is not None and result["stop"]["by"] == "\\xe9 \N{REPLACEMENT CHARACTER}"
    assert result["x"] == ["\N{REPLACEMENT CHARACTER}"]


def test_a_command_is_read_back_to_the_byte(folder: AttemptFolder) -> None:
    folder.spec.write_text(to_json(SPEC | {"command": ["ls", "/tmp/\udce9"]}))
    assert (read_spec(folder) or {})["command"] == ["ls", "/tmp/\udce9"]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"graceSeconds": "long"}, "graceSeconds"),
        ({"timeLimitSeconds": -1}, "timeLimitSeconds"),
        ({"maxLogBytes": []}, "maxLogBytes"),
        ({"kind": "other"}, "kind"),
        ({"spec": 5}, "spec is 5, which is not an object"),
        ({"spec": {"baseModel": 5}}, "spec.baseModel"),
        ({"spec": {"batchSize": "many"}}, "spec.batchSize"),
        ({"spec": {"nodes": 1 << 40}}, "spec.nodes"),
        ({"spec": {"learningRate": [1]}}, "spec.learningRate"),
        ({"triggeredBy": 5}, "triggeredBy"),
        ({"createdAt": "yesterday"}, "createdAt"),
        ({"expect": 5}, "expect"),
        ({"expect": ["a\0b"]}, "expect"),
        ({"cwd": "\ud800"}, "cwd"),
        ({"command": []}, "command"),
        ({"command": ["a\0b"]}, "command"),
        ({"name": {}}, "name"),
    ],
)
def test_a_part_of_a_spec_that_is_not_of_its_kind_is_named(
    folder: AttemptFolder, part: dict[str, Any], field: str
) -> None:
    folder.spec.write_text(to_json(SPEC | part))
    with pytest.raises(UnreadableFact, match=r"spec\.json is damaged: ") as caught:
        read_spec(folder)
    assert field in str(caught.value)


def test_good_facts_are_read_as_they_were_written(folder: AttemptFolder) -> None:
    facts = {folder.spec: SPEC, folder.child: CHILD, folder.stop: STOP, folder.result: RESULT}
    for path, fact in facts.items():
        runfolder.write_once(path, fact)
    assert read_spec(folder) == SPEC and read_child(folder) == CHILD
    assert read_stop(folder) == STOP and read_result(folder) == RESULT


@pytest.mark.parametrize(
    "part",
    [{"pid": 0}, {"recorder": None}, {"startedAt": None}, {"controlGroup": {"memory": "a\0"}}],
)
def test_a_child_json_that_names_no_process_is_damaged(
    folder: AttemptFolder, part: dict[str, Any]
) -> None:
    folder.child.write_text(to_json(CHILD | part))
    with pytest.raises(UnreadableFact, match=r"child\.json is damaged: "):
        read_child(folder)


def test_what_was_there_before_is_not_known_where_nothing_was_noted(folder: AttemptFolder) -> None:
    assert read_before(folder) is None


def test_a_fact_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(f'{{"at": "{MOMENT}"}}' + " " * FACT_LIMIT)
    with pytest.raises(UnreadableFact, match="larger than"):
        read_fact(path)


def test_every_field_of_a_training_has_a_form_and_fits_it() -> None:
    form = facts.SPEC["spec"]
    assert isinstance(form, dict) and form.keys() == spec.BY_NAME.keys()
    for field in spec.BY_NAME.values():
        for value in (field.default, field.minimum, field.maximum):
            assert facts.fault_of({field.name: value}, {field.name: form[field.name]}) is None
