"""Where an attempt is placed: the protocol each executor follows, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Protocol

from lastwords.executors.local import LocalExecutor
from lastwords.folders.runfolder import AttemptFolder


class Executor(Protocol):
    """Places attempts somewhere and tells how they ended; knows nothing of runs."""

    def launch(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        """Start what spec.json asks for. Raises: LaunchFailed."""

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        """Ask the attempt to end; it gets its grace, then its whole tree is killed."""

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        """How the attempt ended (the content of result.json), or None while it lives."""

    def descriptor(self, folder: AttemptFolder) -> int | None:
        """A file descriptor that becomes readable when `ending` is worth asking again."""

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        """Notices on a living attempt that its recorder cannot write: what is wrong with itself."""

    def has_processes(self, folder: AttemptFolder) -> bool:
        """Whether a process of the attempt is seen to live, whatever became of its folder."""

    def kill(self, folder: AttemptFolder) -> None:
        """Kill every process of an attempt at once, and see it gone."""

    def forget(self, folder: AttemptFolder) -> None:
        """Let go of what is held for a settled attempt."""


EXECUTORS: Mapping[str, type[Executor]] = {"local": LocalExecutor}
