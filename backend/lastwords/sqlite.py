"""sqlite-utils, imported without what it would bring along.

It imports numpy where that is installed, for column types that we do not have: 0.1 s and 20 MB of
every start of a server that shares its environment with a trainer.
"""

from __future__ import annotations

import sys

_HIDDEN = [name for name in ("numpy", "pandas") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_HIDDEN))  # type: ignore[arg-type]  # None: "not to be found"
try:
    from sqlite_utils import Database, Migrations
    from sqlite_utils.db import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is
finally:
    for _name in _HIDDEN:
        del sys.modules[_name]

__all__ = ["Database", "Migrations", "sqlite3"]
