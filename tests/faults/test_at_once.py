"""Many who do the same, or what contradicts it, in the same moment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.kit import cli, run
from tests.real import clean_environment

from lastwords.folders import runfolder

LW = [sys.executable, "-m", "lastwords"]


def at_once(home: Path, *commands: list[str]) -> list[tuple[int, bytes]]:
    """(exit code, stderr) of each."""
    running = [
        subprocess.Popen(
            [*LW, command[0], "--home", str(home), *command[1:]],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(),
        )
        for command in commands
    ]
    return [(process.wait(60), process.communicate()[1]) for process in running]


def listed(home: Path) -> dict[str, int]:
    """The exit codes of the runs, by id."""
    found = json.loads(cli(home, "ls", "--json", "-n", "100").stdout)
    return {each["id"]: each["exitCode"] for each in found}


FAILS = ["run", "--quiet", "--", "sh", "-c", "exit 3"]


def test_the_first_runs_of_a_home_may_be_many_and_all_are_listed(tmp_path: Path) -> None:
    """Each finds runs that have ended, and no database yet: none of them is lost."""
    home = tmp_path / "new"
    ended = at_once(home, *[FAILS] * 16)
    assert ended == [(3, b"")] * 16
    assert listed(home) == dict.fromkeys(runfolder.all_run_ids(home), 3)
    assert len(listed(home)) == 16


def test_a_database_that_is_deleted_later_is_still_missed(home: Path) -> None:
    assert run(home, "--", "true").returncode == 0
    for path in home.glob("lastwords.db*"):
        path.unlink()
    assert b"lastwords reconcile" in cli(home, "ls").stderr
    assert b"not in the database" in run(home, "--", "true").stderr


def test_a_rebuild_of_the_list_and_new_runs_do_not_meet(home: Path) -> None:
    assert run(home, "--", "true").returncode == 0
    ended = at_once(home, *[FAILS, ["reconcile"], FAILS, ["reconcile"]] * 2)
    assert ended == [(3, b""), (0, b""), (3, b""), (0, b"")] * 2
    assert list(listed(home).values()) == [3, 3, 3, 3, 0]


def test_who_deletes_what_another_deletes_is_told_so_and_nothing_is_left(home: Path) -> None:
    for _ in range(3):
        assert run(home, "--", "true").returncode == 0
    gone = [*[["rm", "--keep", "0"]] * 3, *[["rm", "latest"]] * 2, *[["ls"]] * 3]
    for code, said in at_once(home, *gone):
        assert code == 0 or said.startswith((b"lastwords: no run", b"lastwords: there is no run"))
        assert b"Traceback" not in said
    cli(home, "rm", "--keep", "0")
    assert listed(home) == {}
    assert [path.name for path in runfolder.runs_folder(home).iterdir()] == [".ids"]


def test_a_run_from_the_future_stays_behind_what_was_recorded_after_it(home: Path) -> None:
    """Recorded before the clock was set back: `latest` is what was recorded last."""
    assert run(home, "--", "true").returncode == 0
    (first,) = runfolder.all_run_ids(home)
    runs = runfolder.runs_folder(home)
    (runs / first).rename(runs / "run_20991231_235959")
    (home / "lastwords.db").unlink()
    assert cli(home, "reconcile").returncode == 0
    assert run(home, "--", "sh", "-c", "exit 3").returncode == 3
    assert json.loads(cli(home, "show", "latest", "--json").stdout)["exitCode"] == 3
    assert list(listed(home).values()) == [3, 0]


def test_a_run_in_a_run_is_recorded_and_ends_with_it(home: Path) -> None:
    inner = f"{' '.join(LW)} run --home {home}"
    assert run(home, "--", "sh", "-c", f"{inner} -- sh -c 'exit 3'").returncode == 3
    left = f"{inner} --quiet -- sleep 60 & sleep 1; exit 4"
    assert run(home, "--", "sh", "-c", left).returncode == 4
    assert sorted(listed(home).values(), key=str) == [3, 3, 4, None]
    statuses = [each["status"] for each in json.loads(cli(home, "ls", "--json").stdout)]
    assert "running" not in statuses
