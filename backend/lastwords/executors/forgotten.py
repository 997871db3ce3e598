"""Attempts that an engine does not know any more, and that nothing was ever heard of.

A controller that was killed just after a submission may come back without the job. One answer
proves little: the engine is asked several times over a while, by the name too.
"""

from __future__ import annotations

import time

from lastwords.executors.engines import Engine
from lastwords.folders.runfolder import AttemptFolder

LOOKS = 4  # that find nothing, at least, from the first to the last of the patience


class Forgotten:
    """What an engine did not know when it was asked for it by name."""

    def __init__(self, engine: Engine, patience: float) -> None:
        """patience: seconds from the first look to the last."""
        self._engine = engine
        self._patience = patience
        self._doubted: dict[AttemptFolder, str] = {}
        self._looks: dict[AttemptFolder, list[float]] = {}  # when there was no such job

    def doubt(self, folder: AttemptFolder, name: str) -> None:
        """Have it looked for by its name, from now on."""
        self._doubted.setdefault(folder, name)

    def trust(self, folder: AttemptFolder) -> None:
        """It is known, or was heard, or nobody can say: what was looked for counts no more."""
        self._doubted.pop(folder, None)
        self._looks.pop(folder, None)

    def holds(self, folder: AttemptFolder) -> bool:
        """Whether the engine knew nothing of it for as long as that takes."""
        looks = self._looks.get(folder, [])
        return len(looks) >= LOOKS and looks[-1] - looks[0] >= self._patience

    def look(self) -> None:
        """Ask for all that are doubted; by the engine's thread. Raises: EngineAway."""
        for folder, name in list(self._doubted.items()):
            looks = self._looks.setdefault(folder, [])
            if looks and time.monotonic() - looks[-1] < self._patience / LOOKS:
                continue
            if self._engine.look_up(name) is None:
                looks.append(time.monotonic())
            else:
                looks.clear()
