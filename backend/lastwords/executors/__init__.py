"""Where attempts run: the protocol of executors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Protocol

from lastwords.executors.everywhere import Executors as Executors
from lastwords.folders.runfolder import AttemptFolder


class Executor(Protocol):
    """Starts attempts somewhere and reports how they ended; knows nothing about runs."""

    def launch(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        """Start the attempt described by spec.json. Raises: LaunchFailed."""

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        """Ask the attempt to end; it gets its grace, then its whole tree is killed."""

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        """How the attempt ended (the content of result.json), or None while it is alive."""

    def descriptor(self, folder: AttemptFolder) -> int | None:
        """A file descriptor that becomes readable when `ending` is worth asking again."""

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        """Notices about a running attempt that its recorder cannot write: its own errors."""

    def is_out_of_sight(self, folder: AttemptFolder) -> bool:
        """Whether the attempt was started on a machine whose processes cannot be seen from here."""

    def has_processes(self, folder: AttemptFolder) -> bool:
        """Whether a process of the attempt is seen to live, whatever became of its folder."""

    def kill(self, folder: AttemptFolder) -> None:
        """Kill every process of an attempt at once, and see it gone."""

    def forget(self, folder: AttemptFolder) -> None:
        """Release what is held for a settled attempt."""
