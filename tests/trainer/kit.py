"""Tiny models, data sets and trainer processes for the tests of the trainer."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lastwords.trainer.checks import hides_prefix

ROOMS = ("kitchen", "bedroom", "office", "garage", "attic")
THINGS = ("light", "fan", "heater", "radio", "lamp")
PAIRS = [
    (f"turn {way} the {thing} in the {room}", f"turned {way} the {room} {thing}")
    for way in ("on", "off")
    for room in ROOMS
    for thing in THINGS
]
EVERY_LLAMA_LINEAR = "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj"
EVERY_T5_LINEAR = "q,k,v,o,wi,wo"


def make_tokenizer(folder: Path) -> Any:
    """A byte-level tokenizer of a few hundred tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = bytes_
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text for pair in PAIRS for text in pair], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    return fast


def make_llama(folder: Path) -> Path:
    """A decoder-only model of some thousand random weights."""
    return make_decoder(folder, "llama")


def make_decoder(folder: Path, kind: str) -> Path:
    """The same size of a decoder-only model of another architecture."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    size = len(make_tokenizer(folder))
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind,
        vocab_size=size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        initializer_range=0.3,  # or the frozen head could say next to nothing
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def make_t5(folder: Path) -> Path:
    """An encoder-decoder model of some thousand random weights."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    size = len(make_tokenizer(folder))
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=size,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def suggestion(description: object, confidence: object = 0.9) -> dict[str, object]:
    """One object of the suggestions list."""
    return {"description": description, "confidence": confidence}


def make_database(path: Path, rows: Iterable[tuple[object, object]]) -> Path:
    """A database of (original_query, suggestions); suggestions that are no text become JSON."""
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE ask_ai_queries (id INTEGER PRIMARY KEY, original_query, suggestions,"
        " created_at TEXT)"
    )
    for number, (query, suggestions) in enumerate(rows):
        raw = isinstance(suggestions, str | bytes | int) or suggestions is None
        database.execute(
            "INSERT INTO ask_ai_queries (original_query, suggestions, created_at) VALUES (?, ?, ?)",
            (query, suggestions if raw else json.dumps(suggestions), f"2026-01-01T{number:08}Z"),
        )
    database.commit()
    database.close()
    return path


def pairs_database(path: Path, count: int = len(PAIRS)) -> Path:
    """A database of the pairs above."""
    return make_database(path, [(ask, [suggestion(say)]) for ask, say in PAIRS[:count]])


@dataclass(frozen=True)
class Ended:
    """A trainer process that has ended."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it wrote to its events file."""
        return read_events(self.folder)

    def stages(self, event: str = "stage_ended") -> list[str]:
        """The stages it told of."""
        return [line["stage"] for line in self.events if line["event"] == event]

    @property
    def metadata(self) -> dict[str, Any]:
        """Its training_run.json."""
        text = (self.folder / "artifacts" / "training_run.json").read_text()
        content: dict[str, Any] = json.loads(text)
        return content


def read_events(folder: Path) -> list[dict[str, Any]]:
    """The whole lines of a run folder's events file."""
    path = folder / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def command(folder: Path, options: Sequence[object]) -> list[str]:
    """The trainer's command line for this run folder."""
    places = ["--run-directory", folder, "--output-dir", folder / "artifacts", "--run-id", "run_1"]
    return [sys.executable, "-m", "lastwords.trainer", *map(str, [*places, *options])]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment the recorder gives a trainer, without the caller's caches."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    kept.pop("TRANSFORMERS_CACHE", None)
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",  # two threads only get in each other's way in models this small
        "LASTWORDS_EVENTS": str(folder / "events.jsonl"),
        "LASTWORDS_NONCE": "abc123",
        **more,
    }


def start(folder: Path, *options: object, **more: str) -> subprocess.Popen[str]:
    """Start a trainer and do not wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        command(folder, options),
        env=environment(folder, **more),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def learn(folder: Path, *options: object) -> Ended:
    """Train inside this process, which saves importing torch; an error of the trainer is raised."""
    import torch

    from lastwords.trainer.__main__ import train
    from lastwords.trainer.arguments import parse
    from lastwords.trainer.reporting import Events, Report

    os.environ.setdefault("OMP_NUM_THREADS", "1")  # or the trainer takes every core it may
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    events = Events(str(folder / "events.jsonl"))
    train(parse(command(folder, options)[3:]), Report(events, "abc123"))
    return Ended(0, "", "", folder)


def run(folder: Path, *options: object, **more: str) -> Ended:
    """Run a trainer to its end."""
    with start(folder, *options, **more) as process:
        try:
            out, err = process.communicate(timeout=600)
        finally:
            process.kill()
    return Ended(process.returncode, out, err, folder)


PREFIX_TUNING = pytest.param(
    "prefix-tuning",
    marks=pytest.mark.skipif(hides_prefix(), reason="this transformers ignores peft's prefix"),
)
