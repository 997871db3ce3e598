"""How much may be sent: by an attempt, by a token, in a second, and onto this disk."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from lastwords.receiving.refusals import NoRoom, OverLimit, TooOften
from lastwords.shipping.wire import Part

LOG_BYTES = 10 << 30  # of one attempt
STREAM_BYTES = 64 << 20  # of each of its other streams
FACT_BYTES = 64 << 10
SPEC_BYTES = 1 << 20
OPEN_SHIPMENTS = 200  # of one token
_SHARE, _FLOOR = 20, 2 << 30  # of the disk: a twentieth, at least 2 GiB
_SMALL = 64 << 10  # bytes of a batch that could have waited for more
_RATE, _BURST = 4.0, 20.0  # small batches of an attempt: in a second, and at once
_MOST_KEPT = 4096


def check_room(home: Path, floor: int | None) -> None:
    """See that the disk has room beyond what is kept free on it. Raises: NoRoom."""
    disk = os.statvfs(home)
    kept = floor if floor is not None else max(_FLOOR, disk.f_frsize * disk.f_blocks // _SHARE)
    free = disk.f_frsize * disk.f_bavail
    if free < kept:
        words = f"{free:,} bytes are free on the server's disk, and {kept:,} are kept free"
        raise NoRoom(words, retryAfterSeconds=30)


def room(home: Path, floor: int | None) -> int:
    """Bytes that can still be sent onto the disk."""
    disk = os.statvfs(home)
    kept = floor if floor is not None else max(_FLOOR, disk.f_frsize * disk.f_blocks // _SHARE)
    return max(0, disk.f_frsize * disk.f_bavail - kept)


def check_size(part: Part) -> None:
    """See that a stream stays within its limit. Raises: OverLimit."""
    most = LOG_BYTES if part.stream == "output.log" else STREAM_BYTES
    if part.offset + len(part.data) > most:
        raise OverLimit(f"{part.stream} may have {most:,} bytes here")


class Pace:
    """Small batches of each attempt, counted: who waits for more to send sends enough of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, uid: str, size: int) -> None:
        """Count a batch of so many bytes. Raises: TooOften."""
        if size >= _SMALL:
            return
        moment = self._clock()
        with self._lock:
            at, left = self._left.pop(uid, (moment, _BURST))
            left = min(_BURST, left + (moment - at) * _RATE) - 1
            self._left[uid] = moment, max(left, -1.0)
            while len(self._left) > _MOST_KEPT:
                self._left.popitem(last=False)
        if left < 0:
            raise TooOften("more than 4 small batches a second", retryAfterSeconds=1)
