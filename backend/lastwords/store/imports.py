"""Which logs are imported already, by the digest of their bytes."""

from __future__ import annotations

from lastwords.basics import IMPORTED
from lastwords.store.runs import Store


def imported_digests(store: Store) -> dict[str, str]:
    """The runs of imported logs, by SHA-256."""
    with store.guard():
        rows = store.db.execute(
            "SELECT json_extract(spec, '$.sha256'), id FROM runs WHERE kind = ?", [IMPORTED]
        ).fetchall()
    return {str(digest): str(run_id) for digest, run_id in rows}
