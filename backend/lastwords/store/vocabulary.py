"""The words of a home: its causes, models and users, and the names of parameters and metrics."""

from __future__ import annotations

from typing import Any

from lastwords.store.search_index import key_of
from lastwords.store.sqlite import Database

MOST = 500
# Each value once, by jumping through the column's index from one to the next.
_DISTINCT = """
WITH RECURSIVE found (value) AS (
    SELECT min({column}) FROM {table}
    UNION ALL
    SELECT (SELECT min({column}) FROM {table} AND {column} > found.value)
    FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL LIMIT ?
"""


class Vocabulary:
    """What the database of a home knows to name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def values(self, column: str) -> list[str]:
        """The different texts of a column that has an index."""
        return self._each(column, "runs WHERE true", [])

    def tags(self) -> list[str]:
        """The different tags, each as one of its runs has it."""
        one = "SELECT name FROM run_tags WHERE tag = ? LIMIT 1"
        found = self._each("tag", "run_tags WHERE true", [])
        return [self._db.execute(one, [tag]).fetchone()[0] for tag in found]

    def values_of(self, name: int) -> list[Any]:
        """The different values of a parameter or metric."""
        return self._each("value", "run_values WHERE name = ?", [name, name])

    def _each(self, column: str, table: str, values: list[Any]) -> list[Any]:
        statement = _DISTINCT.format(column=column, table=table)
        return [value for (value,) in self._db.execute(statement, [*values, MOST]).fetchall()]

    def value_name(self, name: str) -> int | None:
        """What a parameter, else a metric, is called in the index; None if no run has one."""
        keys = [key_of(name, False), key_of(name, True)]
        rows = dict(
            self._db.execute("SELECT key, id FROM value_names WHERE key IN (?, ?)", keys).fetchall()
        )
        return rows.get(keys[0], rows.get(keys[1]))

    def names(self, *, metrics: bool | None = None) -> list[str]:
        """Names of parameters and metrics, as they are written; a parameter's name is its own."""
        which = "" if metrics is None else f"AND metric = {int(metrics)}"
        rows = self._db.execute(
            "SELECT name FROM value_names AS named WHERE NOT (metric AND EXISTS ("
            "SELECT 1 FROM value_names WHERE key = 'p' || substr(named.key, 2)))"
            f" {which} ORDER BY metric, name"
        )
        return [name for (name,) in rows.fetchall()]
