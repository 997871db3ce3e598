"""What even the recorder needs of the nouns: errors, kinds of runs, moments, the form of a run id.

A recorder starts with every run and lives as long as it: what is imported here is paid for in the
time to a child's first byte, and in memory for days. `records` passes all of it on.
Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

RUN_ID = re.compile(r"run_[0-9]{8}_[0-9]{6}(_[0-9]+)?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # a lone surrogate, which UTF-8 cannot hold
_LARGEST = 2**63  # what a column of the database holds, and more than JSON readers agree on

# A run whose spec the server trains itself, or somebody's own command that is only recorded.
TRAINING = "training"
COMMAND = "command"
IMPORTED = "imported"  # a log that was written before Lastwords knew of it
UNLISTED = ".unlisted"  # in a home that has never had a database
_FIRST_SECOND, _LAST_SECOND = 0.0, 253_402_300_799.0  # to the end of the year 9999


class LastwordsError(Exception):
    """An error the user can understand and fix; its text names the value and the fix.

    extras: what else its problem details say.
    """

    extras: Mapping[str, Any] = {}


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
    """Whether a value is a text in RFC 3339's form, with its time zone, that names a moment."""
    try:
        return (
            isinstance(value, str)
            and _MOMENT.fullmatch(value) is not None
            and parse_timestamp(value).tzinfo is not None
        )
    except ValueError:
        return False


def as_text(text: str) -> str:
    """The text as UTF-8 can hold it: `\\xNN` for a byte of a name that is no UTF-8.

    Python keeps such a byte of an argument or a path as half a surrogate pair, which neither the
    database nor JSON takes; any other half becomes U+FFFD.
    """
    if text.isascii():
        return text
    with suppress(UnicodeError):  # Python read UTF-8 byte by byte, in the locale C
        return text.encode("utf-8", "surrogateescape").decode()
    return _HALF_CHARACTER.sub(_escaped, text)


def _escaped(half: re.Match[str]) -> str:
    code = ord(half[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\N{REPLACEMENT CHARACTER}"


def tame(value: Any, words: Callable[[str], str] = as_text) -> Any:
    """What JSON said, without what the database and other readers of JSON cannot hold.

    NaN, infinity and numbers of more than 63 bits become None; texts what `words` makes of them.

    Raises: RecursionError, where it is nested too deeply.
    """
    if isinstance(value, str):
        return words(value)
    if isinstance(value, int | float):
        return value if -_LARGEST < value < _LARGEST else None  # which NaN is not
    if isinstance(value, list):
        return [tame(item, words) for item in value]
    if isinstance(value, dict):
        return {words(key): tame(item, words) for key, item in value.items()}
    return value


def is_run_id(text: str) -> bool:
    """Whether the text has a run id's form, so that it can be a folder's name."""
    return RUN_ID.fullmatch(text) is not None
