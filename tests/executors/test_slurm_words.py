"""What the engine `slurm` makes of words of Slurm that a real one seldom says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastwords.executors.slurm import Settings, Slurm, state_of


@pytest.mark.parametrize(
    ("sinfo", "before"),
    [
        ("echo down*", "node_failed"),
        ("echo idle", "requeued"),
        ("echo Invalid node name >&2; exit 1", "requeued"),
    ],
)
def test_a_job_that_is_started_again_is_told_whatever_sinfo_says_of_its_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sinfo: str, before: str
) -> None:
    for name, words in (("squeue", f"cat {tmp_path}/jobs"), ("sinfo", sinfo)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    slurm = Slurm(Settings(python="python", pyz="lw.pyz", url="http://127.0.0.1:1"))
    job = {"job_id": 7, "name": "lw-run-1-00", "nodes": "cloud1", "job_state": "RUNNING"}
    for restarts, state in enumerate(("RUNNING", "PENDING")):
        told = job | {"job_state": state, "restart_cnt": restarts}
        (tmp_path / "jobs").write_text(json.dumps({"jobs": [told]}))
        found = slurm.jobs()["7"]
    assert (found.word, found.restarts, found.before) == ("queued", 1, before)


@pytest.mark.parametrize("told", ["COMPLETING", ["COMPLETING"]])
def test_a_job_of_which_processes_are_left_neither_waits_nor_runs(told: object) -> None:
    """Also one that was requeued, with the count of the start that is to come: it waits."""
    job = {"job_id": 7, "job_state": told, "restart_cnt": 1, "start_time": 1795868666}
    assert state_of(job).word == "ending"
