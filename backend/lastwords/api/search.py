"""What helps to find runs: how a query goes on, columns of the list, and saved views."""

from __future__ import annotations

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import services
from lastwords.store import views
from lastwords.store.completion import completions


@endpoint("GET", "/runs/completions", refusals=(422,))
def complete_query(query: schema.CompletionsQuery) -> schema.Completions:
    """List how a query of the list may go on, from `start` on."""
    start, found = completions(query.q, services().store.vocabulary)
    return schema.Completions(
        start=start, completions=[schema.Completion(**vars(each)) for each in found]
    )


@endpoint("GET", "/runs/columns")
def list_columns() -> schema.Columns:
    """List the parameters and metrics that runs can be shown with and sorted by."""
    known = services().store.vocabulary
    return schema.Columns(parameters=known.names(metrics=False), metrics=known.names(metrics=True))


@endpoint("GET", "/views")
def list_views() -> schema.Views:
    """List the saved views, by name."""
    found = views.views(services().store)
    return schema.Views(views=[schema.View(**vars(view)) for view in found])


@endpoint("POST", "/views", refusals=(413, 415, 422))
def save_view(body: schema.NewView) -> schema.View:
    """Save a view: a name for the query string of the list's address."""
    saved = views.save(services().store, views.View(body.name.strip(), body.query))
    return schema.View(**vars(saved))


@endpoint("DELETE", "/views/{path}", status=204, refusals=(404,))
def delete_view(name: str) -> None:
    """Delete a saved view."""
    if not views.remove(services().store, name):
        raise refuse("not-found", 404, f"there is no view {name!r}")
