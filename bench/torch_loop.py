"""The best torch loop for this one model that we could write by hand: nothing in it is general.

Llama's forward pass written out in bfloat16, without transformers' or peft's modules; matrices
that read the same input made one (q, k and v; gate and up); norms, LoRA, the gated unit, and
rotation with attention, with backward passes of their own; one draw of random bits for the dropout
of a step; logits of answers alone; rows padded to the longer of two; AdamW in one pass.
Not done: packing the frozen weights once, for which torch has no public function.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from bench import recipe as common

BF16 = torch.bfloat16
DROPPED = round(common.DROPOUT * 256)  # of 256
SCALE = common.ALPHA / common.RANK * 256 / (256 - DROPPED)


def _through(function: Any, *given: Any) -> Tensor:
    found: Tensor = function.apply(*given)
    return found


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        scale = length.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        normal = torch.mul(x, scale, out=torch.empty_like(x))
        context.save_for_backward(normal, scale.to(BF16), weight)
        return normal * weight

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        normal, scale, weight = context.saved_tensors
        gradient = gradients[0] * weight
        shared = (gradient * normal).mean(-1, keepdim=True)
        return gradient.addcmul_(normal, shared, value=-1).mul_(scale), None, None


class _Attend(torch.autograd.Function):
    """Rotation of queries and keys, and attention; heads that share a key become its rows."""

    @staticmethod
    def forward(
        context: Any, x: Tensor, cosine: Tensor, sine: Tensor, mask: Tensor, keys: int
    ) -> Tensor:
        batch, length, size = *x.shape[:2], cosine.shape[-1]
        three = x.view(batch, length, -1, size).transpose(1, 2)
        both, value, half = three[:, :-keys], three[:, -keys:], size // 2
        turned = torch.mul(both, cosine, out=x.new_empty(both.shape))
        turned[..., :half].addcmul_(both[..., half:], sine[..., :half], value=-1)
        turned[..., half:].addcmul_(both[..., :half], sine[..., half:])
        key = turned[:, -keys:]
        rows = turned[:, :-keys].reshape(batch, keys, -1, size)
        scores = (rows @ key.transpose(2, 3)).view(batch, -1, length, length)
        scores = torch.add(mask, scores, alpha=size**-0.5)
        weights = torch.softmax(scores, -1).view(batch, keys, -1, length)
        context.save_for_backward(rows, key, value, weights, cosine, sine)
        said = (weights @ value).view(batch, -1, length, size)
        return said.transpose(1, 2).reshape(batch * length, -1)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, key, value, weights, cosine, sine = context.saved_tensors
        batch, keys, length, size = key.shape
        half = size // 2
        gradient = gradients[0].view(batch, length, -1, size).transpose(1, 2)
        gradient = gradient.reshape(batch, keys, -1, size)
        of_weights = gradient @ value.transpose(2, 3)
        of_scores = torch._softmax_backward_data(of_weights, weights, -1, BF16).mul_(size**-0.5)
        of_query = (of_scores @ key).view(batch, -1, length, size)
        of_both = torch.cat((of_query, of_scores.transpose(2, 3) @ rows), 1)
        found = gradient.new_empty(batch, length, of_both.shape[1] + keys, size)
        three = found.transpose(1, 2)
        three[:, -keys:] = weights.transpose(2, 3) @ gradient
        into = three[:, :-keys]
        torch.mul(of_both, cosine, out=into)
        into[..., half:].addcmul_(of_both[..., :half], sine[..., :half], value=-1)
        into[..., :half].addcmul_(of_both[..., half:], sine[..., half:])
        return found.flatten(2), None, None, None, None


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, both: Tensor) -> Tensor:
        gate, up = both.chunk(2, -1)
        opened = F.silu(gate)
        context.save_for_backward(both, opened)
        return opened * up

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        both, opened = context.saved_tensors
        gate, up = both.chunk(2, -1)
        found = torch.empty_like(both)
        of_gate, of_up = found.chunk(2, -1)
        torch.mul(gradients[0], opened, out=of_up)
        of_gate.copy_(torch.ops.aten.silu_backward(gradients[0] * up, gate))
        return found


class _Heads(torch.autograd.Function):
    """q, k and v of one matrix, and the LoRA of q and of v, which share their dropout."""

    @staticmethod
    def forward(
        context: Any,
        x: Tensor,
        weight: Tensor,
        down: Tensor,
        of_q: Tensor,
        of_v: Tensor,
        kept: Tensor,
    ) -> Tensor:
        down, of_q, of_v = down.to(BF16), of_q.to(BF16), of_v.to(BF16)
        shown = x * kept
        inner = shown @ down.t()
        found = F.linear(x, weight)
        queries, values = len(of_q), len(of_v)
        found[:, :queries].addmm_(inner[:, : common.RANK], of_q.t(), alpha=SCALE)
        found[:, -values:].addmm_(inner[:, common.RANK :], of_v.t(), alpha=SCALE)
        context.save_for_backward(shown, inner, weight, down, of_q, of_v, kept)
        return found

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        shown, inner, weight, down, of_q, of_v, kept = context.saved_tensors
        gradient = gradients[0]
        q, v = gradient[:, : len(of_q)], gradient[:, -len(of_v) :]
        of_inner = torch.cat([q @ of_q, v @ of_v], 1).mul_(SCALE)
        up_q = (q.t() @ inner[:, : common.RANK]).float().mul_(SCALE)
        up_v = (v.t() @ inner[:, common.RANK :]).float().mul_(SCALE)
        of_down = (of_inner.t() @ shown).float()
        of_x = None
        if context.needs_input_grad[0]:  # nothing below the first layer learns
            of_x = (gradient @ weight).addcmul_(of_inner @ down, kept)
        return of_x, None, of_down, up_q, up_v, None


class Layer:
    """One layer's frozen matrices and its adapter."""

    def __init__(self, layer: Any) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        three = [attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight]
        self.heads = torch.cat(three).detach()
        self.out = attention.o_proj.weight.detach()
        self.gate_up = torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]).detach()
        self.down = mlp.down_proj.weight.detach()
        self.before_heads = layer.input_layernorm.weight.detach()
        self.before_mlp = layer.post_attention_layernorm.weight.detach()
        width = self.heads.shape[1]
        halves = [torch.empty(common.RANK, width) for _ in common.TARGETS]
        for half in halves:
            torch.nn.init.kaiming_uniform_(half, a=5**0.5)
        self.lora_down = torch.cat(halves).requires_grad_()
        self.lora_q = torch.zeros(len(three[0]), common.RANK, requires_grad=True)
        self.lora_v = torch.zeros(len(three[2]), common.RANK, requires_grad=True)


