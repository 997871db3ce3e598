"""The names of a child's variables, each with a fingerprint of its value; never a value.

The fingerprint is keyed with the home's own key, so that a short secret cannot be guessed from a
file that somebody shares. Standard library only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_OURS = "LASTWORDS_"
_HEX = 16  # digits of a fingerprint


def own_variables() -> dict[str, str]:
    """This process's variables as it was given them, before Python or a library changed any."""
    with suppress(OSError):
        entries = Path("/proc/self/environ").read_bytes().split(b"\0")
        pairs = (os.fsdecode(entry).partition("=") for entry in entries if b"=" in entry)
        return {name: value for name, _, value in pairs}
    return dict(os.environ)


def fingerprinted(variables: Mapping[str, str], key: bytes) -> dict[str, object]:
    """Every name with its fingerprint, and one of the key: other keys give other fingerprints."""
    names = sorted(name for name in variables if not name.startswith(_OURS))
    return {
        "key": _fingerprint(key, b"key"),
        "names": {_shown(name): _of(name, variables[name], key) for name in names},
    }


def _of(name: str, value: str, key: bytes) -> str:
    return _fingerprint(key, os.fsencode(name) + b"\0" + os.fsencode(value))


def _fingerprint(key: bytes, data: bytes) -> str:
    return hmac.digest(key, b"variable\0" + data, hashlib.sha256).hex()[:_HEX]


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", errors="replace")
