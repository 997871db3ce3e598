"""Loss curves for a list of runs: read from the run folders, remembered, never in a list's way.

A finished attempt is read once. One that goes on is read again when it has grown, and rarely where
reading takes long, so that a table that is polled costs about a thirtieth of one core at the most.
Standard library only.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from lastwords.folders.runfolder import attempt_folder
from lastwords.measurements.downsampling import curve
from lastwords.measurements.metrics import read_metrics
from lastwords.records import FINAL, Run

POINTS = 40
REMEMBERED = 2000
LARGEST = 64 << 20  # bytes of events or log; a sparkline is not worth reading more
_PATIENCE = 30  # times what a reading took, until the next one

Curve = list[float | None]


@dataclass(frozen=True)
class _Known:
    """A curve, and until when it is believed without another look."""

    curve: Curve
    until: float


class Curves:
    """The curves of one home; of any thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: OrderedDict[tuple[str, int, bool], _Known] = OrderedDict()
        self._lock = Lock()

    def of(self, run: Run) -> Curve:
        """The losses of a run's current attempt; empty where it has none, or too much to read."""
        key = (run.id, run.attempt, run.status in FINAL)
        with self._lock:
            known = self._known.get(key)
        if known is None or time.monotonic() > known.until:
            known = self._read(run)
            self._remember(key, known)
        return known.curve

    def _read(self, run: Run) -> _Known:
        began = time.monotonic()
        folder = attempt_folder(self._home, run.id, run.attempt)
        readable = max(map(_size, (folder.events, folder.log))) <= LARGEST
        found = curve(read_metrics(folder), POINTS) if readable else []
        cost = time.monotonic() - began
        until = float("inf") if run.status in FINAL else began + max(1.0, _PATIENCE * cost)
        return _Known(found, until)

    def _remember(self, key: tuple[str, int, bool], known: _Known) -> None:
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