class Model:
    def __init__(self, folder: str) -> None:
        whole = AutoModelForCausalLM.from_pretrained(folder, dtype=BF16)
        config = whole.config
        self.heads, self.keys = config.num_attention_heads, config.num_key_value_heads
        self.size = config.hidden_size // self.heads
        self.epsilon = config.rms_norm_eps
        self.layers = [Layer(layer) for layer in whole.model.layers]
        self.embedding = whole.model.embed_tokens.weight.detach()
        self.last_norm = whole.model.norm.weight.detach()
        turns = torch.arange(2 * common.MOST_TOKENS)[:, None] * whole.model.rotary_emb.inv_freq
        angles = torch.cat([turns, turns], -1)
        self.cosine, self.sine = angles.cos().to(BF16), angles.sin().to(BF16)

    def learning(self) -> list[Tensor]:
        return [p for each in self.layers for p in (each.lora_down, each.lora_q, each.lora_v)]

    def loss(self, ids: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """Mean cross entropy of the answers' tokens; labels are moved by one already."""
        batch, length = ids.shape
        x = F.embedding(ids, self.embedding).view(batch * length, -1)
        mask = _mask(length, lengths)
        bits = torch.empty(len(self.layers) * x.numel() // 8, dtype=torch.int64)
        bits.random_(-(2**63), None)
        kept = bits.view(torch.int8).ge_(DROPPED - 128).to(BF16).view(len(self.layers), *x.shape)
        for layer, stays in zip(self.layers, kept, strict=True):
            x = x + self._attend(
                layer, _through(_Norm, x, layer.before_heads, self.epsilon), stays, mask
            )
            inside = F.linear(_through(_Norm, x, layer.before_mlp, self.epsilon), layer.gate_up)
            x = x + F.linear(_through(_Gated, inside), layer.down)
        learnt = labels != -100
        said = _through(_Norm, x[learnt.view(-1)], self.last_norm, self.epsilon)
        return F.cross_entropy(F.linear(said, self.embedding).float(), labels[learnt])

    def _attend(self, layer: Layer, x: Tensor, stays: Tensor, mask: Tensor) -> Tensor:
        batch, length = mask.shape[0], mask.shape[-1]
        found = _through(_Heads, x, layer.heads, layer.lora_down, layer.lora_q, layer.lora_v, stays)
        turning = (self.cosine[:length], self.sine[:length])
        said = _through(_Attend, found.view(batch, length, -1), *turning, mask, self.keys)
        return F.linear(said, layer.out)

    def save(self, folder: Path, base: str) -> None:
        """As peft saves it, so that whoever evaluates reads all adapters alike."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {}
        for number, layer in enumerate(self.layers):
            downs = layer.lora_down.detach().chunk(2)
            for name, down, up in zip(
                common.TARGETS, downs, (layer.lora_q, layer.lora_v), strict=True
            ):
                place = f"base_model.model.model.layers.{number}.self_attn.{name}"
                tensors[f"{place}.lora_A.weight"] = down.clone()
                tensors[f"{place}.lora_B.weight"] = up.detach()
        save_file(tensors, folder / "adapter_model.safetensors")
        config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": common.RANK}
        config |= {"lora_alpha": common.ALPHA, "target_modules": list(common.TARGETS)}
        config |= {"base_model_name_or_path": base}
        (folder / "adapter_config.json").write_text(json.dumps(config))


def _mask(length: int, lengths: Tensor) -> Tensor:
    seen = torch.ones(length, length, dtype=torch.bool).tril()
    seen = seen & (torch.arange(length) < lengths[:, None])[:, None]
    return torch.zeros(seen.shape, dtype=BF16).masked_fill_(~seen, torch.finfo(BF16).min)[:, None]


def _batches(rows: list[tuple[list[int], list[int]]]) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Rows in random order, in which less was lost than where like lengths met."""
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(common.SEED))
    shuffled = [rows[index] for index in order.tolist()]
    return [_batch(shuffled[at : at + common.BATCH]) for at in range(0, len(rows), common.BATCH)]


def _batch(rows: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    lengths = [len(asked) + len(answer) for asked, answer in rows]
    ids = torch.zeros(len(rows), max(lengths), dtype=torch.int64)
    labels = torch.full_like(ids, -100)
    for number, (asked, answer) in enumerate(rows):
        ids[number, : lengths[number]] = torch.tensor(asked + answer)
        labels[number, len(asked) - 1 : lengths[number] - 1] = torch.tensor(answer)
    return ids, labels, torch.tensor(lengths)


def main() -> None:
    recipe = common.from_arguments()
    torch.manual_seed(common.SEED)
    model = Model(recipe.model)
    batches = _batches(common.tokens(recipe))
    weights = model.learning()
    optimiser = torch.optim.AdamW(weights, common.LEARNING_RATE, weight_decay=0.0, fused=True)
    moments = []
    for step, batch in enumerate(batches):
        optimiser.param_groups[0]["lr"] = common.LEARNING_RATE * (1 - step / recipe.steps)
        loss = model.loss(*batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        moments.append(time.time())
    model.save(Path(recipe.output), recipe.model)
    common.tell(moments)


if __name__ == "__main__":
    main()
