"""The retry policy: which failures of trainings are retried without anybody asking, and how soon.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lastwords.records import CAUSES

BACK_OFF = "back_off_seconds"
MOST_TIMES = 100
# A retry mends none of these, whatever is changed: somebody has to.
_NEVER = ("code.", "data.", "deps.")
RETRIED = tuple(cause for cause in CAUSES if not cause.startswith(_NEVER))


@dataclass(frozen=True)
class RetryPolicy:
    """Off unless a cause is named. The wait before a retry doubles with each one for its cause."""

    causes: tuple[tuple[str, int], ...] = ()
    back_off_seconds: float = 60.0

    def times(self, cause: str | None) -> int:
        """How often in a row a failure of this cause is retried."""
        return dict(self.causes).get(cause or "", 0)

    def __str__(self) -> str:
        if not self.causes:
            return "off"
        told = [f"{cause}={times}" for cause, times in self.causes]
        return ", ".join([*told, f"{BACK_OFF}={self.back_off_seconds:g}"])


def read_policy(value: str | Mapping[str, Any]) -> RetryPolicy:
    """The policy in a table of lastwords.toml, or as `network.unreachable=3, back_off_seconds=60`.

    Raises: ValueError, which names what is wrong and what would be right.
    """
    if not isinstance(value, str | Mapping):
        raise ValueError('must be a table ([retry]) of causes, such as "network.unreachable" = 3')
    pairs = dict(_pairs(value) if isinstance(value, str) else _flat(value))
    seconds = _seconds(pairs.pop(BACK_OFF, RetryPolicy.back_off_seconds))
    return RetryPolicy(tuple((_cause(name), _times(name, pairs[name])) for name in pairs), seconds)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        if part == "off":
            continue
        name, sign, value = part.partition("=")
        if not sign:
            raise ValueError(f"{part!r} says no number; write {part}=3")
        yield name.strip(), value.strip()


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """TOML reads `network.unreachable = 3` without quotation marks as a table in a table."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _cause(name: str) -> str:
    if name in RETRIED:
        return name
    if name in CAUSES:
        raise ValueError(f"{name!r} is never retried: a retry mends no code, data or packages")
    import difflib  # which only a mistake needs

    near = difflib.get_close_matches(name, RETRIED, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"{name!r} is no cause; {meant}the causes are {', '.join(RETRIED)}")


def _times(name: str, value: Any) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_TIMES:
        raise ValueError(f"{name} = {value!r}: give how often, a number from 1 to {MOST_TIMES}")
    return number


def _seconds(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number <= 86_400:
        raise ValueError(f"{BACK_OFF} = {value!r}: give a number of seconds, 0 to 86,400")
    return number
