"""Who is logged in, who may, and read-only links to a run for who may not."""

from __future__ import annotations

from dataclasses import replace

from flask import g

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import caller, run_or_404, services
from lastwords.security.people import Person
from lastwords.security.roles import may_write


@endpoint("GET", "/me", refusals=(422,))
def show_me() -> schema.Me:
    """Show who is logged in, and what they may do."""
    found = caller()
    return schema.Me.model_validate(vars(found) | {"may_write": may_write(found)})


@endpoint("GET", "/people", refusals=(422,))
def list_people() -> schema.PersonList:
    """List who may log in with a token of their own."""
    return schema.PersonList(people=list(map(_person, services().gate.people.all())))


@endpoint("POST", "/people", status=201, refusals=(413, 415, 422))
def add_person(body: schema.NewPerson) -> schema.AddedPerson:
    """Add somebody who may log in; the `token` is told only here."""
    people = services().gate.people
    g.lastwords_detail = f"{body.name}, {body.role}"
    token = people.add(body.name, body.role)
    added = people.by_name(body.name)
    assert added is not None  # a moment ago it was written
    return schema.AddedPerson(**_person(added).model_dump(), token=token)


@endpoint("PATCH", "/people/{name}", refusals=(404, 413, 415, 422))
def change_person(name: str, body: schema.PersonChange) -> schema.Person:
    """Give somebody another role; it holds from their next request."""
    g.lastwords_detail = f"{name}, {body.role}"
    found = _known(name)
    services().gate.people.set_role(name, body.role)
    return _person(replace(found, role=body.role))


@endpoint("DELETE", "/people/{name}", status=204, refusals=(404, 422))
def remove_person(name: str) -> None:
    """Remove somebody: their token and logins end at once; what they did keeps their name."""
    g.lastwords_detail = name
    services().gate.people.remove(_known(name).name)


def _known(name: str) -> Person:
    found = services().gate.people.by_name(name)
    if found is None:
        raise refuse("not-found", 404, f"nobody is called {name!r}")
    return found


def _person(found: Person) -> schema.Person:
    kept = {"name": found.name, "role": found.role, "added_at": found.added_at}
    return schema.Person.model_validate(kept)


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
