"""The run folder: facts are written once, names are never a user's text."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lastwords.folders import run_ids, runfolder
from lastwords.folders.runfolder import UnreadableFact, read_fact, read_result, write_once
from lastwords.records import LastwordsError, now


def test_the_first_writer_of_a_fact_wins(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: write_once(path, {"by": number}), range(16)))
    assert won.count(True) == 1
    assert read_fact(path) == {"by": won.index(True)}


def test_a_written_fact_leaves_no_other_file_and_is_its_owners_alone(tmp_path: Path) -> None:
    write_once(tmp_path / "spec.json", {"a": 1})
    assert [entry.name for entry in tmp_path.iterdir()] == ["spec.json"]
    assert (tmp_path / "spec.json").stat().st_mode & 0o777 == 0o600


def test_a_fact_that_is_no_json_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_once(tmp_path / "result.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_fact_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_fact(tmp_path / "none") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_fact_is_said_to_be_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "child.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFact, match="child.json"):
        read_fact(path)


@pytest.mark.parametrize("content", [b"", b'{"exitCode": 0', b"[]", b"{}", b'{"logBytes": "x"}'])
def test_a_damaged_result_says_lost(home: Path, content: bytes) -> None:
    folder = runfolder.reserve_run(home, now())
    folder.result.write_bytes(content)
    result = read_result(folder)
    assert result is not None and result["lost"] == "result_damaged"


def test_a_whole_result_is_what_was_written(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    fact = {"finishedAt": "2026-01-01T00:00:00.000Z", "logBytes": 0, "exitCode": 0}
    write_once(folder.result, fact)
    assert read_result(folder) == fact


def test_runs_of_one_second_get_different_names(home: Path) -> None:
    moment = now()
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: runfolder.reserve_run(home, moment), range(12)))
    base = moment.strftime("run_%Y%m%d_%H%M%S")
    wanted = {base} | {f"{base}_{number}" for number in range(2, 13)}
    assert {folder.run_id for folder in folders} == wanted
    assert set(runfolder.all_run_ids(home)) == wanted


@pytest.mark.parametrize("name", ["..", "../x", "run_20260101_000000/../..", "", "a\0"])
def test_no_text_but_a_run_id_becomes_a_path(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a run ID"):
        runfolder.attempt_folder(home, name, 1)


def test_what_a_dead_process_left_in_an_attempts_place_is_moved_aside(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    folder.log.write_bytes(b"kept")
    again = runfolder.make_attempt(home, folder.run_id, 1)
    assert again == folder and not again.log.exists()
    aside = [path for path in folder.path.parent.iterdir() if path.name.startswith(".1-")]
    assert [(path / "output.log").read_bytes() for path in aside] == [b"kept"]


def test_attempts_are_listed_by_number_not_by_name(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    for number in range(2, 12):
        runfolder.make_attempt(home, folder.run_id, number)
    found = runfolder.attempts_of(home, folder.run_id)
    assert [attempt.number for attempt in found] == list(range(1, 12))


def test_a_removed_run_is_gone_with_all_it_held(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    (folder.artifacts / "adapter").write_text("x")
    runfolder.remove_run(home, folder.run_id)
    assert [path.name for path in (home / "runs").iterdir()] == [run_ids.NAME]


def test_a_removed_run_can_be_removed_again(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    runfolder.remove_run(home, folder.run_id)
    runfolder.remove_run(home, folder.run_id)


def test_a_new_home_is_its_owners_alone(tmp_path: Path) -> None:
    runfolder.make_home(tmp_path / "a" / "home")
    assert (tmp_path / "a" / "home").stat().st_mode & 0o777 == 0o700


def test_a_home_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "open"
    home.mkdir(mode=0o755)
    (home / "notes").touch()
    with pytest.raises(LastwordsError, match=f"chmod 700 {home}"):
        runfolder.make_home(home)


def test_an_empty_home_is_made_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "new"
    home.mkdir(mode=0o755)
    runfolder.make_home(home)
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_link_a_pipe_and_a_folder_are_not_opened_as_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError):
            runfolder.open_regular(tmp_path / name)


def test_spec_json_is_readable_json(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    write_once(folder.spec, {"name": "größe 数据"})
    assert json.loads(folder.spec.read_text(encoding="ascii")) == {"name": "größe 数据"}


FORGED = [
    {"stop": "x"},
    {"launchError": "x"},
    {"logBytes": 10**23},
    {"exitCode": [1]},
    {"signal": {}},
    {"startedAt": 5},
    {"finishedAt": "zzz"},
]


@pytest.mark.parametrize("part", FORGED, ids=str)
def test_a_result_that_no_recorder_wrote_says_lost(home: Path, part: dict[str, object]) -> None:
    folder = runfolder.reserve_run(home, now())
    whole = {"finishedAt": "2026-11-22T22:00:00.000Z", "logBytes": 0, "exitCode": 1}
    runfolder.write_once(folder.result, {**whole, **part})
    result = runfolder.read_result(folder)
    assert result is not None and result["lost"] == "result_damaged"


@pytest.mark.parametrize("name", ["result", "spec", "stop"])
def test_a_fifo_in_place_of_a_fact_does_not_hang(home: Path, name: str) -> None:
    folder = runfolder.reserve_run(home, now())
    os.mkfifo(getattr(folder, name))
    with pytest.raises(runfolder.UnreadableFact):
        runfolder.read_fact(getattr(folder, name))
