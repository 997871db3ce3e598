"""The facts a recorder writes: who the child is, and how it ended. Standard library only."""

from __future__ import annotations

import os
import time
from typing import Any

from lastwords.basics import timestamp_from_unix
from lastwords.folders.attempt import AttemptFolder, write_once
from lastwords.recording import processes
from lastwords.recording.startup import Started

RESULT_SECONDS = 5.0  # how long a disk that takes no result is tried again
AGAIN_SECONDS = 0.1


def note_child(folder: AttemptFolder, started: Started) -> None:
    """Say in child.json who the child is and who its recorder. Raises: OSError."""
    child, own = processes.identify(started.child or 0), processes.identify(os.getpid())
    assert child is not None and own is not None, "our own unreaped child has a /proc entry"
    moment = timestamp_from_unix(started.moment)
    fact = child.to_json() | {"recorder": own.to_json(), "startedAt": moment}
    write_once(folder.child, fact | {"controlGroup": started.group})


def write_result(folder: AttemptFolder, log: int, fact: dict[str, Any]) -> None:
    """Write the result, durably and after the log; tried again where the disk refuses.

    What cannot be written in the end is left to whoever looks next: the kernel still knows.
    """
    deadline = time.monotonic() + RESULT_SECONDS
    while True:
        try:
            os.fsync(log)
            write_once(folder.result, fact | {"logBytes": os.fstat(log).st_size})
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"{folder.result} cannot be written: {error}") from error
            time.sleep(AGAIN_SECONDS)
