"""What the functions with a backward pass of their own share."""

from collections.abc import Callable
from typing import Any

import torch

Context = Any  # what torch hands from forward to backward
Gradients = tuple[torch.Tensor | None, ...]


def through(function: Any, *given: Any) -> torch.Tensor:
    """What an autograd function, which has no types, makes of what it is given."""
    found: torch.Tensor = function.apply(*given)
    return found


def answers_as(
    theirs: Callable[[torch.Tensor], torch.Tensor],
    ours: Callable[[torch.Tensor], torch.Tensor],
    like: torch.Tensor,
) -> bool:
    """Whether both say the same of rows as wide as a weight, up to how its numbers are rounded."""
    generator = torch.Generator().manual_seed(0)
    probe = torch.randn(1, 3, like.shape[-1], generator=generator).to(like.dtype)
    tolerance = 0.03 if like.dtype == torch.bfloat16 else 1e-5
    with torch.no_grad():
        expected = theirs(probe)
        return bool(torch.dist(ours(probe), expected) <= tolerance * expected.norm())


def join(layers: list[Any]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The frozen weights and biases of linear layers that read the same, one below the other.

    The layers go on with views of them: of the old ones stay but pages of a file that none reads.
    """
    weights = [layer.weight for layer in layers]
    biases = [layer.bias for layer in layers if layer.bias is not None]
    return _joined(weights), _joined(biases) if biases else None


def _joined(tensors: list[torch.nn.Parameter]) -> torch.Tensor:
    whole = torch.cat([tensor.detach() for tensor in tensors])
    parts = torch.split(whole, [len(tensor) for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.data = part
    return whole


def joins(layers: list[Any]) -> bool:
    """Whether these are frozen linear layers, with a bias each or none at all."""
    return (
        all(type(layer) is torch.nn.Linear and not layer.weight.requires_grad for layer in layers)
        and len({layer.bias is None for layer in layers}) == 1
    )
