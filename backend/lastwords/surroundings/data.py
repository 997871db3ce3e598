"""The data files that a run names: how large, which checksum, how many rows.

Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

MOST_FILES = 32
SECONDS = 30.0  # for all of them
_BLOCK = 1 << 20
_LINES = (".jsonl", ".ndjson", ".txt", ".csv", ".tsv")
_WITH_HEADER = (".csv", ".tsv")
_SQLITE = b"SQLite format 3\0"
_MOST_TABLES = 100


def data_files(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """What is known of each file; a checksum or a count that took too long is None."""
    deadline = time.monotonic() + SECONDS
    found = []
    for path in dict.fromkeys(paths):
        with suppress(OSError, ValueError):
            if stat.S_ISREG(path.stat().st_mode):
                found.append(_described(path, deadline))
        if len(found) >= MOST_FILES:
            break
    return found


def _described(path: Path, deadline: float) -> dict[str, Any]:
    status = path.stat()
    checksum, lines, head = _read(path, deadline)
    rows = lines
    if head.startswith(_SQLITE):
        rows = _rows(path, deadline)
    return {
        "path": os.fsencode(path).decode("utf-8", errors="replace"),
        "bytes": status.st_size,
        "modifiedAt": round(status.st_mtime, 3),
        "sha256": checksum,
        "rows": rows,
    }


def _read(path: Path, deadline: float) -> tuple[str | None, int | None, bytes]:
    """Checksum, rows of a file of lines, and its first bytes."""
    digest, lines, head, last = hashlib.sha256(), 0, b"", b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            head = head or block[:16]
            digest.update(block)
            lines, last = lines + block.count(b"\n"), block[-1:]
            if time.monotonic() > deadline:
                return None, None, head
    lines += last != b"\n"
    suffix = path.suffix.lower()
    rows = max(0, lines - (suffix in _WITH_HEADER)) if suffix in _LINES else None
    return digest.hexdigest(), rows, head


def _rows(path: Path, deadline: float) -> int | None:
    """The rows of all tables of a database; one that others write in is not held up for it."""
    import sqlite3  # which most runs need not load

    writes = path.with_name(f"{path.name}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'' if writes else '&immutable=1'}"
    with suppress(sqlite3.Error), closing(sqlite3.connect(address, uri=True, timeout=1)) as base:
        base.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = [row[0] for row in base.execute(f"{query} LIMIT {_MOST_TABLES}")]
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        counts = (base.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in quoted)
        return sum(map(int, counts))
    return None
