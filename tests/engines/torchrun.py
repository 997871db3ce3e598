"""Trainings on two nodes of an engine, held against one process; each engine has tests of them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.executors.kit import Site
from tests.trainer.kit import EVERY_LLAMA_LINEAR, make_llama, pairs_database

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


def check_that_two_nodes_train_as_one_process(site: Site, first: str = "true") -> str:
    """first: a command of a shell that each node begins with. Returns: the run."""
    run = site.place(["sh", "-c", f"{first}; {TORCHRUN}"], nodes=2)  # and meanwhile:
    from tests.engines.lora import train

    alone = train()
    ended = site.ended(run, 150)
    assert ended.status == Status.COMPLETED, (ended.headline, ended.detail)
    said = [log.decode() for log in logs(site, run)]
    assert [f"rank {rank} of 2 sum 3" in said[rank] for rank in (0, 1)] == [True, True]
    losses = [float(re.findall(r"loss=(\S+) on", text)[0]) for text in said]
    assert losses == pytest.approx([alone, alone], abs=1e-5)
    return run


def check_that_a_training_on_two_nodes_learns_as_one_process(site: Site) -> None:
    asked = _training(site)
    found = [
        site.services.supervisor.create(each, "a test").id
        for each in (asked | {"executor": site.engine.name, "nodes": 2}, asked)
    ]
    placed, alone = (site.ended(run, 240) for run in found)
    assert [each.status for each in (placed, alone)] == [Status.COMPLETED] * 2, placed.headline
    losses = (placed.final_loss, alone.final_loss)
    assert losses[0] == pytest.approx(losses[1], abs=1e-5), losses
    lead, led = logs(site, placed.id)
    assert b"2 processes on 2 nodes share each batch" in lead
    assert (b"stage save_adapter" in lead, b"stage save_adapter" in led) == (True, False)
    assert b"stage train finished" in led


def _training(site: Site) -> dict[str, object]:
    """What a training is asked for by, whose sums do not depend on how many it is shared by."""
    data = pairs_database(site.config.home / "pairs.db", 30)
    model = make_llama(site.config.home / "llama")
    asked: dict[str, object] = {"dbPath": str(data), "baseModel": str(model), "epochs": 2}
    asked |= {"loraTargets": EVERY_LLAMA_LINEAR.split(","), "loraDropout": 0.0}
    return asked | {"precision": "fp32", "learningRate": 0.01, "batchSize": 8}  # 4 rows for each
