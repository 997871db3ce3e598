"""The points of a curve, made of lines one after another: each with its step and epoch.

A line may tell only a part of where it stands: a batch of an epoch, or nothing, where a line before
told the epoch and a bar behind tells the step. Standard library only.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lastwords.measurements.bars import Bar
from lastwords.measurements.counting import Counter
from lastwords.measurements.line import Line
from lastwords.measurements.names import EPOCH, EVAL_LOSS, LOSS, STEP, TOTAL, named
from lastwords.records import Progress

MOST = 20_000  # points that are kept; of more, every second one that is no evaluation
_LARGEST = 2**53  # that JSON and the database hold exactly
Metric = dict[str, Any]


class Place(NamedTuple):
    """Where in a training a line stands, as far as it is known."""

    step: int | None = None
    epoch: float | None = None
    total: int | None = None

    def over(self, last: Place) -> Place:
        """This place, with what the last one told and this one does not."""
        return Place(
            last.step if self.step is None else self.step,
            last.epoch if self.epoch is None else self.epoch,
            last.total if self.total is None else self.total,
        )


class Points:
    """The metrics of one log so far, and how far the training is."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.metrics: list[Metric] = []
        self.thinned = 0
        self.progress: Progress | None = None
        self._counter = Counter()
        self._last = Place()
        self._heading: float | None = None
        self._epochs: int | None = None
        self._bar: Bar | None = None  # of the training itself
        self._is_training = False  # whether that is sure: numbers stood beside it
        self._was_drawn = False  # whether the last point is a bar's
        self._waiting: list[tuple[Metric, int | None]] = []  # for the step, from this bar

    def enter_epoch(self, epoch: int, epochs: int | None) -> None:
        """A heading like `Epoch 2/3`: what follows is of this epoch."""
        self._heading, self._epochs = float(epoch), epochs

    def add(self, line: Line) -> None:
        """Make a point of a line."""
        values = named(line.pairs)
        place = self._place_of(line, values)
        if values:
            self._append(_metric(place, values))
        if self._bar is None or _is_over(self._bar):
            self._tell(place)

    def add_bar(self, bar: Bar) -> None:
        """Take in a state of a bar: its numbers, and how far the training is if it is its own."""
        if bar.is_other or not self._is_outer(bar):
            if bar.has_numbers:
                self.add(bar.line)
            return
        self._bar = bar
        values = named(bar.line.pairs)
        place = self._place_of(bar.line, values)
        if bar.has_numbers:
            self._is_training = True
            self._append(_metric(place, values), drawn=True)
        self._place_waiting(place)
        self._tell(place, self._seconds_left(bar, place))

    def _is_outer(self, bar: Bar) -> bool:
        """Whether a bar is the training's: the one seen before, one after it, or one around it."""
        known = self._bar
        if known is None or known.of == bar.of or (_is_over(known) and not self._is_training):
            return True
        if bar.has_numbers != known.has_numbers:
            return bar.has_numbers
        return (bar.spent or 0) > (known.spent or 0)

    def _place_of(self, line: Line, values: dict[str, float]) -> Place:
        step, epoch, total = (values.pop(name, None) for name in (STEP, EPOCH, TOTAL))
        self._epochs = line.epochs or self._epochs
        epoch = epoch if epoch is not None and math.isfinite(epoch) else self._heading
        told = Place(_whole(step), epoch, _whole(total))
        if line.is_evaluation:
            return self._of_evaluation(told)
        place = self._counted(told, line)
        if place.step is None and _is_evaluation(values):
            return self._of_evaluation(told)
        self._last = place.over(self._last)
        return place

    def _of_evaluation(self, told: Place) -> Place:
        """An evaluation without a step stands where the training was last seen."""
        if told.step is None and told.epoch in (None, self._last.epoch):
            return Place(self._last.step, self._last.epoch)
        return told

    def _counted(self, told: Place, line: Line) -> Place:
        step, epoch, total = told
        done, of = line.batch if line.batch and line.counts_steps else (None, None)
        if step is None and done is not None:
            step = self._counter.step(done, of, epoch)
        elif step is not None:
            step = self._counter.step(step, None, epoch)
        if total is None and of is not None:
            total = self._total(of, epoch)
        return Place(step, epoch, total)

    def _total(self, of: int, epoch: float | None) -> int | None:
        if epoch is None:
            return None if self._counter.before else of
        return of * self._epochs if self._epochs else None

    def _tell(self, place: Place, seconds_left: float | None = None) -> None:
        if place.step is not None and max(place.step, place.total or 0) < _LARGEST:
            self.progress = Progress(place.step, place.total, place.epoch, seconds_left)

    def _seconds_left(self, bar: Bar, place: Place) -> float | None:
        """How long the training goes on, where it is known how much of it the bar is."""
        if bar.left is None or place.total is None or bar.of is None:
            return None
        if place.total == bar.of:
            return bar.left
        rounds = (place.total - (place.step or 0)) // bar.of
        return None if bar.spent is None else bar.left + rounds * (bar.spent + bar.left)

    def _place_waiting(self, place: Place) -> None:
        """transformers prints its numbers over its bar, which then tells their step."""
        for metric, of in self._waiting:
            if self._bar is not None and of == self._bar.of:
                metric[STEP], self._is_training = place.step, True
        self._waiting.clear()

    def _append(self, metric: Metric, drawn: bool = False) -> None:
        """Add a point; a bar that is drawn again at the same step completes the one it drew."""
        last = self.metrics[-1] if self.metrics else {}
        is_again = drawn and self._was_drawn and metric[STEP] is not None
        self._was_drawn = drawn
        if last == metric:
            return
        if is_again and last[STEP] == metric[STEP] and last.get(EPOCH) == metric.get(EPOCH):
            lost = {*last["nonFinite"], *metric["nonFinite"]}
            last.update(metric)
            last["nonFinite"] = sorted(name for name in lost if last[name] is None)
            return
        if metric[STEP] is None and self._bar is not None:
            self._waiting.append((metric, self._bar.of))
        self.metrics.append(metric)
        if len(self.metrics) > self._most:
            kept = [m for at, m in enumerate(self.metrics) if at % 2 or _is_evaluation(m)]
            kept = kept if len(kept) <= self._most else kept[1::2]
            self.thinned += len(self.metrics) - len(kept)
            self.metrics = kept


def _is_over(bar: Bar) -> bool:
    return bar.of is not None and bar.done >= bar.of


def _is_evaluation(metric: Metric) -> bool:
    return EVAL_LOSS in metric and LOSS not in metric


def _whole(value: float | None) -> int | None:
    if value is None or not abs(value) < _LARGEST or not value.is_integer():
        return None
    return int(value)


def _metric(place: Place, values: dict[str, float]) -> Metric:
    lost = sorted(name for name, value in values.items() if not math.isfinite(value))
    finite = {name: None if name in lost else value for name, value in values.items()}
    at: Metric = {STEP: place.step}
    if place.epoch is not None:
        at[EPOCH] = place.epoch
    return {**at, **finite, "nonFinite": lost}
