"""Who is logged in, and read-only links to a run for who is not."""

from __future__ import annotations

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import caller, run_or_404, services
from lastwords.security.roles import may_write


@endpoint("GET", "/me", refusals=(422,))
def show_me() -> schema.Me:
    """Show who is logged in, and what they may do."""
    found = caller()
    return schema.Me.model_validate(vars(found) | {"may_write": may_write(found)})


@endpoint("GET", "/runs/{id}/links", refusals=(404, 422))
def list_links(run_id: str) -> schema.RunLinks:
    """List the read-only links to a run that are still good."""
    found = services().gate.links.of_run(run_or_404(run_id).id)
    return schema.RunLinks(links=[schema.RunLink.model_validate(vars(link)) for link in found])


@endpoint("POST", "/runs/{id}/links", status=201, refusals=(404, 413, 415, 422))
def create_link(run_id: str, body: schema.NewLink) -> schema.MadeLink:
    """Make a read-only link to a run: masked, until a date; its `path` is told only here."""
    links = services().gate.links
    link, token = links.add(run_or_404(run_id).id, body.days, caller().name)
    return schema.MadeLink.model_validate(vars(link) | {"path": f"/?token={token}"})


@endpoint("DELETE", "/runs/{id}/links/{link}", status=204, refusals=(404, 422))
def revoke_link(run_id: str, link_id: str) -> None:
    """Revoke a link; it opens nothing from then on."""
    if not services().gate.links.revoke(run_or_404(run_id).id, link_id):
        raise refuse("not-found", 404, f"{run_id} has no link {link_id!r}")
