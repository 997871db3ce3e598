"""Groups: runs that failed alike, by fingerprint, and what people say of them.

Counts and times come from the runs themselves; kept beside them are a note, an owner, and when
somebody called the group resolved. A resolved group has come back when a run failed with it after
that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from lastwords.records import Run, now, timestamp
from lastwords.store.conditions import folded
from lastwords.store.listing import PAGE_LIMIT
from lastwords.store.migrations import DURATION
from lastwords.store.runs import Store

RUNS_SHOWN = 20
SIMILAR = 10
State = Literal["open", "resolved", "came back"]

TREND_DAYS = 14

_COUNTED = f"""
    SELECT fingerprint, COUNT(*) AS count, MIN(finished_at) AS first_seen,
        MAX(finished_at) AS last_seen, MAX(number) AS newest,
        coalesce(SUM({DURATION}), 0) AS seconds_lost,
        coalesce(SUM({DURATION} * gpus), 0) AS gpu_seconds_lost,
        coalesce(SUM({DURATION} * max(coalesce(gpus, 1), 1)), 0) AS cost
    FROM runs WHERE fingerprint IS NOT NULL AND finished_at IS NOT NULL
"""
# By number and by time: a retry fails again under its old number.
_IS_RESOLVED = "coalesce(newest <= resolved_number AND last_seen <= resolved_at, 0)"
_TEXT = "folded(concat_ws(' ', title, headline, cause, note, owner))"
_WITH_WORDS = f"""
    SELECT counted.*, runs.cause, runs.title, runs.headline,
        coalesce(groups.note, '') AS note, groups.note_user,
        coalesce(groups.owner, '') AS owner,
        groups.resolved_at, {_IS_RESOLVED} AS is_resolved
    FROM counted
    JOIN runs ON runs.number = counted.newest
    LEFT JOIN groups ON groups.fingerprint = counted.fingerprint
