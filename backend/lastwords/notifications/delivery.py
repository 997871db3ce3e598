"""Delivery: a thread that delivers the letters of the outbox, with retries.

Each way is tried until it worked or was tried MOST_TRIES times, later and later; every try is in
the audit. What was done is noted beside the letter, so that a restart begins nothing anew.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import UnreadableFact, read_fact
from lastwords.notifications.outbox import (
    Changes,
    Letter,
    forget,
    is_wanted,
    tries_of,
    unknown,
    waiting,
    write_private,
)
from lastwords.records import LastwordsError
from lastwords.security.audit import Audit, Entry

MOST_TRIES = 10
FIRST_PAUSE = 5.0  # seconds, doubled with each try: about three quarters of an hour in all
LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Delivery:
    """Delivers for one home; without a thread where nothing is configured."""

    def __init__(
        self, config: Config, first_pause: float = FIRST_PAUSE, changes: Changes = unknown
    ) -> None:
        self._config = config
        self._changes = changes
        self._audit = Audit(config)
        self._first_pause = first_pause
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def ensure_started(self) -> None:
        """Start delivering, once. For the leader alone: two couriers would deliver twice.

        Where nobody is to be told of anything, what shells left is taken away instead.
        """
        if not is_wanted(self._config):
            for path, _ in waiting(self._config):
                forget(path)
        elif self._thread is None:
            self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a delivery under way is not waited for, and may be made again."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.deliver()
            except (LastwordsError, OSError) as error:
                _log.error("error while delivering notifications, will retry: %s", error)
            except Exception:
                _log.exception("unexpected error while delivering notifications, will retry")

    def deliver(self) -> None:
        """Try what is due of every letter."""
        for path, letter in waiting(self._config, self._changes):
            if self._ended.is_set():
                return
            tries = _tries(path)
            for name, way in self._ways().items():
                tries[name] = self._tried(name, way, letter, tries.get(name) or {})
                _note(path, tries)
            if all(tries[name]["done"] for name in self._ways()):
                forget(path)

    def _ways(self) -> dict[str, Callable[[Config, Letter], None]]:
        from lastwords.notifications import channels  # mail and TLS, which most servers never need

        config = self._config
        configured = {
            "webhook": (config.notify_webhook, channels.send_to_webhook),
            "command": (config.notify_command, channels.run_command),
            "email": (config.notify_email, channels.send_mail),
        }
        return {name: way for name, (setting, way) in configured.items() if setting}

    def _tried(
        self,
        name: str,
        way: Callable[[Config, Letter], None],
        letter: Letter,
        before: dict[str, Any],
    ) -> dict[str, Any]:
        """What is known of one way after it was tried, if it was due."""
        from lastwords.notifications.channels import Undelivered

        count = int(before.get("tries", 0))
        if before.get("done") or time.time() < float(before.get("next", 0)):
            return {"tries": count, "done": False, "next": 0} | before
        count += 1
        try:
            way(self._config, letter)
        except Undelivered as error:
            return self._failed(name, letter, count, str(error))
        self._audit.write(_entry(name, letter, "ok", f"on try {count}"))
        return {"tries": count, "done": True, "next": 0}

    def _failed(self, name: str, letter: Letter, count: int, why: str) -> dict[str, Any]:
        given_up = count >= MOST_TRIES
        pause = self._first_pause * 2 ** (count - 1)
        words = "given up" if given_up else f"next try in {pause:g} s"
        self._audit.write(_entry(name, letter, "undelivered", f"{why}; try {count}, {words}"))
        return {"tries": count, "done": given_up, "next": time.time() + pause}


def _entry(way: str, letter: Letter, outcome: str, detail: str) -> Entry:
    return Entry(f"notify by {way}", outcome, "the server", None, letter["run"]["id"], detail)


def _tries(path: Path) -> dict[str, Any]:
    with contextlib.suppress(UnreadableFact):
        return read_fact(tries_of(path)) or {}
    return {}


def _note(path: Path, tries: dict[str, Any]) -> None:
    draft = tries_of(path).with_suffix(".draft")
    write_private(draft, tries)
    draft.replace(tries_of(path))
