"""sqlite-utils, imported without what it would bring along.

It imports numpy where that is installed, for column types that we do not have: 0.1 s and 20 MB of
every start of a server that shares its environment with a trainer. The recipes of its command
line, which we do not use, import dateutil: 20 ms of every command.
"""

from __future__ import annotations

import sys
from types import ModuleType

_RECIPES = "sqlite_utils.recipes"
_HIDDEN: dict[str, ModuleType | None] = {"numpy": None, "pandas": None}  # None: "not to be found"
_HIDDEN = {name: module for name, module in _HIDDEN.items() if name not in sys.modules}
_HIDDEN[_RECIPES] = sys.modules.get(_RECIPES, ModuleType(_RECIPES))
sys.modules.update(_HIDDEN)  # type: ignore[arg-type]
try:
    from sqlite_utils import Database, Migrations
    from sqlite_utils.db import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is
finally:
    for _name in _HIDDEN:
        del sys.modules[_name]

__all__ = ["Database", "Migrations", "sqlite3"]
