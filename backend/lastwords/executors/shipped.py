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

from lastwords.folders.members import (
    are_several,
    host_of,
    members,
    missing,
    words_on_missing,
)
from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    read_fact,
    read_result,
    read_shipment,
    write_once,
)
from lastwords.folders.unchanged import Unchanged
from lastwords.records import now, parse_timestamp, timestamp, timestamp_from_unix

SILENT_SECONDS = 60.0  # without a word, while somebody listens, until it is out of contact
GAP_SECONDS = 15.0  # without a server, after which one that listens begins anew
AHEAD_SECONDS = 60.0  # that a clock may differ before it is said
_LISTENING = "listening"


class ShippedExecutor:
    """Observes what is sent, and leaves word for whoever sends it."""

    def __init__(self) -> None:
        self._shipments = Unchanged[dict[str, Any] | None]()

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
        return read_fact(folder.called_lost) or (
            ending_of_ranks(folder) if are_several(folder) else read_result(folder)
        )

    def descriptor(self, folder: AttemptFolder) -> int | None:
        return None

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        found = (_silence(folder), _absence(folder), self._clock_differs(folder))
        return [told for told in found if told]

    def _clock_differs(self, folder: AttemptFolder) -> dict[str, Any] | None:
        """How far the clock there is ahead of ours, where that is much."""
        ahead = None
        with suppress(UnreadableFact):
            shipment = self._shipments.get(folder.shipment, lambda: read_shipment(folder))
            ahead = (shipment or {}).get("clockAhead")
        if not isinstance(ahead, int | float) or abs(ahead) <= AHEAD_SECONDS:
            return None
        words = f"Its clock is {abs(ahead):,.0f} s {'ahead' if ahead > 0 else 'behind'}."
        return {"time": timestamp(now()), "notice": "clock_differs", "detail": words}

    def is_out_of_sight(self, folder: AttemptFolder) -> bool:
        return True

    def has_processes(self, folder: AttemptFolder) -> bool:
        return False

    def kill(self, folder: AttemptFolder) -> None:
        """Nothing of it is here."""

    def forget(self, folder: AttemptFolder) -> None:
        """Nothing is held."""


def ending_of_ranks(folder: AttemptFolder, nobody_comes: bool = False) -> dict[str, Any] | None:
    """When the ranks of an attempt had all ended; None while one goes on.

    Of those that have not come a run that ended well needs the end as well. One that did not waits
    for a while, for who may have failed first. nobody_comes: whether those will never come.
    """
    results = [read_result(member) for member in members(folder)]
    told = [result for result in results if result is not None]
    if len(told) < len(results) or not told:
        return None
    waits = missing(folder) and not nobody_comes
    if waits and (all(map(_ended_well, told)) or _is_awaited(folder)):
        return None
    started = [str(result["startedAt"]) for result in told if result.get("startedAt")]
    return {
        "startedAt": min(started, default=None),
        "finishedAt": max(str(result["finishedAt"]) for result in told),
        "seconds": max((result.get("seconds") or 0 for result in told), default=None),
        "logBytes": folder.log_size,
    }


def _ended_well(result: Mapping[str, Any]) -> bool:
    is_proved = not (result.get("proved") or {}).get("reason")
    return result.get("exitCode") == 0 and is_proved and not result.get("stop")


def _is_awaited(folder: AttemptFolder) -> bool:
    """Whether a rank was heard a while ago at most, so that others may still come."""
    return any(silent_since(member) is None for member in members(folder))


def _absence(folder: AttemptFolder) -> dict[str, Any] | None:
    """Which ranks have not come, where others wait for them for a while already."""
    if not are_several(folder) or not (words := words_on_missing(folder)):
        return None
    opened = str((read_shipment(folder) or {}).get("openedAt") or "")
    if not opened:
        return None
    waited = time.time() - parse_timestamp(opened).timestamp()
    ended = any(member.result.exists() for member in members(folder))
    if waited < SILENT_SECONDS and not ended:
        return None
    return {"time": timestamp(now()), "notice": "member_missing", "detail": words}


def _silence(folder: AttemptFolder) -> dict[str, Any] | None:
    since = out_of_contact_since(folder)
    if since is None:
        return None
    words = f"Nothing was heard from where {_silent_ranks(folder)} runs; it may well go on."
    if folder.asked_to_stop.exists():
        words += " It will be asked to stop when it is heard again."
    return {"time": timestamp_from_unix(since), "notice": "out_of_contact", "detail": words}


def _silent_ranks(folder: AttemptFolder) -> str:
    """Who is silent, in words."""
    if not are_several(folder):
        return "it"
    silent = [each for each in _going_on(folder) if silent_since(each)]
    return f"rank {silent[0].member} ({host_of(silent[0])})" if silent else "a rank"


def _going_on(folder: AttemptFolder) -> list[AttemptFolder]:
    """The ranks that have come and not ended, the attempt itself if it is one."""
    if not are_several(folder):
        return [folder]
    return [member for member in members(folder) if not member.result.exists()]


def out_of_contact_since(folder: AttemptFolder, longer: float = SILENT_SECONDS) -> float | None:
    """When an attempt was last heard, if that is longer ago than `longer`; None if it is not.

    Only the time counts in which a server listened: its absence is not theirs. Of several ranks
    that go on, the one that is silent longest counts.
    """
    silent = (silent_since(each, longer) for each in _going_on(folder))
    return min((since for since in silent if since is not None), default=None)


def silent_since(folder: AttemptFolder, longer: float = SILENT_SECONDS) -> float | None:
    """The same of one rank alone."""
    heard, until = last_contact(folder), _listened_until(folder.home)
    if heard is None or until is None or until - heard <= longer:
        return None
    listened = _listened(folder.home)
    return heard if listened and listened[1] - max(heard, listened[0]) > longer else None


def last_contact_of_any(folder: AttemptFolder) -> float | None:
    """When one of the ranks of an attempt was last heard."""
    return max(filter(None, map(last_contact, members(folder))), default=None)


def last_contact(folder: AttemptFolder) -> float | None:
    """When it was last heard, by this machine's clock."""
    with suppress(OSError):
        return folder.contact.stat().st_mtime
    return None


def hear(folder: AttemptFolder, behind: int = 0) -> None:
    """Note that it was heard just now, and how much of its log is still to come."""
    try:
        os.utime(folder.contact)
    except FileNotFoundError:
        folder.contact.touch(0o600)
    if bytes_behind(folder) != behind:
        with suppress(OSError):  # a full disk
            folder.contact.write_text(f"{behind}\n", encoding="ascii")


def bytes_behind(folder: AttemptFolder) -> int:
    """How much of its log is still to come, as it said last."""
    with suppress(OSError, ValueError):
        descriptor = os.open(folder.contact, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return int(os.read(descriptor, 32))
        finally:
            os.close(descriptor)
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


def _listened_until(home: Path) -> float | None:
    with suppress(OSError):
        return (home / _LISTENING).stat().st_mtime
    return None


def _listened(home: Path) -> tuple[float, float] | None:
    """Since when and until when a server listened."""
    path = home / _LISTENING
    try:
        return float(path.read_text(encoding="ascii")), path.stat().st_mtime
    except (OSError, ValueError):
        return None
