"""About how much host memory a training takes, from the model's own files; torch is not needed.

    weights      4 bytes for each parameter: the trainer computes in float32 where no bfloat16 is
    activations  68 bytes for each token, layer and hidden unit, kept for the way back
    logits       16 bytes for each token and word of the vocabulary: as they are, in float32, as
                 probabilities, and their gradient
    libraries    400 MB: torch, transformers and peft, imported

A batch counts as full: batchSize examples of sourceMaxTokens + targetMaxTokens tokens.

Source: Korthikanti and others, https://arxiv.org/abs/2205.05198, section 4.1: 34 bytes in 16 bits,
twice that in 32, without the attention scores, which torch's fused attention does not keep.
Measured: LoRA on SmolLM2-135M in float32, peaks of 1,522, 2,640 and 3,617 MB for 1 x 286, 1 x 798
and 2 x 798 tokens; the estimate was within 10 % of each. bfloat16 took 1,021, 1,868 and 3,081 MB.
Not covered: attention scores where they are kept (T5); the adapter and its optimiser, both small.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.trainer.checks import TORCH_BYTES

WEIGHT_BYTES = 4
ACTIVATION_BYTES = 68
LOGIT_BYTES = 16

# The names that the architectures give to the same thing.
_LAYERS = ("num_hidden_layers", "num_layers", "n_layer")
_HIDDEN = ("hidden_size", "d_model", "n_embd")


@dataclass(frozen=True)
class Shape:
    """What of a model decides how much a token takes; unknown sizes count as 0."""

    parameters: int
    layers: int
    hidden: int
    vocabulary: int

    @property
    def token_bytes(self) -> int:
        """What one token of a batch takes."""
        return self.layers * self.hidden * ACTIVATION_BYTES + self.vocabulary * LOGIT_BYTES


def read_shape(folder: Path, parameters: int) -> Shape:
    """The shape that a model's config.json tells.

    Raises: OSError; ValueError, if it is not a JSON object.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(config, dict):
        raise ValueError("not a JSON object")
    text = config.get("text_config")
    if isinstance(text, dict):  # a model that sees as well as reads
        config = config | text
    return Shape(
        parameters,
        _first(config, _LAYERS),
        _first(config, _HIDDEN),
        _first(config, ("vocab_size",)),
    )


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    sizes = (config.get(name) for name in names)
    return next((size for size in sizes if isinstance(size, int)), 0)


def needed(shape: Shape, spec: Mapping[str, Any]) -> int:
    """Bytes that a training of this spec takes with full batches."""
    fixed = TORCH_BYTES + WEIGHT_BYTES * shape.parameters
    return fixed + int(spec["batchSize"]) * _example_bytes(shape, spec)


def fitting_batch(shape: Shape, spec: Mapping[str, Any], available: int) -> int:
    """The largest batchSize that fits; 0 if none does."""
    fixed = TORCH_BYTES + WEIGHT_BYTES * shape.parameters
    return max(0, (available - fixed) // max(1, _example_bytes(shape, spec)))


def fitting_tokens(shape: Shape, available: int) -> int:
    """The most tokens that one example may have."""
    fixed = TORCH_BYTES + WEIGHT_BYTES * shape.parameters
    return max(0, (available - fixed) // max(1, shape.token_bytes))


def _example_bytes(shape: Shape, spec: Mapping[str, Any]) -> int:
    return (int(spec["sourceMaxTokens"]) + int(spec["targetMaxTokens"])) * shape.token_bytes
