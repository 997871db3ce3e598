"""Views: queries of the list under names that people gave them."""

from __future__ import annotations

from dataclasses import dataclass

from lastwords.records import InvalidSpec, now, timestamp
from lastwords.store.runs import Store

MOST = 100


@dataclass(frozen=True)
class View:
    """A name, and the query string of the list's address that it stands for."""

    name: str
    query: str


def views(store: Store) -> list[View]:
    """All of them, by name."""
    with store.guard():
        rows = store.db.execute("SELECT name, query FROM views ORDER BY name COLLATE NOCASE, name")
        return [View(name, query) for name, query in rows.fetchall()]


def save(store: Store, view: View) -> View:
    """Keep a view, in the place of one of the same name. Raises: InvalidSpec, if there are many."""
    store.require()
    with store.writing():
        known = {each.name for each in views(store)}
        if len(known - {view.name}) >= MOST:
            raise InvalidSpec("name", f"there are {MOST} views already: delete one first")
        store.db.execute(
            "INSERT OR REPLACE INTO views VALUES (?, ?, ?)",
            [view.name, view.query, timestamp(now())],
        )
    return view


def remove(store: Store, name: str) -> bool:
    """Delete a view; False if there is none of this name."""
    store.require()
    with store.writing():
        return bool(store.db.execute("DELETE FROM views WHERE name = ?", [name]).rowcount)
