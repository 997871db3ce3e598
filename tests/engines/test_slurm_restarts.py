"""Jobs that a real Slurm starts again, each start as the next attempt of the same run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.engines.cluster import Cluster
from tests.engines.resuming import a_training, check_that_it_went_on, has_saved
from tests.executors.kit import Site
from tests.real import until

from lastwords.executors.placed import job_of
from lastwords.records import FINAL, Status


def a_run(site: Site, stop: Path, before: str = ":", **wanted: object) -> str:
    """A run that says which start it is, and ends once a file is there."""
    words = f"echo start ${{SLURM_RESTART_COUNT:-0}}; while [ ! -e {stop} ]; do sleep 0.1; done"
    run = site.place(["sh", "-c", f"{before}; {words}"], **wanted)
    site.says(run, b"start 0\n")
    return run


def told(site: Site, run: str) -> list[tuple[str, str | None]]:
    found = site.services.store.attempts(site.run(run))
    return [(each.status.value, each.reason) for each in found]


def goes_on_and_completes(site: Site, run: str, stop: Path) -> None:
    log = site.folder(run, 2).log
    assert until(lambda: log.exists() and log.read_bytes()) == b"start 1\n"
    assert site.run(run).status == Status.RUNNING
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED
    assert site.folder(run, 1).log.read_bytes() == b"start 0\n"


def test_a_requeued_job_is_the_next_attempt(site: Site, cluster: Cluster, tmp_path: Path) -> None:
    run = a_run(site, tmp_path / "stop", partition="second")
    cluster.ask("scontrol", "requeue", str(job_of(site.folder(run))))
    until(lambda: site.run(run).attempt == 2)
    assert told(site, run)[0] == ("cancelled", "requeued")
    goes_on_and_completes(site, run, tmp_path / "stop")
    shown = site.client.get(f"/api/training/runs/{run}").json
    assert [each["reason"] for each in (shown or {})["attempts"]] == ["requeued", "ok"]


def test_a_training_that_is_requeued_goes_on_from_its_checkpoint(
    site: Site, cluster: Cluster
) -> None:
    run = a_training(site, partition="second")
    has_saved(site, run)
    cluster.ask("scontrol", "requeue", str(job_of(site.folder(run))))
    check_that_it_went_on(site, run)
    assert told(site, run)[0] == ("cancelled", "requeued")


def test_a_job_that_gives_way_waits_and_is_the_next_attempt(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    """What is left of a start may take its time, and Slurm calls the job COMPLETING till then."""
    run = a_run(site, tmp_path / "stop", "trap 'sleep 3; exit' TERM", partition="second", cpus=8)
    first = site.place(["sleep", "600"], partition="first", cpus=8)
    until(lambda: site.run(run).attempt == 2)
    assert told(site, run)[0] == ("cancelled", "requeued")
    until(lambda: site.run(first).status == Status.RUNNING)
    assert site.run(run).status == Status.QUEUED
    site.services.supervisor.cancel(first, "a test")
    goes_on_and_completes(site, run, tmp_path / "stop")


def test_a_job_that_gives_way_for_good_was_preempted(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    run = a_run(site, tmp_path / "stop", partition="spare", cpus=8)
    first = site.place(["true"], partition="first", cpus=8)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "preempted")
    assert site.ended(first).status == Status.COMPLETED
    assert site.run(run).attempt == 1


def test_a_node_that_dies_is_followed_by_the_next_attempt(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    run = a_run(site, tmp_path / "stop", partition="second")
    job = str(job_of(site.folder(run)))
    until(lambda: site.placed.state(site.folder(run)))
    cluster.kill("n2")
    there = cluster.of_job(job)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in there:
            os.kill(pid, number)
    try:
        cluster.ask("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=died")
        until(lambda: site.run(run).attempt == 2)
        assert told(site, run)[0] == ("lost", "node_failed")
        assert site.run(run).status not in FINAL
    finally:
        cluster.begin_node("n2")
        cluster.ask("scontrol", "update", "NodeName=n2", "State=RESUME")
    goes_on_and_completes(site, run, tmp_path / "stop")
