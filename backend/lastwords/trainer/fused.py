"""The same sums in fewer passes: what a small batch on a CPU spends its time on beside matrices.

At 84 tokens a step of SmolLM2-135M makes some 10,000 operations on tensors that fit into a cache.
Norms and gated units are computed here by functions with a backward pass of their own; LoRA's
detour around frozen linear layers in lora.py, attention over short rows in attention.py.

Covered: decoder-only models on a CPU; a part must answer as the model's own does to be replaced.
Not covered: GPUs, encoder-decoders.
"""

from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear, silu
from transformers import PreTrainedModel
from transformers.activations import SiLUActivation

from lastwords.trainer import attention, lora, passes
from lastwords.trainer.passes import Context, Gradients, through


def fuse(model: PreTrainedModel) -> tuple[bool, str]:
    """Replace what is known of a wrapped model: norms, gated units, attention, LoRA layers.

    Returns: whether every adapter layer is ours, so that no autocast is needed; and a log line.
    """
    modules = list(model.modules())
    norms = [module for module in modules if _replace_norm(module)]
    units = [module for module in modules if _replace_gate(module)]
    found = [module for module in modules if hasattr(module, "lora_A")]
    plain = [module for module in found if lora.is_plain(module)]
    for layer in plain:
        layer.forward = partial(lora.around, layer)
    ours = model.config._attn_implementation == attention.ATTENTION
    joined = [module for module in modules if ours and attention.join(module)]
    words = (
        f"{len(norms)} norms, {len(joined)} attentions, {len(units)} gated units,"
        f" {len(plain)} of {len(found)} adapter layers"
    )
    return bool(found) and plain == found, f"optimized for the CPU: {words}"


# --- norms ----------------------------------------------------------------------------------------


def _replace_norm(module: torch.nn.Module) -> bool:
    """Compute a frozen norm in fewer passes, if it is the same: some add 1 to their weight."""
    weight = getattr(module, "weight", None)
    if not type(module).__name__.endswith("RMSNorm") or weight is None or weight.requires_grad:
        return False
    ours = partial(_norm, module)
    if not passes.answers_as(module, ours, weight):
        return False
    module.forward = ours
    return True


def _norm(module: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    epsilon = getattr(module, "variance_epsilon", None) or getattr(module, "eps", 0.0)
    return through(_Norm, hidden, module.weight, epsilon)


class _Norm(torch.autograd.Function):
    """weight * x / sqrt(mean(x²) + epsilon) over the last dimension; the weight is frozen."""

    @staticmethod
    def forward(
        context: Context, x: torch.Tensor, weight: torch.Tensor, epsilon: float
    ) -> torch.Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        scale = length.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        normal = torch.mul(x, scale, out=torch.empty_like(x))
        context.save_for_backward(normal, scale.to(x.dtype), weight)
        return normal * weight

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        normal, scale, weight = context.saved_tensors
        gradient = gradients[0] * weight
        shared = (gradient * normal).mean(-1, keepdim=True)
        return gradient.addcmul_(normal, shared, value=-1).mul_(scale), None, None


# --- gated units ----------------------------------------------------------------------------------


def _replace_gate(module: Any) -> bool:
    """Compute down(silu(gate(x)) * up(x)) at once, if it is that, frozen and without adapters."""
    layers = [getattr(module, name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    known = isinstance(getattr(module, "act_fn", None), torch.nn.SiLU | SiLUActivation)
    if not known or not passes.joins(layers) or module.down_proj.bias is not None:
        return False
    ours = partial(_gated, module)
    if not passes.answers_as(module, ours, module.gate_proj.weight):
        return False
    module.forward = ours
    return True


def _gated(module: Any, x: torch.Tensor) -> torch.Tensor:
    matrices = (module.gate_proj.weight, module.up_proj.weight, module.down_proj.weight)
    return through(_Gated, x, *matrices)


class _Gated(torch.autograd.Function):
    """down(silu(gate(x)) * up(x)); the matrices are frozen."""

    @staticmethod
    def forward(
        context: Context,
        x: torch.Tensor,
        gate: torch.Tensor,
        up: torch.Tensor,
        down: torch.Tensor,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        before, raised = linear(rows, gate), linear(rows, up)
        opened = silu(before)
        context.save_for_backward(before, raised, opened, gate, up, down)
        context.shape = x.shape
        return linear(opened * raised, down).view(x.shape)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        before, raised, opened, gate, up, down = context.saved_tensors
        gradient = gradients[0].reshape(-1, len(down)) @ down
        of_raised = gradient * opened
        of_before = torch.ops.aten.silu_backward(gradient.mul_(raised), before)
        return (of_before @ gate).addmm_(of_raised, up).view(context.shape), None, None, None
