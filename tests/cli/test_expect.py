"""`lastwords run --expect`: what a script must leave, end to end."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.kit import PYTHON, cli, run
from tests.real import CHILD, clean_environment

from lastwords.folders import runfolder


def _listed(home: Path) -> dict[str, Any]:
    (found,) = json.loads(cli(home, "ls", "--json").stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("before", "wanted", "script", "reason"),
    [
        ("echo old > f; touch -d '+1 hour' f", "f", "true", "expected_stale"),
        ("true", "f", "echo x > g; touch -d '2001-01-01' g; mv g f", "ok"),
        ("echo old > f", "f", "echo new > g; touch -d '2001-01-01' g; cp -p g f", "ok"),
        ("true", "f", ": > f", "expected_empty"),
        ("mkdir out", "out", "touch out/x; rm out/x", "expected_missing"),
        ("mkdir out; echo old > out/f", "out", "echo new > out/f", "ok"),
        ("mkdir out; echo old > out/f", "out", "chmod -R o-r out", "expected_stale"),
        ("true", "out/model.bin", "echo x > out", "expected_missing"),
        ("ln -s f f", "f", "true", "expected_missing"),
        ("mkdir c-1; echo x > c-1/w", "c-*", "mkdir c-2; echo x > c-2/w", "ok"),
    ],
)
def test_what_counts_as_written(
    home: Path, before: str, wanted: str, script: str, reason: str
) -> None:
    subprocess.run(["sh", "-c", before], cwd=home, check=True)
    done = run(home, "--expect", wanted, "--", "sh", "-c", script)
    assert (_listed(home)["reason"], done.returncode) == (reason, 0 if reason == "ok" else 1)
    assert b"Traceback" not in done.stderr


def test_a_path_that_cannot_be_ends_the_run_and_it_is_deleted(home: Path) -> None:
    run(home, "--expect", "x" * 300, "--", "true")
    found = _listed(home)
    assert (found["status"], found["reason"]) == ("failed", "expected_missing")
    assert "File name too long" in found["headline"]
    assert cli(home, "rm", found["id"]).returncode == 0
    assert json.loads(cli(home, "ls", "--json").stdout) == []


def test_every_expectation_is_kept_and_those_that_failed_are_named(home: Path) -> None:
    done = run(home, "--expect", "a", "--expect", "b", "--expect", "c", "--", "sh", "-c", "echo>b")
    assert done.returncode == 1
    assert b"/a was not written; " in done.stderr and b"/c was not written." in done.stderr
    assert b"/b " not in done.stderr


def test_an_expectation_of_nothing_is_refused_before_anything_starts(home: Path) -> None:
    done = run(home, "--expect", "", "--", "touch", "begun")
    assert done.returncode == 2 and b"is a variable not set?" in done.stderr
    assert list(runfolder.all_run_ids(home)) == [] and not (home / "begun").exists()


@pytest.mark.parametrize(
    "damage", ["rm spec.json", "echo '{}' > spec.json", "echo x > before.json"]
)
def test_a_run_that_damages_what_it_was_asked_is_no_success(home: Path, damage: str) -> None:
    script = f'cd "$LASTWORDS_ATTEMPT"; {damage}'
    done = run(home, "--expect", "f", "--", "sh", "-c", script)
    assert done.returncode == 1 and _listed(home)["reason"] == "expected_missing"


def test_a_command_without_expectations_that_loses_its_spec_is_still_completed(home: Path) -> None:
    done = run(home, "--", "sh", "-c", 'rm "$LASTWORDS_ATTEMPT/spec.json"')
    assert done.returncode == 0 and _listed(home)["status"] == "completed"


def test_a_training_is_held_to_what_lay_where_its_adapter_goes(home: Path, tmp_path: Path) -> None:
    """Its own folder begins empty; the one that --output-dir names may not."""
    output = tmp_path / "mine"
    command = [PYTHON, "-m", "lastwords", "train", "--home", str(home), "--output-dir", str(output)]
    data = ["--data-file", str(home / "data.jsonl"), "--base-model"]
    child = shlex.join([PYTHON, str(CHILD)])
    environment = clean_environment(LASTWORDS_TRAINER_COMMAND=child)
    for mode, code in (("trains", 0), ("finishes-without-adapter", 1)):
        done = subprocess.run([*command, *data, mode], env=environment, cwd=home)
        assert done.returncode == code
    listed = json.loads(cli(home, "ls", "--json").stdout)
    assert [run["reason"] for run in listed] == ["exit0_no_adapter", "ok"]
