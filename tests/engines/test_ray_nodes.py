"""One run on several nodes of a real Ray: each is a rank with its own log, and all end together."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.engines.ray_kit import RayCluster
from tests.engines.test_ray_runs import SAVES, job_of, living
from tests.engines.torchrun import (
    check_that_a_training_on_two_nodes_learns_as_one_process,
    check_that_two_nodes_train_as_one_process,
)
from tests.executors.kit import Site
from tests.real import until

from lastwords.folders.members import members
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import Status

TELLS = "echo rank $NODE_RANK of $NNODES at $MASTER_ADDR:$MASTER_PORT, $OMP_NUM_THREADS"


@pytest.fixture
def ray(two_nodes: RayCluster) -> RayCluster:
    return two_nodes


@pytest.fixture
def site(ray: RayCluster, ray_site: Site) -> Site:
    return ray_site


def ranks(site: Site, run: str) -> list[AttemptFolder]:
    """Those that have come, once both have."""
    return until(lambda: (found := members(site.folder(run))) and len(found) == 2 and found)


def all_say(site: Site, run: str, words: bytes) -> None:
    for rank in ranks(site, run):
        until(lambda rank=rank: rank.log.exists() and words in rank.log.read_bytes())  # type: ignore[misc]


def driver_of(spool: Path) -> int:
    """The process that holds the nodes of the run that has this spool."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            is_driver = b"STRICT_SPREAD" in path.read_bytes()
            known = path.with_name("environ").read_bytes()
            if is_driver and b"LASTWORDS_SPOOL=" + os.fsencode(spool) in known:
                return int(path.parent.name)
    raise AssertionError(f"nothing holds the nodes of {spool}")


def test_each_node_is_a_rank_with_a_log_of_its_own(site: Site, ray: RayCluster) -> None:
    run = site.ended(site.place(["sh", "-c", TELLS], nodes=2, cpus=ray.cpus))
    assert run.status == Status.COMPLETED
    logs = [rank.log.read_text().split() for rank in ranks(site, run.id)]
    assert [words[:4] for words in logs] == [["rank", str(n), "of", "2"] for n in (0, 1)]
    assert logs[0][5:] == logs[1][5:] and logs[0][-1] == str(ray.cpus)
    until(lambda: job_of(ray, run.id)["status"] == "SUCCEEDED")


def test_two_nodes_train_as_one_process_does(site: Site) -> None:
    check_that_two_nodes_train_as_one_process(site)


def test_a_training_of_the_server_learns_on_two_nodes_what_one_process_does(site: Site) -> None:
    check_that_a_training_on_two_nodes_learns_as_one_process(site)


def test_a_cancel_and_a_stop_by_ray_end_all_of_them(
    site: Site, ray: RayCluster, tmp_path: Path
) -> None:
    ours, theirs = (site.place([sys.executable, "-c", SAVES], nodes=2) for _ in range(2))
    for run in (ours, theirs):
        all_say(site, run, b"on\n")
    site.services.supervisor.cancel(ours, "a test")
    ray.ask("POST", f"/api/jobs/{job_of(ray, theirs)['submission_id']}/stop")
    for run, reason in ((ours, "stopped_by_user"), (theirs, "stopped_by_scheduler")):
        ended = site.ended(run)
        assert (ended.status, ended.reason) == (Status.CANCELLED, reason)
        assert [rank.log.read_bytes() for rank in ranks(site, run)] == [b"on\nsaved\n"] * 2
    until(lambda: not living(tmp_path / "spool"))


def test_what_placed_them_takes_all_of_them_along(
    site: Site, ray: RayCluster, tmp_path: Path
) -> None:
    run = site.place([sys.executable, "-c", SAVES], nodes=2)
    all_say(site, run, b"on\n")
    driver = driver_of(tmp_path / "spool")
    os.kill(driver, signal.SIGKILL)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launcher_gone")
    assert [rank.log.read_bytes() for rank in ranks(site, run)] == [b"on\nsaved\n"] * 2
    until(lambda: not living(tmp_path / "spool"))


def test_what_finds_too_few_nodes_waits_and_says_so(site: Site, ray: RayCluster) -> None:
    run = site.place(["true"], nodes=3)
    until(lambda: site.flag(run, "placed") == "Ray: waiting for its nodes")
    assert site.run(run).status == Status.QUEUED
    site.services.supervisor.cancel(run, "a test")
    assert site.ended(run).status == Status.CANCELLED
    until(lambda: job_of(ray, run)["status"] == "STOPPED")


def test_a_node_that_dies_is_why_it_is_lost(site: Site, ray: RayCluster, tmp_path: Path) -> None:
    run = site.place([sys.executable, "-c", SAVES], nodes=2)
    all_say(site, run, b"on\n")
    driver = driver_of(tmp_path / "spool")
    ray.kill(({"node", "second"} - {ray.part_of(driver)}).pop())
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.LOST, "node_failed")
    assert "Ray: one of its nodes has died" in str(ended.detail)
