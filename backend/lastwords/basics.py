"""What even the recorder needs of the nouns: errors, kinds of runs, moments, the form of a run id.

A recorder starts with every run and lives as long as it: what is imported here is paid for in the
time to a child's first byte, and in memory for days. `records` passes all of it on.
Standard library only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

RUN_ID = re.compile(r"run_[0-9]{8}_[0-9]{6}(_[0-9]+)?")

# A run whose spec the server trains itself, or somebody's own command that is only recorded.
TRAINING = "training"
COMMAND = "command"
_FIRST_SECOND, _LAST_SECOND = 0.0, 253_402_300_799.0  # to the end of the year 9999


class LastwordsError(Exception):
    """An error the user can understand and fix; its text names the value and the fix."""


class StoreUnavailable(LastwordsError):
    """The database cannot be used; the run folders still hold everything."""


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, which sorts as text."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def timestamp_from_unix(seconds: float) -> str:
    """RFC 3339 for a unix time; what lies beyond all years, as a child can set it, is the last."""
    known = seconds if _FIRST_SECOND <= seconds <= _LAST_SECOND else _LAST_SECOND
    return timestamp(datetime.fromtimestamp(known, UTC))


def parse_timestamp(text: str) -> datetime:
    """The moment an RFC 3339 text names.

    Raises: ValueError, if it is not one.
    """
    return datetime.fromisoformat(text)


def is_timestamp(value: object) -> bool:
    """Whether a value is a text that `parse_timestamp` reads, with its time zone."""
    try:
        return isinstance(value, str) and parse_timestamp(value).tzinfo is not None
    except ValueError:
        return False


def is_run_id(text: str) -> bool:
    """Whether the text has a run id's form, so that it can be a folder's name."""
    return RUN_ID.fullmatch(text) is not None
