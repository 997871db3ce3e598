"""A real torchrun on two nodes of an engine, held against one process; each engine has its test."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.executors.kit import Site

from lastwords.folders.members import members
from lastwords.records import Status

TORCHRUN = (
    f"exec {sys.executable} -m torch.distributed.run --nnodes $NNODES --node-rank $NODE_RANK"
    " --nproc-per-node 1 --master-addr $MASTER_ADDR --master-port $MASTER_PORT"
    f" {Path(__file__).with_name('lora.py')}"
)


def logs(site: Site, run: str) -> list[bytes]:
    """Those of its ranks, as far as they have come."""
    return [each.log.read_bytes() for each in members(site.folder(run)) if each.log.exists()]


def check_that_two_nodes_train_as_one_process(site: Site) -> None:
    run = site.place(["sh", "-c", TORCHRUN], nodes=2)  # and meanwhile:
    from tests.engines.lora import train

    alone = train()
    ended = site.ended(run, 150)
    assert ended.status == Status.COMPLETED, (ended.headline, ended.detail)
    said = [log.decode() for log in logs(site, run)]
    assert [f"rank {rank} of 2 sum 3" in said[rank] for rank in (0, 1)] == [True, True]
    losses = [float(re.findall(r"loss=(\S+) on", text)[0]) for text in said]
    assert losses == pytest.approx([alone, alone], abs=1e-5)
