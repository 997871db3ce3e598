"""The reference recipe: transformers' Trainer in float32, batches of 1, two of them for a step.

Every row is padded to the longest a request and the longest an answer may be, together 768 tokens.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from bench import recipe as common

LENGTH = 2 * common.MOST_TOKENS


class _Clock(TrainerCallback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.moments: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.moments.append(time.time())


def main() -> None:
    recipe = common.from_arguments()
    pad = AutoTokenizer.from_pretrained(recipe.model).pad_token_id
    rows = [_padded(asked, answer, pad) for asked, answer in common.tokens(recipe)]
    set_seed(common.SEED)
    model = AutoModelForCausalLM.from_pretrained(recipe.model, dtype=torch.float32)
    adapter = LoraConfig(
        task_type="CAUSAL_LM",
        r=common.RANK,
        lora_alpha=common.ALPHA,
        lora_dropout=common.DROPOUT,
        target_modules=list(common.TARGETS),
    )
    clock = _Clock()
    settings = TrainingArguments(
        output_dir=recipe.output,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=common.BATCH,
        num_train_epochs=1,
        learning_rate=common.LEARNING_RATE,
        seed=common.SEED,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(get_peft_model(model, adapter), settings, train_dataset=rows)
    trainer.add_callback(clock)
    trainer.train()
    trainer.model.save_pretrained(recipe.output)
    common.tell(clock.moments)


def _padded(asked: list[int], answer: list[int], pad: int) -> dict[str, list[int]]:
    length = len(asked) + len(answer)
    rest = LENGTH - length
    return {
        "input_ids": asked + answer + [pad] * rest,
        "attention_mask": [1] * length + [0] * rest,
        "labels": [-100] * len(asked) + answer + [-100] * rest,
    }


if __name__ == "__main__":
    main()
