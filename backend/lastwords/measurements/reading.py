"""What an attempt's log printed of its training, read from where the last look ended.

A reading is remembered, so that a log that is looked at again costs what was added to it. Of a log
that grew by very much at once as many lines are read as take some seconds, from all over it, and
`skipped` counts the bytes of the others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import RESPONSE, LogFile
from lastwords.measurements.printed import Printed
from lastwords.records import Progress

REMEMBERED = 8
MOST_LINES = 100_000  # with a word of a training, that one look reads
MOST_BYTES = 64 << 20  # that one look takes in
SLICE = 64 << 10  # bytes read at a time: larger ones cost new memory each time
TAIL = 256 << 10  # bytes that tell how far a training is


@dataclass
class Reading:
    """What one log told so far."""

    printed: Printed = field(default_factory=Printed)
    offset: int = 0
    generation: str = ""
    skipped: int = 0
    is_finished: bool = False
    lock: Lock = field(default_factory=Lock)

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return self.printed.points.metrics

    @property
    def thinned(self) -> int:
        """Metrics that were not kept."""
        return self.printed.points.thinned

    def advance(self, folder: AttemptFolder) -> None:
        """Read what was added; of an attempt that has ended, its last line too."""
        has_ended = folder.result.exists()
        with LogFile(folder) as log:
            if log.generation != self.generation or log.size < self.offset:
                self.printed, self.offset, self.skipped = Printed(), 0, 0
                self.generation, self.is_finished = log.generation, False
            self._read(log)
        if has_ended and not self.is_finished:
            self.printed.finish()
            self.is_finished = True

    def _read(self, log: LogFile) -> None:
        pieces = list(_pieces(self.offset, log.size))
        lines = self.printed.taken
        for start, end in pieces:
            lines += MOST_LINES // len(pieces)
            if start != self.offset:
                self.printed.skip()
                self.skipped += start - self.offset
            for begin in range(start, end, SLICE):
                piece = log.read(begin, min(end, begin + SLICE))
                self.skipped += self.printed.feed(piece, lines - self.printed.taken)
            self.offset = end


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the pieces of a log begin and end that are read: all, or some from all over it."""
    count = -(-(end - start) // RESPONSE)
    stride = max(1, -(-count * RESPONSE // MOST_BYTES))
    for number in range(count):
        if number % stride == 0 or number == count - 1:
            begin = start + number * RESPONSE
            yield begin, min(end, begin + RESPONSE)


_readings: OrderedDict[str, Reading] = OrderedDict()
_lock = Lock()


def read_log(folder: AttemptFolder) -> Reading:
    """What the log of an attempt told so far. Raises: OSError, where it cannot be read."""
    with _lock:
        reading = _readings.setdefault(str(folder.path), Reading())
        _readings.move_to_end(str(folder.path))
        while len(_readings) > REMEMBERED:
            _readings.popitem(last=False)
    with reading.lock:
        reading.advance(folder)
    return reading


class Tail:
    """How far the training of a growing log is, told by the end of what was added."""

    def __init__(self) -> None:
        self._printed = Printed(most_points=100)
        self._offset = 0

    def progress(self, folder: AttemptFolder) -> Progress | None:
        """What the log told last. Raises: OSError, where it cannot be read."""
        with LogFile(folder) as log:
            start = max(self._offset, log.size - TAIL)
            if start > self._offset:
                self._printed.skip()
            self._printed.feed(log.read(start, log.size))
            self._offset = log.size
        return self._printed.points.progress


def last_printed(
    folder: AttemptFolder, most_bytes: int | None = None
) -> tuple[float | None, Progress | None]:
    """The loss a log ends with, and how far its training came: told by its end, else by all of it.

    most_bytes: of its end that are read, and no more.

    Raises: OSError, where it cannot be read.
    """
    printed = Printed(most_points=1000)
    read = 4 * TAIL if most_bytes is None else most_bytes
    with LogFile(folder) as log:
        if log.size > read:
            printed.skip()
        printed.feed(log.read(max(0, log.size - read), log.size))
        printed.finish()
        is_whole = log.size <= read or most_bytes is not None
    loss = last_loss(printed.points.metrics)
    if loss is not None or is_whole:
        return loss, printed.points.progress
    reading = read_log(folder)  # which the doubts of a completed run read as well
    return last_loss(reading.metrics), reading.printed.points.progress


def last_loss(metrics: Iterable[dict[str, Any]]) -> float | None:
    """The last loss that is a number."""
    losses = [loss for metric in metrics if isinstance(loss := metric.get("loss"), int | float)]
    return float(losses[-1]) if losses else None
