"""A home that the first version with a database made: its rows, its folders, its forms of facts."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.kit import cli, run

from lastwords.folders import runfolder

DUMP = Path(__file__).with_name("first_home.sql")
BOOT = "1d899ac8-779a-4f51-aac9-e6e62b6e14a5"
# id, command, log, how it ended
RUNS: list[tuple[str, str, str, dict[str, object]]] = [
    ("run_20261127_184816", "exit 0", "", {"exitCode": 0, "signal": None}),
    ("run_20261127_184817", "echo boom; exit 3", "boom\n", {"exitCode": 3, "signal": None}),
    ("run_20261127_184818", "kill -9 $$", "", {"exitCode": None, "signal": "SIGKILL"}),
]


@pytest.fixture
def old(home: Path) -> Path:
    with closing(sqlite3.connect(home / "lastwords.db")) as database:
        database.executescript(DUMP.read_text())
    for run_id, command, log, ended in RUNS:
        folder = runfolder.attempt_folder(home, run_id, 1)
        folder.artifacts.mkdir(parents=True)
        folder.log.write_text(log)
        for path, fact in _facts(folder, command, log, ended).items():
            path.write_text(json.dumps(fact))
    return home


def _facts(
    folder: runfolder.AttemptFolder, command: str, log: str, ended: dict[str, object]
) -> dict[Path, dict[str, object]]:
    process = {"pid": 4_000_000, "start_ticks": 2818821, "boot_id": BOOT}
    begun = "2026-11-27T18:48:18.151Z"
    asked = {"runId": folder.run_id, "attempt": 1, "command": ["sh", "-c", command]}
    asked |= {"cwd": "/tmp", "nonce": "d7434b", "createdAt": begun, "triggeredBy": "command line"}
    asked |= {"graceSeconds": 10.0, "kind": "command", "name": None, "expect": None, "spec": {}}
    result = {"startedAt": begun, "finishedAt": "2026-11-27T18:48:18.171Z", "seconds": 0.02}
    result |= {"logBytes": len(log), "stop": None, "forced": False, **ended, "killed": []}
    child = process | {"recorder": process, "startedAt": begun}
    return {folder.spec: asked, folder.child: child, folder.result: result}


def ends(home: Path) -> list[tuple[str, object, object]]:
    found = json.loads(cli(home, "ls", "--json").stdout)
    return [(one["status"], one["exitCode"], one["signal"]) for one in found]


OLD = [("failed", None, "SIGKILL"), ("failed", 3, None), ("completed", 0, None)]


def test_its_runs_are_listed_explained_and_joined_by_new_ones(old: Path) -> None:
    assert ends(old) == OLD
    assert b"boom" in cli(old, "log", RUNS[1][0]).stdout
    assert b"SIGKILL" in cli(old, "error", RUNS[2][0]).stdout
    assert run(old, "--", "sh", "-c", "exit 5").returncode == 5
    assert ends(old) == [("failed", 5, None), *OLD]


def test_its_database_may_be_made_anew_from_the_folders(old: Path) -> None:
    (old / "lastwords.db").unlink()
    assert cli(old, "reconcile").returncode == 0
    assert ends(old) == OLD


def test_what_the_first_version_recorded_after_the_upgrade_is_found_again(old: Path) -> None:
    """Somebody goes back for a while: that version does not know our columns, and lists nothing."""
    assert ends(old) == OLD
    with closing(sqlite3.connect(old / "lastwords.db")) as database:
        database.execute("DELETE FROM runs WHERE id = ?", [RUNS[2][0]])
        database.commit()
    assert cli(old, "reconcile").returncode == 0
    assert sorted(ends(old), key=str) == sorted(OLD, key=str)
