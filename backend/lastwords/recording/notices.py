"""notices.jsonl: the recorder's notices about an attempt while it is alive.

One JSON object and one write(2) a line: `time`, `notice`, `detail` (one sentence), and more.
A notice that cannot be written is not worth a run: it is dropped. Standard library only.
"""

from __future__ import annotations

import json
import os
from typing import Any

from lastwords.basics import now, timestamp
from lastwords.folders.attempt import AttemptFolder, open_to_write, read_regular


def tell(folder: AttemptFolder, notice: str, detail: str, **more: Any) -> bool:
    """Add a notice; whether it could be written."""
    fact = {"time": timestamp(now()), "notice": notice, "detail": detail, **more}
    try:
        descriptor = open_to_write(folder.notices, os.O_APPEND | os.O_CREAT)
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
    try:
        lines = read_regular(folder.notices).split(b"\n")
    except FileNotFoundError:
        return []
    return [fact for line in lines if (fact := _notice(line))]


def _notice(line: bytes) -> dict[str, Any] | None:
    try:
        fact = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fact if isinstance(fact, dict) and isinstance(fact.get("notice"), str) else None
