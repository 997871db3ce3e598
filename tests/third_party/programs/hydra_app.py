"""A program configured by Hydra, which also keeps its log."""

import logging

import hydra
import torch
from omegaconf import DictConfig

log = logging.getLogger(__name__)


@hydra.main(version_base=None, config_path="conf", config_name="hydra")
def main(config: DictConfig) -> None:
    torch.manual_seed(config.seed)
    x = torch.randn(64, config.model.features)
    model = torch.nn.Linear(config.model.features, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.optimizer.lr)
    for step in range(1, config.steps + 1):
        loss = torch.nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            log.info("step=%d loss=%.4f", step, loss.item())


if __name__ == "__main__":
    main()
