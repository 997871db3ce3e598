"""How often a fix has helped: of the retries that carried it and ended, those that completed."""

from __future__ import annotations

from typing import NamedTuple

from lastwords.store.runs import Store

# `+` keeps the index of all statuses from leading: few runs have changed anything.
_COUNTED = """
    WITH ended AS (
        SELECT changed, status FROM runs
        WHERE changed IS NOT NULL AND +status IN ('completed', 'failed')
        UNION ALL
        SELECT changed, status FROM attempts
        WHERE changed IS NOT NULL AND status IN ('completed', 'failed')
    )
    SELECT json_extract(changed, '$.fix') AS fix, count(*), sum(status = 'completed') FROM ended
    WHERE json_extract(changed, '$.cause') = ? AND fix IS NOT NULL GROUP BY fix ORDER BY fix
"""


class Worked(NamedTuple):
    """`times` of `of` retries with this fix completed."""

    of: int
    times: int


def worked(store: Store, cause: str) -> dict[str, Worked]:
    """How often each fix of a cause was tried to its end here, and how often it helped."""
    with store.guard():
        rows = store.db.execute(_COUNTED, [cause]).fetchall()
    return {name: Worked(of, times) for name, of, times in rows}
