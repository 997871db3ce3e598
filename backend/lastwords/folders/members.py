"""The ranks of one attempt, each with a folder of its own: rank 0 has the attempt's.

    runs/ID/ATTEMPT/            rank 0; until it has come, what the first to come told of the run
    runs/ID/ATTEMPT/ranks/K/    rank K, with the same files

Which rank a folder is of is in its shipment.json. Standard library only.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lastwords.folders.attempt import AttemptFolder, UnreadableFact, size_of
from lastwords.folders.facts import read_shipment


def are_several(folder: AttemptFolder) -> bool:
    """Whether an attempt has more than one rank, come or not."""
    try:
        return folder.ranks.is_dir()
    except PermissionError:  # its run took the rights away
        return False


def group_size(folder: AttemptFolder) -> int:
    """How many ranks an attempt has."""
    return int(_join(folder.attempt).get("size") or 1)


def members(folder: AttemptFolder) -> list[AttemptFolder]:
    """The ranks of an attempt that have come, by their number."""
    attempt = folder.attempt
    if not are_several(attempt):
        return [attempt]
    first = [] if _join(attempt).get("rank") else [attempt]
    numbers = sorted(int(entry.name) for entry in attempt.ranks.iterdir() if _is_number(entry.name))
    others = [AttemptFolder(attempt.ranks / str(number)) for number in numbers]
    return first + [other for other in others if size_of(other.shipment)]


def missing(folder: AttemptFolder) -> list[int]:
    """The ranks of an attempt that have not come."""
    came = {member.member for member in members(folder)}
    return [rank for rank in range(group_size(folder)) if rank not in came]


def words_on_missing(folder: AttemptFolder) -> str | None:
    """Which ranks have not come; None where all have."""
    ranks, size = missing(folder), group_size(folder)
    if not ranks:
        return None
    named = ", ".join(map(str, ranks[:10])) + (" …" if len(ranks) > 10 else "")
    return f"Rank{'s' if len(ranks) > 1 else ''} {named} of {size} never joined."


def host_of(folder: AttemptFolder) -> str:
    """The name of the machine that a rank runs on."""
    with suppress(UnreadableFact):
        return str(((read_shipment(folder) or {}).get("host") or {}).get("name") or "")
    return ""


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and name == str(int(name)) and name != "0"


def _join(folder: AttemptFolder) -> dict[str, Any]:
    with suppress(UnreadableFact):
        return (read_shipment(folder) or {}).get("join") or {}
    return {}
