"""All executors as one: each attempt is seen to by the one that its folder says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lastwords.config import InvalidSetting
from lastwords.executors.local import LocalExecutor
from lastwords.executors.shipped import ShippedExecutor
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact, read_fact, size_of

if TYPE_CHECKING:
    from lastwords.executors.placed import PlacedExecutor

# The engines, which are loaded only where one is configured: `engine(settings)` of these modules.
ENGINES = {"ray": "lastwords.executors.ray", "slurm": "lastwords.executors.slurm"}


class Executors:
    """What is started here is local; what is sent here runs elsewhere, maybe placed by an engine.

    engines: the tables [executors.NAME] of lastwords.toml.
    """

    def __init__(self, engines: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._local = LocalExecutor()
        self._shipped = ShippedExecutor()
        self._settings = dict(engines or {})
        self._placed: dict[str, PlacedExecutor] = {}

    def add(self, executor: PlacedExecutor) -> None:
        """Place what is asked for by the name of its engine there."""
        self._placed[executor.engine.name] = executor

    @property
    def engines(self) -> list[str]:
        """The names of the engines that are configured."""
        return sorted({*self._settings, *self._placed})

    def placed(self, name: str) -> PlacedExecutor:
        """The executor of an engine. Raises: InvalidSetting, which says how to configure it."""
        if name not in self._placed:
            from lastwords.executors.placed import PlacedExecutor

            if name not in self._settings or name not in ENGINES:
                raise InvalidSetting(_not_configured(name, self.engines))
            module = import_module(ENGINES[name])
            engine, spool = module.engine(self._settings[name]), self._settings[name].get("spool")
            self._placed[name] = PlacedExecutor(engine, spool=Path(spool) if spool else None)
        return self._placed[name]

    def _of(self, folder: AttemptFolder) -> LocalExecutor | ShippedExecutor:
        if size_of(folder.handle):
            with suppress(UnreadableFact, InvalidSetting):
                return self.placed(str((read_fact(folder.handle) or {}).get("engine")))
            return self._shipped
        return self._shipped if folder.is_shipped else self._local

    def launch(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        self._local.launch(folder, environment, stdin)

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        self._of(folder).stop(folder, by, reason)

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        return self._of(folder).ending(folder, grace)

    def descriptor(self, folder: AttemptFolder) -> int | None:
        return self._of(folder).descriptor(folder)

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        return self._of(folder).remarks(folder)

    def is_out_of_sight(self, folder: AttemptFolder) -> bool:
        return self._of(folder).is_out_of_sight(folder)

    def has_processes(self, folder: AttemptFolder) -> bool:
        return self._of(folder).has_processes(folder)

    def kill(self, folder: AttemptFolder) -> None:
        self._of(folder).kill(folder)

    def forget(self, folder: AttemptFolder) -> None:
        self._of(folder).forget(folder)


def _not_configured(name: str, known: list[str]) -> str:
    if name in ENGINES:
        where = f"add [executors.{name}] to lastwords.toml"
        return f"the engine {name} is not configured: {where}, see docs/clusters.md"
    others = f"; configured: {', '.join(known)}" if known else ""
    return f"there is no engine {name!r}; known: {', '.join(sorted({*ENGINES, *known}))}{others}"
