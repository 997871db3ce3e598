"""What the model answers: a few samples before and after the training."""

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
    """The likeliest answers to prompts, given as token ids."""
    width = max(len(prompt) for prompt in prompts)
    pad = tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
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
