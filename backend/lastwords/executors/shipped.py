"""Attempts that run on another machine, which sends their files: see the wing `receiving`.

How one ended is told by its sealed result alone. Silence is no verdict: who is not heard is said to
be out of contact, since when, for as long as somebody was here to hear it.

    listening      in the home; since when a server listens (its text), and until when (its time)
    contact        in the attempt's folder; when it was last heard (its time), and how many bytes of
                   its log were still to come then (its text)
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    read_result,
    read_shipment,
    write_once,
)
from lastwords.records import now, timestamp, timestamp_from_unix

SILENT_SECONDS = 60.0  # without a word, while somebody listens, until it is out of contact
GAP_SECONDS = 15.0  # without a server, after which one that listens begins anew
AHEAD_SECONDS = 60.0  # that a clock may differ before it is said
_LISTENING = "listening"


class ShippedExecutor:
    """Observes what is sent, and leaves word for whoever sends it."""

    def launch(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        raise AssertionError("what runs elsewhere is started there")

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        """Leave word: whoever sends the files is told with the next answer."""
        note = {"by": by, "at": timestamp(now()), "reason": reason}
        with suppress(OSError):
            write_once(folder.asked_to_stop, note)

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        return read_result(folder)

    def descriptor(self, folder: AttemptFolder) -> int | None:
        return None

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        found = []
        if silent := _silence(folder):
            found.append(silent)
        if (ahead := _ahead(folder)) is not None:
            words = f"Its clock is {abs(ahead):,.0f} s {'ahead' if ahead > 0 else 'behind'}."
            found.append({"time": timestamp(now()), "notice": "clock_differs", "detail": words})
        return found

    def is_out_of_sight(self, folder: AttemptFolder) -> bool:
        return True

    def has_processes(self, folder: AttemptFolder) -> bool:
        return False

    def kill(self, folder: AttemptFolder) -> None:
        """Nothing of it is here."""

    def forget(self, folder: AttemptFolder) -> None:
        """Nothing is held."""


def _silence(folder: AttemptFolder) -> dict[str, Any] | None:
    since = out_of_contact_since(folder)
    if since is None:
        return None
    words = "Nothing was heard from where it runs; it may well go on."
    if folder.asked_to_stop.exists():
        words += " It will be asked to stop when it is heard again."
    return {"time": timestamp_from_unix(since), "notice": "out_of_contact", "detail": words}


def out_of_contact_since(folder: AttemptFolder, longer: float = SILENT_SECONDS) -> float | None:
    """When an attempt was last heard, if that is longer ago than `longer`; None if it is not.

    Only the time counts in which a server listened: its absence is not theirs.
    """
    heard = last_contact(folder)
    listened = _listened(folder.path.parents[2])
    if heard is None or listened is None:
        return None
    since, until = listened
    return heard if until - max(heard, since) > longer else None


def last_contact(folder: AttemptFolder) -> float | None:
    """When it was last heard, by this machine's clock."""
    with suppress(OSError):
        return folder.contact.stat().st_mtime
    return None


def hear(folder: AttemptFolder, behind: int = 0) -> None:
    """Note that it was heard just now, and how much of its log is still to come."""
    if not folder.contact.exists():
        folder.contact.touch(0o600)
    if bytes_behind(folder) != behind:
        with suppress(OSError):  # a full disk
            folder.contact.write_text(f"{behind}\n", encoding="ascii")
    os.utime(folder.contact)


def bytes_behind(folder: AttemptFolder) -> int:
    """How much of its log is still to come, as it said last."""
    with suppress(OSError, ValueError):
        return int(folder.contact.read_text(encoding="ascii"))
    return 0


def listen(home: Path) -> None:
    """Note that a server of this home listens just now; one that was away begins anew."""
    path = home / _LISTENING
    with suppress(OSError):
        moment = time.time()
        listened = _listened(home)
        if listened is None or not -1 <= moment - listened[1] <= GAP_SECONDS:
            draft = path.with_suffix(".draft")
            draft.write_text(f"{moment}\n", encoding="ascii")
            draft.replace(path)
        else:
            os.utime(path)


def _listened(home: Path) -> tuple[float, float] | None:
    """Since when and until when a server listened."""
    path = home / _LISTENING
    try:
        return float(path.read_text(encoding="ascii")), path.stat().st_mtime
    except (OSError, ValueError):
        return None


def _ahead(folder: AttemptFolder) -> float | None:
    """How far the clock there is ahead of ours, where that is much."""
    with suppress(UnreadableFact):
        ahead = (read_shipment(folder) or {}).get("clockAhead")
        if isinstance(ahead, int | float) and abs(ahead) > AHEAD_SECONDS:
            return ahead
    return None
