"""Metrics of the server for a monitoring system, in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4). It is three
kinds of lines, fewer than the client library would need to be told of them.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence

from lastwords.config import Config
from lastwords.records import Status
from lastwords.store.runs import Store
from lastwords.supervision.health import version

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def exposition(config: Config, store: Store, watch_age: float | None) -> str:
    """All figures as they are now.

    watch_age: seconds since the watch last looked; None if it has not started.
    """
    counts = store.counts()
    build = {"version": version(), "python": platform.python_version()}
    by_status: list[Sample] = [({"status": name}, count) for name, count in counts.items()]
    age: list[Sample] = [] if watch_age is None else [({}, watch_age)]
    free = shutil.disk_usage(config.home).free
    parts = [
        _gauge("lastwords_runs", "Runs by status.", by_status),
        _gauge(
            "lastwords_queue_length",
            "Queued trainings.",
            [({}, counts[Status.QUEUED])],
        ),
        _gauge("lastwords_watch_age_seconds", "Seconds since runs were last checked.", age),
        _gauge("lastwords_log_bytes", "Log bytes of finished runs.", [({}, store.log_bytes())]),
        _gauge("lastwords_free_bytes", "Free bytes on the home's disk.", [({}, free)]),
        _gauge("lastwords_build_info", "Versions of the server.", [(build, 1)]),
    ]
    return "".join(parts)


def _gauge(name: str, help: str, samples: Sequence[Sample]) -> str:
    lines = [f"# HELP {name} {help}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
