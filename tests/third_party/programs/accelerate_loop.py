"""A training loop of one's own on accelerate, with tqdm, as in its examples."""

import argparse
import csv

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset
from tqdm.auto import tqdm


def read(path: str) -> TensorDataset:
    with open(path, newline="") as file:  # noqa: PTH123
        rows = torch.tensor([[float(cell) for cell in row] for row in csv.reader(file)])
    return TensorDataset(rows[:, :-1], rows[:, -1:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="numbers.csv")
    args = parser.parse_args()
    accelerator = Accelerator(cpu=True)
    loader = DataLoader(read(args.data), batch_size=8, shuffle=True)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    bar = tqdm(total=3 * len(loader), disable=not accelerator.is_local_main_process)
    for epoch in range(3):
        for x, y in loader:
            loss = torch.nn.functional.mse_loss(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.4f}")
        accelerator.print(f"epoch {epoch}: loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
