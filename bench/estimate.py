"""How far the trainer's estimate of its memory is from the peak it reaches, in real trainings.

python -m bench.estimate [--json] [--only NAME ...]
Ends with 1 if an estimate is more than 25 % off, or a peak above its --memory-limit.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.trainer.kit import make_llama

from lastwords.demo import build, data

OFF = 0.25
LIMIT = 3 << 30
FP32, BF16 = ("--precision", "fp32"), ("--precision", "bf16")
LIMITED = ("--memory-limit", str(LIMIT))


@dataclass(frozen=True)
class Setting:
    """A training: its model, the length of its rows, its batch, and what else it is asked."""

    model: str
    rows: str
    batch: int
    more: tuple[str, ...]


SETTINGS = {
    "tiny-fp32": Setting("tiny", "short", 8, FP32),
    "short-2-bf16": Setting("smol", "short", 2, BF16),
    "short-16-bf16": Setting("smol", "short", 16, BF16),
    "short-8-fp32": Setting("smol", "short", 8, FP32),
    "long-4-bf16": Setting("smol", "long", 4, BF16),
    "long-2-fp32": Setting("smol", "long", 2, FP32),
    "long-8-in-4-bf16": Setting("smol", "long", 8, (*BF16, "--accumulation", "4")),
    "every-linear-bf16": Setting("smol", "long", 2, (*BF16, "--lora-targets", "all-linear")),
    "prompt-8-bf16": Setting("smol", "short", 8, (*BF16, "--method", "prompt-tuning")),
    "prefix-8-bf16": Setting("smol", "short", 8, (*BF16, "--method", "prefix-tuning")),
    "ia3-8-bf16": Setting("smol", "short", 8, (*BF16, "--method", "ia3")),
    "ia3-2-long-fp32": Setting("smol", "long", 2, (*FP32, "--method", "ia3")),
    "t5-short-8-fp32": Setting("t5", "short", 8, FP32),
    "t5-long-4-bf16": Setting("t5", "long", 4, BF16),
    "t5-long-4-fp32": Setting("t5", "long", 4, FP32),
    "limit-fp32": Setting("smol", "long", 16, (*FP32, *LIMITED)),
    "limit-bf16": Setting("smol", "long", 16, (*BF16, *LIMITED)),
}


class Place:
    """The models and rows that the settings name, made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._smol = build.prepare(folder, lambda line: None).model
        pairs = data.pairs(1000)
        self._write("short", [pairs[at : at + 1] for at in range(64)])
        self._write("long", [pairs[at : at + 40] for at in range(0, 960, 40)])

    def _write(self, name: str, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
        lines = [
            {"prompt": ". ".join(ask for ask, _ in row), "completion": ". ".join(a for _, a in row)}
            for row in rows
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.folder / f"{name}.jsonl").write_text(text, encoding="utf-8")

    def model(self, name: str) -> Path:
        folder = self.folder / name
        if name == "smol":
            return self._smol
        if not folder.exists():
            make_llama(folder) if name == "tiny" else _make_t5(folder, self._smol)
        return folder


def _make_t5(folder: Path, tokenizer: Path) -> None:
    """An encoder-decoder of 69 million random weights."""
    from transformers import T5Config, T5ForConditionalGeneration

    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
    config = T5Config(vocab_size=49_152, decoder_start_token_id=0, pad_token_id=2, eos_token_id=2)
    T5ForConditionalGeneration(config).save_pretrained(folder)


def measure(place: Place, name: str, setting: Setting) -> dict[str, Any]:
    """What one training said it would take, and what it took."""
    folder = place.folder / "runs" / name
    options = {
        "--data-file": place.folder / f"{setting.rows}.jsonl",
        "--base-model": place.model(setting.model),
        "--output-dir": folder / "artifacts",
        "--run-directory": folder,
        "--max-samples": setting.batch,
        "--batch-size": setting.batch,
        "--epochs": 2,
    }
    words = [str(word) for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "lastwords.trainer", *words, *setting.more]
    subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True)
    told = json.loads((folder / "artifacts" / "training_run.json").read_text(encoding="utf-8"))
    said, took = told["estimated_memory_bytes"], told["peak_memory_bytes"]
    limited = LIMITED[0] in setting.more
    holds = abs(said / took - 1) <= OFF and not (limited and took > LIMIT)
    parts = {"accumulation": told["accumulation"], "limitBytes": LIMIT if limited else None}
    return {"estimateBytes": said, "peakBytes": took, "holds": holds, **parts}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.estimate", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--only", action="append", choices=SETTINGS, metavar="NAME")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory(prefix="lastwords-bench-") as folder:
        place = Place(Path(folder))
        for name in options.only or SETTINGS:
            found[name] = measure(place, name, SETTINGS[name])
            print(_in_words(name, found[name]), file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps(found))
    return 0 if all(each["holds"] for each in found.values()) else 1


def _in_words(name: str, found: dict[str, Any]) -> str:
    said, took = found["estimateBytes"] / 2**20, found["peakBytes"] / 2**20
    verdict = "holds" if found["holds"] else "DOES NOT HOLD"
    parts = f", in {found['accumulation']} parts" if found["accumulation"] > 1 else ""
    figures = f"{said:6,.0f} MiB said, {took:6,.0f} at the peak ({said / took:.2f} x)"
    return f"{name:18} {figures} {verdict}{parts}"


if __name__ == "__main__":
    sys.exit(main())
