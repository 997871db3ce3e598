"""What changed between runs, several of them in a table, and a failed one in a bounded answer."""

from __future__ import annotations

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.services import home, run_or_404, services
from lastwords.store.fixes import worked
from lastwords.store.groups import similar
from lastwords.supervision.failures import explain_run


@endpoint("GET", "/runs/{id}/changes", refusals=(404, 422))
def show_changes(run_id: str, query: schema.ChangesQuery) -> schema.Comparison:
    """What changed in a run since the last one like it that completed, or since another."""
    from lastwords.presentation.changes import comparison_json  # reads the patterns of secrets
    from lastwords.supervision.changes import changes_from

    run = run_or_404(run_id)
    earlier = run_or_404(query.earlier) if query.earlier else None
    found = changes_from(services().store, home(), earlier, run)
    if found is None:
        raise refuse("not-found", 404, f"no run like {run.id} has completed before it")
    return schema.Comparison.model_validate(comparison_json(services().config, run, found))


@endpoint("GET", "/runs/compare", refusals=(404, 422))
def compare_runs(query: schema.CompareQuery) -> schema.RunTable:
    """Compare up to 8 runs: how each was started, a row for each parameter, and their results."""
    from lastwords.presentation.run_table import run_table_json
    from lastwords.supervision.changes import rows_of

    runs = [run_or_404(run_id) for run_id in dict.fromkeys(query.ids.split(","))]
    found = run_table_json(services().config, runs, rows_of(home(), runs))
    return schema.RunTable.model_validate(found)


@endpoint("GET", "/runs/{id}/failure", refusals=(404, 422))
def show_failure(run_id: str, query: schema.FailureQuery) -> schema.Failure:
    """Why a run failed in one answer of at most `budget` tokens, for agents and scripts."""
    from lastwords.presentation.changes import changes_json
    from lastwords.presentation.failure import failure_json
    from lastwords.supervision.changes import changes_since_good

    run, config, store = run_or_404(run_id), services().config, services().store
    since = changes_since_good(store, home(), run)
    changes = since and changes_json(config, run, since)
    explanation = explain_run(home(), run)
    alike, known = similar(store, run), worked(store, explanation.cause)
    answer = failure_json(config, run, explanation, alike, changes, query.budget, known)
    return schema.Failure.model_validate(answer)
