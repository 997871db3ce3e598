"""A run's log: its bytes, its lines, and how far it has grown."""

from __future__ import annotations

import os

from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from lastwords.api import schema
from lastwords.api.contract import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import folder_of, run_or_404
from lastwords.logfile import LogFile, open_log
from lastwords.records import FINAL, Run


def _is_final(run: Run, attempt: int | None) -> bool:
    return run.status in FINAL or (attempt is not None and attempt < run.attempt)


@endpoint(
    "GET",
    "/runs/{id}/log",
    answers="text/plain",
    query=schema.LogQuery,
    refusals=(404, 416, 422),
    headers={"Range": "bytes=FROM-TO", "If-Range": "an ETag"},
)
def read_log(run_id: str, query: schema.LogQuery) -> Response:
    """The log's bytes, whole or by Range; past its end 416 with the size."""
    run = run_or_404(run_id)
    folder = folder_of(run, query.attempt)
    final = _is_final(run, query.attempt)  # before the bytes, so that the last ones are not missed
    descriptor = open_log(folder)
    file = os.fdopen(descriptor, "rb")
    status = os.fstat(descriptor)
    response = send_file(
        file,
        mimetype="text/plain",
        as_attachment=query.download == "1",
        download_name=f"{run.id}-{folder.number}.log",
        conditional=False,
        etag=False,
    )
    response.set_etag(f"{status.st_ino:x}-{status.st_size:x}")
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Log-Size"] = str(status.st_size)
    response.headers["X-Log-Final"] = "1" if final else "0"
    return _conditional(response, status.st_size)


def _conditional(response: Response, size: int) -> Response:
    response.content_length = size
    asked = request.range
    holds = not request.if_range.etag or response.get_etag()[0] == request.if_range.etag
    past = asked and asked.units == "bytes" and asked.ranges and (asked.ranges[0][0] or 0) >= size
    if past and holds:  # an If-Range that no longer holds asks for the whole instead
        response.close()
        problem = refuse(
            "range-not-satisfiable", 416, f"the log has {size} bytes so far", size=size
        )
        raise problem
    environ = dict(request.environ)
    if asked and asked.ranges and asked.ranges[0][0] < -size:
        del environ["HTTP_RANGE"]  # "the last N bytes" of a log that has fewer is all of it
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return response


@endpoint(
    "GET",
    "/runs/{id}/log/meta",
    answers=schema.LogMeta,
    query=schema.AttemptQuery,
    refusals=(404, 422),
)
def log_meta(run_id: str, query: schema.AttemptQuery) -> schema.LogMeta:
    """How large the log is and whether more will come: what a follower polls."""
    run = run_or_404(run_id)
    with LogFile(folder_of(run, query.attempt)) as log:
        return schema.LogMeta(
            size=log.size,
            lines=log.count_lines(),
            generation=log.generation,
            final=_is_final(run, query.attempt),
        )


@endpoint(
    "GET",
    "/runs/{id}/log/lines",
    answers=schema.LogLines,
    query=schema.LinesQuery,
    refusals=(404, 422),
)
def log_lines(run_id: str, query: schema.LinesQuery) -> schema.LogLines:
    """Lines by number, from 1; a huge one in pieces."""
    run = run_or_404(run_id)
    with LogFile(folder_of(run, query.attempt)) as log:
        lines = log.lines(query.from_, query.count, query.offset)
    return schema.LogLines(lines=[schema.LogLine(**vars(line)) for line in lines])
