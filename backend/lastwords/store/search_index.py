"""What runs are found by: their text, and their parameters and metrics by name.

All of it is made from a run's row, by the same statements for one run as for all. The text is kept
folded and cut into trigrams (FTS5), so that a part of a word is found without reading every row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lastwords.records import as_text
from lastwords.store.parameters import Value, canonical, of_run
from lastwords.store.sqlite import Database

SHORTEST = 3  # characters of a word that the index finds

_FAILURE = "CASE WHEN status IN ('failed', 'lost') THEN concat_ws(' ', title, headline, cause) END"
_ASKED = (
    "CASE kind WHEN 'command' THEN (SELECT group_concat(value, ' ') FROM json_each(command))"
    " ELSE spec END"
)
_TAGS = "(SELECT group_concat(value, char(10)) FROM json_each(tags))"
# What a run that did not fail would be called is no text of it.
TEXT = (
    "folded(concat_ws(char(10),"
    f" id, status, name, base_model, stage, triggered_by, user, project, {_TAGS}, note, {_FAILURE},"
    f" {_ASKED}))"
)
# What changes while a run is running, and makes no difference to where it is found.
LIVE = frozenset(
    "step total_steps epoch seconds_left log_bytes stopping stage dataset_size final_loss flags"
    " detail rules_version".split()
)
_TABLES = (
    "CREATE VIRTUAL TABLE run_texts USING fts5("
    "text, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')",
    "CREATE TABLE value_names (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL, metric INTEGER NOT NULL) STRICT",
    "CREATE TABLE run_values (number INTEGER NOT NULL, name INTEGER NOT NULL, value ANY NOT NULL,"
    " PRIMARY KEY (number, name)) STRICT, WITHOUT ROWID",
    "CREATE INDEX run_values_by_value ON run_values (name, value, number)",
    "CREATE TABLE revision (number INTEGER NOT NULL) STRICT",
    "INSERT INTO revision VALUES (0)",
)


def create(db: Database) -> None:
    """Make the tables; a later step fills them, once the rows have all that is indexed."""
    for statement in _TABLES:
        db.execute(statement)


def fill_if_empty(db: Database) -> None:
    """Index the runs of a home from before there was an index."""
    if db.execute("SELECT rowid FROM run_texts LIMIT 1").fetchone() is None:
        fill(db)


def fill(db: Database) -> None:
    """Index every run anew."""
    db.execute("DELETE FROM run_texts")
    db.execute("DELETE FROM run_values")
    db.execute("DELETE FROM run_tags")
    _fill(db, "", [])


def update(db: Database, where: str, values: Iterable[Any]) -> None:
    """Index the runs anew that a condition names, which were added or changed."""
    forget(db, where, values)
    _fill(db, f"WHERE {where}", list(values))


def forget(db: Database, where: str, values: Iterable[Any]) -> None:
    """Take the runs out that a condition names, before they are deleted."""
    for (number,) in db.execute(f"SELECT number FROM runs WHERE {where}", list(values)).fetchall():
        db.execute("DELETE FROM run_texts WHERE rowid = ?", [number])
        db.execute("DELETE FROM run_values WHERE number = ?", [number])
        db.execute("DELETE FROM run_tags WHERE number = ?", [number])
    db.execute("UPDATE revision SET number = number + 1")


def revision(db: Database) -> int:
    """A number that changes with everything but what is `LIVE`."""
    return int(db.execute("SELECT number FROM revision").fetchone()[0])


def _fill(db: Database, where: str, values: list[Any]) -> None:
    db.execute(
        f"INSERT INTO run_texts (rowid, text) SELECT number, {TEXT} FROM runs {where}", values
    )
    db.execute(
        "INSERT OR IGNORE INTO run_tags SELECT folded(value), number, value"
        f" FROM (SELECT number, tags FROM runs {where}), json_each(tags)",
        values,
    )
    names = _Names(db)
    rows = db.execute(f"SELECT number, kind, command, spec, metrics FROM runs {where}", values)
    db.conn.executemany("INSERT INTO run_values VALUES (?, ?, ?)", _values(rows, names))


def _values(rows: Iterable[Any], names: _Names) -> Iterator[tuple[int, int, Value]]:
    for number, kind, command, spec, metrics in rows:
        given = of_run(kind, json.loads(command), json.loads(spec))
        for is_metric, found in ((False, given), (True, json.loads(metrics))):
            for name, value in found.items():
                yield number, names.id_of(as_text(name), is_metric), value


class _Names:
    """Numbers of names, given out as they are met."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, int] = dict(db.execute("SELECT key, id FROM value_names").fetchall())

    def id_of(self, name: str, is_metric: bool) -> int:
        key = key_of(name, is_metric)
        if key not in self._known:
            statement = "INSERT INTO value_names (key, name, metric) VALUES (?, ?, ?) RETURNING id"
            (given,) = self._db.execute(statement, [key, name, is_metric]).fetchone()
            self._known[key] = given
        return self._known[key]


def key_of(name: str, is_metric: bool) -> str:
    """A name as it is looked up; a metric and a parameter of one name are two."""
    return ("m:" if is_metric else "p:") + canonical(name)
