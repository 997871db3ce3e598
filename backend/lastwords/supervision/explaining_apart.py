"""Explaining the long logs of ended runs, while other runs are settled.

A long log may take ten seconds to be explained. Its run waits for that, and no other: not for its
status, not for its place in the queue. Few are explained at once, so that a page that asks for an
explanation finds a place of its own (`bounded_explanation` has one more).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lastwords.diagnosis import Ending, Explanation
from lastwords.folders.runfolder import AttemptFolder
from lastwords.supervision.failures import LARGE, explain_attempt

_AT_ONCE = 2


class StillExplaining(Exception):
    """The log of an ended run is being explained; ask again later."""


@dataclass
class _Work:
    """One explanation that was begun, and what became of it."""

    explanation: Explanation | None = None
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        return self.explanation is not None or self.error is not None


class Explaining(Protocol):
    """Where the explanation of an ended run comes from."""

    def is_explaining(self, folder: AttemptFolder) -> bool: ...
    def explain(self, folder: AttemptFolder, ending: Ending) -> Explanation: ...
    def forget(self, folder: AttemptFolder) -> None: ...


class Explanations:
    """Explains long logs in threads of their own. ready: called when one is explained."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._begun: dict[AttemptFolder, _Work] = {}

    def is_explaining(self, folder: AttemptFolder) -> bool:
        """Whether its log is being explained, or waits to be."""
        work = self._begun.get(folder)
        return work is not None and not work.is_over

    def explain(self, folder: AttemptFolder, ending: Ending) -> Explanation:
        """Why this attempt ended as it did.

        Raises: StillExplaining, where that takes its time; whatever the explanation raised.
        """
        if folder.log_size <= LARGE:
            return explain_attempt(folder, ending)
        work = self._begun.get(folder)
        if work is None:
            self._begin(folder, ending)
        if work is None or not work.is_over:
            raise StillExplaining
        self.forget(folder)
        if work.error is not None:
            raise work.error
        assert work.explanation is not None
        return work.explanation

    def forget(self, folder: AttemptFolder) -> None:
        """Let go of what is known of an attempt."""
        self._begun.pop(folder, None)

    def _begin(self, folder: AttemptFolder, ending: Ending) -> None:
        work = self._begun[folder] = _Work()
        run = threading.Thread(
            target=self._explain, args=(folder, ending, work), name="explain", daemon=True
        )
        run.start()

    def _explain(self, folder: AttemptFolder, ending: Ending, work: _Work) -> None:
        with self._places:
            try:
                work.explanation = explain_attempt(folder, ending)
            except Exception as error:  # raised again where it is asked for
                work.error = error
        self._ready()
