"""What one line of a log, or one record of a file, tells of a training. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field

from lastwords.measurements.names import (
    EPOCH,
    STEP,
    is_housekeeping,
    is_score,
    is_setting,
    is_training,
    meaning,
)

Pairs = list[tuple[str, float]]


@dataclass
class Line:
    """Names with their numbers, and where in the training they were measured.

    batch: how many of how many, in the epoch or in all. counts_steps: whether those are steps; they
    may be samples. epochs: how many there will be. is_evaluation: whether it is of an evaluation.
    """

    pairs: Pairs = field(default_factory=list)
    batch: tuple[int, int] | None = None
    counts_steps: bool = False
    epochs: int | None = None
    is_evaluation: bool = False

    @property
    def is_record(self) -> bool:
        return is_record(self.pairs)


def is_record(pairs: Pairs) -> bool:
    """Whether numbers are those of a training: a loss or score, or something beside a step."""
    if any(is_score(name) for name, _ in pairs):
        return True
    rest = [pair for pair in pairs if meaning(pair[0]) not in (STEP, EPOCH)]
    if len(rest) == len(pairs) or any(is_setting(name) for name, _ in rest):
        return False
    return any(is_training(name) or _is_measured(name, value) for name, value in rest)


def _is_measured(name: str, value: float) -> bool:
    return not is_housekeeping(name) and not value.is_integer()
