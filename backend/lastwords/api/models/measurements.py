"""Metrics, resources, curves and artifacts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lastwords.api.models.base import Answer, AttemptQuery, Query


class Resources(Answer):
    """What the run's whole process tree used: 100 percent is one core, or one whole GPU."""

    time: str
    cpu_percent: float | None
    rss_bytes: int | None
    processes: int | None
    gpu_util_percent: float | None
    gpu_memory_bytes: int | None


class Metrics(Answer):
    """Measurements, oldest first; what is no finite number is null, and named in `nonFinite`.

    `total` is how many metrics there are, of which `points` may have asked for fewer. Those of an
    attempt that resumed begin with the earlier attempt's, up to its checkpoint, marked `attempt`.
    Of very many the middle is not read (`skippedBytes`), and only every second one is kept
    (`skippedMetrics`).
    """

    metrics: list[dict[str, Any]]
    resources: list[Resources]
    total: int
    skipped_bytes: int
    skipped_metrics: int


class Curves(Answer):
    """Losses by run, at most 40 each, oldest first; null is a loss that is no finite number."""

    curves: dict[str, list[float | None]]


class Artifact(Answer):
    """`sha256` is null while the run goes on, and until it is counted: ask again."""

    path: str
    bytes: int
    sha256: str | None
    modified_at: str


class Artifacts(Answer):
    artifacts: list[Artifact]
    total: int


class MetricsQuery(AttemptQuery):
    """`points`: at most so many of each; the ends and the peaks stay."""

    points: int | None = Field(None, ge=10, le=100_000)


class CurvesQuery(Query):
    """`ids`: of up to 50 runs, separated by commas."""

    ids: str = Field(max_length=50 * 40, pattern="^run_[0-9_]+(,run_[0-9_]+){0,49}$")
