"""When an old run began and ended: by the times in its log, else by its file's."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lastwords.records import timestamp

LOOKED_AT = 64 << 10  # bytes at each end of a log
_MOMENT = re.compile(
    rb"\b(20\d\d-[01]\d-[0-3]\d)[ T_]([0-2]\d:[0-5]\d:[0-5]\d)(?:[.,]\d{1,9})?"
    rb"(Z|[+-][0-2]\d:?[0-5]\d)?"
)


def period_of(head: bytes, tail: bytes, changed: float) -> tuple[str, str]:
    """Begin and end. changed: when the file was last written; nothing ended later than that."""
    last = datetime.fromtimestamp(changed, UTC)
    told = [moment for part in (head, tail) for moment in _moments(part) if moment <= last]
    ended = max(told, default=last)
    return timestamp(min(told, default=ended)), timestamp(ended)


def _moments(data: bytes) -> list[datetime]:
    """The times that a text tells; one without a zone is this machine's."""
    found = []
    for day, hour, zone in _MOMENT.findall(data):
        try:
            moment = datetime.fromisoformat((day + b"T" + hour + zone).decode())
            found.append(moment.astimezone(UTC))
        except (ValueError, OverflowError, OSError):  # 30 February
            continue
    return found
