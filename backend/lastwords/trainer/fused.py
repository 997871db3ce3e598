"""The same sums in fewer passes: what a small batch on a CPU spends its time on beside matrices.

At 84 tokens a step of SmolLM2-135M makes some 10,000 operations on tensors that fit into a cache.
Three parts are computed here by functions with a backward pass of their own: norms, attention over
short rows, and LoRA's detour around a frozen linear layer.

Covered: decoder-only models on a CPU; a norm must answer as the model's own does to be replaced.
Not covered: GPUs, encoder-decoders, architectures whose attention does more than PLAIN ones.
"""

from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear
from transformers import AttentionInterface, PretrainedConfig, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

ATTENTION = "lastwords"
PLAIN = ("llama", "mistral", "qwen2", "qwen3")  # attention is a masked softmax and nothing else
_RANDOM_BITS = 16  # that decide whether a number is dropped

Context = Any  # what torch hands from forward to backward
Gradients = tuple[torch.Tensor | None, ...]


def fuse(model: PreTrainedModel) -> tuple[bool, str]:
    """Replace norms and LoRA layers of a wrapped model.

    Returns: whether every adapter layer is ours, so that no autocast is needed; and a log line.
    """
    norms = [module for module in model.modules() if _is_rms_norm(module)]
    for norm in norms:
        norm.forward = partial(_norm, norm)
    found = [module for module in model.modules() if hasattr(module, "lora_A")]
    plain = [module for module in found if _is_plain_lora(module)]
    for layer in plain:
        layer.forward = partial(_lora, layer)
    words = f"{len(norms)} norms and {len(plain)} of {len(found)} adapter layers in one pass each"
    return bool(found) and plain == found, f"fused: {words}, faster on a CPU"


def _through(function: Any, *given: Any) -> torch.Tensor:
    """What an autograd function, which has no types, makes of what it is given."""
    found: torch.Tensor = function.apply(*given)
    return found


# --- norms ----------------------------------------------------------------------------------------


def _is_rms_norm(module: torch.nn.Module) -> bool:
    """Whether it is a frozen norm that answers as ours does: some add 1 to their weight."""
    weight = getattr(module, "weight", None)
    if not type(module).__name__.endswith("RMSNorm") or weight is None or weight.requires_grad:
        return False
    generator = torch.Generator().manual_seed(0)
    probe = torch.randn(3, weight.shape[-1], generator=generator).to(weight.dtype)
    tolerance = 0.02 if weight.dtype == torch.bfloat16 else 1e-5
    with torch.no_grad():
        return torch.allclose(_norm(module, probe), module(probe), rtol=tolerance, atol=tolerance)


def _norm(module: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    epsilon = getattr(module, "variance_epsilon", None) or getattr(module, "eps", 0.0)
    return _through(_Norm, hidden, module.weight, epsilon)


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


# --- LoRA -----------------------------------------------------------------------------------------


def _is_plain_lora(module: Any) -> bool:
    """Whether it is LoRA as first published, around an ordinary linear layer."""
    base = getattr(module, "base_layer", None)
    return (
        type(base) is torch.nn.Linear
        and list(module.lora_A) == ["default"]
        and not module.lora_variant
        and not module.lora_bias["default"]
    )


def _lora(module: Any, x: torch.Tensor) -> torch.Tensor:
    dropped = getattr(module.lora_dropout["default"], "p", 0.0) if module.training else 0.0
    base, down, up = module.base_layer, module.lora_A["default"], module.lora_B["default"]
    frozen = (base.weight, base.bias)
    return _through(_Lora, x, *frozen, down.weight, up.weight, module.scaling["default"], dropped)


class _Lora(torch.autograd.Function):
    """W x + b + scaling * up(down(dropout(x))), of which up and down learn."""

    @staticmethod
    def forward(
        context: Context,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scaling: float,
        dropped: float,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        kept = _draw(rows, dropped) if dropped else None
        scaling = scaling / (1 - dropped) if dropped < 1 else 0.0
        shown = rows if kept is None else rows * kept
        down, up = down.to(x.dtype), up.to(x.dtype)
        inner = shown @ down.t()
        found = linear(rows, weight, bias).addmm_(inner, up.t(), alpha=scaling)
        context.save_for_backward(shown, inner, weight, down, up, kept)
        context.scaling, context.shape = scaling, x.shape
        return found.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        shown, inner, weight, down, up, kept = context.saved_tensors
        gradient = gradients[0].reshape(-1, gradients[0].shape[-1])
        of_inner = (gradient @ up).mul_(context.scaling)
        of_up = (gradient.t() @ inner).float().mul_(context.scaling)
        of_down = (of_inner.t() @ shown).float()
        if not context.needs_input_grad[0]:
            return None, None, None, of_down, of_up, None, None
        of_x = gradient @ weight
        if kept is None:
            of_x.addmm_(of_inner, down)
        else:
            of_x.addcmul_(of_inner @ down, kept)
        return of_x.view(context.shape), None, None, of_down, of_up, None, None


def _draw(x: torch.Tensor, dropped: float) -> torch.Tensor:
    """Which numbers stay. bernoulli_ took ten times as long as comparing random bits."""
    words = torch.empty(-(-x.numel() * _RANDOM_BITS // 64), dtype=torch.int64)
    bits = words.random_(-(2**63), None).view(torch.int16)[: x.numel()].view(x.shape)
    kept: torch.Tensor = bits >= round(dropped * 2**_RANDOM_BITS) - 2 ** (_RANDOM_BITS - 1)
    return kept


# --- attention ------------------------------------------------------------------------------------


def attends_plainly(config: PretrainedConfig) -> bool:
    """Whether our attention is that of the architecture."""
    return config.model_type in PLAIN and not getattr(config, "attention_dropout", 0.0)


def register() -> str:
    """Make our attention known to transformers; returns its name there."""
    AttentionInterface.register(ATTENTION, _attend)
    AttentionMaskInterface.register(ATTENTION, eager_mask)
    return ATTENTION


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **others: object,
) -> tuple[torch.Tensor, None]:
    if attention_mask is None:
        raise ValueError("attention without a mask would see what comes later")
    return _through(_Attention, query, key, value, attention_mask, scaling), None


class _Attention(torch.autograd.Function):
    """Softmax attention of [batch, heads, length, size]; heads that share a key become its rows."""

    @staticmethod
    def forward(
        context: Context,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor,
        scaling: float,
    ) -> torch.Tensor:
        batch, heads, length, size = query.shape
        shared = [batch, key.shape[1], -1]
        rows = query.reshape(*shared, size)
        scores = torch.matmul(rows, key.transpose(2, 3)).view(batch, heads, length, -1)
        scores = torch.add(mask, scores, alpha=scaling)
        weights = torch.softmax(scores, -1).view(*shared, key.shape[2])
        context.save_for_backward(rows, key, value, weights)
        context.scaling = scaling
        return torch.matmul(weights, value).view(batch, heads, length, -1).transpose(1, 2)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        rows, key, value, weights = context.saved_tensors
        batch, length, heads, size = gradients[0].shape
        gradient = gradients[0].transpose(1, 2).reshape(batch, key.shape[1], -1, size)
        of_value = torch.matmul(weights.transpose(2, 3), gradient)
        of_weights = torch.matmul(gradient, value.transpose(2, 3))
        of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
        of_scores = of_scores.mul_(context.scaling)
        of_query = torch.matmul(of_scores, key).view(batch, heads, length, -1)
        of_key = torch.matmul(of_scores.transpose(2, 3), rows)
        return of_query, of_key, of_value, None, None
