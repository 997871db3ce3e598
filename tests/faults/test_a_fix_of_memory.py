"""A training that the kernel really kills for want of memory is mended by the change it is offered.

The server and what it starts live in a control group with a limit that a whole batch exceeds and
half of one does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TOKEN
from tests.faults.test_memory import LAUNCH, limited_group
from tests.real import Server, until
from tests.trainer.kit import PAIRS, make_tokenizer

LIMIT = 1920 << 20  # bytes; the training takes 2.3 GB at its peak, with half the batch 1.7 GB
PATIENCE = 150.0
LIMIT_FILES = ("memory.limit_in_bytes", "memory.max")
SPEC: dict[str, Any] = {
    "dataFile": "data.jsonl",
    "baseModel": "./model",
    "batchSize": 32,
    "epochs": 1,
    "precision": "fp32",
    "sourceMaxTokens": 448,
    "targetMaxTokens": 64,
}


@pytest.fixture
def limited(home: Path) -> Iterator[Server]:
    """A server with the real trainer, in a group with a limit."""
    group = limited_group(1)
    _limit(group, LIMIT)
    settings = {"LASTWORDS_TOKEN": TOKEN}
    server = Server(home, settings, prefix=["sh", "-c", LAUNCH, "sh", str(group)])
    yield server.start()
    server.end()
    until(lambda: not (group / "cgroup.procs").read_text())
    until(lambda: not [folder for folder in group.iterdir() if folder.is_dir()])
    group.rmdir()


def _limit(group: Path, size: int) -> None:
    (name,) = [name for name in LIMIT_FILES if (group / name).exists()]
    (group / name).write_text(str(size))


def _model(folder: Path) -> None:
    """A model that is small itself, and keeps 35 MB for each example that it learns from."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    words = len(make_tokenizer(folder))
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        "llama",
        vocab_size=words,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=8,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=32,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


def _data(path: Path) -> None:
    rows = [
        {
            "prompt": " ".join(PAIRS[(row * 7 + place) % len(PAIRS)][0] for place in range(60)),
            "completion": PAIRS[row % len(PAIRS)][1],
        }
        for row in range(64)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")


def test_a_training_killed_for_memory_completes_with_the_fix_and_learns_the_same(
    limited: Server, home: Path
) -> None:
    pytest.importorskip("torch")
    _model(home / "model")
    _data(home / "data.jsonl")
    first = limited.ended(limited.post("/runs", SPEC).json["id"], PATIENCE)
    assert (first["status"], first["cause"]) == ("failed", "memory.host_oom"), first
    assert first["signal"] == "SIGKILL" and first["reason"] == "oom_killed"

    advice = limited.get(f"/runs/{first['id']}/diagnosis").json["advice"]
    assert advice[0]["fix"]["set"] == {"batchSize": 16, "accumulation": 2}
    limited.post(f"/runs/{first['id']}/retry", {"fix": advice[0]["fix"]["number"]})
    mended = limited.ended(first["id"], PATIENCE)
    assert (mended["status"], mended["attempt"]) == ("completed", 2), mended["errorMessage"]

    unlimited = _unlimited(limited, home)
    assert mended["finalLoss"] == pytest.approx(unlimited, rel=0.01)


def _unlimited(limited: Server, home: Path) -> float:
    """The loss of the same training, whole batches and all, without a limit."""
    limited.end()
    server = Server(home, {"LASTWORDS_TOKEN": TOKEN}).start()
    try:
        run = server.ended(server.post("/runs", SPEC).json["id"], PATIENCE)
    finally:
        server.end()
    limited.start()
    assert run["status"] == "completed", run["errorMessage"]
    return float(run["finalLoss"])
