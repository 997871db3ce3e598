"""What a training must remember to go on exactly: weights, optimiser, losses. No pickle.

The random numbers of a step come from seed and step alone, so that none need to be kept.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from lastwords.trainer.losses import Losses

WEIGHTS = "state.safetensors"
BEST = "best.safetensors"
FACTS = "state.json"

Tensors = dict[str, torch.Tensor]


@dataclass
class State:
    """How far a training came; `best` are the weights of the epoch that validated best."""

    step: int = 0
    losses: Losses = field(default_factory=Losses)
    validation: list[float] = field(default_factory=list)
    best: Tensors | None = None

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the lowest validation loss, counted from 1; the first of equals."""
        return self.validation.index(min(self.validation)) + 1 if self.validation else None


def learning(model: torch.nn.Module) -> Tensors:
    """The parameters that learn, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def copy_of(weights: Tensors) -> Tensors:
    """The same numbers, out of the optimiser's reach."""
    return {name: weight.detach().cpu().clone() for name, weight in weights.items()}


def put(weights: Tensors, saved: Tensors) -> None:
    """Set the parameters to saved ones."""
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(saved[name])


def save(folder: Path, state: State, weights: Tensors, optimiser: torch.optim.Optimizer) -> None:
    """Write everything into a folder."""
    tensors = {f"weight.{name}": tensor for name, tensor in copy_of(weights).items()}
    for name, weight in weights.items():
        for key, value in optimiser.state[weight].items():
            tensors[f"{key}.{name}"] = torch.as_tensor(value).detach().cpu().clone()
    folder.mkdir()
    save_file(tensors, folder / WEIGHTS)
    if state.best is not None:
        save_file(state.best, folder / BEST)
    facts = {
        "step": state.step,
        "losses": state.losses.to_json(),
        "validation": state.validation,
    }
    (folder / FACTS).write_text(json.dumps(facts) + "\n")


def load(folder: Path, weights: Tensors, optimiser: torch.optim.Optimizer) -> State:
    """Read it back into the parameters and the optimiser; returns how far it came."""
    tensors = load_file(folder / WEIGHTS)
    put(weights, {name: tensors.pop(f"weight.{name}") for name in weights})
    for name, weight in weights.items():
        found = {key: tensors.get(f"{key}.{name}") for key in ("step", "exp_avg", "exp_avg_sq")}
        optimiser.state[weight].update(
            {
                key: value if key == "step" else value.to(weight.device)
                for key, value in found.items()
                if value is not None
            }
        )
    facts = json.loads((folder / FACTS).read_text())
    best = load_file(folder / BEST) if (folder / BEST).exists() else None
    losses = Losses.from_json(facts["losses"])
    return State(facts["step"], losses, facts["validation"], best)
