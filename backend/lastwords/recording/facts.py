"""The facts a recorder writes: who the child is, and how it ended. Standard library only."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import Any

from lastwords.basics import timestamp_from_unix
from lastwords.folders.attempt import AttemptFolder, write_once
from lastwords.recording import hosts, processes
from lastwords.recording.kept_file import KeptFile, identity_of
from lastwords.recording.startup import Started

RESULT_SECONDS = 5.0  # how long a disk that takes no result is tried again
AGAIN_SECONDS = 0.1


def note_child(folder: AttemptFolder, started: Started) -> dict[str, Any]:
    """Say in child.json who the child is and who its recorder; returns that. Raises: OSError."""
    child, own = processes.identify(started.child or 0), processes.identify(os.getpid())
    assert child is not None and own is not None, "our own unreaped child has a /proc entry"
    moment = timestamp_from_unix(started.moment)
    fact = child.to_json() | {"recorder": own.to_json(), "startedAt": moment}
    fact["controlGroup"] = started.group
    fact["host"] = hosts.this_host()
    fact["log"] = list(identity_of(os.fstat(started.log)))
    write_once(folder.child, fact)
    return fact


def tell_launcher(pipe: int | None, fact: dict[str, Any]) -> None:
    """Say how it ended to a launcher that listens for it: that takes no disk."""
    if pipe is None:
        return
    with suppress(OSError):  # nobody listens any more
        os.set_blocking(pipe, False)
        os.write(pipe, json.dumps(fact | {"killed": []}).encode() + b"\n")
        os.close(pipe)


def write_result(folder: AttemptFolder, log: KeptFile, fact: dict[str, Any]) -> None:
    """Write the result, durably and after the log; tried again where the disk refuses.

    What cannot be written in the end is left to whoever looks next: the kernel still knows.
    """
    deadline = time.monotonic() + RESULT_SECONDS
    while True:
        try:
            os.fsync(log.named)
            write_once(folder.result, fact | {"logBytes": log.size, "logEnds": log.ends()})
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"{folder.result} cannot be written: {error}") from error
            time.sleep(AGAIN_SECONDS)