"""
Sort = Literal["last", "count", "lost"]
_KEYS: Mapping[Sort, str] = {"last": "last_seen", "count": "count", "lost": "cost"}


@dataclass(frozen=True)
class Group:
    """Runs that failed alike; cause and words are those of the newest, `runs` the newest ids.

    trend: how many failed in each of the last 14 spans of 24 hours, the present one last.
    gpu_seconds_lost: of those runs of which it is known how many GPUs they had.
    """

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
    owner: str = ""
    seconds_lost: float = 0.0
    gpu_seconds_lost: float = 0.0
    trend: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class GroupPage:
    """One page of groups; `next_cursor` is None on the last."""

    groups: list[Group]
    next_cursor: str | None
    counts: dict[str, int]


@dataclass(frozen=True)
class Wanted:
    """Which groups, in which order. state: `open` holds those that came back; empty means all."""

    text: str = ""
    state: Literal["", "open", "resolved"] = ""
    sort: Sort = "last"


def page(
    store: Store, limit: int, cursor: str | None = None, wanted: Wanted | None = None
) -> GroupPage:
    """Groups, the one seen last first if not wanted otherwise.

    cursor: what the last group is sorted by, and its fingerprint.
    """
    wanted, limit = wanted or Wanted(), min(limit, PAGE_LIMIT)
    words = folded(wanted.text).split()
    of_words = " AND ".join([f"instr({_TEXT}, ?) > 0" for _ in words]) or "true"
    of_state = {"open": "NOT is_resolved", "resolved": "is_resolved"}.get(wanted.state, "true")
    key, (after, place) = _KEYS[wanted.sort], _after(wanted.sort, cursor)
    rows = _rows(
        store,
        f"{_COUNTED} GROUP BY fingerprint",
        f"""WHERE {of_words} AND {of_state} AND {after}
        ORDER BY {key} DESC, fingerprint DESC LIMIT ?""",
        [*words, *place, limit + 1],
    )
    last = rows[limit - 1] if len(rows) > limit else None
    following = f"{last[key]}_{last['fingerprint']}" if last else None
    return GroupPage(_to_groups(store, rows[:limit]), following, _counts(store, of_words, words))


def _after(sort: Sort, cursor: str | None) -> tuple[str, list[str | float]]:
    if not cursor:
        return "true", []
    place, _, fingerprint = cursor.rpartition("_")
    value = place if sort == "last" else float(place)
    return f"({_KEYS[sort]}, fingerprint) < (?, ?)", [value, fingerprint]


def _counts(store: Store, of_words: str, words: list[str]) -> dict[str, int]:
    """How many groups are open, those that came back among them, and how many resolved."""
    with store.guard():
        found = dict(
            store.db.execute(
                f"""WITH counted AS ({_COUNTED} GROUP BY fingerprint), worded AS ({_WITH_WORDS})
                SELECT is_resolved, COUNT(*) FROM worded WHERE {of_words} GROUP BY is_resolved""",
                words,
            ).fetchall()
        )
    return {"open": found.get(0, 0), "resolved": found.get(1, 0)}


def group(store: Store, fingerprint: str) -> Group | None:
    """One group; None where no run has this fingerprint."""
    counted = f"{_COUNTED} AND fingerprint = ? GROUP BY fingerprint"
    found = _to_groups(store, _rows(store, counted, "", [fingerprint]))
    return found[0] if found else None


def change(
    store: Store,
    fingerprint: str,
    note: str | None,
    resolved: bool | None,
    by: str | None = None,
    owner: str | None = None,
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
        if owner is not None:
            store.db.execute(
                "UPDATE groups SET owner = ? WHERE fingerprint = ?", [owner, fingerprint]
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


def _rows(store: Store, counted: str, rest: str, values: list[Any]) -> list[dict[str, Any]]:
    statement = f"WITH counted AS ({counted}), worded AS ({_WITH_WORDS}) SELECT * FROM worded"
    with store.guard():
        return list(store.db.query(f"{statement} {rest}", values))


def _to_groups(store: Store, rows: Sequence[Mapping[str, Any]]) -> list[Group]:
    trends = _trends(store, [row["fingerprint"] for row in rows])
    return [_to_group(store, row, trends[row["fingerprint"]]) for row in rows]


def _trends(store: Store, fingerprints: list[str]) -> dict[str, list[int]]:
    """How many runs failed in each of the last days, the present one last."""
    found = {fingerprint: [0] * TREND_DAYS for fingerprint in fingerprints}
    marks = ", ".join("?" * len(fingerprints))
    moment = now()
    since = timestamp(moment - timedelta(days=TREND_DAYS))
    statement = f"""
        SELECT fingerprint, CAST(julianday(?) - julianday(finished_at) AS INTEGER) AS days, COUNT(*)
        FROM runs WHERE fingerprint IN ({marks}) AND finished_at > ? GROUP BY fingerprint, days
    """
    with store.guard():
        rows = store.db.execute(statement, [timestamp(moment), *fingerprints, since]).fetchall()
    for fingerprint, days, count in rows:
        found[fingerprint][TREND_DAYS - 1 - min(max(days, 0), TREND_DAYS - 1)] += count
    return found


def _newest(store: Store, fingerprint: str, limit: int) -> list[str]:
    with store.guard():
        rows = store.db.execute(
            "SELECT id FROM runs WHERE fingerprint = ? ORDER BY number DESC LIMIT ?",
            [fingerprint, limit],
        ).fetchall()
    return [row[0] for row in rows]


def _to_group(store: Store, row: Mapping[str, Any], trend: list[int]) -> Group:
    return Group(
        fingerprint=row["fingerprint"],
        cause=row["cause"] or "unknown",
        title=row["title"] or "",
        headline=row["headline"] or "",
        count=row["count"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        runs=_newest(store, row["fingerprint"], RUNS_SHOWN),
        note=row["note"],
        note_user=row["note_user"],
        resolved_at=row["resolved_at"],
        state=_state(row),
        owner=row["owner"],
        seconds_lost=row["seconds_lost"],
        gpu_seconds_lost=row["gpu_seconds_lost"],
        trend=trend,
    )


def _state(row: Mapping[str, Any]) -> State:
    if row["resolved_at"] is None:
        return "open"
    return "resolved" if row["is_resolved"] else "came back"
