"""Fewer points that draw the same curve: the ends and the peaks of each stretch stay.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Point = dict[str, Any]


def thinned(points: Sequence[T], most: int, height: Callable[[T], float | None]) -> list[T]:
    """At most `most` of the points, in their order: first, last, and of each stretch the lowest,
    the highest and one of no height, so that a gap is seen.
    """
    if len(points) <= most:
        return list(points)
    stretches = max(1, (most - 2) // 3)
    inner = range(1, len(points) - 1)
    kept = {0, len(points) - 1}
    for number in range(stretches):
        start, end = (len(inner) * at // stretches + 1 for at in (number, number + 1))
        kept |= _extremes(points, range(start, end), height)
    return [points[at] for at in sorted(kept)][:most]


def _extremes(points: Sequence[T], stretch: range, height: Callable[[T], float | None]) -> set[int]:
    heights = [(value, at) for at in stretch if (value := height(points[at])) is not None]
    gaps = [at for at in stretch if height(points[at]) is None]
    ends = {min(heights)[1], max(heights)[1]} if heights else set()
    return ends | set(gaps[:1])


def thinned_metrics(metrics: Sequence[Point], most: int) -> list[Point]:
    """Metrics of steps and those of evaluations, each thinned by its own loss."""
    steps = [metric for metric in metrics if "evalLoss" not in metric]
    evaluations = [metric for metric in metrics if "evalLoss" in metric]
    share = min(len(evaluations), max(most // 4, most - len(steps)))
    kept = thinned(steps, most - share, _value("loss")) if steps else []
    kept += thinned(evaluations, share, _value("evalLoss")) if share else []
    order = {id(metric): place for place, metric in enumerate(metrics)}
    return sorted(kept, key=lambda metric: order[id(metric)])


def thinned_resources(resources: Sequence[Point], most: int) -> list[Point]:
    """Samples, thinned by memory."""
    return thinned(resources, most, _value("rssBytes"))


def curve(metrics: Sequence[Point], most: int) -> list[float | None]:
    """The losses of a training, few enough to be drawn in a table's cell; None is a gap."""
    losses = [_value("loss")(metric) for metric in metrics if "loss" in metric]
    return thinned(losses, most, lambda loss: loss)


def _value(name: str) -> Callable[[Point], float | None]:
    def height(point: Point) -> float | None:
        value = point.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if number and value is not None else None

    return height
