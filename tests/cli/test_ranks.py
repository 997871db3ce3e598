"""Whose rank a command is, as the command line and the scheduler say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import clean_environment

from lastwords.cli.schedulers import engine, join

JOB = {"SLURM_JOB_ID": "12", "SLURM_CLUSTER_NAME": "hpc"}
BATCH = {**JOB, "SLURM_PROCID": "0", "SLURM_NTASKS": "4"}
STEP = {**BATCH, "SLURM_STEP_ID": "3", "SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "4"}
ALONE = {**STEP, "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}


def test_tasks_of_one_step_are_ranks_of_one_run() -> None:
    assert join(["train"], STEP) == {"key": "slurm/hpc/12/3", "rank": 2, "size": 4}


@pytest.mark.parametrize(
    "variables",
    [BATCH, {**BATCH, "SLURM_STEP_ID": str(0xFFFFFFFB)}, ALONE],
    ids=["batch script", "batch script that is a step", "step of one task"],
)
def test_what_is_no_step_of_several_is_a_run_of_its_own(variables: dict[str, str]) -> None:
    found = join(["train"], variables)
    assert (found["rank"], found["size"]) == (0, 1)
    assert found["key"] == join(["train"], variables | {"SLURM_RESTART_COUNT": "1"})["key"]
    assert found["key"] != join(["evaluate"], variables)["key"]
    assert found["key"] != join(["train"], variables | {"SLURM_JOB_ID": "13"})["key"]


def test_without_a_scheduler_nobody_joins() -> None:
    assert join(["train"], {"SLURM_PROCID": "0"}) == {} == engine({})


def test_what_placed_it_is_told() -> None:
    array = {"SLURM_ARRAY_JOB_ID": "10", "SLURM_ARRAY_TASK_ID": "4", "SLURM_RESTART_COUNT": "1"}
    assert engine(STEP | array) == {
        "kind": "Slurm",
        "cluster": "hpc",
        "job": "12",
        "step": "3",
        "array": "10_4",
        "restart": "1",
    }


@pytest.mark.parametrize(
    "flags",
    [
        ["--join", "k"],
        ["--rank", "0", "--size", "2"],
        ["--join", "k", "--rank", "2", "--size", "2"],
    ],
)
def test_half_a_rank_is_refused_before_anything_starts(flags: list[str], home: Path) -> None:
    made = home / "made"
    command = [sys.executable, "-m", "lastwords", "run", *flags, "--home", str(home)]
    done = subprocess.run([*command, "touch", str(made)], capture_output=True, text=True)
    assert done.returncode and "--rank" in done.stderr
    assert not made.exists()


def test_a_rank_without_a_server_is_told_that_it_is_alone(home: Path) -> None:
    flags = ["--join", "k", "--rank", "0", "--size", "2", "--home", str(home)]
    command = [sys.executable, "-m", "lastwords", "run", *flags, "--", "echo", "trained"]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
    assert (done.returncode, done.stdout) == (0, "trained\n")
    assert "rank 0 of 'k' is a run of its own here" in done.stderr and "--to URL" in done.stderr
