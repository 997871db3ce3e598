"""The processes of one training; mostly there is one.

Every process holds all rows and computes its share of each batch, divided by the whole batch's
tokens; the sum of the gradients over all processes is then what one process would have.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed

Item = TypeVar("Item")


@dataclass(frozen=True)
class Ranks:
    """This process's place among those of the training."""

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> "Ranks":
        """Meet the other processes, where torch.distributed.run started any."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(torch.distributed.get_rank(), size)

    def leave(self) -> None:
        """Part from the others."""
        if self.size > 1:
            torch.distributed.destroy_process_group()

    @property
    def here(self) -> int:
        """How many of them are on this machine."""
        return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))

    @property
    def leads(self) -> bool:
        """Whether this process writes checkpoints, events and the adapter."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """This process's part of a batch, which may be empty."""
        return items[self.rank :: self.size]

    def agree(self, number: int) -> bool:
        """Whether all of them say the same number."""
        if self.size == 1:
            return True
        said = torch.tensor([number, -number], device=_device())
        torch.distributed.all_reduce(said, torch.distributed.ReduceOp.MAX)
        return int(said[0]) == -int(said[1])

    def add_up(self, gradients: Sequence[torch.Tensor], facts: Sequence[float]) -> list[float]:
        """Sum gradients, in place, and a few numbers over all processes, in one message."""
        if self.size == 1:
            return list(facts)
        device = gradients[0].device if gradients else _device()
        message = torch.cat(
            [gradient.reshape(-1) for gradient in gradients]
            + [torch.tensor(list(facts), dtype=torch.float32, device=device)]
        )
        torch.distributed.all_reduce(message)
        sizes = [gradient.numel() for gradient in gradients]
        parts = torch.split(message, [*sizes, len(facts)])
        for gradient, part in zip(gradients, parts, strict=False):
            gradient.copy_(part.view_as(gradient))
        return [float(number) for number in parts[-1]]


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
