"""Metrics, resources, curves and artifacts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lastwords.api.models.base import Answer, AttemptQuery, Query


class Resources(Answer):
    """System usage of the run's process tree: 100 percent is one core, or one whole GPU."""

    time: str
    cpu_percent: float | None
    rss_bytes: int | None
    processes: int | None
    gpu_util_percent: float | None
    gpu_memory_bytes: int | None


class Metrics(Answer):
    """Metrics and resources, oldest first; NaN and infinity are null, and listed in `nonFinite`.

    `total` is the number of metrics before `points` reduced them. A resumed attempt begins with
    the earlier attempt's metrics up to its checkpoint, marked with `attempt`. Of very many the
    middle is not read (`skippedBytes`), and only every second one is kept (`skippedMetrics`).
    """

    metrics: list[dict[str, Any]]
    resources: list[Resources]
    total: int
    skipped_bytes: int
    skipped_metrics: int


class Curves(Answer):
    """Losses by run, at most 40 each, oldest first; null is NaN or infinity."""

    curves: dict[str, list[float | None]]


class Artifact(Answer):
    """`sha256` is null while the run is running, and until it is calculated: try again."""

    path: str
    bytes: int
    sha256: str | None
    modified_at: str


class Artifacts(Answer):
    artifacts: list[Artifact]
    total: int


class MetricsQuery(AttemptQuery):
    """`points`: the maximum number of each; first, last and peak values are kept."""

    points: int | None = Field(None, ge=10, le=100_000)


class CurvesQuery(Query):
    """`ids`: up to 50 run IDs, separated by commas."""

    ids: str = Field(max_length=50 * 40, pattern="^run_[0-9_]+(,run_[0-9_]+){0,49}$")
