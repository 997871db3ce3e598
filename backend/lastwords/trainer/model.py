"""Tokenizer, base model and adapter.

Weights are read from safetensors alone, and no code that comes with a model is ever run.
"""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from lastwords.trainer import attention as attentions
from lastwords.trainer import checks, fused, memory
from lastwords.trainer.arguments import Arguments
from lastwords.trainer.reporting import bars_fit

if TYPE_CHECKING:
    from peft import PeftConfig

EVERY_LINEAR = "all-linear"
VIRTUAL_TOKENS = 20  # of prompt and prefix tuning, as in peft's own examples


class NonFiniteWeights(ArithmeticError):
    """The adapter has learnt NaN or infinity."""


@dataclass(frozen=True)
class Precision:
    """What the base model computes in, and why."""

    dtype: torch.dtype
    reason: str

    @property
    def is_bf16(self) -> bool:
        """Whether matrices are multiplied in bfloat16."""
        return self.dtype == torch.bfloat16


def choose_precision(asked: str) -> Precision:
    """bfloat16 where the hardware multiplies it, float32 where it would only be emulated."""
    if asked != "auto":
        dtype = torch.bfloat16 if asked == "bf16" else torch.float32
        return Precision(dtype, f"{asked}: set by --precision")
    if torch.cuda.is_available():
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(torch.bfloat16, "bf16: supported by this GPU")
        return Precision(torch.float32, "fp32: this GPU does not support bf16")
    if flag := checks.bf16_flag():
        return Precision(torch.bfloat16, f"bf16: this CPU has {flag}")
    return Precision(torch.float32, f"fp32: this CPU has neither {' nor '.join(checks.BF16_FLAGS)}")


def choose_attention(longest: int, config: PretrainedConfig) -> tuple[str | None, str]:
    """How attention is computed, and why; None leaves it to the architecture."""
    if config.is_encoder_decoder or torch.cuda.is_available():
        return None, "attention: the architecture's own"
    if longest > memory.SHORT_TOKENS:
        return "sdpa", f"fused attention: rows of up to {longest} tokens"
    plain = attentions.attends_plainly(config)
    return (
        attentions.register() if plain else "eager",
        f"plain attention: faster for rows of at most {longest} tokens",
    )


def device() -> torch.device:
    """Where the model computes."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def use_cores(nproc: int) -> str:
    """Let torch use the cores this process may have, not those the machine has; says which."""
    if asked := os.environ.get("OMP_NUM_THREADS"):
        return f"{torch.get_num_threads()} threads: OMP_NUM_THREADS is {asked}"
    cores = checks.cores()
    torch.set_num_threads(max(1, cores // nproc))
    return f"{torch.get_num_threads()} threads: {cores} cores for {nproc} processes"


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The model's tokenizer, with a token to pad with.

    Raises: ValueError, if it has neither a pad nor an end token.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if tokenizer.eos_token_id is None:
        raise ValueError(f"the tokenizer in {folder} has no end token: eos_token is not set")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def read_config(folder: Path) -> PretrainedConfig:
    """What the model says of itself."""
    return AutoConfig.from_pretrained(folder, trust_remote_code=False)


def load_model(
    folder: Path, encoder_decoder: bool, precision: Precision, attention: str | None = None
) -> PreTrainedModel:
    """The base model, in the given precision, where it computes."""
    if not bars_fit():
        logging.disable_progress_bar()
    family = AutoModelForSeq2SeqLM if encoder_decoder else AutoModelForCausalLM
    model = family.from_pretrained(
        folder,
        dtype=precision.dtype,
        attn_implementation=attention,
        use_safetensors=True,
        trust_remote_code=False,
    )
    model.config.use_cache = False  # a cache of keys helps generation alone
    return model.to(device())


def check_vocabulary(model: PreTrainedModel, largest_id: int) -> None:
    """See that every token has an embedding.

    Raises: ValueError, where torch would only say that an index is out of range.
    """
    rows = model.get_input_embeddings().num_embeddings
    if largest_id >= rows:
        raise ValueError(
            f"the tokenizer uses token ID {largest_id}, but the model has only {rows} embeddings:"
            " tokenizer and model do not match"
        )


def describe(model: PreTrainedModel) -> str:
    """The model's kind and size in words."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return f"{type(model).__name__}, {parameters / 1e6:.1f} million parameters"


