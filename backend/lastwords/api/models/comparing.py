"""Several runs in a table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lastwords.api.models.base import Answer, Query
from lastwords.api.models.runs import Run


class TableRow(Answer):
    """A value of each run, in the order of `runs`; `differs` is false where all have the same."""

    kind: Literal["settings", "packages", "code", "data", "machine", "variables"]
    name: str
    values: list[str | None]
    differs: bool


class TableMetric(Answer):
    """The last value of each run, in the order of `runs`."""

    name: str
    values: list[float | None]


class RunTable(Answer):
    """Several runs side by side, secrets masked: parameters (the differing ones first), then what
    else differs; `metrics` are their results.
    """

    runs: list[Run]
    rows: list[TableRow]
    metrics: list[TableMetric]


class CompareQuery(Query):
    """`ids`: up to 8 run IDs, separated by commas."""

    ids: str = Field(max_length=8 * 40, pattern="^run_[0-9_]+(,run_[0-9_]+){0,7}$")
