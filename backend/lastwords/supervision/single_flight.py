"""Work that several ask for at once, done once: who comes meanwhile gets the same result.

Who asks for something else does not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Flight(Generic[T]):
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None


class SingleFlight(Generic[T]):
    """What is being done, by keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, _Flight[T]] = {}

    def do(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of `work`, or of the one that is done under this key just now."""
        with self._lock:
            flight = self._flights.get(key)
            if mine := flight is None:
                flight = self._flights[key] = _Flight()
        if mine:
            self._fly(key, flight, work)
        else:
            flight.landed.wait()
        if flight.error is not None:
            raise flight.error
        return flight.result  # type: ignore[return-value]  # set, where there is no error

    def _fly(self, key: Hashable, flight: _Flight[T], work: Callable[[], T]) -> None:
        try:
            flight.result = work()
        except BaseException as error:
            flight.error = error
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
