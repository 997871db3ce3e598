"""What the three trainings of bench/train.py share: examples, settings, and what they tell.

Each is a process of its own: python -m bench.reference_recipe '<JSON of a Recipe>'.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BATCH = 2
TARGETS = ("q_proj", "v_proj")  # what peft adapts in this architecture
RANK, ALPHA, DROPOUT = 16, 16, 0.05
LEARNING_RATE = 1e-3
SEED = 42
MOST_TOKENS = 384  # of a request, and of an answer


@dataclass(frozen=True)
class Recipe:
    """Where data and model are, how many examples are learnt, and where the adapter goes."""

    db: str
    model: str
    examples: int
    output: str

    @property
    def steps(self) -> int:
        return self.examples // BATCH


def from_arguments() -> Recipe:
    """The recipe on this process's command line."""
    return Recipe(**json.loads(sys.argv[1]))


def as_argument(recipe: Recipe) -> str:
    return json.dumps(asdict(recipe))


def tokens(recipe: Recipe, first: int = 0) -> list[tuple[list[int], list[int]]]:
    """The examples from the `first` newest on, as the ids of request and answer."""
    from transformers import AutoTokenizer

    from lastwords.trainer import data

    tokenizer = AutoTokenizer.from_pretrained(recipe.model)
    found = data.load(Path(recipe.db), None, first + recipe.examples).examples[first:]
    return [
        (
            _ask(tokenizer, example.request[0].content)[:MOST_TOKENS],
            [*_ids(tokenizer, example.answer), tokenizer.eos_token_id][:MOST_TOKENS],
        )
        for example in found
    ]


def _ask(tokenizer: Any, request: str) -> list[int]:
    turns = [{"role": "user", "content": request}]
    asked = {"add_generation_prompt": True, "tokenize": True, "return_dict": False}
    return list(tokenizer.apply_chat_template(turns, **asked))


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def tell(moments: list[float]) -> None:
    """Print the moment each step ended, as the process's last line."""
    print(json.dumps(moments), flush=True)