def wrap(model: PreTrainedModel, arguments: Arguments, encoder_decoder: bool) -> PreTrainedModel:
    """The model with a new adapter around it; only the adapter learns.

    Raises: peft's ValueError, if the model has no module of a name in --lora-targets.
    """
    from peft import get_peft_model

    config = _adapter_config(model, arguments, encoder_decoder)
    with old_names_unmentioned():
        wrapped = get_peft_model(model, config)
    _check_targets(model, arguments.lora_targets)
    return wrapped


@contextmanager
def old_names_unmentioned() -> Iterator[None]:
    """peft 0.21 asks transformers 5.23 for a property by its old name; nothing depends on it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")
        yield


def hasten(model: PreTrainedModel, precision: Precision) -> tuple[bool, str]:
    """Compute what can be in fewer passes; returns whether autocast is needed, and a log line."""
    if model.device.type != "cpu" or model.config.is_encoder_decoder:
        return precision.is_bf16, "not optimized: only decoder-only models on a CPU are"
    whole, words = fused.fuse(model)
    return precision.is_bf16 and not whole, words


def _adapter_config(
    model: PreTrainedModel, arguments: Arguments, encoder_decoder: bool
) -> "PeftConfig":
    from peft import IA3Config, LoraConfig, PrefixTuningConfig, PromptTuningConfig

    kind = "SEQ_2_SEQ_LM" if encoder_decoder else "CAUSAL_LM"
    if arguments.method == "prompt-tuning":
        return PromptTuningConfig(task_type=kind, num_virtual_tokens=VIRTUAL_TOKENS)
    if arguments.method == "prefix-tuning":
        return PrefixTuningConfig(task_type=kind, num_virtual_tokens=VIRTUAL_TOKENS)
    if arguments.method == "ia3":
        return IA3Config(task_type=kind)
    return LoraConfig(
        task_type=kind,
        r=arguments.lora_r,
        lora_alpha=arguments.lora_alpha,
        lora_dropout=arguments.lora_dropout,
        target_modules=_targets(model, arguments),
    )


def _targets(model: PreTrainedModel, arguments: Arguments) -> list[str] | str:
    """The names that were asked for; peft's word for every linear layer stands for itself."""
    if list(arguments.lora_targets) == [EVERY_LINEAR]:
        return EVERY_LINEAR
    return list(arguments.lora_targets) or _default_targets(model)


def _default_targets(model: PreTrainedModel) -> list[str] | str:
    """What peft adapts in this architecture; every linear layer in one it does not know."""
    from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as KNOWN

    targets: list[str] | str = KNOWN.get(model.config.model_type, EVERY_LINEAR)
    return targets


def _check_targets(model: PreTrainedModel, targets: Iterable[str]) -> None:
    """peft fails where no name matches, and passes over a wrong name among right ones."""
    names = {name for name, _ in model.named_modules()}
    missing = [
        target
        for target in targets
        if target != EVERY_LINEAR
        and not any(name == target or f".{target}." in f".{name}." for name in names)
    ]
    if missing:
        raise ValueError(
            f"Target modules {missing} not found in the base model. Please check the target modules"
            " and try again."
        )


def trainable(model: PreTrainedModel) -> str:
    """How much of the model learns, in words."""
    learning, total = model.get_nb_trainable_parameters()
    return f"{learning:,} of {total:,} parameters are trainable ({learning / total:.2%})"


def check_finite(model: PreTrainedModel) -> None:
    """See that what was learnt is worth keeping.

    Raises: NonFiniteWeights, naming the first tensor with NaN or infinity in it.
    """
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not bool(torch.isfinite(parameter).all()):
            raise NonFiniteWeights(
                f"adapter weights {name} are not finite: try a smaller --learning-rate"
            )
