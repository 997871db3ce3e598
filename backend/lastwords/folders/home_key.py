"""The home's own key, which makes the fingerprints in its run folders worth nothing elsewhere.

It is made with the first run that needs it, for the home's owner alone. Standard library only.
"""

from __future__ import annotations

import os
from pathlib import Path

from lastwords.folders.attempt import UnreadableFact, read_fact, write_once

_KEY_BYTES = 32


def home_key(home: Path) -> bytes:
    """The key. Raises: OSError; UnreadableFact, if its file holds none."""
    path = home / "masking.json"
    fact = read_fact(path)
    if fact is None:
        write_once(path, {"key": os.urandom(_KEY_BYTES).hex()})
        fact = read_fact(path) or {}
    try:
        return bytes.fromhex(str(fact.get("key")))
    except ValueError as error:
        raise UnreadableFact(f"{path} holds no key") from error
