"""All executors as one: each attempt is seen to by the one that its folder says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from lastwords.executors.local import LocalExecutor
from lastwords.executors.shipped import ShippedExecutor
from lastwords.folders.runfolder import AttemptFolder


class Executors:
    """What is started here is local; what is sent here runs elsewhere."""

    def __init__(self) -> None:
        self._local = LocalExecutor()
        self._shipped = ShippedExecutor()

    def _of(self, folder: AttemptFolder) -> LocalExecutor | ShippedExecutor:
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
