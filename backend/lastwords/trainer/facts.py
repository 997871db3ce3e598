"""What a training reports: in its log, its events, and training_run.json."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from lastwords.trainer import checks, data, memory
from lastwords.trainer.arguments import Arguments
from lastwords.trainer.reporting import log, timestamp

if TYPE_CHECKING:
    from lastwords.trainer.batches import Rows
    from lastwords.trainer.model import Precision
    from lastwords.trainer.state import State

METADATA = "training_run.json"


def tell_of(loaded: data.Loaded) -> None:
    """Name the first malformed rows, and say how many rows are odd."""
    for problem in loaded.malformed:
        log.warning("skipped %s", problem)
    if loaded.malformed_count > len(loaded.malformed):
        log.warning("skipped %d malformed rows in total", loaded.malformed_count)
    if loaded.duplicates:
        log.warning(
            "%d of %d examples are duplicates of an earlier one; they are kept",
            loaded.duplicates,
            len(loaded.examples),
        )


def of_data(loaded: data.Loaded) -> dict[str, int]:
    """The fields of the event `dataset`."""
    return {
        "samples": len(loaded.examples),
        "skipped": loaded.skipped,
        "malformed": loaded.malformed_count,
        "duplicates": loaded.duplicates,
    }


def of_rows(rows: "Rows", validation: "Rows | None") -> str:
    """The tokenised rows in words."""
    kept = f", {len(validation):,} held out for validation" if validation else ""
    return f"{len(rows):,} rows, longest {rows.longest} tokens, {rows.truncated:,} truncated{kept}"


def of_training(losses: list[float]) -> str:
    """How the training went, in words."""
    peak = checks.megabytes(checks.peak_memory())
    return f"loss by epoch {', '.join(f'{loss:.4f}' for loss in losses)}; peak memory {peak}"


def divide(
    arguments: Arguments, folder: Path, rows: "Rows", precision: "Precision", processes: int
) -> memory.Division:
    """In how many parts batches are computed; says it, and about how much memory that takes.

    Raises: MemoryError, if --memory-limit cannot be kept.
    """
    shape = memory.read_shape(folder)
    one = memory.Load(
        1,
        max(len(row.inputs) for row in rows.rows),
        max(row.learnt for row in rows.rows),
        2 if precision.is_bf16 else 4,
        _adapted(arguments),
    )
    share = -(-min(arguments.batch_size, len(rows)) // processes)
    limit = arguments.memory_limit
    found = memory.divide(shape, one, share, arguments.accumulation, limit)
    log.info(
        "batches of %d in %d parts of %d: estimated peak memory %s%s",
        arguments.batch_size,
        found.parts,
        found.rows,
        checks.megabytes(found.bytes),
        f", limit {checks.megabytes(limit)}" if limit else "",
    )
    return found


def _adapted(arguments: Arguments) -> int:
    """How many linear layers in each layer have an adapter, about."""
    if arguments.lora_targets == ("all-linear",):
        return 7
    return len(arguments.lora_targets) or 2


def recipe(arguments: Arguments, loaded: data.Loaded) -> dict[str, object]:
    """What two trainings must have in common for one to go on from the other's checkpoint."""
    return {
        "base_model": arguments.base_model,
        "method": arguments.method,
        "lora_r": arguments.lora_r,
        "lora_alpha": arguments.lora_alpha,
        "lora_dropout": arguments.lora_dropout,
        "lora_targets": list(arguments.lora_targets),
        "epochs": arguments.epochs,
        "learning_rate": arguments.learning_rate,
        "schedule": arguments.schedule,
        "warmup_ratio": arguments.warmup_ratio,
        "max_grad_norm": arguments.max_grad_norm,
        "batch_size": arguments.batch_size,
        "validation_fraction": arguments.validation_fraction,
        "source_max_tokens": arguments.source_max_tokens,
        "target_max_tokens": arguments.target_max_tokens,
        "seed": arguments.seed,
        "data_sha256": hashlib.sha256(repr(loaded.examples).encode()).hexdigest(),
    }


def metadata(
    arguments: Arguments,
    loaded: data.Loaded,
    known: dict[str, object],
    state: "State",
    processes: int,
) -> dict[str, object]:
    """The content of training_run.json."""
    return {
        **known,
        "samples_used": len(loaded.examples),
        "samples_skipped": loaded.skipped,
        "run_directory": str(arguments.run_directory),
        "trained_at": timestamp(),
        "final_loss": state.losses.means[-1],
        "epoch_losses": state.losses.means,
        "validation_losses": state.validation,
        "best_epoch": state.best_epoch,
        "accumulation": arguments.accumulation,
        "processes": processes,
        "peak_memory_bytes": checks.peak_memory(),
        "run_id": arguments.run_id,
        "packages": checks.packages(),
    }
