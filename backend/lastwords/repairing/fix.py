"""A fix: a change that can be made, what it leaves as it was, and what it does to the result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STEP = "the optimiser step"
RESULT = "the result"

# The sections of diagnosis's texts that say the same in words, which a fix stands in for.
IDEAS = {
    "smaller-batch": ("smaller-batch",),
    "bf16": ("safer-precision",),
    "lower-rate": ("lower-rate",),
    "more-time": ("more-time",),
    "fewer-workers": ("fewer-workers",),
}


@dataclass(frozen=True)
class Fix:
    """name: what it is counted by. label: what it changes, in a few words.

    changes: new values of a spec's fields, and before: the ones that they replace; a fix without
    any is to try again. command: a whole command line instead, for a person to run or, where an
    engine placed it, for the next attempt. keeps: what stays exactly as it was; effect: what else
    becomes of the result. A fix that keeps something needs nobody's judgement.
    """

    name: str
    text: str
    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] | None = None
    keeps: str | None = None
    effect: str | None = None


def divided(batch: int, accumulation: int) -> tuple[int, int] | None:
    """A batch of half the size or less, and as many of them as make the same optimizer step.

    Always equal: batch times accumulation stays what it is. None where one example is computed at
    once already.
    """
    if batch < 2:
        return None
    smallest = next(n for n in range(2, batch + 1) if batch % n == 0)
    return batch // smallest, accumulation * smallest


def lower(rate: float) -> float:
    """A tenth of a learning rate, without the digits that binary fractions add."""
    return float(f"{rate / 10:.6g}")


def in_bytes(count: int) -> str:
    """A size in the largest unit that it is a whole number of, each of 1024 of the one below."""
    units = iter(("KB", "MB", "GB", "TB"))
    unit = "bytes"
    while count and count % 1024 == 0 and unit != "TB":
        count, unit = count // 1024, next(units)
    return f"{count} {unit}"


def shown(value: object, is_bytes: bool = False) -> str:
    """A value as people write it: `5e-06`, `8`, `bf16`, `16 GB`."""
    if is_bytes and isinstance(value, int):
        return in_bytes(value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
