"""About how much memory a training takes, and in how many parts its batches fit; needs no torch.

    libraries    torch, transformers and peft, imported and at work
    weights      2 bytes for each parameter in bfloat16, 4 in float32
    activations  for each token, layer and hidden unit, kept for the way back
    scores       for each head, layer and pair of tokens, where attention keeps them
    logits       for each answer token and word of the vocabulary: the head sees no others

Covered: peaks measured on a CPU (docs/trainer.md).
Not covered: adapter and optimiser, both small beside the rest; what a GPU's allocator keeps.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARY_BYTES = 640 * 2**20
ACTIVATION_BYTES = {2: 58, 4: 88}  # by the bytes of a weight
SCORE_BYTES = {2: 14, 4: 16}
LOGIT_BYTES = 16
SHORT_TOKENS = 128  # up to here plain attention beat torch's fused one on a CPU, by 15 % at 50

_LAYERS = ("num_hidden_layers", "num_layers", "n_layer")
_HIDDEN = ("hidden_size", "d_model", "n_embd")
_HEADS = ("num_attention_heads", "num_heads", "n_head")


@dataclass(frozen=True)
class Shape:
    """What of a model decides how much a token takes; unknown sizes count as 0."""

    parameters: int
    layers: int
    hidden: int
    heads: int
    vocabulary: int


@dataclass(frozen=True)
class Load:
    """What is computed at once: so many rows, at most so long, with so many answer tokens each."""

    rows: int
    tokens: int
    answer_tokens: int
    weight_bytes: int = 4


def read_shape(folder: Path) -> Shape:
    """The shape that a model's config.json and its weights' headers tell.

    Raises: OSError; ValueError, for files that are not what they should be.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(config, dict):
        raise ValueError(f"{folder}/config.json is not a JSON object")
    text = config.get("text_config")
    if isinstance(text, dict):  # a model that sees as well as reads
        config = config | text
    parameters = sum(_parameters(path) for path in folder.glob("*.safetensors"))
    sizes = [_first(config, names) for names in (_LAYERS, _HIDDEN, _HEADS, ("vocab_size",))]
    return Shape(parameters, *sizes)


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    sizes = (config.get(name) for name in names)
    return next((size for size in sizes if isinstance(size, int)), 0)


def _parameters(weights: Path) -> int:
    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(
        math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__"
    )


def needed(shape: Shape, load: Load) -> int:
    """Bytes at the peak of a training."""
    return LIBRARY_BYTES + load.weight_bytes * shape.parameters + load.rows * _row(shape, load)


def rows_that_fit(shape: Shape, load: Load, limit: int) -> int:
    """The most rows that can be computed at once below the limit; 0 if not even one can."""
    fixed = LIBRARY_BYTES + load.weight_bytes * shape.parameters
    return max(0, (limit - fixed) // max(1, _row(shape, load)))


def _row(shape: Shape, load: Load) -> int:
    units = shape.layers * shape.hidden * load.tokens
    pairs = shape.layers * shape.heads * load.tokens**2 if load.tokens <= SHORT_TOKENS else 0
    return (
        units * ACTIVATION_BYTES[load.weight_bytes]
        + pairs * SCORE_BYTES[load.weight_bytes]
        + load.answer_tokens * shape.vocabulary * LOGIT_BYTES
    )


def divide(batch_size: int, accumulation: int, fitting: int) -> int:
    """In how many parts a batch is computed, so that none has more rows than fit.

    Raises: MemoryError, if not even one row fits.
    """
    if fitting < 1:
        raise MemoryError(
            "not even one example fits below --memory-limit: raise it, shorten --source-max-tokens"
            " and --target-max-tokens, or choose a smaller base model"
        )
    return max(accumulation, math.ceil(batch_size / fitting))
