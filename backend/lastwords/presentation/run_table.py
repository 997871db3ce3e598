"""Several runs in a table, as JSON; secrets masked."""

from __future__ import annotations

from collections.abc import Sequence

from lastwords.comparing.table import Row
from lastwords.config import Config
from lastwords.diagnosis.masking import MASK
from lastwords.diagnosis.secret_names import is_secret_name
from lastwords.presentation.changes import Safe, shortened
from lastwords.presentation.runs import Json, run_json
from lastwords.records import Run


def run_table_json(config: Config, runs: Sequence[Run], rows: Sequence[Row]) -> Json:
    """The runs in their order, and a row for each parameter, other fact, and metric."""
    safe = Safe(config, runs)
    return {
        "runs": [run_json(config.home, run) | {"values": {}} for run in runs],
        "rows": [_row(row, safe) for row in rows],
        "metrics": _metrics(runs),
    }


def _row(row: Row, safe: Safe) -> Json:
    hidden = row.kind != "variables" and is_secret_name(row.name.strip("-"))
    values = [value and (MASK if hidden else safe.text(shortened(value))) for value in row.values]
    name = safe.text(row.name)
    return {"kind": row.kind, "name": name, "values": values, "differs": row.differs}


def _metrics(runs: Sequence[Run]) -> list[Json]:
    """The last value of every metric, of each run that measured it."""
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    return [{"name": name, "values": [run.metrics.get(name) for run in runs]} for name in names]
