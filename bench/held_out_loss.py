"""The mean loss of adapters over examples that none of them has seen, in float32.

python -m bench.held_out_loss RECIPE FIRST ADAPTER…
"""

from __future__ import annotations

import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from bench import recipe as common


def main() -> None:
    recipe, first = common.from_arguments(), int(sys.argv[2])
    rows = common.tokens(recipe, first)
    found = []
    for adapter in sys.argv[3:]:
        base = AutoModelForCausalLM.from_pretrained(recipe.model, dtype=torch.float32)
        model = PeftModel.from_pretrained(base, adapter).eval()
        losses = [_loss(model, asked, answer) for asked, answer in rows]
        found.append(sum(losses) / sum(len(answer) for _, answer in rows))
    print(json.dumps(found))


def _loss(model: torch.nn.Module, asked: list[int], answer: list[int]) -> float:
    ids = torch.tensor([asked + answer])
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0, len(asked) - 1 : -1]
    return float(torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="sum"))


if __name__ == "__main__":
    main()
