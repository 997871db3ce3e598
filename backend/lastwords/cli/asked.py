"""What spec.json says of a run that was asked for at the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lastwords.records import COMMAND, LastwordsError, as_text

_LONGEST_KEY = 200


def labels(project: str | None, tags: Sequence[str]) -> dict[str, Any]:
    """What spec.json says of a run's project and tags, where given. Raises: InvalidSpec."""
    from lastwords.folders.labels import take_labels

    found = take_labels({"project": project, "tags": [as_text(tag) for tag in tags]})
    return {name: value for name, value in found.items() if value}


def joined(key: str | None, rank: int | None, size: int | None) -> dict[str, Any]:
    """What spec.json says of a rank of a run. Raises: LastwordsError, where a part is missing."""
    if key is None and rank is None and size is None:
        return {}
    if key is None or rank is None or size is None:
        raise LastwordsError("give --join KEY, --rank R and --size N together, or none of them")
    if not 0 <= rank < size or not 0 < len(key) <= _LONGEST_KEY:
        raise LastwordsError("--rank is from 0 to --size less 1, and a key has 1 to 200 characters")
    return {"join": {"key": as_text(key), "rank": rank, "size": size}}


def command_facts(name: str | None, expect: Sequence[str], **flags: bool) -> dict[str, Any]:
    """What spec.json says of somebody's own command, with the flags that are set."""
    shown = None if name is None else as_text(name)
    more = {flag: True for flag, is_set in flags.items() if is_set}
    return {"kind": COMMAND, "name": shown, "expect": list(expect), "spec": {}, **more}
