"""Groups: the same error across runs, with a note, an owner, and a mark that it is resolved."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import Problem, refuse
from lastwords.api.services import caller, services
from lastwords.store import fixes, groups


@endpoint("GET", "/groups", refusals=(422,))
def list_groups(query: schema.GroupsQuery) -> schema.GroupPage:
    """List errors grouped across runs, the most recent first or as sorted."""
    wanted = groups.Wanted(query.q, query.state, query.sort)
    page = groups.page(services().store, query.limit, query.cursor, wanted)
    causes = {group.cause for group in page.groups}
    counted = {cause: fixes.worked(services().store, cause) for cause in causes}
    shown = [_shown(group, counted[group.cause]) for group in page.groups]
    counts = schema.GroupCounts(**page.counts)
    return schema.GroupPage(groups=shown, next_cursor=page.next_cursor, counts=counts)


@endpoint("GET", "/groups/{id}", refusals=(404, 422))
def show_group(fingerprint: str) -> schema.Group:
    """Show one group by its fingerprint."""
    found = groups.group(services().store, fingerprint)
    if found is None:
        raise _not_found(fingerprint)
    return _shown(found)


@endpoint("PATCH", "/groups/{id}", refusals=(404, 413, 415, 422))
def change_group(fingerprint: str, body: schema.GroupChange) -> schema.Group:
    """Set a group's note or owner, or mark it as resolved, until a run fails with it again."""
    found = groups.change(
        services().store, fingerprint, body.note, body.resolved, caller().name, body.owner
    )
    if found is None:
        raise _not_found(fingerprint)
    g.lastwords_detail = f"{found.title}: {_told(body)}"
    return _shown(found)


def _told(body: schema.GroupChange) -> str:
    """What was changed, for the audit."""
    said = {True: "resolved", False: "reopened", None: None}[body.resolved]
    owner = body.owner if body.owner is None else f"owner {body.owner or 'nobody'}"
    return ", ".join(filter(None, [said, owner, body.note if body.note is None else "note"]))


def _shown(group: groups.Group, counted: Mapping[str, fixes.Worked] | None = None) -> schema.Group:
    counted = fixes.worked(services().store, group.cause) if counted is None else counted
    known = [
        schema.FixWorked(name=name, of=of, times=times) for name, (of, times) in counted.items()
    ]
    return schema.Group(**vars(group), fixes=known)


def _not_found(fingerprint: str) -> Problem:
    return refuse("not-found", 404, f"no run has the fingerprint {fingerprint!r}")
