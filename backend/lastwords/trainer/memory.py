"""About how much memory a training takes, and in how many parts its batches fit; needs no torch.

    libraries    torch, transformers and peft, imported and at work; the tokenizer's vocabulary
    weights      2 bytes for each parameter in bfloat16, 4 in float32
    activations  for each token, layer and hidden unit, kept for the way back
    scores       for each head, layer and pair of tokens, where attention keeps them
    logits       for each answer token and word of the vocabulary: the head sees no others

Covered: peaks measured on a CPU (python -m bench.estimate; docs/trainer.md).
Not covered: adapter and optimiser, both small beside the rest; what a GPU's allocator keeps.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LIBRARY_BYTES = 370 * 2**20
WORD_BYTES = 3400  # of a tokenizer, for each word of its vocabulary
ACTIVATION_BYTES = {2: 46, 4: 80}  # by the bytes of a weight; two linear layers adapted
SCORE_BYTES = {2: 2, 4: 4}
BOTH_HALVES = (58, 16)  # activations and scores of an encoder-decoder, in either precision
CROSSING = 1.4  # a decoder that reads an encoder keeps so much more than one that does not
LOGIT_BYTES = 16
MARGIN = 1.2  # a limit is kept although a peak may be so far above its estimate
SHORT_TOKENS = 128  # up to here plain attention beat torch's fused one on a CPU, by 15 % at 50

_LAYERS = ("num_hidden_layers", "num_layers", "n_layer", "encoder_layers")
_DECODER_LAYERS = ("num_decoder_layers", "decoder_layers", *_LAYERS)
_HIDDEN = ("hidden_size", "d_model", "n_embd")
_HEADS = ("num_attention_heads", "num_heads", "n_head")


@dataclass(frozen=True)
class Shape:
    """What of a model decides how much a token takes; unknown sizes count as 0.

    decoder_layers: those that write, where other layers read; 0 where the same layers do both.
    """

    parameters: int
    layers: int
    hidden: int
    heads: int
    vocabulary: int
    decoder_layers: int = 0


@dataclass(frozen=True)
class Load:
    """What is computed at once: rows, the tokens of the longest, and of the longest answer.

    tokens: those that are read, among them the answer where the same layers read and write.
    adapted: how many linear layers of each layer have an adapter, which keeps its own input.
    """

    rows: int
    tokens: int
    answer_tokens: int
    weight_bytes: int = 4
    adapted: int = 2


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
    layers, hidden, heads, words = (
        _first(config, names) for names in (_LAYERS, _HIDDEN, _HEADS, ("vocab_size",))
    )
    writes = _first(config, _DECODER_LAYERS) if config.get("is_encoder_decoder") else 0
    return Shape(parameters, layers, hidden, heads, words, writes)


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
    return _fixed(shape, load) + load.rows * _row(shape, load)


def rows_that_fit(shape: Shape, load: Load, limit: int) -> int:
    """The most rows that can be computed at once below the limit; 0 if not even one can."""
    return max(0, (limit - _fixed(shape, load)) // max(1, _row(shape, load)))


def _fixed(shape: Shape, load: Load) -> int:
    libraries = LIBRARY_BYTES + WORD_BYTES * shape.vocabulary
    return libraries + load.weight_bytes * shape.parameters


def _row(shape: Shape, load: Load) -> int:
    logits = load.answer_tokens * shape.vocabulary * LOGIT_BYTES
    if shape.decoder_layers:
        return logits + _both_halves(shape, load)
    units = shape.layers * shape.hidden * load.tokens
    pairs = shape.layers * shape.heads * load.tokens**2 if load.tokens <= SHORT_TOKENS else 0
    size = load.weight_bytes
    of_unit = ACTIVATION_BYTES[size] + (load.adapted - 2) * 2 * size
    return logits + units * of_unit + pairs * SCORE_BYTES[size]


def _both_halves(shape: Shape, load: Load) -> int:
    read, written = load.tokens, load.answer_tokens
    of_unit, of_pair = BOTH_HALVES
    tokens = shape.layers * read + CROSSING * shape.decoder_layers * written
    pairs = shape.layers * read**2 + shape.decoder_layers * written * (written + read)
    return int(tokens * shape.hidden * of_unit + pairs * shape.heads * of_pair)


@dataclass(frozen=True)
class Division:
    """A batch in parts: how many, of how many rows each, and what that takes at the peak."""

    parts: int
    rows: int
    bytes: int


def divide(shape: Shape, one: Load, share: int, parts: int, limit: int | None) -> Division:
    """In how many parts a share of a batch is computed, so that none has more rows than fit.

    one: the load of a single row. parts: at least so many.
    Raises: MemoryError, if not even one row fits.
    """
    if limit is not None:
        fitting = rows_that_fit(shape, one, int(limit / MARGIN))
        if fitting < 1:
            raise MemoryError(
                "not even one example fits within --memory-limit: raise it, shorten"
                " --source-max-tokens and --target-max-tokens, or choose a smaller base model"
            )
        parts = max(parts, math.ceil(share / fitting))
    rows = math.ceil(share / parts)
    return Division(parts, rows, needed(shape, replace(one, rows=rows)))
