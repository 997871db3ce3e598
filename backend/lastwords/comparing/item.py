"""One thing that differs between two runs, and how suspicious it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["settings", "packages", "code", "data", "machine", "variables"]
# How the error points at a change: its very line, another line of the traceback, the file or the
# package that the traceback goes through, or a name that the error says.
Mark = Literal["failed_line", "traceback_line", "traceback_file", "named"]


@dataclass(frozen=True)
class Item:
    """A change in words; `before` or `after` is None where it was not there."""

    kind: Kind
    name: str
    before: str | None
    after: str | None
    words: str
    mark: Mark | None = None
    note: str | None = None


def _shown(name: str, value: str | None) -> str:
    """A value with its name; of a switch that is given, the name alone."""
    return name if name.startswith("-") and value == "on" else f"{name} {value}"


def changed(kind: Kind, name: str, before: str | None, after: str | None) -> Item:
    """A change of one value, as `name before → after`."""
    if before is None:
        words = f"{_shown(name, after)} is new"
    elif after is None:
        words = f"{_shown(name, before)} is gone"
    else:
        words = f"{name} {before} → {after}"
    return Item(kind, name, before, after, words)
