"""A LoRA training in plain torch, alone or as one of the ranks that torchrun starts.

The model is made by a seed. Each rank learns from its share of each batch, and the gradients are
the mean over all ranks: so the loss is that of one process.
"""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
from torch import Tensor, nn

WORDS, WIDTH, STEPS, ROWS, LENGTH = 50, 32, 20, 8, 12


class Adapted(nn.Module):
    """A frozen linear layer with a detour of low rank that learns."""

    def __init__(self, rows: int, columns: int, rank: int = 4) -> None:
        super().__init__()
        self.base = nn.Linear(rows, columns)
        self.base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, rows) / rows**0.5)
        self.up = nn.Parameter(torch.zeros(columns, rank))

    def forward(self, found: Tensor) -> Tensor:
        adapted: Tensor = self.base(found) + found @ self.down.T @ self.up.T
        return adapted


def model() -> nn.Module:
    """A small frozen language model with two adapted layers."""
    words = nn.Embedding(WORDS, WIDTH)
    words.requires_grad_(False)
    return nn.Sequential(words, Adapted(WIDTH, 4 * WIDTH), nn.GELU(), Adapted(4 * WIDTH, WORDS))


def train(rank: int = 0, size: int = 1) -> float:
    """The loss of all rows after the last step."""
    torch.manual_seed(7)
    net, rows = model(), torch.randint(WORDS, (ROWS, LENGTH))
    learns = [each for each in net.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(learns, lr=1e-2)

    def loss_of(part: Tensor) -> Tensor:
        return nn.functional.cross_entropy(net(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten())

    for _ in range(STEPS):
        optimiser.zero_grad()
        torch.autograd.backward(loss_of(rows[rank::size]))
        if size > 1:
            for gradient in (each.grad for each in learns if each.grad is not None):
                dist.all_reduce(gradient)
                gradient /= size
        optimiser.step()
    with torch.no_grad():
        return float(loss_of(rows))


if __name__ == "__main__":
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    whole = torch.tensor([float(dist.get_rank() + 1)])
    dist.all_reduce(whole)
    print(f"rank {dist.get_rank()} of {dist.get_world_size()} sum {float(whole):g}")
    print(f"loss={train(dist.get_rank(), dist.get_world_size()):.8f} on {os.environ['NODE_RANK']}")
    dist.destroy_process_group()
