"""Errors as RFC 9457 problem details: one table from an exception to status and type."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from lastwords.logs.logfile import LogUnreadable
from lastwords.logs.logsearch import SearchTooLong
from lastwords.receiving import refusals
from lastwords.records import (
    HomeUnwritable,
    InvalidSpec,
    LastwordsError,
    RunNotFound,
    StoreUnavailable,
    WrongStatus,
)
from lastwords.security.proxy import NoKeys
from lastwords.store.query import InvalidQuery
from lastwords.supervision.deleting import TAKES_NOTHING
from lastwords.supervision.supervisor import KeyReused

BODY_LIMIT = 1 << 20
IMPORT_LIMIT = 64 << 20  # of logs that are dropped on the page; larger ones: lastwords import
IMPORTS = "/imports"

_log = logging.getLogger(__name__)


class Problem(LastwordsError):
    """An error with a problem type of its own."""

    def __init__(self, slug: str, status: int, title: str, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.slug = slug
        self.status = status
        self.title = title
        self.extras = extras


# Exception -> (slug, status, title); a test holds every one of them against the README.
TABLE: dict[type[LastwordsError], tuple[str, int, str]] = {
    RunNotFound: ("run-not-found", 404, "Run not found"),
    WrongStatus: ("wrong-status", 409, "Not possible in the run's current status"),
    InvalidSpec: ("invalid-field", 422, "Invalid field"),
    InvalidQuery: ("invalid-field", 422, "Invalid field"),
    KeyReused: ("idempotency-key-reused", 422, "Idempotency-Key already used for another request"),
    LogUnreadable: ("log-unreadable", 409, "Log cannot be read"),
    SearchTooLong: ("search-too-long", 503, "Search took too long"),
    NoKeys: ("identity-unavailable", 503, "Who you are cannot be checked"),
    HomeUnwritable: ("home-unwritable", 507, "The home folder takes nothing"),
    refusals.Unfit: ("invalid-field", 422, "Invalid field"),
    refusals.OtherProtocol: ("other-protocol", 426, "Another version of the protocol"),
    refusals.Claimed: ("claimed-already", 409, "Claimed before"),
    refusals.Superseded: ("shipment-superseded", 409, "Sent by another process, or ended"),
    refusals.Incomplete: ("shipment-incomplete", 409, "Bytes are missing"),
    refusals.Differs: ("shipment-differs", 422, "Not what was sent"),
    refusals.Gone: ("run-deleted", 410, "The run was deleted"),
    refusals.NoRoom: ("no-room", 507, "No room for runs of other machines"),
    refusals.OverLimit: ("over-limit", 413, "More than may be sent"),
    refusals.TooOften: ("too-often", 429, "Too many requests"),
    StoreUnavailable: ("database-unavailable", 503, "Database unavailable"),
}

# What Problem is raised with, and what stands for HTTP's own errors.
SLUGS = {
    "login-required": "Login required",
    "wrong-credentials": "Login failed",
    "role-required": "Not allowed for your role",
    "too-many-guesses": "Too many wrong passwords or tokens",
    "host-not-allowed": "Host name not allowed",
    "cross-site-request": "Cross-site request refused",
    "wrong-token": "Another kind of token is asked for here",
    "token-void": "Token revoked or expired",
    "token-in-url": "Token not allowed in this URL",
    "invalid-field": "Invalid field",
    "precondition-failed": "The log has changed",
    "range-not-satisfiable": "Range not satisfiable",
    "not-found": "Not found",
    "method-not-allowed": "Method not allowed",
    "unsupported-media-type": "The body must be JSON",
    "bad-request": "Malformed request",
    "too-large": "Request too large",
    "too-slow": "Request timed out",
    "internal-error": "Internal server error",
}

_BY_STATUS = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "invalid-field",
}


def refuse(slug: str, status: int, detail: str, **extras: Any) -> Problem:
    """A problem of the table SLUGS, to be raised."""
    return Problem(slug, status, SLUGS[slug], detail, **extras)


def problem_response(error: Exception) -> Response:
    """Any exception as problem+json; an unexpected one is logged and shows no stack."""
    if isinstance(error, Problem):
        response = _response(error.slug, error.status, error.title, str(error), error.extras)
        if error.status == 416:
            response.headers["Content-Range"] = f"bytes */{error.extras['size']}"
            response.headers["X-Log-Size"] = str(error.extras["size"])
        return response
    if isinstance(error, OSError) and error.errno in TAKES_NOTHING:
        error = HomeUnwritable(
            f"nothing can be written on the server ({error.strerror}): lastwords doctor finds the "
            "cause, lastwords rm deletes old runs"
        )
    for kind, (slug, status, title) in TABLE.items():
        if isinstance(error, kind):
            return _response(slug, status, title, str(error), error.extras)
    if isinstance(error, HTTPException):
        return _of_http(error)
    return _unforeseen(error)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    slug = _BY_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
    response = _response(slug, status, SLUGS[slug], error.description or SLUGS[slug], {})
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "Content-Range"):
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    request_id = secrets.token_hex(8)
    _log.error("request %s failed", request_id, exc_info=error)
    slug = "internal-error"
    detail = f"See the server's log for request ID {request_id}."
    return _response(slug, 500, SLUGS[slug], detail, {"requestId": request_id})


def _response(
    slug: str, status: int, title: str, detail: str, extras: Mapping[str, Any]
) -> Response:
    g.lastwords_problem = slug  # for the audit
    body = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        **extras,
    }
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    if "retryAfterSeconds" in extras:
        response.headers["Retry-After"] = str(extras["retryAfterSeconds"])
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, 15.5.2
    return response
