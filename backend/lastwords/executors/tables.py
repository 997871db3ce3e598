"""The tables of engines in lastwords.toml: what all of them have, and how each is checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from lastwords.config import InvalidSetting

Kinds = Mapping[str, tuple[type, str]]

WORKER: Kinds = {
    "python": (str, "Python 3.11 or newer, by its path on every node"),
    "pyz": (str, "the worker of lastwords worker-zipapp, by its path on every node"),
    "url": (str, "URL of this server, as nodes reach it"),
    "spool": (str, "folder for what runs record, best on a shared file system"),
    "ca": (str, "file of certificates, by its path on every node"),
    "plain_http": (bool, "whether http:// to another machine is allowed"),
    "environment": (dict, "more variables of a job"),
}
NEEDED = ("python", "pyz", "url")
_PATHS = ("python", "pyz", "spool", "ca")


def check(
    engine: str,
    table: Mapping[str, Any],
    kinds: Kinds,
    needed: Collection[str],
    paths: Collection[str] = (),
) -> None:
    """See that a table holds what it must, and no more. Raises: InvalidSetting, with the key."""
    for key, value in table.items():
        kind = kinds.get(key)
        if kind is None:
            raise invalid(engine, key, f"is not known; known are {', '.join(kinds)}")
        if not isinstance(value, kind[0]):
            raise invalid(engine, key, f"is {value!r}, and must be {kind[1]}")
    for key in needed:
        if not table.get(key):
            raise invalid(engine, key, f"is missing: {kinds[key][1]}")
    for key in (*_PATHS, *paths):
        if key in table and not Path(table[key]).is_absolute():
            raise invalid(engine, key, f"is {table[key]!r}, and must be an absolute path")


def invalid(engine: str, key: str, words: str) -> InvalidSetting:
    """What is wrong about one key."""
    return InvalidSetting(f"{key} in [executors.{engine}] of lastwords.toml {words}")


def variables(table: Mapping[str, Any]) -> dict[str, str]:
    """What the worker is found by, and finds, in the environment of a job."""
    found = {"LW_PYTHON": table["python"], "LW_PYZ": table["pyz"], "LASTWORDS_TO": table["url"]}
    for name, key in (("LASTWORDS_SPOOL", "spool"), ("SSL_CERT_FILE", "ca")):
        if table.get(key):
            found[name] = table[key]
    if table.get("plain_http"):
        found["LASTWORDS_PLAIN_HTTP"] = "1"
    return found | {name: str(value) for name, value in (table.get("environment") or {}).items()}
