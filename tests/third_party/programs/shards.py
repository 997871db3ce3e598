"""Data of the processes that learn together: one shard each."""

from pathlib import Path

import torch

Path("shards").mkdir(exist_ok=True)
for rank in range(2):
    torch.save(torch.randn(64, 4), Path("shards") / f"shard-{rank}.pt")
