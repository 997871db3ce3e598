"""The trainer's output: log lines for users, events for programs.

Log lines go to standard error. Events go to the file named by LASTWORDS_EVENTS, one JSON object a
line and one write(2) a line, so that a line is whole or not there at all.
Covered: a NaN or infinite value is written as null and named in `nonFinite`.
Not covered: a full disk under the events file is an error like any other and ends the run.
"""

import contextlib
import json
import logging
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

STAGES = (
    "check_dependencies",
    "load_examples",
    "load_tokenizer",
    "prepare_dataset",
    "load_model",
    "wrap_adapter",
    "init_trainer",
    "train",
    "save_adapter",
    "save_metadata",
)
PROGRESS_SECONDS = 1.0  # between two reports of how far a training came
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")
_RESERVED = frozenset({"event", "time", "step", "epoch", "nonFinite"})
FIRST_EXIT_CODE = 10  # 0 is success, 1 Python's own, 2 argparse's

log = logging.getLogger("lastwords.trainer")


def exit_code(stage: str) -> int:
    """The exit code that says this stage failed."""
    return FIRST_EXIT_CODE + STAGES.index(stage)


def start_logging() -> None:
    """Let this package's lines reach standard error; other libraries keep their own settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


def bars_fit() -> bool:
    """Whether progress bars can be drawn: in a file their \\r glues them to the next line."""
    return sys.stderr.isatty()


def timestamp() -> str:
    """Now, RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Events:
    """The events file, or nothing at all where the trainer stands alone."""

    def __init__(self, path: str | None) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600) if path else None

    def write(self, event: str, **fields: object) -> None:
        """Append one event."""
        if self._descriptor is None:
            return
        line = json.dumps({"time": timestamp(), "event": event, **fields}, allow_nan=False)
        os.write(self._descriptor, line.encode() + b"\n")

    def metric(self, step: int, epoch: float, values: Mapping[str, float | None]) -> None:
        """Append one metric event; what JSON cannot hold becomes null and is named."""
        self._metric(step, round(epoch, 4), values)

    def log(
        self,
        values: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        total: int | None = None,
    ) -> None:
        """Tell numbers under any names, as another program logs them; what is none is left out."""
        numbers = {
            str(name): number
            for name, value in values.items()
            if name not in _RESERVED and (number := _number(value)) is not None
        }
        if numbers:
            self._metric(step, None if epoch is None else round(epoch, 4), numbers)
        if step is not None and total is not None:
            self.progress(step, total, epoch)

    def _metric(
        self, step: int | None, epoch: float | None, values: Mapping[str, float | None]
    ) -> None:
        lost = [name for name, value in values.items() if not _finite(value)]
        kept = {name: None if name in lost else value for name, value in values.items()}
        self.write("metric", step=step, epoch=epoch, **kept, nonFinite=lost)

    def progress(self, step: int, total: int | None, epoch: float | None) -> None:
        """Tell how far training came, in optimiser steps."""
        self.write("progress", step=step, totalSteps=total, epoch=round(epoch or 0.0, 4))


@cache
def events_of_process() -> Events:
    """The events file that the recorder named; nothing in a process that is not the first rank."""
    named = (os.environ.get(name) for name in _RANKS)
    rank = next((value for value in named if value), "0")
    return Events(os.environ.get("LASTWORDS_EVENTS") or None if rank == "0" else None)


def _number(value: object) -> float | None:
    """A number, of Python, numpy or a tensor of one element; None for anything else."""
    if isinstance(value, str | bytes | bool):
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor of several elements
        return None


def _finite(value: float | None) -> bool:
    return value is None or math.isfinite(value)


@dataclass
class Stage:
    """The stage under way; `detail` is said when it ends."""

    name: str
    detail: str | None = None


class Report:
    """Tells of the stages as they pass, and of the one that failed."""

    def __init__(self, events: Events, nonce: str | None = None) -> None:
        self.events = events
        self._nonce = nonce
        self._stage = STAGES[0]

    def for_opening(self) -> "Report":
        """This report; a silent one among ranks, whose starter has told of the opening already."""
        return Report(Events(None)) if "TORCHELASTIC_RUN_ID" in os.environ else self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Report":
        """The report the recorder asks for by LASTWORDS_EVENTS and LASTWORDS_NONCE."""
        leads = environment.get("RANK", "0") == "0"  # of several processes one tells
        events = Events(environment.get("LASTWORDS_EVENTS") or None if leads else None)
        return cls(events, environment.get("LASTWORDS_NONCE") or None)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Say that a stage starts, and, unless it raises, that it ended and what it found."""
        self._stage = name
        log.info("stage %s started", name)
        self.events.write("stage_started", stage=name)
        started = time.monotonic()
        stage = Stage(name)
        yield stage
        seconds = time.monotonic() - started
        detail = f": {stage.detail}" if stage.detail else ""
        log.info("stage %s finished in %.1f s%s", name, seconds, detail)
        self.events.write("stage_ended", stage=name, seconds=round(seconds, 3), detail=stage.detail)

    def finished(self, final_loss: float, samples: int, epochs: int, artifacts: str) -> None:
        """Write the finish marker: the last event, and only after everything else is on disk."""
        self.events.write(
            "finished",
            nonce=self._nonce,
            finalLoss=final_loss,
            samples=samples,
            epochs=epochs,
            artifacts=artifacts,
        )
        log.info(
            "finished: %d samples, final loss %.4f, adapter in %s", samples, final_loss, artifacts
        )

    def rank_failed(self, rank: int, code: int) -> NoReturn:
        """Tell of the process that failed first, and end with the exit code of its stage."""
        known = 0 <= code - FIRST_EXIT_CODE < len(STAGES)
        stage = STAGES[code - FIRST_EXIT_CODE] if known else self._stage
        message = f"rank {rank} failed first, with exit code {code}"
        self.events.write(
            "failure", stage=stage, type="RankFailed", message=message, exitCode=code, rank=rank
        )
        os._exit(code)

    def fail(self, error: Exception) -> NoReturn:
        """Say which stage failed, print the whole traceback as Python does, and end the process.

        os._exit, so that no bar or exit hook writes a word after the traceback.
        """
        code = exit_code(self._stage)
        _tell_starter(error)
        if "TORCHELASTIC_RUN_ID" in os.environ:
            self.events = Events(None)  # the starter tells of the rank that failed first
        with contextlib.suppress(OSError):  # a full disk must not hide the error it caused
            self.events.write(
                "failure",
                stage=self._stage,
                type=type_name(error),
                message=str(error),
                exitCode=code,
            )
        sys.stdout.flush()
        print(f"ERROR stage {self._stage} failed: {_sentence(error)}", file=sys.stderr)
        sys.__excepthook__(type(error), error, error.__traceback__)
        sys.stderr.flush()
        os._exit(code)


def _tell_starter(error: Exception) -> None:
    """Among ranks: note the time in the file torch.distributed.run compares, the first is blamed.

    Source: torch/distributed/elastic/multiprocessing/errors/error_handler.py.
    """
    if path := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        now = time.time()
        extra = {"timestamp": str(int(now)), "milliseconds": int(now * 1000)}
        told = {"message": f"{type_name(error)}: {error}", "extraInfo": extra}
        with contextlib.suppress(OSError):
            Path(path).write_text(json.dumps({"message": told}), encoding="utf-8")


def type_name(error: BaseException) -> str:
    """The type as a traceback prints it."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _sentence(error: Exception) -> str:
    """The first line of the message, or the type's name where there is no message."""
    return next((line for line in str(error).splitlines() if line.strip()), type_name(error))
