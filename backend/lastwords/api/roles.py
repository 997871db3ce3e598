"""Which role each endpoint needs: one table, in which a test looks every route up."""

from __future__ import annotations

from functools import cache

from lastwords.api.endpoints import ENDPOINTS
from lastwords.api.problems import refuse
from lastwords.api.services import caller
from lastwords.security.roles import ADMIN, OPERATOR, VIEWER, Caller, may

# An endpoint that is not here is for admins, until somebody decides.
NEEDED = {
    VIEWER: """
        POST /login
        POST /logout
        GET /me
        GET /runs
        GET /runs/completions
        GET /runs/columns
        GET /runs/compare
        GET /runs/curves
        GET /runs/{id}
        GET /runs/{id}/error
        GET /runs/{id}/diagnosis
        GET /runs/{id}/failure
        GET /runs/{id}/changes
        GET /runs/{id}/report.md
        GET /runs/{id}/metrics
        GET /runs/{id}/artifacts
        GET /runs/{id}/artifacts.zip
        GET /runs/{id}/artifacts/{path}
        GET /runs/{id}/log
        GET /runs/{id}/log/meta
        GET /runs/{id}/log/lines
        GET /runs/{id}/log/merged
        GET /runs/{id}/log/search
        GET /groups
        GET /groups/{id}
        GET /views
        GET /health
        GET /storage
        GET /config
        GET /doctor
        GET /examples
        GET /spec-schema
        GET /openapi.json
    """,
    OPERATOR: """
        POST /runs
        PATCH /runs/{id}
        POST /runs/{id}/cancel
        POST /runs/{id}/lost
        POST /runs/{id}/retry
        DELETE /runs/{id}
        GET /runs/{id}/links
        POST /runs/{id}/links
        DELETE /runs/{id}/links/{link}
        PATCH /groups/{id}
        POST /views
        DELETE /views/{path}
        POST /doctor
        POST /imports
    """,
    ADMIN: """
        DELETE /sessions
        GET /audit
        GET /people
        POST /people
        PATCH /people/{name}
        DELETE /people/{name}
    """,
}
# For machines that send their runs, by tokens that open nothing else (api/shipments.py).
OF_MACHINES = """
    POST /shipments
    POST /shipments/{run}/{attempt}/{member}/batch
    GET /shipments/{run}/{attempt}/{member}/batch
    POST /shipments/{run}/{attempt}/{member}/end
    POST /shipments/{run}/{attempt}/{member}/artifacts
    PUT /shipments/{run}/{attempt}/{member}/artifacts/{path}
"""
# What a read-only link opens, of its own run, masked: nothing that tells of other runs, and no
# search, which would tell a secret by its number of matches.
SHARED = frozenset(
    """
        POST /logout
        GET /me
        GET /runs/{id}
        GET /runs/{id}/error
        GET /runs/{id}/diagnosis
        GET /runs/{id}/report.md
        GET /runs/{id}/metrics
        GET /runs/{id}/log/meta
        GET /runs/{id}/log/lines
    """.strip().split("\n        ")
)


@cache
def _roles() -> dict[str, str]:
    listed = {line.strip(): role for role, lines in NEEDED.items() for line in lines.splitlines()}
    named = {each.name: f"{each.method} {each.path}" for each in ENDPOINTS}
    return {name: listed.get(route, ADMIN) for name, route in named.items()}


@cache
def _shared() -> set[str]:
    return {each.name for each in ENDPOINTS if f"{each.method} {each.path}" in SHARED}


def check_role(somebody: Caller, endpoint: str, run_id: str | None) -> None:
    """Refuse what a caller's role, or a link, does not open. Raises: Problem.

    An address that is no endpoint answers 404 or 405, whoever asks.
    """
    needed = _roles().get(endpoint)
    if somebody.run is not None:
        if endpoint not in _shared() or run_id not in (None, somebody.run):
            raise refuse("role-required", 403, "this link opens one run, to read, and nothing else")
    elif needed is not None and not may(somebody, needed):
        raise refuse("role-required", 403, _words(somebody, needed))


def require(needed: str, what: str) -> None:
    """Refuse what the caller's role does not allow of this one thing. Raises: Problem."""
    if not may(caller(), needed):
        raise refuse("role-required", 403, f"{what} only with the role {needed}")


def _words(somebody: Caller, needed: str) -> str:
    return (
        f"{somebody.name} has the role {somebody.role}, and this needs {needed}: whoever runs the "
        f"server can change that with lastwords user role {somebody.name} {needed}"
    )
