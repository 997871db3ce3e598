"""The columns of an ended run's row: what its folder tells, and the words on its failure."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from lastwords.diagnosis import RULES_VERSION, Ending, Explanation
from lastwords.folders.events import Facts
from lastwords.folders.labels import read_labels
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    is_shortage,
    read_shipment,
)
from lastwords.measurements.metrics import last_told, last_values
from lastwords.recording import notices
from lastwords.records import COMMAND, IMPORTED, Progress, Run, Status, as_text, now, timestamp
from lastwords.supervision import flags
from lastwords.supervision.doubts import doubts
from lastwords.supervision.explaining_apart import StillExplaining
from lastwords.supervision.failures import ending_of, explain_attempt, explanation_columns
from lastwords.supervision.flags import Flag
from lastwords.surroundings.reading import surroundings_of

END_ALONE = 64 << 10  # bytes of an imported log that are read for its last values

_log = logging.getLogger(__name__)


def lasting_flags(
    folder: AttemptFolder, result: Mapping[str, Any], facts: Facts, status: Status
) -> list[Flag]:
    told = flags.lasting(notices.told(folder), result) + partly_read(folder, facts)
    if status == Status.COMPLETED:
        told += doubts(folder, facts, str(result.get("finishedAt")))
    return told


def partly_read(folder: AttemptFolder, facts: Facts) -> list[Flag]:
    skipped = {folder.events.name: facts.skipped, folder.notices.name: notices.untold(folder)}
    return flags.partly_read(skipped, timestamp(now()))


def since_first_seen(run: Run, held: Sequence[Flag]) -> list[Flag]:
    """The flags with the times under which the run has them already."""
    known = {flag["flag"]: flag["since"] for flag in run.flags}
    return [flag | {"since": known.get(flag["flag"], flag["since"])} for flag in held]


def facts_columns(
    run: Run, folder: AttemptFolder, result: Mapping[str, Any], facts: Facts, status: Status
) -> dict[str, Any]:
    """What its events, its log and its recorder tell of an ended run."""
    # Keeps what lies in files, which the doubts read. An import may bring thousands of logs.
    ends_alone = run.kind == IMPORTED
    loss, progress = last_told(folder, facts, END_ALONE if ends_alone else None)
    held = lasting_flags(folder, result, facts, status)
    lost = any(flag["flag"] == "loss_not_a_number" for flag in held)
    most = END_ALONE if ends_alone else _most_read(status)
    return (
        progress_columns(facts, progress)
        | {
            "seconds_left": None,
            "final_loss": None if lost else _finite(loss),
            "metrics": last_values(folder, facts, most),
            "flags": since_first_seen(run, held),
            "gpus": _gpus(run, folder),
        }
        | _own_name(run, folder)
    )


def _gpus(run: Run, folder: AttemptFolder) -> int | None:
    """How many GPUs it was given by a cluster, or else its machine has; None if it is not known."""
    each, nodes = run.spec.get("gpusPerNode"), run.spec.get("nodes")
    if isinstance(each, int):
        return each * (nodes if isinstance(nodes, int) else 1)
    gpus = (surroundings_of(folder, 0).facts.get("machine") or {}).get("gpus")
    return None if gpus is None else len(gpus)


def _own_name(run: Run, folder: AttemptFolder) -> dict[str, Any]:
    """The name that a command printed for itself, where nobody gave it one meanwhile."""
    if run.kind != COMMAND or run.name:
        return {}
    from lastwords.measurements.own_names import own_name  # with its patterns, on first use

    with suppress(UnreadableFact):
        if "name" in read_labels(folder.home, run.id):
            return {}
    return {"name": own_name(folder)}


def _most_read(status: Status) -> int:
    """Bytes of a log that are read for its last values; a completed run's doubts read it all."""
    return sys.maxsize if status == Status.COMPLETED else 1 << 20


def columns_of_words(
    run: Run,
    folder: AttemptFolder,
    result: Mapping[str, Any] | None,
    detail: str | None,
    explain: Callable[[AttemptFolder, Ending], Explanation] = explain_attempt,
) -> dict[str, Any]:
    """An ended run's explanation. Raises: OutOfReach; StillExplaining."""

    def tell() -> dict[str, Any]:
        explanation = explain(folder, ending_of(run, result, run.spec))
        return explanation_columns(folder, explanation, detail, run.status)

    return {"rules_version": RULES_VERSION} | as_far_as_told(run, tell)


def as_far_as_told(run: Run, tell: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The columns that something tells; none where it breaks: the status is told without them.

    Raises: OutOfReach, where it is we who cannot look just now.
    """
    try:
        return tell()
    except StillExplaining:
        raise
    except Exception as error:
        if is_shortage(error):
            why = str(error) or "out of memory"  # MemoryError says nothing
            raise OutOfReach(f"{run.id} cannot be described just now: {why}") from error
        _log.exception("%s cannot be described", run.id)
        return {}


def progress_columns(facts: Facts, progress: Progress | None) -> dict[str, Any]:
    stage = None if facts.stage is None else as_text(facts.stage)
    columns: dict[str, Any] = {"stage": stage, "final_loss": _finite(facts.final_loss)}
    if facts.samples is not None:
        columns["dataset_size"] = facts.samples
    if progress:
        columns |= {
            "step": progress.step,
            "total_steps": progress.total_steps,
            "epoch": progress.epoch,
            "seconds_left": progress.seconds_left,
        }
    return columns


def seconds_of(result: Mapping[str, Any]) -> float | None:
    """How long it took, as its recorder counted."""
    seconds = result.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e12 else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def where_columns(folder: AttemptFolder) -> dict[str, Any]:
    """The machine that an attempt runs on, and what placed it there, if that is not this one."""
    if not folder.is_shipped:
        return {}
    shipment = read_shipment(folder) or {}
    engine = shipment.get("engine") or {}
    job = engine.get("array") or engine.get("job")  # `123_4` is a task of an array
    placed = " job ".join(str(each) for each in (engine.get("kind"), job) if each)
    return {
        "host": str((shipment.get("host") or {}).get("name") or "another machine"),
        "engine": placed or None,
    }


def blank_attempt() -> dict[str, Any]:
    """The columns of a run's row that belong to one attempt, as a new one begins."""
    names = (
        "started_at finished_at seconds exit_code signal reason detail dataset_size final_loss "
        "stage step total_steps epoch seconds_left cause title headline headline_length "
        "error_start error_end error_length error_preview rules_version fingerprint changed "
        "retry_at gpus"
    )
    begun = {"log_bytes": 0, "stopping": 0, "flags": [], "metrics": {}, "member": 0}
    return dict.fromkeys(names.split()) | begun
