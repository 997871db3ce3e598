"""A run's log: its bytes, its lines, its size, and searching it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any, BinaryIO

from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import ClosingIterator

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import folder_of, is_final, run_or_404
from lastwords.api.shared import is_shared, shared_lines
from lastwords.folders.members import members
from lastwords.logs.logfile import open_checked
from lastwords.logs.logsearch import Place, Search, UnusableSearch, find_ripgrep, search
from lastwords.logs.merged import merged_end

CHUNK = 256 << 10


@endpoint(
    "GET",
    "/runs/{id}/log",
    media="text/plain",
    refusals=(404, 412, 416, 422),
    headers={"Range": "bytes=FROM-TO", "If-Range": "an ETag", "If-Match": "an ETag"},
)
def read_log(run_id: str, query: schema.LogQuery) -> Response:
    """The log's bytes, in full or by Range; 416 with the size if the range is past the end."""
    run = run_or_404(run_id)
    folder = folder_of(run, query.attempt, query.rank)
    final = is_final(
        run, query.attempt, folder
    )  # before the bytes, so that the last ones are not missed
    with open_checked(folder) as log:
        file, size = os.fdopen(os.dup(log.fileno()), "rb"), log.size
        status = os.fstat(log.fileno())
    response = send_file(
        file,
        mimetype="text/plain",
        as_attachment=query.download == "1",
        download_name=f"{run.id}-{folder.number}.log",
        conditional=False,
        etag=False,
    )
    response.set_etag(f"{status.st_ino:x}-{size:x}-{status.st_mtime_ns:x}")
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Log-Size"] = str(size)
    response.headers["X-Log-Final"] = "1" if final else "0"
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] and not request.range and query.download == "0":
        return _compressed(response, file)
    if status.st_size > size and not request.range:  # what was added after the end is not sent
        response.response = ClosingIterator(_pieces(file, size), file.close)
        response.direct_passthrough = False
    return _conditional(response, size)


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file."""
    while size and (data := file.read(min(size, CHUNK))):
        size -= len(data)
        yield data


def _compressed(response: Response, file: BinaryIO) -> Response:
    """The whole log as gzip; as such it is another representation, with an ETag of its own."""
    response.set_etag(f"{response.get_etag()[0]}-gzip")
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Content-Length", None)
    response.automatically_set_content_length = False  # which would read the whole first
    response.direct_passthrough = False
    response.response = ClosingIterator(
        _gzipped(file, int(response.headers["X-Log-Size"])), file.close
    )
    response.make_conditional(_asked())
    _unless_changed(response)
    if response.status_code == 304 or request.method == "HEAD":
        response.close()
    return response


def _gzipped(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, compressed while they are read."""
    squeeze = zlib.compressobj(level=1, wbits=16 + zlib.MAX_WBITS)
    for data in _pieces(file, size):
        if packed := squeeze.compress(data):
            yield packed
    yield squeeze.flush()


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
    environ = _asked()
    if asked and asked.ranges and asked.ranges[0][0] < -size:
        del environ["HTTP_RANGE"]  # "the last N bytes" of a log that has fewer is all of it
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return _unless_changed(response)


def _asked() -> dict[str, Any]:
    """The request's environ, where "If-Match: *" holds: werkzeug refuses it of every resource."""
    environ = dict(request.environ)
    if environ.get("HTTP_IF_MATCH", "").strip() == "*":
        del environ["HTTP_IF_MATCH"]
    return environ


def _unless_changed(response: Response) -> Response:
    """The answer, or 412 without a byte where If-Match asked for another version of the log."""
    if response.status_code != 412:
        return response
    response.close()
    raise refuse("precondition-failed", 412, "the log has grown or was replaced")


@endpoint("GET", "/runs/{id}/log/meta", refusals=(404, 422))
def log_meta(run_id: str, query: schema.AttemptQuery) -> schema.LogMeta:
    """The log's size and whether it is final: poll this to follow a log."""
    run = run_or_404(run_id)
    folder = folder_of(run, query.attempt, query.rank)
    with open_checked(folder) as log:
        return schema.LogMeta(
            size=log.size,
            lines=log.count_lines(),
            generation=log.generation,
            final=is_final(run, query.attempt, folder),
        )


@endpoint("GET", "/runs/{id}/log/lines", refusals=(404, 422))
def log_lines(run_id: str, query: schema.LinesQuery) -> schema.LogLines:
    """Lines by number, starting at 1; a huge line comes in pieces."""
    run = run_or_404(run_id)
    with open_checked(folder_of(run, query.attempt, query.rank)) as log:
        if is_shared():
            lines = shared_lines(log, query.from_, query.count, final=is_final(run, query.attempt))
        else:
            lines = log.lines(query.from_, query.count, query.offset)
    return schema.LogLines(lines=[schema.LogLine(**vars(line)) for line in lines])


@endpoint("GET", "/runs/{id}/log/merged", refusals=(404, 422))
def merged_log(run_id: str, query: schema.MergedQuery) -> schema.MergedLog:
    """The last lines of all ranks of a run by time, for display: each rank has its own log."""
    found = merged_end(members(folder_of(run_or_404(run_id), query.attempt, 0)), query.count)
    lines = [schema.MergedLine(rank=rank, **vars(line)) for rank, line in found]
    return schema.MergedLog(lines=lines)


@endpoint("GET", "/runs/{id}/log/search", refusals=(404, 422))
def search_log(run_id: str, query: schema.SearchQuery) -> schema.LogHits:
    """Search the whole log: exact counts; linear-time regular expressions only."""
    run = run_or_404(run_id)
    wanted = Search(query.q, query.regex == "1", query.case == "1")
    place = Place(*map(int, query.cursor.split("-"))) if query.cursor else None
    is_left = request.environ.get("waitress.client_disconnected", lambda: False)
    with open_checked(folder_of(run, query.attempt, query.rank)) as log:
        try:
            found = search(log, wanted, place, find_ripgrep(), is_left)
        except UnusableSearch as error:
            raise refuse("invalid-field", 422, f"q: {error}", field="q") from None
    return schema.LogHits(
        total=found.total,
        hits=[schema.LogHit(**vars(hit)) for hit in found.hits],
        next_cursor="-".join(map(str, astuple(found.following))) if found.following else None,
    )
