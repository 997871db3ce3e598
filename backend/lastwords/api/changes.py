"""Two runs side by side: what changed from one to the other."""

from __future__ import annotations

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import home, run_or_404, services


@endpoint("GET", "/runs/{id}/changes", refusals=(404, 422))
def show_changes(run_id: str, query: schema.ChangesQuery) -> schema.Comparison:
    """What changed in a run since the last one like it that completed, or since another."""
    from lastwords.presentation.changes import comparison_json  # reads the patterns of secrets
    from lastwords.supervision.changes import changes_between
    from lastwords.supervision.last_good import last_completed_like

    run = run_or_404(run_id)
    if query.earlier:
        found = changes_between(home(), run_or_404(query.earlier), run)
    elif last := last_completed_like(services().store, home(), run):
        found = changes_between(home(), last.run, run, last.likeness)
    else:
        raise refuse("not-found", 404, f"no run like {run.id} has completed before it")
    return schema.Comparison.model_validate(comparison_json(services().config, run, found))
