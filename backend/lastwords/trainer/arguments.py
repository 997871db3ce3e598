"""The trainer's command line."""

import argparse
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SCHEDULES = ("linear", "cosine", "constant")
PRECISIONS = ("auto", "bf16", "fp32")
METHODS = ("lora", "prompt-tuning", "prefix-tuning", "ia3")


@dataclass(frozen=True)
class Arguments:
    """The parsed flags, checked for their ranges only."""

    db_path: Path | None
    data_file: Path | None
    output_dir: Path
    run_directory: Path
    run_id: str
    base_model: str
    method: str
    max_samples: int
    max_malformed: float
    validation_fraction: float
    early_stopping_patience: int
    epochs: int
    learning_rate: float
    batch_size: int
    accumulation: int
    memory_limit: int | None
    nproc: int | None
    precision: str
    warmup_ratio: float
    schedule: str
    max_grad_norm: float
    source_max_tokens: int
    target_max_tokens: int
    lora_r: int
    lora_alpha: int
    lora_dropout: float
    lora_targets: tuple[str, ...]
    resume_from: Path | None
    seed: int
    checkpoint_seconds: float
    samples: int

    @property
    def source(self) -> Path:
        """The one file the examples come from."""
        path = self.db_path or self.data_file
        if path is None:
            raise ValueError("no data: give --db-path or --data-file")
        return path


def parse(argv: Sequence[str] | None = None) -> Arguments:
    """Parse the command line; an error ends the process with exit code 2, as argparse does."""
    parser = _parser()
    values = vars(parser.parse_args(argv))
    if values["early_stopping_patience"] and not values["validation_fraction"]:
        parser.error("--early-stopping-patience needs a --validation-fraction above 0")
    targets = " ".join(values.pop("lora_targets"))
    return Arguments(**values, lora_targets=tuple(re.findall(r"[^\s,]+", targets)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lastwords.trainer",
        description="Fine-tune a language model on requests and answers; writes one adapter.",
        allow_abbrev=False,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_data(parser)
    _add_places(parser)
    _add_training(parser)
    _add_adapter(parser)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--db-path", type=Path, help="SQLite database with a table ask_ai_queries", metavar="FILE"
    )
    source.add_argument(
        "--data-file",
        type=Path,
        help=".jsonl of instruction/response, prompt/completion or chat messages",
        metavar="FILE",
    )
    parser.add_argument(
        "--max-samples", type=_whole(1), default=2000, help="maximum number of newest rows to use"
    )
    parser.add_argument(
        "--max-malformed",
        type=_limit,
        default="50%",
        help="malformed rows to skip, a number or a percentage of the rows read; more is an error",
        metavar="LIMIT",
    )
    parser.add_argument(
        "--validation-fraction",
        type=_number(0, 0.9),
        default=0.0,
        help="fraction of examples held out; the epoch that does best on them gives the adapter",
    )
    parser.add_argument(
        "--source-max-tokens", type=_whole(1), default=384, help="maximum length of a request"
    )
    parser.add_argument(
        "--target-max-tokens", type=_whole(1), default=384, help="maximum length of an answer"
    )


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output-dir", type=Path, required=True, help="folder for the adapter")
    parser.add_argument("--run-directory", type=Path, required=True, help="folder for checkpoints/")
    parser.add_argument("--run-id", default="run", help="run ID, for training_run.json")
    parser.add_argument(
        "--samples",
        type=_whole(0, 100),
        default=3,
        help="number of sample answers before and after training, in samples.json",
    )
    parser.add_argument(
        "--resume-from",
        type=Path,
        help="a checkpoint, or a run directory that contains checkpoints/",
    )
    parser.add_argument(
        "--checkpoint-seconds",
        type=_number(0),
        default=300.0,
        help="save a checkpoint at least this often, besides one after each epoch",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base-model", type=_text, default="google/flan-t5-small", help="folder or Hub name"
    )
    parser.add_argument("--epochs", type=_whole(1), default=3)
    parser.add_argument("--learning-rate", type=_number(0, exclusive=True), default=5e-5)
    parser.add_argument(
        "--schedule", choices=SCHEDULES, default="linear", help="learning rate schedule"
    )
    parser.add_argument(
        "--warmup-ratio",
        type=_number(0, 1),
        default=0.0,
        help="fraction of the steps used for warmup",
    )
    parser.add_argument(
        "--max-grad-norm", type=_number(0), default=1.0, help="gradient clipping; 0: none"
    )
    parser.add_argument(
        "--early-stopping-patience",
        type=_whole(0),
        default=0,
        help="stop after this many epochs without a better validation loss; 0: never",
    )
    _add_machine(parser)
    parser.add_argument("--seed", type=_whole(0, 2**32 - 1), default=42)


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch-size",
        type=_whole(1),
        default=8,
        help="examples per optimizer step, over all accumulation steps and processes",
    )
    parser.add_argument(
        "--accumulation", type=_whole(1), default=1, help="gradient accumulation steps per batch"
    )
    parser.add_argument(
        "--memory-limit",
        type=_size,
        help="choose the accumulation steps to keep peak memory below this, such as 4GB",
        metavar="SIZE",
    )
    parser.add_argument(
        "--nproc",
        type=_whole(1),
        help="processes that share each batch; default: one per visible GPU",
        metavar="N",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="auto: bf16 if the hardware supports it",
    )


def _add_adapter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", choices=METHODS, default="lora")
    parser.add_argument("--lora-r", type=_whole(1), default=16)
    parser.add_argument("--lora-alpha", type=_whole(1), default=16)
    parser.add_argument("--lora-dropout", type=_number(0, 1), default=0.05)
    parser.add_argument(
        "--lora-targets",
        nargs="+",
        default=[],
        help="modules to adapt, separated by commas or spaces; default: set by architecture",
        metavar="NAME",
    )


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _limit(text: str) -> float:
    """A number of rows, or a percentage of the rows read, as a fraction below 1."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%|(\d+)", text)
    if not found or (found[1] and float(found[1]) >= 100):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of rows nor a percentage below 100%"
        )
    return float(found[1]) / 100 if found[1] else float(found[2])


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 4GB or 800MB")
    return int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " "))


def _whole(low: int, high: int | None = None) -> Callable[[str], int]:
    def integer(text: str) -> int:
        value = int(text)
        _check_range(value, low, high)
        return value

    return integer


def _number(
    low: float, high: float | None = None, exclusive: bool = False
) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        _check_range(value, low, high)
        if exclusive and value == low:
            raise argparse.ArgumentTypeError(f"{value:g} is not greater than {low:g}")
        return value

    return number


def _check_range(value: float, low: float, high: float | None) -> None:
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{value} is not a finite number")
    if value < low:
        raise argparse.ArgumentTypeError(f"{value:g} is less than {low:g}")
    if high is not None and value > high:
        raise argparse.ArgumentTypeError(f"{value:g} is greater than {high:g}")
