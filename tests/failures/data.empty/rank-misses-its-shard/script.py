"""Two processes that learn together over gloo, each from its own shard of the data."""

import argparse
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def shard(folder: str, rank: int) -> torch.Tensor:
    return torch.load(os.path.join(folder, f"shard-{rank}.pt"))  # noqa: PTH118


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shards", default="shards")
    args = parser.parse_args()
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    x = shard(args.shards, rank)
    torch.manual_seed(1)
    model = DistributedDataParallel(torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(1, 41):
        loss = torch.nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if rank == 0 and step % 10 == 0:
            print(f"step {step}/40 | loss {loss.item():.4f} | lr 5.00e-02")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
