"""Metrics of an old run: TensorBoard's event files, transformers' and Lightning's tables.

Read with the same readers as those of a recorded run, from a folder that somebody names instead of
one in which a run is seen to write.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path

from lastwords.measurements.line import Line
from lastwords.measurements.logged_files import read_csv, read_tensorboard
from lastwords.measurements.names import STEP
from lastwords.measurements.points import Metric, Points

MOST_FILES = 2_000
_MOST_BYTES = 64 << 20
STATE, TABLE = "trainer_state.json", "metrics.csv"


def metrics_in(folder: Path, deep: bool) -> list[Metric]:
    """The metrics of the first kind of file that is there, in order of their steps.

    deep: whether files in folders below it count.
    """
    for pattern, read in (
        ("*.tfevents.*", read_tensorboard),
        (STATE, read_state),
        (TABLE, read_csv),
    ):
        paths = folder.rglob(pattern) if deep else folder.glob(pattern)
        files = [path for path in sorted(paths)[:MOST_FILES] if path.is_file()]
        if metrics := _points([line for path in _chosen(files) for line in _lines(read, path)]):
            return metrics
    return []


def _chosen(files: list[Path]) -> list[Path]:
    """Of several checkpoints' states the last written, which holds the history of all."""
    if files and files[0].name == STATE:
        return [max(files, key=lambda path: path.stat().st_mtime)]
    return files


def _lines(read: object, path: Path) -> list[Line]:
    assert callable(read)
    with suppress(OSError, ValueError):  # one that cannot be read tells nothing
        return [line for line in read(path) if line.is_record]
    return []


def _points(lines: list[Line]) -> list[Metric]:
    points = Points()
    for line in lines:
        points.add(line)
    metrics = points.metrics
    if any(metric["step"] is None for metric in metrics):
        return metrics
    return sorted(metrics, key=lambda metric: int(metric["step"]))


def read_state(path: Path) -> list[Line]:
    """The log_history that transformers' Trainer keeps beside each checkpoint."""
    with path.open("rb") as file:
        state = json.loads(file.read(_MOST_BYTES))
    history = state.get("log_history") if isinstance(state, dict) else None
    return [_line(entry) for entry in history or [] if isinstance(entry, dict)]


def _line(entry: dict[str, object]) -> Line:
    pairs = [
        (name, float(value))
        for name, value in entry.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "step"
    ]
    step = entry.get("step")
    known = isinstance(step, int | float) and math.isfinite(step)
    return Line([*([(STEP, float(step))] if known else []), *pairs])  # type: ignore[arg-type]
