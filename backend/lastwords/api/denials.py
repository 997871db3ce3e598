"""Who was turned away, for the audit: a flood of it costs a line a minute."""

from __future__ import annotations

import threading
import time

from lastwords.security.audit import Audit, Entry

WINDOW = 60.0  # seconds
_EACH = 20  # refusals of one kind and address in a window that are written one by one


class Denials:
    """Writes refusals down; of a flood from one address the first few, and how many came after."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._counts: dict[tuple[str, str], int] = {}

    def write(self, entry: Entry) -> None:
        self._flush_old()
        kind = entry.address or "", entry.outcome
        with self._lock:
            self._counts[kind] = count = self._counts.get(kind, 0) + 1
        if count <= _EACH:
            self._audit.write(entry)

    def flush(self) -> None:
        """Write how many were only counted."""
        with self._lock:
            counts, self._counts = self._counts, {}
            self._began = time.monotonic()
        for (address, outcome), count in counts.items():
            if count > _EACH:
                words = f"{count - _EACH} more within a minute"
                self._audit.write(Entry("refusals", outcome, address=address, detail=words))

    def _flush_old(self) -> None:
        if time.monotonic() - self._began >= WINDOW:
            self.flush()
