"""Groups: runs that failed alike, by fingerprint, and what people say of them.

Counts and times come from the runs themselves; kept beside them are a note and when somebody
called the group resolved. A resolved group has come back when a run failed with it after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lastwords.records import Run, now, timestamp
from lastwords.store.listing import PAGE_LIMIT
from lastwords.store.runs import Store

RUNS_SHOWN = 20
SIMILAR = 10
State = Literal["open", "resolved", "came back"]

_COUNTED = """
    SELECT fingerprint, COUNT(*) AS count, MIN(finished_at) AS first_seen,
        MAX(finished_at) AS last_seen, MAX(number) AS newest
    FROM runs
"""
_WITH_WORDS = """
    SELECT counted.*, runs.cause, runs.title, runs.headline,
        coalesce(groups.note, '') AS note, groups.note_user, groups.resolved_at,
        groups.resolved_number
    FROM counted
    JOIN runs ON runs.number = counted.newest
    LEFT JOIN groups ON groups.fingerprint = counted.fingerprint
    ORDER BY counted.last_seen DESC, counted.fingerprint DESC
"""


@dataclass(frozen=True)
class Group:
    """Runs that failed alike; cause and words are those of the newest, `runs` the newest ids."""

    fingerprint: str
    cause: str
    title: str
    headline: str
    count: int
    first_seen: str
    last_seen: str
    runs: list[str]
    note: str
    note_user: str | None
    resolved_at: str | None
    state: State


@dataclass(frozen=True)
class GroupPage:
    """One page of groups; `next_cursor` is None on the last."""

    groups: list[Group]
    next_cursor: str | None


def page(store: Store, limit: int, cursor: str | None = None) -> GroupPage:
    """Groups, the one seen last first; the cursor is the last group's time and fingerprint."""
    limit = min(limit, PAGE_LIMIT)
    moment, _, fingerprint = (cursor or "").partition("_")
    after = "HAVING (MAX(finished_at), fingerprint) < (?, ?)" if cursor else ""
    counted = f"""{_COUNTED} WHERE fingerprint IS NOT NULL AND finished_at IS NOT NULL
        GROUP BY fingerprint {after} ORDER BY last_seen DESC, fingerprint DESC LIMIT ?"""
    values = [moment, fingerprint] if cursor else []
    found = _groups(store, counted, [*values, limit + 1])
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return GroupPage(found[:limit], f"{last.last_seen}_{last.fingerprint}" if last else None)


def group(store: Store, fingerprint: str) -> Group | None:
    """One group; None where no run has this fingerprint."""
    counted = f"""{_COUNTED} WHERE fingerprint = ? AND finished_at IS NOT NULL
        GROUP BY fingerprint"""
    found = _groups(store, counted, [fingerprint])
    return found[0] if found else None


def change(
    store: Store, fingerprint: str, note: str | None, resolved: bool | None, by: str | None = None
) -> Group | None:
    """Set what people say of a group; None leaves a part as it is. `by` is the person.

    Returns: the group; None, and nothing is kept, where no run has this fingerprint.
    """
    store.require()
    with store.writing():
        if group(store, fingerprint) is None:
            return None
        store.db.execute("INSERT OR IGNORE INTO groups (fingerprint) VALUES (?)", [fingerprint])
        if note is not None:
            store.db.execute(
                "UPDATE groups SET note = ?, note_user = ? WHERE fingerprint = ?",
                [note, by, fingerprint],
            )
        if resolved is not None:
            store.db.execute(
                """UPDATE groups SET resolved_at = ?, resolved_number = (
                    SELECT MAX(number) FROM runs WHERE ? AND fingerprint = groups.fingerprint
                ) WHERE fingerprint = ?""",
                [timestamp(now()) if resolved else None, resolved, fingerprint],
            )
        return group(store, fingerprint)


def similar(store: Store, run: Run) -> list[str]:
    """The newest other runs that failed as this one did."""
    if run.fingerprint is None:
        return []
    return [found for found in _newest(store, run.fingerprint, SIMILAR + 1) if found != run.id][
        :SIMILAR
    ]


def _groups(store: Store, counted: str, values: list[Any]) -> list[Group]:
    with store.guard():
        rows = list(store.db.query(f"WITH counted AS ({counted}) {_WITH_WORDS}", values))
    return [_to_group(row, _newest(store, row["fingerprint"], RUNS_SHOWN)) for row in rows]


def _newest(store: Store, fingerprint: str, limit: int) -> list[str]:
    with store.guard():
        rows = store.db.execute(
            "SELECT id FROM runs WHERE fingerprint = ? ORDER BY number DESC LIMIT ?",
            [fingerprint, limit],
        ).fetchall()
    return [row[0] for row in rows]


def _to_group(row: Mapping[str, Any], runs: list[str]) -> Group:
    return Group(
        fingerprint=row["fingerprint"],
        cause=row["cause"] or "unknown",
        title=row["title"] or "",
        headline=row["headline"] or "",
        count=row["count"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        runs=runs,
        note=row["note"],
        note_user=row["note_user"],
        resolved_at=row["resolved_at"],
        state=_state(row),
    )


def _state(row: Mapping[str, Any]) -> State:
    """By number and by time: a retry fails again under its old number."""
    if row["resolved_at"] is None:
        return "open"
    newer = row["newest"] > row["resolved_number"] or row["last_seen"] > row["resolved_at"]
    return "came back" if newer else "resolved"
