"""The list of runs: its pages and its counts.

How a page is read depends on how many runs match, which its counts tell first: few are found by
what they are narrowed to and then sorted; of many the list is followed in its order until the page
is full. Counts are kept until a run changes.
"""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from lastwords.records import InvalidSpec, Run, Status
from lastwords.store import search_index, sorting
from lastwords.store.conditions import Condition, Written
from lastwords.store.database import StoreFile
from lastwords.store.filters import Filters
from lastwords.store.sorting import Cursor, Segment
from lastwords.store.vocabulary import Vocabulary

PAGE_LIMIT = 200
FEW = 1_000  # runs that are faster sorted than met on the way through the list
_COUNTS_KEPT = 200

# By name, so that columns which a newer version added are passed over.
COLUMNS = ", ".join(f"runs.{field.name}" for field in fields(Run))


@dataclass(frozen=True)
class Page:
    """One page of the list; `next_cursor` is None on the last."""

    runs: list[Run]
    next_cursor: str | None


@dataclass(frozen=True)
class Extent:
    """How many runs match, and between which numbers."""

    count: int = 0
    least: int = 0
    most: int = sys.maxsize


@dataclass(frozen=True)
class Matching:
    """What matches of each status."""

    by_status: Mapping[str, Extent]

    def of(self, statuses: Iterable[str]) -> Extent:
        """All that matches of these together."""
        found = [self.by_status[status] for status in statuses if status in self.by_status]
        if not found:
            return Extent()
        least, most = min(each.least for each in found), max(each.most for each in found)
        return Extent(sum(each.count for each in found), least, most)


