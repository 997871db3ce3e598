"""What a run leaves besides its log: artifacts, metrics, system usage."""

from __future__ import annotations

import re

from flask import Response, send_file

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import folder_of, is_final, run_or_404, services
from lastwords.folders.events import read_facts
from lastwords.folders.zipped import archived, artifacts_of
from lastwords.measurements.downsampling import thinned_metrics, thinned_resources
from lastwords.measurements.metrics import (
    read_metrics,
    read_resources,
    unread_metrics,
    unread_resources,
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@endpoint("GET", "/runs/{id}/artifacts", refusals=(404, 422))
def show_artifacts(run_id: str, query: schema.AttemptQuery) -> schema.Artifacts:
    """List the files a training wrote, with their checksums."""
    run = run_or_404(run_id)
    folder = folder_of(run, query.attempt, query.rank or 0)
    found, total = services().artifacts.listed(folder, final=is_final(run, query.attempt))
    artifacts = [vars(artifact) for artifact in found]
    return schema.Artifacts.model_validate({"artifacts": artifacts, "total": total})


@endpoint(
    "GET", "/runs/{id}/artifacts/{path}", media="application/octet-stream", refusals=(404, 422)
)
def download_artifact(run_id: str, path: str, query: schema.AttemptQuery) -> Response:
    """Download one of those files."""
    run = run_or_404(run_id)
    file = services().artifacts.open(folder_of(run, query.attempt, query.rank or 0), path)
    if file is None:
        raise refuse("not-found", 404, f"{run.id} has no artifact with this name")
    name = _CONTROL.sub("_", path.rpartition("/")[2])  # which a header cannot hold
    return send_file(
        file,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        conditional=False,
        etag=False,
    )


@endpoint("GET", "/runs/{id}/artifacts.zip", media="application/zip", refusals=(404, 422))
def download_all(run_id: str, query: schema.AttemptQuery) -> Response:
    """Download all of those files in one archive."""
    run = run_or_404(run_id)
    found, folder = services().artifacts, folder_of(run, query.attempt, query.rank or 0)
    if not found.changed(folder):
        raise refuse("not-found", 404, f"{run.id} has no artifacts")
    answer = Response(archived(artifacts_of(found, folder)), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{run.id}.zip")
    return answer


@endpoint("GET", "/runs/{id}/metrics", refusals=(404, 422))
def show_metrics(run_id: str, query: schema.MetricsQuery) -> schema.Metrics:
    """Metrics by step, and system usage over time."""
    folder = folder_of(run_or_404(run_id), query.attempt, query.rank or 0)
    facts = read_facts(folder.events)
    metrics, resources = read_metrics(folder, facts), read_resources(folder)
    skipped, left_out = unread_metrics(folder, facts)
    total = len(metrics)
    if query.points is not None:
        metrics = thinned_metrics(metrics, query.points)
        resources = thinned_resources(resources, query.points)
    used = [schema.Resources.model_validate(sample) for sample in resources]
    return schema.Metrics(
        metrics=metrics,
        resources=used,
        total=total,
        skipped_bytes=skipped + unread_resources(folder),
        skipped_metrics=left_out,
    )


@endpoint("GET", "/runs/curves", refusals=(404, 422))
def show_curves(query: schema.CurvesQuery) -> schema.Curves:
    """The losses of several runs, reduced to draw them in a list."""
    found = services().curves
    runs = [run_or_404(run_id) for run_id in dict.fromkeys(query.ids.split(","))]
    return schema.Curves(curves={run.id: found.of(run) for run in runs})
