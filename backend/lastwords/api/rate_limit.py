"""Wrong credentials, counted: who guesses too often is told to wait.

A right credential is not refused for wrong ones, so that nobody can lock the admin out by guessing.
A password is costly to check (argon2: 64 MiB), so only one is checked at a time, and only so many
wait for it: fewer than there are threads, and fewer still of those who have guessed too often, so
that guessing keeps neither the page nor somebody else's password waiting.
Only a password that was never right since the start has to wait at all.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

WINDOW = 60.0  # seconds
OF_AN_ADDRESS = 20  # wrong ones in a window
OF_A_NET = 60
_MOST_KEPT = 4096
_WAITING = 24  # fewer than the server has threads
_SUSPECTS_WAITING = 18


class TooBusy(Exception):
    """Too many passwords wait to be checked."""


class Guesses:
    """Wrong credentials of the last minute, by address and by its network."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._checking = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._right = b""
        self._places = threading.Semaphore(_WAITING)
        self._suspects_places = threading.Semaphore(_SUSPECTS_WAITING)

    def add(self, address: str) -> int | None:
        """Count a wrong one; returns the seconds to wait where there were too many, else None."""
        with self._lock:
            waits = [self._count(key, limit) for key, limit in _keys(address)]
            while len(self._windows) > _MOST_KEPT:
                self._windows.popitem(last=False)
        return max((wait for wait in waits if wait is not None), default=None)

    def was_right(self, password: str) -> bool:
        """Whether it is the password that was found right before, which need not wait again."""
        return bool(self._right) and hmac.compare_digest(self._right, self._digest(password))

    def remember_right(self, password: str) -> None:
        """Know this password again, by a digest that is worth nothing outside of this process."""
        self._right = self._digest(password)

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, password.encode("utf-8", "surrogatepass"), "sha256")

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

        Raises: TooBusy, while too many others wait, or too many suspects where this is one.
        """
        is_suspect = self.is_suspect(address)
        with ExitStack() as held:
            for places in (self._suspects_places, self._places)[not is_suspect :]:
                if not places.acquire(blocking=False):
                    raise TooBusy
                held.callback(places.release)
            with self._checking:
                yield


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
