"""An id is given once: after a deletion, by several processes, and when the clock goes back."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.real import Server, leave_log

from lastwords.folders import run_ids, runfolder

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def given(runs: Path, moment: datetime) -> str:
    """The next id; its run is deleted at once."""
    folder = run_ids.make_folder(runs, moment)
    folder.rmdir()
    return folder.name


def test_runs_of_one_second_are_numbered_though_each_is_deleted(tmp_path: Path) -> None:
    assert [given(tmp_path, NOON) for _ in range(3)] == [
        "run_20260102_120000",
        "run_20260102_120000_2",
        "run_20260102_120000_3",
    ]
    assert given(tmp_path, NOON + SECOND) == "run_20260102_120001"


def test_a_clock_that_goes_back_gives_no_id_again(tmp_path: Path) -> None:
    moments = [NOON, NOON, NOON + SECOND, NOON, NOON - SECOND, NOON, NOON + SECOND, NOON - SECOND]
    found = [given(tmp_path, moment) for moment in moments * 3]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("mark", [None, b"", b"\0" * 64, b"run_20260102_1200"])
def test_where_the_mark_is_gone_the_folders_tell(tmp_path: Path, mark: bytes | None) -> None:
    for name in ("run_20260102_120000", ".removed-run_20260102_120000_7-0a1b2c3d", "run_x", "8"):
        (tmp_path / name).mkdir()
    if mark is not None:
        (tmp_path / run_ids.NAME).write_bytes(mark)
    assert given(tmp_path, NOON) == "run_20260102_120000_8"
    assert given(tmp_path, NOON - SECOND) == "run_20260102_115959_9"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/x")])
def test_a_mark_that_cannot_be_had_keeps_no_run_from_starting(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / run_ids.NAME)
    (tmp_path / "run_20260102_120000").mkdir()
    assert given(tmp_path, NOON) == "run_20260102_120000_2"


def test_processes_that_start_runs_at_once_get_each_its_own(tmp_path: Path) -> None:
    script = f"""if True:
        from datetime import datetime
        from pathlib import Path
        from lastwords.folders.run_ids import make_folder
        for _ in range(50):
            folder = make_folder(Path({str(tmp_path)!r}), datetime(2026, 1, 2))
            print(folder.name)
            folder.rmdir()
    """
    command = [sys.executable, "-c", script]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = [name for maker in makers for name in maker.communicate()[0].split()]
    assert len(found) == len(set(found)) == 200


def test_a_run_that_follows_a_deleted_one_is_never_taken_for_it(server: Server) -> None:
    known: set[str] = set()
    for number in range(12):
        run_id = server.train("exits-0" if number % 2 else "exits-3")
        assert run_id not in known
        known.add(run_id)
        server.ended(run_id)
        whole = server.get(f"/runs/{run_id}/log")
        assert server.ask("DELETE", f"/api/training/runs/{run_id}").status == 204
        held = {"If-None-Match": str(whole.headers["ETag"])}
        assert server.get(f"/runs/{run_id}/log", held).status == 404


def test_a_log_of_the_same_length_in_the_same_place_has_another_etag(server: Server) -> None:
    run_id = server.train("prints-invalid-utf8")
    server.ended(run_id)
    first = server.get(f"/runs/{run_id}/log")
    leave_log(runfolder.attempt_folder(server.home, run_id, 1), [b"X" * len(first.body)])
    held = {"If-None-Match": str(first.headers["ETag"])}
    assert server.get(f"/runs/{run_id}/log", held).body == b"X" * len(first.body)
    resumed = {"Range": "bytes=5-", "If-Range": str(first.headers["ETag"])}
    assert server.get(f"/runs/{run_id}/log", resumed).status == 200
