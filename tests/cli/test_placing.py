"""`--on ENGINE` at a shell: what is queued, and what is refused before anything is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import clean_environment

from lastwords.folders import runfolder

SLURM = (
    '[executors.slurm]\npython = "/usr/bin/python3"\npyz = "/shared/lw.pyz"\nurl = "https://x"\n'
)


def lastwords(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lastwords", words[0], "--home", str(home), *words[1:]]
    return subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, cwd=home
    )


def test_a_command_is_queued_with_what_it_wants(home: Path) -> None:
    (home / "lastwords.toml").write_text(SLURM)
    wanted = ["--on", "slurm", "--nodes", "2", "--gpus-per-node", "8", "--memory", "8G"]
    wanted += ["--cpus", "4", "--partition", "gpu", "--account", "lab", "--time", "90m"]
    done = lastwords(home, "run", *wanted, "--name", "n", "--json", "--", "sh", "-c", "echo x; y")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["status"], shown["name"]) == ("queued", "n")
    spec = runfolder.read_spec(runfolder.attempt_folder(home, shown["id"], 1)) or {}
    assert (spec["command"], spec["cwd"]) == (["sh", "-c", "echo x; y"], str(home))
    assert spec["timeLimitSeconds"] == 5400
    assert spec["spec"] == {
        "executor": "slurm",
        "nodes": 2,
        "gpusPerNode": 8,
        "memory": 8 << 30,
        "cpus": 4,
        "partition": "gpu",
        "account": "lab",
        "timeLimitSeconds": 5400,
    }


def test_a_training_is_queued_with_its_flags(home: Path) -> None:
    (home / "lastwords.toml").write_text(SLURM)
    done = lastwords(home, "train", "--on", "slurm", "--json", "--data-file=data.jsonl", "--seed=7")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    spec = runfolder.read_spec(runfolder.attempt_folder(home, shown["id"], 1)) or {}
    assert (spec["kind"], spec["spec"]["seed"]) == ("training", 7)
    assert spec["spec"]["executor"] == "slurm"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--on", "slurm"], "the engine slurm is not configured: add [executors.slurm]"),
        (["--on", "moon"], "there is no engine 'moon'; known: ray, slurm"),
        (["--cpus", "2"], "cpus: is for an engine: name one with --on"),
        (["--on", "slurm", "--time", "soon"], "write 90m, 2h or 1d"),
    ],
)
def test_what_cannot_be_placed_is_refused(home: Path, words: list[str], said: str) -> None:
    done = lastwords(home, "run", *words, "--", "true")
    assert done.returncode != 0
    assert said in done.stderr
    assert not list(runfolder.all_run_ids(home))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('python = "python3"\npyz = "/x"\nurl = "https://x"', "must be an absolute path"),
        ('python = "/p"\npyz = "/x"', "url in [executors.slurm] of lastwords.toml is missing"),
        ('pythn = "/p"', "pythn in [executors.slurm] of lastwords.toml is not known"),
    ],
)
def test_settings_that_cannot_be_right_are_named(home: Path, table: str, said: str) -> None:
    (home / "lastwords.toml").write_text(f"[executors.slurm]\n{table}\n")
    done = lastwords(home, "run", "--on", "slurm", "--", "true")
    assert done.returncode == 1
    assert said in done.stderr


def test_local_is_this_machine(home: Path) -> None:
    done = lastwords(home, "run", "--on", "local", "--", "sh", "-c", "echo here")
    assert (done.returncode, done.stdout) == (0, "here\n")
