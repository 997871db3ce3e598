"""Wrong credentials, counted: who guesses too often is told to wait.

A right credential is never refused, so that nobody can lock the admin out by guessing. A password
is costly to check (argon2: 64 MiB), so only one is checked at a time, and only so many wait for it:
fewer than there are threads, and apart from each other those who have guessed too often and all
others, so that guessing keeps neither the page nor somebody else's password waiting.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW = 60.0  # seconds
OF_AN_ADDRESS = 20  # wrong ones in a window
OF_A_NET = 60
_MOST_KEPT = 4096
_OTHERS_WAITING = 8
_SUSPECTS_WAITING = 4


class TooBusy(Exception):
    """Too many passwords wait to be checked."""


class Guesses:
    """Wrong credentials of the last minute, by address and by its network."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._checking = threading.Lock()
        self._places = {
            True: threading.Semaphore(_SUSPECTS_WAITING),
            False: threading.Semaphore(_OTHERS_WAITING),
        }

    def add(self, address: str) -> int | None:
        """Count a wrong one; returns the seconds to wait where there were too many, else None."""
        with self._lock:
            waits = [self._count(key, limit) for key, limit in _keys(address)]
            while len(self._windows) > _MOST_KEPT:
                self._windows.popitem(last=False)
        return max((wait for wait in waits if wait is not None), default=None)

    def _count(self, key: str, limit: int) -> int | None:
        moment = self._clock()
        began, count = self._windows.pop(key, (moment, 0))
        if moment - began >= WINDOW:
            began, count = moment, 0
        self._windows[key] = began, count + 1
        return max(1, round(began + WINDOW - moment)) if count + 1 > limit else None

    def is_suspect(self, address: str) -> bool:
        """Whether one more wrong one would be too many."""
        moment = self._clock()
        with self._lock:
            found = [(self._windows.get(key), limit) for key, limit in _keys(address)]
        return any(
            window is not None and moment - window[0] < WINDOW and window[1] >= limit
            for window, limit in found
        )

    @contextmanager
    def turn(self, address: str) -> Iterator[None]:
        """The only check of a password at this time.

        Raises: TooBusy, while too many others of its kind, suspect or not, wait.
        """
        places = self._places[self.is_suspect(address)]
        if not places.acquire(blocking=False):
            raise TooBusy
        try:
            with self._checking:
                yield
        finally:
            places.release()


def _keys(address: str) -> list[tuple[str, int]]:
    """What an address counts for: itself and its network, each with its limit."""
    try:
        found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return [(address[:100], OF_AN_ADDRESS)]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 64  # one customer has a whole IPv6 /64
    net = ipaddress.ip_network(f"{found}/{bits}", strict=False)
    return [(str(found), OF_AN_ADDRESS), (str(net), OF_A_NET)]
