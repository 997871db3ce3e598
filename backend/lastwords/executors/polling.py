"""One thread for each engine: asks after all jobs at once, and does what waits for the engine."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from lastwords.executors.engines import Engine, EngineAway, EngineRefused, JobState
from lastwords.records import now, timestamp

POLL_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Poller:
    """What an engine said last; reading it never waits."""

    def __init__(self, engine: Engine, every: float = POLL_SECONDS) -> None:
        self.tasks: list[Callable[[], None]] = []  # each round, before the engine is asked
        self.away: str | None = None  # why it gives no answer
        self.away_since: str | None = None
        self.asked = 0.0  # when what was said last was asked for, by the clock
        self._engine = engine
        self._every = every
        self._stopped = threading.Event()
        self._states: Mapping[str, JobState] = {}
        self._asked_at: float | None = None
        self._known: dict[str, float] = {}  # since when a job is asked for
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ensure_started(self) -> None:
        """Start the thread, once."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                name = f"engine {self._engine.name}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def state(self, job: str) -> JobState | None:
        """What was said of a job; None where nobody has asked since it is known."""
        known = self._known.setdefault(job, time.monotonic())
        if (state := self._states.get(job)) is not None:
            return state
        asked = self._asked_at is not None and self._asked_at > known
        return JobState("gone") if asked and self.away is None else None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.round()
            self._stopped.wait(self._every)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def round(self) -> None:
        """Do what waits, and ask after all jobs. An engine that is away is asked again."""
        try:
            for task in self.tasks:
                task()
            began, moment = time.monotonic(), time.time()
            self._states = self._engine.jobs()
            self._asked_at, self.asked = began, moment
            self.away = self.away_since = None
        except (EngineAway, EngineRefused) as error:
            if self.away is None:
                _log.warning("%s gives no answer: %s", self._engine.name, error)
                self.away_since = timestamp(now())
            self.away = str(error)
