"""events.jsonl: the events a trainer writes, read as far as they are complete.

A line that is not whole yet is left for the next reading; a line that is no event is passed over,
because the file belongs to the child and the child may be anything. Of more than MOST_BYTES that
are new the two ends are read, and `skipped` counts the rest. Standard library only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from lastwords.folders.jsonl import parse, seek_line, whole_lines
from lastwords.folders.runfolder import open_regular
from lastwords.records import Progress, parse_timestamp

MOST_STAGES = 200  # a trainer has ten; who tells of more is not listened to
MOST_BYTES = 32 << 20  # of events that one reading takes in: those of some 200,000 steps
MOST_METRICS = 100_000  # that are kept; of more, every second one


@dataclass(frozen=True)
class Stage:
    """One stage of a training: `seconds` is None while it runs or where it failed."""

    name: str
    started_at: str
    seconds: float | None = None
    status: str = "running"
    detail: str | None = None


@dataclass
class Facts:
    """What the events of one attempt add up to."""

    offset: int = 0
    stages: list[Stage] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    samples: int | None = None
    progress: Progress | None = None
    failure: dict[str, Any] | None = None
    finished: dict[str, Any] | None = None
    resumed: int | None = None  # the step of the checkpoint that it went on from
    saved: int | None = None  # the step of its last checkpoint
    skipped: int = 0  # bytes that were not read
    thinned: int = 0  # metrics that were not kept

    @property
    def stage(self) -> str | None:
        """The stage that failed, else the one that was last started."""
        if self.failure and isinstance(self.failure.get("stage"), str):
            return str(self.failure["stage"])
        return self.stages[-1].name if self.stages else None

    @property
    def final_loss(self) -> float | None:
        """The loss the trainer finished with, else the last finite one it reported."""
        if self.finished and (loss := _number(self.finished.get("finalLoss"))) is not None:
            return float(loss)
        losses = (_number(metric.get("loss")) for metric in reversed(self.metrics))
        return next((float(loss) for loss in losses if loss is not None), None)

    def read_more(self, path: Path) -> bool:
        """Take in the events written since the last call; whether there were any."""
        begun = self.offset
        try:
            with open_regular(path) as file:
                self._read(file, os.fstat(file.fileno()).st_size)
        except OSError:
            return False
        return self.offset > begun

    def _read(self, file: BinaryIO, size: int) -> None:
        file.seek(self.offset)
        if size - self.offset > MOST_BYTES:
            self._take_lines(file, self.offset + MOST_BYTES // 2)
            seek_line(file, size - MOST_BYTES // 2)
            self.skipped += file.tell() - self.offset
        self._take_lines(file, size)

    def _take_lines(self, file: BinaryIO, until: int) -> None:
        for line in whole_lines(file, until):
            event = parse(line)
            if event is not None and (take := _TAKERS.get(str(event.get("event")))):
                take(self, event)
        self.offset = file.tell()


def read_facts(path: Path) -> Facts:
    """All that the events of an attempt say so far."""
    facts = Facts()
    facts.read_more(path)
    return facts


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _stage_started(facts: Facts, event: dict[str, Any]) -> None:
    if len(facts.stages) < MOST_STAGES:
        facts.stages.append(Stage(str(event.get("stage")), str(event.get("time"))))


def _stage_ended(facts: Facts, event: dict[str, Any]) -> None:
    _end_stage(facts, str(event.get("stage")), "completed", event)


def _failure(facts: Facts, event: dict[str, Any]) -> None:
    facts.failure = event
    _end_stage(facts, str(event.get("stage")), "failed", event)


def _end_stage(facts: Facts, name: str, status: str, event: dict[str, Any]) -> None:
    for index, stage in enumerate(facts.stages):
        if stage.name == name and stage.status == "running":
            facts.stages[index] = Stage(
                name,
                stage.started_at,
                _number(event.get("seconds", _seconds(stage.started_at, event.get("time")))),
                status,
                _text(event.get("detail")),
            )


def _seconds(start: str, end: object) -> float | None:
    """How long a stage took that did not say so itself: a failing one."""
    try:
        return (parse_timestamp(str(end)) - parse_timestamp(start)).total_seconds()
    except (ValueError, TypeError):
        return None


def _dataset(facts: Facts, event: dict[str, Any]) -> None:
    facts.samples = _whole(event.get("samples"))


def _progress(facts: Facts, event: dict[str, Any]) -> None:
    if (step := _whole(event.get("step"))) is not None:
        total, epoch = _whole(event.get("totalSteps")), _number(event.get("epoch"))
        facts.progress = Progress(step, total, epoch)


def _metric(facts: Facts, event: dict[str, Any]) -> None:
    kept = {key: value for key, value in event.items() if not isinstance(value, dict | list)}
    lost = event.get("nonFinite")
    names = [str(name) for name in lost] if isinstance(lost, list) else []
    del kept["event"]
    facts.metrics.append({**kept, "nonFinite": names})
    if len(facts.metrics) > MOST_METRICS:
        facts.thinned += len(facts.metrics[::2])
        del facts.metrics[::2]


def _resumed(facts: Facts, event: dict[str, Any]) -> None:
    facts.resumed = _whole(event.get("step"))


def _checkpoint(facts: Facts, event: dict[str, Any]) -> None:
    facts.saved = _whole(event.get("step"))


def _finished(facts: Facts, event: dict[str, Any]) -> None:
    facts.finished = event
    if (samples := _whole(event.get("samples"))) is not None:
        facts.samples = samples


_TAKERS = {
    "stage_started": _stage_started,
    "stage_ended": _stage_ended,
    "failure": _failure,
    "dataset": _dataset,
    "progress": _progress,
    "metric": _metric,
    "finished": _finished,
    "resumed": _resumed,
    "checkpoint": _checkpoint,
}
