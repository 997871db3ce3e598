"""The metrics of a training: from its events, else as its program prints or files them.

A recorded command that knows nothing of us still prints its losses, in one of the formats of
`formats.py`, and those hold what its events would.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lastwords.folders.events import Facts, read_facts
from lastwords.folders.jsonl import read_objects, unread
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact, read_spec
from lastwords.measurements.names import our_names
from lastwords.records import Progress, is_timestamp

if TYPE_CHECKING:
    from lastwords.measurements.reading import Reading

# validationLoss is the built-in trainer's, and a name of the API
_NOT_MEASURED = frozenset({"time", "step", "epoch", "attempt", "nonFinite", "validationLoss"})
MOST_SAMPLES = 16 << 20  # bytes; a recorder keeps its samples below 1 MB, or 6 with eight GPUs


def read_metrics(folder: AttemptFolder, facts: Facts | None = None) -> list[dict[str, Any]]:
    """The metrics of an attempt, oldest first; NaN and infinity are None, named in `nonFinite`.

    facts: what its events say, where they were read already.

    Those of an attempt that went on from an earlier one's checkpoint begin with the earlier one's
    up to there, marked with its number in `attempt`: what came after them was lost, and is done
    again.
    """
    facts = facts or read_facts(folder.events)
    own = list(map(_as_ours, facts.metrics)) or printed_metrics(folder)
    own = own or _logged_metrics(folder)
    before = None if facts.resumed is None else _resumed_attempt(folder, facts.resumed)
    if facts.resumed is None or before is None:
        return own
    again = {(metric.get("step"), "evalLoss" in metric) for metric in own}
    kept = [
        {"attempt": before.number, **metric}
        for metric in read_metrics(before)
        if _is_by(metric.get("step"), facts.resumed)
        and (metric["step"], "evalLoss" in metric) not in again
    ]
    return kept + own


def _as_ours(metric: dict[str, Any]) -> dict[str, Any]:
    """A reported metric under our names: other programs report `val_loss` too."""
    names = tuple(name for name in metric if name not in _NOT_MEASURED)
    ours = dict(zip(names, our_names(names), strict=True))
    lost = [ours.get(name, name) for name in metric["nonFinite"]]
    return {ours.get(name, name): value for name, value in metric.items()} | {"nonFinite": lost}


def _is_by(step: object, last: int) -> bool:
    return isinstance(step, int) and step <= last


def _resumed_attempt(folder: AttemptFolder, step: int) -> AttemptFolder | None:
    """The earlier attempt of the same run whose checkpoint this one was given, or found."""
    try:
        spec = read_spec(folder) or {}
    except UnreadableFact:
        return None
    before = [AttemptFolder(folder.path.with_name(str(n))) for n in range(1, folder.number)]
    if (given := spec.get("resumesFrom")) is not None:
        return next((each for each in before if each.number == given), None)
    if not folder.is_shipped:
        return None
    saved = (each for each in reversed(before) if read_facts(each.events).saved == step)
    return next(saved, None)


def printed_metrics(folder: AttemptFolder) -> list[dict[str, Any]]:
    """The metrics that the program printed in its log, as far as they are known by now."""
    return list(_read_log(folder).metrics)


def _read_log(folder: AttemptFolder) -> Reading:
    from lastwords.measurements.reading import read_log  # with its patterns, on first use

    return read_log(folder)


def _logged_metrics(folder: AttemptFolder) -> list[dict[str, Any]]:
    from lastwords.measurements.finding import logged_metrics  # likewise

    return logged_metrics(folder)


def unread_metrics(folder: AttemptFolder, facts: Facts) -> tuple[int, int]:
    """Bytes of the metrics' source that were not read, and how many metrics were not kept."""
    if facts.metrics:
        return facts.skipped, facts.thinned
    log = _read_log(folder)
    return facts.skipped + log.skipped, log.thinned


def read_resources(folder: AttemptFolder) -> list[dict[str, Any]]:
    """CPU and memory of the attempt's tree over time, and its GPUs': the busiest, all memory."""
    said = read_objects(folder.samples, MOST_SAMPLES).found
    return [_sample(sample) for sample in said if is_timestamp(sample.get("time"))]


def unread_resources(folder: AttemptFolder) -> int:
    """Bytes of samples that are too many to be read."""
    return unread(folder.samples, MOST_SAMPLES)


def _sample(said: dict[str, Any]) -> dict[str, Any]:
    """A sample as it is shown; what is no number in it is None, as the child can write here too."""
    listed = said.get("gpus")
    gpus = [gpu for gpu in listed if isinstance(gpu, dict)] if isinstance(listed, list) else []
    used = _all_finite(gpus, "memoryBytes")
    return {
        "time": said["time"],
        "cpuPercent": _finite(said.get("cpuPercent")),
        "rssBytes": _whole(said.get("rssBytes")),
        "processes": _whole(said.get("processes")),
        "gpuUtilPercent": max(_all_finite(gpus, "utilPercent"), default=None),
        "gpuMemoryBytes": _whole(sum(used)) if used else None,
    }


def _whole(value: object) -> int | None:
    number = _finite(value)
    return None if number is None else int(number)


def _all_finite(gpus: list[dict[str, Any]], name: str) -> list[float]:
    return [value for gpu in gpus if (value := _finite(gpu.get(name))) is not None]


def _finite(value: object) -> float | None:
    """A number that JSON and a chart can hold, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and abs(value) < 2**63 else None


def last_values(folder: AttemptFolder, facts: Facts, most_bytes: int) -> dict[str, float]:
    """The last number of everything that an attempt measured, by name.

    most_bytes: of a log that is read for it; of a larger one nothing is told.
    """
    found: dict[str, float] = {}
    if not facts.metrics and folder.log_size > most_bytes:
        return found
    with suppress(OSError):  # a log that was made a link, or is gone, tells nothing
        for metric in read_metrics(folder, facts):
            numbers = {name: _finite(value) for name, value in metric.items()}
            measured = numbers.keys() - _NOT_MEASURED
            found |= {name: float(n) for name in measured if (n := numbers[name]) is not None}
    return found


def last_told(
    folder: AttemptFolder, facts: Facts, most_bytes: int | None = None
) -> tuple[float | None, Progress | None]:
    """The loss a training ended with and how far it came: from its events, else from its log.

    most_bytes: of the log's end that are read, if not all that it takes.
    """
    from lastwords.measurements.finding import keep_logged  # likewise
    from lastwords.measurements.reading import last_loss, last_printed

    if facts.metrics or facts.progress or facts.final_loss is not None:
        loss = facts.final_loss
        return last_loss(map(_as_ours, facts.metrics)) if loss is None else loss, facts.progress
    loss, progress = None, None
    with suppress(OSError):  # a log that was made a link, or is gone, tells nothing
        loss, progress = last_printed(folder, most_bytes)
    if most_bytes is not None:
        return loss, progress
    return last_loss(keep_logged(folder)) if loss is None else loss, progress
