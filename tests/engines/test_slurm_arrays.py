"""Job arrays of a real Slurm: each task is a run of its own, told by its own number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.kit import cli
from tests.engines.cluster import Cluster
from tests.executors.kit import Site
from tests.real import until

from lastwords.receiving.enrolling import enrol
from lastwords.records import FINAL, Run, Status

SCRIPT = """#!/bin/sh
exec {python} {pyz} run --to {url} -- \\
    sh -c 'echo task $SLURM_ARRAY_TASK_ID; [ $SLURM_ARRAY_TASK_ID != 2 ] || exec sleep 600'
"""


def an_array(site: Site, cluster: Cluster) -> str:
    """Three tasks, each of which sends its run, by hand; the number of the array."""
    url = site.engine.settings.url  # type: ignore[attr-defined]
    token = enrol(site.services.store, "array")
    words = SCRIPT.format(python=sys.executable, pyz=cluster.place / "lw.pyz", url=url)
    more = {"LASTWORDS_TO_TOKEN": token, "HOME": str(cluster.place)}
    return subprocess.run(
        ["sbatch", "--parsable", "--array=1-3", "--output=/dev/null", "--chdir=/"],
        input=words,
        env=cluster.environment | more | {"LASTWORDS_HOME": str(cluster.place / "array")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=30,
    ).stdout.strip()


def runs_by_task(site: Site, job: str) -> dict[str, Run]:
    found = [
        site.run(run["id"]) for run in (site.client.get("/api/training/runs").json or {})["runs"]
    ]
    return {str(run.engine).removeprefix(f"Slurm job {job}_"): run for run in found}


def test_each_task_is_a_run_and_is_stopped_alone(site: Site, cluster: Cluster) -> None:
    job = an_array(site, cluster)
    until(lambda: sorted(runs_by_task(site, job)) == ["1", "2", "3"])
    until(lambda: [r.status in FINAL for r in runs_by_task(site, job).values()].count(True) == 2)
    runs = runs_by_task(site, job)
    assert [runs[task].status for task in "13"] == [Status.COMPLETED] * 2
    assert site.says(runs["2"].id, b"task 2\n") == b"task 2\n"
    cluster.ask("scancel", f"{job}_2")
    ended = site.ended(runs["2"].id)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_scheduler")
    assert ended.detail == f"Stopped by SIGTERM from Slurm job {job}_2."
    assert [site.folder(runs[task].id).log.read_bytes() for task in "13"] == [
        b"task 1\n",
        b"task 3\n",
    ]


def test_a_placed_run_is_one_job_whatever_the_environment_says(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SBATCH_ARRAY_INX", "1-3")
    run = site.ended(site.place(["env"]))
    assert run.status == Status.COMPLETED
    assert b"SLURM_ARRAY" not in site.folder(run.id).log.read_bytes()


def test_an_array_is_refused_in_words(home: Path) -> None:
    done = cli(home, "run", "--on", "slurm", "--array", "0-3", "--", "true")
    assert done.returncode == 2
    assert "each run is a job of its own here" in done.stderr.decode()
