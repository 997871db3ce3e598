"""How many runs are out of contact, for the list: counted once a second, not with every page.

Flags come and go with the watch, which looks once a second, so that a count of a moment ago is as
true as one of now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from lastwords.store.filters import Filters
from lastwords.store.runs import Store

_SECONDS = 1.0
_MOST_KEPT = 200  # different filters
_ALONE = Filters(flag="out_of_contact")


class Unheard:
    """The counts of one home, by what is asked for."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._lock = Lock()
        self._known: dict[str, tuple[float, int]] = {}

    def count(self, filters: Filters) -> int:
        """How many of the runs that are asked for are not heard.

        Where no run at all has the flag, nothing is looked through for it.
        """
        if not self._remembered(_ALONE):
            return 0
        return self._remembered(replace(filters, flag=_ALONE.flag, statuses=[], sort=_ALONE.sort))

    def _remembered(self, filters: Filters) -> int:
        key, moment = repr(filters), self._clock()
        with self._lock:
            at, found = self._known.get(key, (-_SECONDS, 0))
        if moment - at < _SECONDS:
            return found
        found = sum(self._store.counts(filters).values())
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = moment, found
        return found
