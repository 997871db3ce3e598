"""The orders of the list, as segments: stretches that are read one after the other.

Each is sorted by one key and, where that is the same, by a run's number, so that a page begins
behind the last run of the one before, whatever came or went meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lastwords.records import FINAL, InvalidSpec
from lastwords.store.migrations import DURATION, START
from lastwords.store.vocabulary import Vocabulary

ACTIVE_FIRST = "active"
_COLUMNS = {
    "startedAt": START,
    "finishedAt": "finished_at",
    "duration": DURATION,
    "finalLoss": "final_loss",
}


@dataclass(frozen=True)
class Segment:
    """A stretch of the list.

    statuses: of its runs; all, if none. value: the parameter or metric that is its key.
    """

    where: str = ""
    statuses: tuple[str, ...] = ()
    key: str = "number"
    descending: bool = True
    value: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether it holds the few runs that have not ended, which their status leads to."""
        return len(self.statuses) == 1

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"


def segments(sort: str, vocabulary: Vocabulary) -> list[Segment]:
    """The segments of an order: `createdAt`, `-startedAt`, `evalLoss`, or `active`.

    Runs without a key come last, newest first. Raises: InvalidSpec.
    """
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if sort == ACTIVE_FIRST:
        return [
            Segment("status = 'running'", ("running",)),
            Segment("status = 'queued'", ("queued",), descending=False),
            Segment("+status NOT IN ('running', 'queued')", tuple(FINAL)),
        ]
    if name == "createdAt":
        return [Segment(descending=descending)]
    if key := _COLUMNS.get(name):
        given = Segment(f"{key} IS NOT NULL", (), key, descending)
        return [given, Segment(f"{key} IS NULL")]
    if (value := vocabulary.value_name(name)) is None:
        known = ", ".join(["createdAt", *_COLUMNS])
        raise InvalidSpec(
            "sort", f"no run has a parameter or metric {name!r}; beside those: {known}, active"
        )
    missing = f"NOT EXISTS ({_VALUE.format(value)})"
    return [Segment("", (), "held.value", descending, value), Segment(missing)]


_VALUE = "SELECT 1 FROM run_values WHERE number = runs.number AND name = {}"


@dataclass(frozen=True)
class Cursor:
    """Behind which run a page begins: the last one's segment, key and number."""

    segment: int
    key: Any
    number: int


def written(cursor: Cursor, segment: Segment) -> str:
    """As a text of digits where the number says it all, else with segment and key before it."""
    if segment.key == "number":
        return f"{cursor.segment}.{cursor.number}" if cursor.segment else str(cursor.number)
    kind = "t" if isinstance(cursor.key, str) else "n"
    text = cursor.key.encode().hex() if kind == "t" else float(cursor.key).hex()
    return f"{cursor.segment}.{cursor.number}.{kind}{text}"


def read(text: str) -> Cursor:
    """Raises: ValueError, for what no page ended with."""
    parts = text.split(".", 2)
    if len(parts) == 1:
        return Cursor(0, None, int(text))
    segment, number = int(parts[0]), int(parts[1])
    if len(parts) == 2:
        return Cursor(segment, None, number)
    kind, value = parts[2][:1], parts[2][1:]
    return Cursor(
        segment, float.fromhex(value) if kind == "n" else bytes.fromhex(value).decode(), number
    )
