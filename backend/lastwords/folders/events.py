"""events.jsonl: the events a trainer writes, read as far as they are complete.

A line that is not whole yet is left for the next reading; a line that is no event is passed over,
because the file belongs to the child and the child may be anything. Standard library only.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lastwords.folders.runfolder import open_regular
from lastwords.records import Progress, parse_timestamp

_LARGEST = 2**63  # what a column of the database holds


MOST_STAGES = 200  # a trainer has ten; who tells of more is not listened to


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
        losses = [loss for m in self.metrics if (loss := _number(m.get("loss"))) is not None]
        return float(losses[-1]) if losses else None

    def read_more(self, path: Path) -> bool:
        """Take in the events written since the last call; whether there were any."""
        try:
            with open_regular(path) as file:
                file.seek(self.offset)
                data = file.read()
        except OSError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.split(b"\n"):
            self._take_line(line)
        return bool(whole)

    def _take_line(self, line: bytes) -> None:
        try:
            event = _tame(json.loads(line))
        except (ValueError, RecursionError):
            return
        take = _TAKERS.get(str(event.get("event"))) if isinstance(event, dict) else None
        if take:
            take(self, event)


def read_facts(path: Path) -> Facts:
    """All that the events of an attempt say so far."""
    facts = Facts()
    facts.read_more(path)
    return facts


def _tame(value: Any) -> Any:
    """The value without what neither JSON nor the database can hold: it becomes None or U+FFFD."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else None
    if isinstance(value, str):
        return value.encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace")
    if isinstance(value, list):
        return [_tame(item) for item in value]
    if isinstance(value, dict):
        return {_tame(key): _tame(item) for key, item in value.items()}
    return value


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


def _resumed(facts: Facts, event: dict[str, Any]) -> None:
    facts.resumed = _whole(event.get("step"))


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
}
