"""Moments as people write them: `today`, `2026-11-27`, `7d`, `12h`; days are a time zone's."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from lastwords.records import as_text, now

_AGO = re.compile(r"(\d{1,5})(min|m|h|d|w)")
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\dt")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_IN_DAYS = {"d": 1, "w": 7}
_DAYS = {"today": 0, "yesterday": 1}
_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(s|min|m|h|d|w)?")


class NoMoment(ValueError):
    """A text names no moment."""


def zone_of(name: str) -> tzinfo:
    """A zone by its IANA name, or `+02:00`. Raises: ValueError."""
    if match := _OFFSET.fullmatch(name):
        sign = -1 if match[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(match[2]), minutes=int(match[3])))
    if not name:
        return UTC
    from zoneinfo import ZoneInfo  # which reads files that most starts have no need of

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{as_text(name)!r} is not a time zone such as Europe/Berlin") from None


def local_offset() -> str:
    """This machine's time zone now, as `+02:00`."""
    text = now().astimezone().strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def moment(text: str, zone: tzinfo, *, after: bool = False) -> datetime:
    """The beginning of what a text names, or with `after` its end: of a day the next midnight.

    Raises: NoMoment.
    """
    text = text.lower()
    ago = _AGO.fullmatch(text)
    try:
        if ago and ago[2] not in _IN_DAYS:
            return now() - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
        if _WITH_TIME.match(text):
            written = datetime.fromisoformat(text)
            return written if written.tzinfo else written.replace(tzinfo=zone)
        day = _day(text, now().astimezone(zone).date())
        return datetime.combine(day + timedelta(after), time.min, zone)
    except (ValueError, OverflowError):
        raise NoMoment(text) from None


def _day(text: str, today: date) -> date:
    """Raises: ValueError, OverflowError."""
    if ago := _AGO.fullmatch(text):
        return today - timedelta(int(ago[1]) * _IN_DAYS[ago[2]])
    if text in _DAYS:
        return today - timedelta(_DAYS[text])
    return date.fromisoformat(text)


def seconds(text: str) -> float | None:
    """How long `90`, `30m` or `1.5h` is; None where it is no time."""
    match = _SPAN.fullmatch(text)
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None
