"""Commands that give this user permission for a path."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote


def take(path: Path) -> str:
    """Takes over a path and all below it, or the first folder on the way that lets nobody in."""
    place = quote(str(_refusing(path)))
    return f'sudo chown -R "$(id -un)" {place} && chmod -R u+rwX {place}'


def take_database(path: Path) -> str:
    """Takes over a database with its journals, and its folder, in which SQLite makes them."""
    refusing = _refusing(path)
    if refusing != path.absolute():
        return take(refusing)
    if not os.access(path.parent, os.W_OK):
        return take(path.parent)
    return f'sudo chown "$(id -un)" {quote(str(path))}* && chmod u+rw {quote(str(path))}*'


def nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if os.access(place, os.F_OK))


def _refusing(path: Path) -> Path:
    path = path.absolute()
    above = reversed(path.parents)
    return next((folder for folder in above if not os.access(folder, os.X_OK)), path)
