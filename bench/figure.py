"""A figure of the bench: what was measured, against which rival, and whether its bound holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal


class NotMeasured(Exception):
    """A figure's rival is not on this machine; the text says what would bring it."""


@dataclass(frozen=True)
class Figure:
    """Medians of interleaved runs: `value` is ours, `rival` what it is held against."""

    value: float
    rival: float
    bound: float
    unit: str
    rival_name: str
    runs: int
    better: Literal["lower", "higher"] = "lower"

    @property
    def ratio(self) -> float:
        return self.value / self.rival

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bound if self.better == "lower" else self.ratio >= self.bound

    def to_json(self) -> dict[str, Any]:
        fact = asdict(self)
        fact["rivalName"] = fact.pop("rival_name")
        return fact | {"ratio": round(self.ratio, 4), "holds": self.holds}


def interleaved(
    ours: Callable[[], float], rival: Callable[[], float], runs: int
) -> tuple[float, float]:
    """The medians of `runs` measurements of each, taken in turn so that noise meets both."""
    pairs = [(ours(), rival()) for _ in range(runs)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


@contextmanager
def stopping(*running: Any) -> Iterator[None]:
    """Ends what has a `stop` once the block is left."""
    try:
        yield
    finally:
        for each in running:
            each.stop()
