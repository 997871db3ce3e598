"""Answers a prompt with what a training learnt, asked as the training asked.

Run as: python -m lastwords.trainer.generate ARTIFACTS [--base] [--max-new-tokens N] < PROMPT
The answer alone goes to standard output, everything else to standard error.
Exit codes: 0 answered · 1 error, described in one line · 2 invalid arguments
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.trainer import checks, hub
from lastwords.trainer.data import Example, Message
from lastwords.trainer.facts import METADATA
from lastwords.trainer.reporting import log, start_logging

ADAPTER = "adapter_model.safetensors"
NEW_TOKENS = 128


class NoAdapter(Exception):
    """There is no adapter to answer with."""


@dataclass(frozen=True)
class Learnt:
    """What a training left: its folder, the base model, and how that read a request."""

    folder: Path
    base_model: str
    source_max_tokens: int
    precision: str

    @classmethod
    def read(cls, folder: Path) -> "Learnt":
        """Raises: NoAdapter, naming the file that is missing or damaged."""
        for name in (METADATA, ADAPTER):
            if not (folder / name).is_file():
                raise NoAdapter(f"{folder} has no {name}, so there is no adapter: train again")
        try:
            told = json.loads((folder / METADATA).read_text(encoding="utf-8"))
            precision = "fp32" if told.get("precision") == "fp32" else "auto"
            limit = int(told["source_max_tokens"])
            return cls(folder, str(told["base_model"]), limit, precision)
        except (ValueError, KeyError, TypeError):
            raise NoAdapter(
                f"{folder / METADATA} is damaged: it has to name base_model and source_max_tokens"
            ) from None


class Answerer:
    """A base model with the adapter around it; made when both are read."""

    def __init__(self, learnt: Learnt) -> None:
        checks.packages()
        folder = _base_folder(learnt.base_model)
        from peft import PeftModel

        from lastwords.trainer import batches
        from lastwords.trainer import model as models

        encoder_decoder = bool(models.read_config(folder).is_encoder_decoder)
        precision = models.choose_precision(learnt.precision)
        log.info("%s; %s", precision.reason, models.use_cores(1))
        base = models.load_model(folder, encoder_decoder, precision)
        with models.old_names_unmentioned():
            self._model: Any = PeftModel.from_pretrained(base, learnt.folder)
        tokenizer = models.load_tokenizer(learnt.folder)
        self._encoder = batches.Encoder(tokenizer, encoder_decoder, learnt.source_max_tokens, 0)

    def answer(self, prompt: str, new_tokens: int = NEW_TOKENS, *, base: bool = False) -> str:
        """The likeliest answer; base: of the model as it was before the training."""
        from lastwords.trainer import samples

        ids = self._encoder.question(Example((Message("user", prompt),), ""))
        with self._model.disable_adapter() if base else nullcontext():
            return samples.generate(self._model, self._encoder.tokenizer, [ids], new_tokens)[0]


def _base_folder(name: str) -> Path:
    """The base model's folder, looked up as a training does, and downloaded if it must be."""
    location = hub.locate(name, os.environ)
    checks.memory(location)
    log.info("base model %s: %s", name, location.origin)
    try:
        return location.folder or hub.download(location)
    except OSError as error:
        raise hub.ModelNotFound(
            f"base model {name} is not in the local cache ({location.download_to}) and cannot be"
            f" downloaded: {_sentence(error)}; HF_HOME names another cache"
        ) from None


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the prompt on standard input."""
    options = _parser().parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see the trainer's own main
    answers_to = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no part of the answer
    start_logging()
    try:
        prompt = sys.stdin.buffer.read().decode("utf-8")
        text = Answerer(Learnt.read(options.artifacts)).answer(
            prompt, options.max_new_tokens, base=options.base
        )
    except (NoAdapter, hub.ModelNotFound, ImportError, MemoryError, OSError, ValueError) as error:
        print(f"lastwords: {_sentence(error)}", file=sys.stderr)
        return 1
    with os.fdopen(answers_to, "w", encoding="utf-8") as out:
        out.write(text + "\n")
    return 0


def _sentence(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lastwords.trainer.generate")
    parser.add_argument("artifacts", type=Path, help="folder with the adapter")
    parser.add_argument(
        "--base", action="store_true", help="ask the base model, without the adapter"
    )
    parser.add_argument("--max-new-tokens", type=int, default=NEW_TOKENS, metavar="N")
    return parser


if __name__ == "__main__":
    sys.exit(main())
