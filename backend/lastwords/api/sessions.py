"""Logins by the page: rows of the database, and in memory what it cannot store at the moment.

A login must work where nothing can be written, since that is when somebody has to log in; and a
logout must hold there, too. What only memory knows ends with this server.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta

from lastwords.records import StoreUnavailable, now, timestamp
from lastwords.store.runs import Store

LIFE = timedelta(days=30)
_MOST_HELD = 1000

_log = logging.getLogger(__name__)


class Sessions:
    """The logins that are valid, by their cookies' digests."""

    def __init__(self, store: Store, credential: str) -> None:
        """End, for good, all that were made with another credential."""
        self._store = store
        self._credential = credential
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[str, str]] = OrderedDict()  # when made, and whose
        self._ended: set[str] = set()  # those that the database still has
        self._ended_before = ""
        self._ended_of_others = True
        self._write_ends()

    def add(self, digest: str, holder: str = "") -> None:
        """Remember a login; `holder` is whose it is, as in `Caller.key`."""
        try:
            self._store.require()
            self._store.add_session(digest, self._credential, holder)
        except StoreUnavailable as error:
            _log.warning("a login is kept in memory only: %s", error)
            with self._lock:
                self._held[digest] = timestamp(now()), holder
                while len(self._held) > _MOST_HELD:
                    self._held.popitem(last=False)
        else:
            self._write_ends()

    def holders(self, digests: Collection[str]) -> list[str]:
        """Whose those of these logins are that are valid. Raises: StoreUnavailable."""
        with self._lock:
            since = max(timestamp(now() - LIFE), self._ended_before)
            held = [self._held.get(digest, ("", "")) for digest in digests]
            if found := [holder for made, holder in held if made > since]:
                return found
            asked = [digest for digest in digests if digest not in self._ended]
        return self._store.session_holders(asked, since) if asked else []

    def end(self, digests: Collection[str]) -> None:
        """End these logins."""
        with self._lock:
            for digest in digests:
                self._held.pop(digest, None)
            self._ended.update(digests)
        self._write_ends()

    def end_all(self) -> None:
        """End every login."""
        with self._lock:
            self._held.clear()
            self._ended_before = timestamp(now())
        self._write_ends()

    def _write_ends(self) -> None:
        """Delete what has ended, where the database can be written to; else it is tried again."""
        with self._lock:
            ended, before = frozenset(self._ended), self._ended_before
        try:
            self._store.require()
            if self._ended_of_others:
                self._store.remove_sessions_of_others(self._credential)
            if ended or before:
                self._store.remove_sessions(ended, before)
        except StoreUnavailable as error:
            _log.warning("logins that ended cannot be deleted at the moment: %s", error)
            return
        with self._lock:
            self._ended_of_others = False
            self._ended -= ended
            if self._ended_before == before:
                self._ended_before = ""
