"""Runs on two nodes of a real Slurm: each is a rank with its own log, and they find each other."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.engines.cluster import Cluster
from tests.executors.kit import Site
from tests.real import until

from lastwords.executors.placed import job_of
from lastwords.folders.members import members
from lastwords.records import InvalidSpec, Status

TORCHRUN = (
    f"exec {sys.executable} -m torch.distributed.run --nnodes $NNODES --node-rank $NODE_RANK"
    " --nproc-per-node 1 --master-addr $MASTER_ADDR --master-port $MASTER_PORT"
    f" {Path(__file__).with_name('lora.py')}"
)


def logs(site: Site, run: str) -> list[bytes]:
    return [each.log.read_bytes() for each in members(site.folder(run)) if each.log.exists()]


def test_two_nodes_train_as_one_process_does(site: Site) -> None:
    run = site.place(["sh", "-c", TORCHRUN], nodes=2)  # and meanwhile:
    from tests.engines.lora import train

    alone = train()
    assert site.ended(run, 150).status == Status.COMPLETED
    said = [log.decode() for log in logs(site, run)]
    assert [f"rank {rank} of 2 sum 3" in said[rank] for rank in (0, 1)] == [True, True]
    losses = [float(re.findall(r"loss=(\S+) on", text)[0]) for text in said]
    assert losses == pytest.approx([alone, alone], abs=1e-5)


def test_the_rank_that_raises_is_the_cause_and_ends_the_others(site: Site) -> None:
    code = "import os, time\nprint('on', flush=True)\n"
    code += "if os.environ['NODE_RANK'] == '1': raise ValueError('rank 1 breaks')\ntime.sleep(600)"
    run = site.place([sys.executable, "-c", code], nodes=2)
    ended = site.ended(run)
    assert (ended.status, ended.member) == (Status.FAILED, 1)
    assert ended.headline == "ValueError: rank 1 breaks"
    assert logs(site, run)[0] == b"on\n"
    assert {each.result.exists() for each in members(site.folder(run))} == {True}


def test_cancelled_on_the_page_both_nodes_end(site: Site, cluster: Cluster) -> None:
    run = site.place(["sh", "-c", "echo $SLURMD_NODENAME; sleep 600"], nodes=2)
    until(lambda: logs(site, run) == [b"n1\n", b"n2\n"])
    site.client.post(f"/api/training/runs/{run}/cancel")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    job = str(job_of(site.folder(run)))
    until(lambda: cluster.ask("squeue", "--noheader", "--jobs", job) == "")


def test_a_training_of_the_server_is_refused_on_several(site: Site) -> None:
    with pytest.raises(InvalidSpec, match="uses the GPUs of one node"):
        site.services.supervisor.create({"executor": "slurm", "nodes": 2}, "a test")