class RunList(StoreFile):
    """The runs of one home, as the list shows them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._counted: OrderedDict[Any, Matching] = OrderedDict()
        self._counting = Lock()

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.db)

    def page(self, filters: Filters, limit: int, cursor: str | int | None = None) -> Page:
        """One page of runs, behind the run that the cursor names.

        Raises: InvalidQuery; InvalidSpec, for an order or a cursor that there is not.
        """
        limit = min(limit, PAGE_LIMIT)
        with self.guard():
            stretches = sorting.segments(filters.sort, self.vocabulary)
            after = _cursor(cursor, len(stretches))
            found = list(islice(self._following(filters, stretches, after, limit + 1), limit + 1))
        if len(found) <= limit:
            return Page([run for _, run in found], None)
        end, last = found[limit - 1]
        return Page([run for _, run in found[:limit]], sorting.written(end, stretches[end.segment]))

    def _following(
        self, filters: Filters, stretches: Sequence[Segment], after: Cursor | None, limit: int
    ) -> Iterator[tuple[Cursor, Run]]:
        """The runs behind a cursor, in order; at least `limit` where there are so many."""
        conditions = filters.conditions(self.vocabulary)
        matching = self._matching(replace(filters, statuses=()))
        for place in range(after.segment if after else 0, len(stretches)):
            segment = stretches[place]
            extent = matching.of(set(filters.statuses or Status) & set(segment.statuses or Status))
            if not extent.count:
                continue
            behind = after if after and after.segment == place else None
            reading = Reading(segment, conditions, extent, behind)
            for key, run in self._keyed(*reading.written(limit)):
                yield Cursor(place, key, run.number), run

    def counts(self, filters: Filters | None = None) -> dict[str, int]:
        """How many runs have each status; of `filters`, all but the statuses narrows them."""
        with self.guard():
            found = self._matching(replace(filters or Filters(), statuses=()))
        return {status.value: found.of({status}).count for status in Status}

    def _matching(self, filters: Filters) -> Matching:
        """What matches, remembered by what is asked and by the state of the runs."""
        conditions = filters.conditions(self.vocabulary)
        if not conditions:
            rows = self.db.execute("SELECT status, runs FROM status_counts").fetchall()
            return Matching({status: Extent(count) for status, count in rows})
        where, values = _where([each.leading for each in conditions])
        key = (self._identity(), search_index.revision(self.db), where, tuple(values))
        if any(each.is_live for each in conditions):
            return self._count(conditions, where, values)
        with self._counting:
            known = self._counted.get(key)
        if known is None:
            known = self._count(conditions, where, values)
            with self._counting:
                self._counted[key] = known
                while len(self._counted) > _COUNTS_KEPT:
                    self._counted.popitem(last=False)
        return known

    def _count(
        self, conditions: Sequence[Condition], where: str, values: Sequence[Any]
    ) -> Matching:
        hint = "+" if any(each.column for each in conditions) else ""  # its index leads, not this
        rows = self.db.execute(
            f"SELECT status, count(*), min(number), max(number) FROM runs WHERE {where}"
            f" GROUP BY {hint}status",
            values,
        )
        return Matching({status: Extent(*extent) for status, *extent in rows.fetchall()})

    def _runs(self, rest: str, values: Sequence[Any]) -> list[Run]:
        with self.guard():
            rows = self.db.query(f"SELECT {COLUMNS} FROM runs {rest}", values)
            return [to_run(row) for row in rows]

    def _keyed(self, statement: str, values: Sequence[Any]) -> Iterator[tuple[Any, Run]]:
        for row in self.db.query(statement, values):
            yield row.pop("sorted_by"), to_run(row)


@dataclass(frozen=True)
class Reading:
    """How the rest of a segment is read. `extent`: what there is in it."""

    segment: Segment
    conditions: Sequence[Condition]
    extent: Extent
    after: Cursor | None = None

    def written(self, limit: int) -> Written:
        """The statement and its values; of what is sorted, whole rows are fetched once it is."""
        where, values = _where([*self._matching(), *self._within(), *self._behind()])
        key, number = self._key, self._number
        hint = "+" if self._is_few else ""  # which keeps the order from leading
        order = f"{hint}{key} {self.segment.direction}"
        if key != number:
            order += f", {hint}{number} {self.segment.direction}"
        rest = f"FROM {self._tables} WHERE {where or 'true'} ORDER BY {order} LIMIT ?"
        if not self._is_few:
            return f"SELECT {COLUMNS}, {key} AS sorted_by {rest}", [*values, limit]
        chosen = f"SELECT {number} AS chosen, {key} AS sorted_by {rest}"
        again = f"sorted_by {self.segment.direction}, chosen {self.segment.direction}"
        joined = f"({chosen}) CROSS JOIN runs ON runs.number = chosen"
        return f"SELECT {COLUMNS}, sorted_by FROM {joined} ORDER BY {again}", [*values, limit]

    @property
    def _is_few(self) -> bool:
        return bool(self.conditions) and self.extent.count <= FEW and not self.segment.is_active

    @property
    def _is_by_text(self) -> bool:
        """Whether the full-text index leads, which gives its rows in the list's own order."""
        by_number = self.segment.key == "number" and not self.segment.is_active
        return by_number and not self._is_few and any(each.match for each in self.conditions)

    @property
    def _tables(self) -> str:
        if self._is_by_text:
            return "run_texts CROSS JOIN runs ON runs.number = run_texts.rowid"
        if self.segment.value is None:
            return "runs"
        values = f"SELECT number AS run, value FROM run_values WHERE name = {self.segment.value}"
        tables = ["runs", f"({values}) AS held"]
        first, second = tables if self._is_few else reversed(tables)
        return f"{first} CROSS JOIN {second} ON held.run = runs.number"

    @property
    def _number(self) -> str:
        if self._is_by_text:
            return "run_texts.rowid"
        return "runs.number" if self.segment.value is None else "held.run"

    @property
    def _key(self) -> str:
        return self._number if self.segment.key == "number" else self.segment.key

    def _matching(self) -> Iterator[Written]:
        if self.segment.where:
            yield self.segment.where, []
        if self._is_by_text:
            yield "run_texts MATCH ?", [" AND ".join(c.match for c in self.conditions if c.match)]
        for each in self.conditions:
            if not (each.match and self._is_by_text):
                yield self._written(each)

    def _written(self, each: Condition) -> Written:
        if each.value is not None and each.value == self.segment.value:
            return each.test[0].format("held.value"), each.test[1]
        in_order = each.column == self.segment.key
        in_order |= each.is_equal and self.segment.key == "number" and not self.segment.is_active
        return each.leading if self._is_few or in_order else each.followed

    def _within(self) -> Iterator[Written]:
        """Between which numbers the matching runs lie, so that the others need no look."""
        if self.segment.key == "number" and self.conditions and not self._is_few:
            yield f"{self._number} BETWEEN ? AND ?", [self.extent.least, self.extent.most]

    def _behind(self) -> Iterator[Written]:
        if self.after is None:
            return
        sign = "<" if self.segment.descending else ">"
        if self.segment.key == "number":
            yield f"{self._number} {sign} ?", [self.after.number]
        else:
            behind = f"({self._key}, {self._number}) {sign} (?, ?)"
            yield behind, [self.after.key, self.after.number]


def _where(written: Sequence[Written]) -> Written:
    values = [value for _, given in written for value in given]
    return " AND ".join(f"({clause})" for clause, _ in written), values


def _cursor(given: str | int | None, segments: int) -> Cursor | None:
    if given is None:
        return None
    try:
        cursor = sorting.read(str(given))
    except (ValueError, OverflowError, UnicodeDecodeError):
        cursor = Cursor(segments, None, 0)
    if cursor.segment >= segments:
        raise InvalidSpec("cursor", f"{given!r} is no page of this list")
    return cursor


def to_run(row: dict[str, Any]) -> Run:
    row["status"] = Status(row["status"])
    row["stopping"] = bool(row["stopping"])
    row["starred"] = bool(row["starred"])
    for column, empty in _JSON.items():
        row[column] = type(empty)() if row[column] in _EMPTY else json.loads(row[column])
    row["changed"] = row["changed"] and json.loads(row["changed"])
    run = Run.__new__(Run)  # a frozen class sets its fields one by one: a tenth of a page's time
    run.__dict__.update(row)
    return run


_JSON: dict[str, Any] = {"command": [], "spec": {}, "flags": [], "metrics": {}, "tags": []}
_EMPTY = ("[]", "{}")
