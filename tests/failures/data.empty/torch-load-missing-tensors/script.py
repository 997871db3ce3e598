"""Evaluate on tensors that an earlier step wrote."""

from pathlib import Path

import torch


def rows(folder: Path) -> torch.Tensor:
    return torch.load(folder / "val.pt", weights_only=True)


print(rows(Path("/srv/model-zoo/data")).shape)
