"""Attention over short rows in few passes on a CPU.

Covered: architectures whose attention is a masked softmax and nothing else; with projections that
are plain, queries, keys and values are one matrix, and rotation is part of the attention.
Not covered: GPUs; rows so long that scores are better not kept.
"""

from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, PretrainedConfig
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from lastwords.trainer import lora, passes
from lastwords.trainer.passes import Context, Gradients, through

ATTENTION = "lastwords"
PLAIN = ("llama", "mistral", "qwen2", "qwen3")
_PROJECTIONS = ("q_proj", "k_proj", "v_proj")


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
    return through(_Attention, query, key, value, attention_mask, scaling), None


class _Attention(torch.autograd.Function):
    """Softmax attention of [batch, heads, length, size]."""

    @staticmethod
    def forward(
        context: Context,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor,
        scaling: float,
    ) -> torch.Tensor:
        rows, weights = _weigh(query, key, mask, scaling)
        context.save_for_backward(rows, key, value, weights)
        context.scaling = scaling
        return _say(weights, value, query.shape)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        return *_of_attention(gradients[0], context.scaling, *context.saved_tensors), None, None


def _weigh(
    query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor, scaling: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The queries as rows of the key that their heads share, and how much each looks where."""
    batch, heads, length, size = query.shape
    rows = query.reshape(batch, key.shape[1], -1, size)
    scores = torch.matmul(rows, key.transpose(2, 3)).view(batch, heads, length, -1)
    scores = torch.add(mask, scores, alpha=scaling)
    return rows, torch.softmax(scores, -1).view(*rows.shape[:3], -1)


def _say(weights: torch.Tensor, value: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    return torch.matmul(weights, value).view(shape).transpose(1, 2)


def _of_attention(
    gradient: torch.Tensor,
    scaling: float,
    rows: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    weights: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of queries, keys and values."""
    batch, length, heads, size = gradient.shape
    gradient = gradient.transpose(1, 2).reshape(batch, key.shape[1], -1, size)
    of_value = torch.matmul(weights.transpose(2, 3), gradient)
    of_weights = torch.matmul(gradient, value.transpose(2, 3))
    of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype).mul_(scaling)
    of_query = torch.matmul(of_scores, key).view(batch, heads, length, -1)
    return of_query, torch.matmul(of_scores.transpose(2, 3), rows), of_value


# --- with projections and rotation ----------------------------------------------------------------


def join(module: Any) -> bool:
    """Let a layer's attention multiply by one matrix and rotate in place, if it is the same."""
    if not all(hasattr(module, name) for name in (*_PROJECTIONS, "o_proj", "scaling")):
        return False
    layers = [getattr(module, name) for name in _PROJECTIONS]
    frozen = [getattr(layer, "base_layer", layer) for layer in layers]
    adapted = [layer for layer, base in zip(layers, frozen, strict=True) if layer is not base]
    if not passes.joins(frozen) or not all(map(lora.is_plain, adapted)):
        return False
    ends = [sum(each.out_features for each in frozen[: n + 1]) for n in range(len(frozen))]
    columns = [
        slice(end - base.out_features, end)
        for layer, base, end in zip(layers, frozen, ends, strict=True)
        if layer is not base
    ]
    weight, bias = passes.join(frozen)
    theirs = module.forward
    ours = partial(_forward, module, theirs, partial(lora.beside, adapted, columns, weight, bias))
    if not _is_same(module, ours, weight):
        return False
    module.forward = ours
    return True


def _is_same(module: Any, ours: Any, weight: torch.Tensor) -> bool:
    """Whether the model's own attention rotates and attends as ours does, dropout apart."""
    angles = torch.arange(3)[:, None] * torch.linspace(1, 2, module.head_dim // 2).repeat(2)
    turning = angles.cos().to(weight.dtype)[None], angles.sin().to(weight.dtype)[None]
    mask = torch.full((3, 3), torch.finfo(weight.dtype).min, dtype=weight.dtype).triu(1)
    given = {"position_embeddings": turning, "attention_mask": mask[None, None]}
    training = module.training
    module.eval()
    try:
        return passes.answers_as(
            lambda x: module.forward(x, **given)[0], lambda x: ours(x, **given)[0], weight
        )
    finally:
        module.train(training)


_CACHES = ("past_key_values", "cache")  # the name until transformers 5.23, and since


def _forward(
    module: Any,
    theirs: Any,
    project: Any,
    hidden_states: torch.Tensor,
    position_embeddings: tuple[torch.Tensor, torch.Tensor],
    attention_mask: torch.Tensor | None = None,
    **others: object,
) -> tuple[torch.Tensor, None]:
    has_cache = any(others.get(name) is not None for name in _CACHES)
    if has_cache or attention_mask is None:  # a prefix, or an answer under way
        found: tuple[torch.Tensor, None] = theirs(
            hidden_states,
            position_embeddings=position_embeddings,
            attention_mask=attention_mask,
            **others,
        )
        return found
    sizes = (module.head_dim, module.num_key_value_groups)
    cosine, sine = position_embeddings
    said = through(
        _Turned, project(hidden_states), cosine, sine, attention_mask, module.scaling, *sizes
    )
    return module.o_proj(said.flatten(2)), None


class _Turned(torch.autograd.Function):
    """Attention of [batch, length, queries + keys + values], of which the former two are turned.

    Turning is x cos + t(x) sin, where t swaps the halves and one sign.
    """

    @staticmethod
    def forward(
        context: Context,
        x: torch.Tensor,
        cosine: torch.Tensor,
        sine: torch.Tensor,
        mask: torch.Tensor,
        scaling: float,
        size: int,
        groups: int,
    ) -> torch.Tensor:
        heads = x.view(*x.shape[:2], -1, size).transpose(1, 2)
        keys = heads.shape[1] // (groups + 2)
        cosine, sine = cosine.unsqueeze(1), sine.unsqueeze(1)
        turned = _turn(heads[:, :-keys], cosine, sine)
        query, key, value = turned[:, :-keys], turned[:, -keys:], heads[:, -keys:]
        rows, weights = _weigh(query, key, mask, scaling)
        context.save_for_backward(rows, key, value, weights, cosine, sine)
        context.scaling = scaling
        return _say(weights, value, query.shape)

    @staticmethod
    def backward(context: Context, *gradients: torch.Tensor) -> Gradients:
        *saved, cosine, sine = context.saved_tensors
        of_query, of_key, of_value = _of_attention(gradients[0], context.scaling, *saved)
        batch, length, heads, size = gradients[0].shape
        keys = of_key.shape[1]
        found = of_query.new_empty(batch, length, heads + 2 * keys, size)
        whole = found.transpose(1, 2)
        whole[:, -keys:] = of_value
        _turn_back(torch.cat((of_query, of_key), 1), cosine, sine, whole[:, :-keys])
        return found.flatten(2), None, None, None, None, None, None


def _turn(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    half = x.shape[-1] // 2
    turned = torch.mul(x, cosine, out=x.new_empty(x.shape))
    turned[..., :half].addcmul_(x[..., half:], sine[..., :half], value=-1)
    turned[..., half:].addcmul_(x[..., :half], sine[..., half:])
    return turned


def _turn_back(
    gradient: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, into: torch.Tensor
) -> None:
    half = gradient.shape[-1] // 2
    torch.mul(gradient, cosine, out=into)
    into[..., half:].addcmul_(gradient[..., :half], sine[..., :half], value=-1)
    into[..., :half].addcmul_(gradient[..., half:], sine[..., half:])
