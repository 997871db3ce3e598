"""notices.jsonl: the recorder's notices about an attempt while it is alive.

One JSON object and one write(2) a line: `time`, `notice`, `detail` (one sentence), and more.
A notice that cannot be written is not worth a run: it is dropped. Standard library only.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lastwords.basics import now, timestamp
from lastwords.folders.attempt import AttemptFolder, open_to_write
from lastwords.folders.jsonl import read_objects, unread

MOST_BYTES = 256 << 10  # that are read; a recorder's notices of a month are fewer


def tell(folder: AttemptFolder, notice: str, detail: str, **more: Any) -> bool:
    """Add a notice; whether it could be written."""
    return _add(folder.notices, {"notice": notice, "detail": detail, **more})


def tell_of_shipment(folder: AttemptFolder, notice: str, detail: str) -> bool:
    """Add a notice of the server's own about a run that is sent to it."""
    return _add(folder.received, {"notice": notice, "detail": detail})


def _add(path: Path, notice: dict[str, Any]) -> bool:
    fact = {"time": timestamp(now()), **notice}
    try:
        descriptor = open_to_write(path, os.O_APPEND | os.O_CREAT)
    except OSError:
        return False
    try:
        os.write(descriptor, json.dumps(fact).encode() + b"\n")
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def told(folder: AttemptFolder) -> list[dict[str, Any]]:
    """Every notice so far, oldest first; a line that is none is passed over."""
    found = read_objects(folder.notices, MOST_BYTES).found
    if folder.received.exists():  # what a server says of a run that is sent to it
        found = [*found, *read_objects(folder.received, MOST_BYTES).found]
    return [notice for notice in found if isinstance(notice.get("notice"), str)]


def untold(folder: AttemptFolder) -> int:
    """Bytes of notices that are too many to be read."""
    return unread(folder.notices, MOST_BYTES)
