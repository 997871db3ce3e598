"""LoRA's detour around frozen linear layers, in few passes on a CPU.

Covered: LoRA as first published, around ordinary linear layers, one or several that read the same.
Not covered: peft's variants of it, adapters with a bias.
"""

from typing import Any, NamedTuple

import torch
from torch.nn.functional import linear

from lastwords.trainer.passes import Context, Gradients, through

_RANDOM_BITS = 16  # that decide whether a number is dropped


def is_plain(module: Any) -> bool:
    """Whether it is LoRA as first published, around an ordinary linear layer."""
    base = getattr(module, "base_layer", None)
    return (
        type(base) is torch.nn.Linear
        and hasattr(module, "lora_A")
        and list(module.lora_A) == ["default"]
        and not module.lora_variant
        and not module.lora_bias["default"]
    )


class Adapter(NamedTuple):
    """Where in the output an adapter adds, and what it multiplies with."""

    columns: slice
    scaling: float


def around(module: Any, x: torch.Tensor) -> torch.Tensor:
    """What a layer with an adapter answers."""
    base = module.base_layer
    return beside([module], [slice(0, base.out_features)], base.weight, base.bias, x)


def beside(
    modules: list[Any],
    columns: list[slice],
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    x: torch.Tensor,
) -> torch.Tensor:
    """What frozen layers answer side by side, those with an adapter in the columns given.

    Adapters that read the same share what dropout leaves of it.
    """
    dropped = _dropout(modules[0]) if modules else 0.0
    kept = _draw(x, dropped) if dropped else None
    raised = 1 / (1 - dropped) if dropped < 1 else 0.0
    adapters, learning = [], []
    for module, place in zip(modules, columns, strict=True):
        adapters.append(Adapter(place, module.scaling["default"] * raised))
        learning += [module.lora_A["default"].weight, module.lora_B["default"].weight]
    return through(_Lora, x, weight, bias, kept, adapters, *learning)


def _dropout(module: Any) -> float:
    return getattr(module.lora_dropout["default"], "p", 0.0) if module.training else 0.0


def _draw(x: torch.Tensor, dropped: float) -> torch.Tensor:
    """1 where a number stays, 0 elsewhere, as rows.

    bernoulli_ took ten times as long as comparing random bits, and comparing in place with numbers
    of the same size a quarter of what a comparison to booleans and multiplying by those took.
    """
    words = torch.empty(-(-x.numel() * _RANDOM_BITS // 64), dtype=torch.int64)
    bits = words.random_(-(2**63), None).view(torch.int16)[: x.numel()].view(-1, x.shape[-1])
    least = round(dropped * 2**_RANDOM_BITS) - 2 ** (_RANDOM_BITS - 1)
    return bits.ge_(min(least, torch.iinfo(bits.dtype).max)).to(x.dtype)


class _Lora(torch.autograd.Function):
    """W x + b, and scaling * up(down(dropout(x))) in an adapter's columns; up and down learn."""

    @staticmethod
    def forward(
        context: Context,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        kept: torch.Tensor | None,
        adapters: list[Adapter],
        *learning: torch.Tensor,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        found = linear(rows, weight, bias)
        context.adapters, context.shape = adapters, x.shape
        context.ranks = [len(down) for down in learning[::2]]
        if adapters:
            shown = rows if kept is None else rows * kept
            down = torch.cat(learning[::2]).to(x.dtype)
            ups = [up.to(x.dtype) for up in learning[1::2]]
            inner = shown @ down.t()
            parts = torch.split(inner, context.ranks, 1)
            for (columns, scaling), part, up in zip(adapters, parts, ups, strict=True):
                found[:, columns].addmm_(part, up.t(), alpha=scaling)
            context.save_for_backward(weight, kept, shown, inner, down, *ups)
        else:
            context.save_for_backward(weight)
        return found.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        weight, *others = context.saved_tensors
        gradient = gradients[0].reshape(-1, len(weight))
        of_x = gradient @ weight if context.needs_input_grad[0] else None
        learning = _of_adapters(context, gradient, of_x, *others) if others else ()
        return None if of_x is None else of_x.view(context.shape), None, None, None, None, *learning


def _of_adapters(
    context: Context,
    gradient: torch.Tensor,
    of_x: torch.Tensor | None,
    kept: torch.Tensor | None,
    shown: torch.Tensor,
    inner: torch.Tensor,
    down: torch.Tensor,
    *ups: torch.Tensor,
) -> list[torch.Tensor]:
    """The gradients of each adapter's down and up; adds to that of x what came by the detour."""
    of_inner, of_ups = [], []
    parts = torch.split(inner, context.ranks, 1)
    for (columns, scaling), part, up in zip(context.adapters, parts, ups, strict=True):
        own = gradient[:, columns]
        of_inner.append((own @ up).mul_(scaling))
        of_ups.append((own.t() @ part).float().mul_(scaling))
    whole = of_inner[0] if len(of_inner) == 1 else torch.cat(of_inner, 1)
    of_downs = torch.split((whole.t() @ shown).float(), context.ranks)
    if of_x is not None:
        if kept is None:
            of_x.addmm_(whole, down)
        else:
            of_x.addcmul_(whole @ down, kept)
    return [each for pair in zip(of_downs, of_ups, strict=True) for each in pair]
