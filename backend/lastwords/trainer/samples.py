"""Sample answers of the model before and after the training."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from lastwords.trainer.artifacts import write_whole
from lastwords.trainer.batches import Encoder
from lastwords.trainer.data import Example

SAMPLES = "samples.json"
MOST_TOKENS = 48  # a sample is to be looked at; a long answer is cut


def answers(model: PreTrainedModel, encoder: Encoder, examples: Sequence[Example]) -> list[str]:
    """The model's likeliest answer to each example's request, all computed at once."""
    if not examples:
        return []
    ids = [encoder.question(example) for example in examples]
    longest = max(len(encoder.tokenizer(example.answer)["input_ids"]) for example in examples)
    return generate(model, encoder.tokenizer, ids, min(MOST_TOKENS, longest + 8))


def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    new_tokens: int,
) -> list[str]:
    """The likeliest answers to prompts, given as token ids; each as if it were asked alone."""
    if len(prompts) > 1 and _learnt_stands_first(model):
        return [generate(model, tokenizer, [prompt], new_tokens)[0] for prompt in prompts]
    width = max(len(prompt) for prompt in prompts)
    pad, right = tokenizer.pad_token_id, bool(model.config.is_encoder_decoder)
    ids = torch.tensor([_pad(prompt, pad, width, right) for prompt in prompts])
    mask = torch.tensor([_pad([1] * len(prompt), 0, width, right) for prompt in prompts])
    config = GenerationConfig(
        max_new_tokens=new_tokens,
        do_sample=False,
        use_cache=True,
        pad_token_id=pad,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=getattr(model.config, "decoder_start_token_id", None),
    )
    learning = model.training
    model.eval()
    with torch.no_grad(), warnings.catch_warnings():
        # peft's prompt tuning places the prompt itself, and says so each time.
        warnings.filterwarnings("ignore", message="Position ids are not supported")
        found = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            generation_config=config,
        )
    model.train(learning)
    if not model.config.is_encoder_decoder and found.shape[1] > width:
        found = found[:, width:]
    return [str(text).strip() for text in tokenizer.batch_decode(found, skip_special_tokens=True)]


def _learnt_stands_first(model: PreTrainedModel) -> bool:
    """Whether padding would part a learnt prompt from the one asked, further than in training."""
    peft = getattr(model, "active_peft_config", None)
    return not model.config.is_encoder_decoder and getattr(peft, "peft_type", "") == "PROMPT_TUNING"


def _pad(row: Sequence[int], value: int, width: int, right: bool) -> list[int]:
    """An encoder's rows end with padding, as in training; others begin with it and go on."""
    padding = [value] * (width - len(row))
    return [*row, *padding] if right else [*padding, *row]


def save(
    folder: Path, examples: Sequence[Example], before: Sequence[str], after: Sequence[str]
) -> str:
    """Write samples.json; returns the first of them in words."""
    found = [
        {
            "prompt": "\n".join(message.content for message in example.request),
            "expected": example.answer,
            "before": said,
            "after": says,
        }
        for example, said, says in zip(examples, before, after, strict=True)
    ]
    write_whole(folder / SAMPLES, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return "; ".join(f"{sample['prompt']!r}: {sample['after']!r}" for sample in found[:1])
