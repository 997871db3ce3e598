"""The facts of an attempt that are sent beside its streams. Standard library only."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from lastwords.folders.home_key import home_key
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact, read_fact
from lastwords.shipping.wire import FACTS

_MOST_BYTES = 60 << 10


def facts_to_send(folder: AttemptFolder, known: Collection[str]) -> dict[str, Any]:
    """What is there, whole and not too large, and not known yet.

    The key of the home goes with the fingerprints of secrets: the server finds them in a report by
    it, and learns their values no more than from the log.
    """
    found: dict[str, Any] = {}
    for name in (name for name in FACTS if name not in known):
        path = folder.path / f"{name}.json"
        with suppress(UnreadableFact, OSError):
            if path.stat().st_size <= _MOST_BYTES and (fact := read_fact(path)):
                found[name] = fact
    environment = found.get("environment")
    if environment is not None and len(environment) <= 1 and not folder.result.exists():
        del found["environment"]  # the rest of it is still being taken
    elif environment and environment.get("secrets"):
        with suppress(UnreadableFact, OSError):
            key = home_key(folder.home).hex()
            found["environment"] = environment | {"secretsKey": key}
    return found
