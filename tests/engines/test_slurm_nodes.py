"""Runs on two nodes of a real Slurm: each is a rank with its own log, and they find each other."""

from __future__ import annotations

from tests.engines.cluster import Cluster
from tests.engines.torchrun import (
    check_that_a_training_on_two_nodes_learns_as_one_process,
    check_that_two_nodes_train_as_one_process,
    logs,
)
from tests.executors.kit import Site
from tests.real import until

from lastwords.executors.placed import job_of
from lastwords.records import Status


def test_two_nodes_train_as_one_process_does(site: Site) -> None:
    check_that_two_nodes_train_as_one_process(site)


def test_cancelled_on_the_page_both_nodes_end(site: Site, cluster: Cluster) -> None:
    run = site.place(["sh", "-c", "echo $SLURMD_NODENAME; sleep 600"], nodes=2)
    until(lambda: logs(site, run) == [b"n1\n", b"n2\n"])
    site.client.post(f"/api/training/runs/{run}/cancel")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    job = str(job_of(site.folder(run)))
    until(lambda: cluster.ask("squeue", "--noheader", "--jobs", job) == "")


def test_a_training_of_the_server_learns_on_two_nodes_what_one_process_does(site: Site) -> None:
    check_that_a_training_on_two_nodes_learns_as_one_process(site)
