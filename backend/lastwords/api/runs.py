"""Runs: list, start, show, cancel, retry, delete, and why one failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from lastwords import spec
from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import refuse
from lastwords.api.roles import require
from lastwords.api.services import (
    at_attempt,
    caller,
    folder_of,
    home,
    run_or_404,
    services,
)
from lastwords.diagnosis import RULES_VERSION
from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import attempt_folder
from lastwords.logs.logfile import LogFile
from lastwords.presentation.ranks import members_json
from lastwords.presentation.runs import diagnosis_json, run_json
from lastwords.records import FINAL, Run, Status, tame
from lastwords.security.roles import ADMIN
from lastwords.store.filters import Filters
from lastwords.store.fixes import worked
from lastwords.store.groups import similar
from lastwords.store.moments import zone_of
from lastwords.store.parameters import values_of
from lastwords.supervision.failures import error_of, explain_run, read_error
from lastwords.supervision.labelling import label

KEY_LIMIT = 200


def spec_fields() -> Mapping[str, Any]:
    """The JSON schema of a spec, from its fields."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _field_schema(field) for field in spec.BY_NAME.values()},
    }


def _field_schema(field: spec.Field) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "maxLength": spec.TEXT_LIMIT}
    described: dict[str, Any] = {"description": field.help}
    if field.kind == "strings":
        return described | {"type": ["array", "null"], "items": text | {"minLength": 1}}
    if field.kind in ("integer", "number"):
        limits = {"minimum": field.minimum, "maximum": field.maximum}
        sizes = ["string"] if field.unit == "bytes" else []  # such as 16GB
        return described | limits | {"type": [field.kind, *sizes, "null"]}
    if field.choices:
        return described | {"enum": [*field.choices, None]}
    return described | text | {"type": ["string", "null"]}


@endpoint("GET", "/runs", refusals=(422,))
def list_runs(query: schema.RunsQuery) -> schema.RunPage:
    """List runs page by page, newest first or as sorted; `q` is a query, see the README."""
    filters = Filters(
        statuses=[part for part in query.status.split(",") if part],
        cause=query.cause or None,
        base_model=query.model or None,
        fingerprint=query.fingerprint or None,
        flag=query.flag or None,
        text=query.q or None,
        zone=zone_of(query.zone),
        sort=query.sort,
    )
    store = services().store
    page = store.page(filters, query.limit, query.cursor)
    places = store.queue_positions() if any(r.status == Status.QUEUED for r in page.runs) else {}
    columns = [name for name in query.columns.split(",") if name]
    rows = [
        run_json(home(), _with_words(run), places.get(run.id)) | {"values": values_of(run, columns)}
        for run in page.runs
    ]
    runs = [schema.Run.model_validate(row) for row in rows]
    return schema.RunPage(
        runs=runs,
        next_cursor=page.next_cursor,
        counts=store.counts(filters),
        out_of_contact=services().unheard.count(filters),
    )


@endpoint(
    "POST",
    "/runs",
    status=202,
    fields=spec_fields(),
    refusals=(400, 413, 415, 422),
    headers={"Idempotency-Key": "the same key with the same body returns the same run"},
)
def create_run(body: dict[str, Any]) -> schema.Run:
    """Start a training: it is queued, and started when its turn comes."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= KEY_LIMIT:
        raise refuse("invalid-field", 422, f"1 to {KEY_LIMIT} characters", field="Idempotency-Key")
    run = services().supervisor.create(body, caller().how, key, caller().name)
    return _shown(run)


@endpoint("GET", "/runs/{id}", refusals=(404, 422))
def show_run(run_id: str) -> schema.RunDetail:
    """Show a run with its attempts, stages and full error."""
    from lastwords.presentation.reproduce import (  # reads the patterns of secrets
        issue_url,
        reproduction,
    )

    run = _with_words(run_or_404(run_id))
    facts = read_facts(folder_of(run, None, 0).events)
    place = services().store.queue_positions().get(run.id)
    shown = run_json(home(), run, place)
    attempts = [
        schema.Attempt.model_validate(vars(item)) for item in services().store.attempts(run)
    ]
    attempts[-1].log_bytes = shown["logBytes"]
    more = {
        "attempts": attempts,
        "stages": [schema.Stage(**vars(stage)) for stage in facts.stages],
        "errorMessage": read_error(home(), run),
        "spec": tame(run.spec),
        "command": tame(run.command),
        "reproduce": schema.Reproduction(**vars(reproduction(services().config, run))),
        "issueUrl": issue_url(services().config, run),
        "changes": _changes(run),
        "members": members_json(home(), run),
    }
    return schema.RunDetail.model_validate(shown | more)


def _changes(run: Run) -> dict[str, Any] | None:
    """What is different since a run like this one completed, for one that failed."""
    from lastwords.presentation.changes import changes_json
    from lastwords.supervision.changes import changes_since_good

    found = changes_since_good(services().store, home(), run)
    return found and changes_json(services().config, run, found)


@endpoint("POST", "/runs/{id}/cancel", status=202, refusals=(404, 409, 422))
def cancel_run(run_id: str) -> schema.Run:
    """Cancel a run: remove it from the queue, or stop its whole process tree."""
    return _shown(services().supervisor.cancel(run_or_404(run_id).id, caller().by))


@endpoint("POST", "/runs/{id}/lost", refusals=(404, 409, 422))
def give_up_run(run_id: str) -> schema.Run:
    """Call a run lost that was started on another machine, which cannot be seen from here."""
    return _shown(services().supervisor.give_up(run_or_404(run_id).id, caller().by))


@endpoint(
    "POST",
    "/runs/{id}/retry",
    status=202,
    may_be_empty=True,
    refusals=(400, 404, 409, 413, 415, 422),
)
def retry_run(run_id: str, body: schema.Retry) -> schema.Run:
    """Queue a new attempt of a finished training or placed command, also with changes."""
    run = run_or_404(run_id)
    return _shown(services().supervisor.retry(run.id, body.set, body.fix, caller().by))


@endpoint("PATCH", "/runs/{id}", refusals=(404, 413, 415, 422))
def change_run(run_id: str, body: schema.RunChange) -> schema.Run:
    """Set a run's name, labels, note or star."""
    change = body.model_dump(exclude_unset=True, by_alias=True)
    change |= change.pop("labels", None) or {}
    return _shown(label(services().supervisor, run_or_404(run_id).id, change, caller().name))


@endpoint("DELETE", "/runs/{id}", status=204, refusals=(404, 409, 422))
def delete_run(run_id: str) -> None:
    """Delete a finished run with its log and artifacts."""
    run = run_or_404(run_id)
    if run.user != caller().name:
        require(ADMIN, f"{run_id} was started by {run.user or run.triggered_by}; it can be deleted")
    services().supervisor.delete(run.id)


@endpoint("GET", "/runs/{id}/error", media="text/plain", refusals=(404, 422))
def show_error(run_id: str, query: schema.AttemptQuery) -> Response:
    """The full error and nothing else, byte for byte as printed."""
    run = at_attempt(_with_words(run_or_404(run_id)), query.attempt, query.rank)
    error = error_of(run)
    if error is None:
        raise refuse("not-found", 404, f"{run.id} is {run.status} and has no error")
    with LogFile(attempt_folder(home(), run.id, run.attempt, run.member)) as log:
        body = b"".join(error.chunks(log))
    return Response(body, content_type="text/plain; charset=utf-8")


@endpoint("GET", "/runs/{id}/diagnosis", refusals=(404, 422))
def show_diagnosis(run_id: str, query: schema.AttemptQuery) -> schema.Diagnosis:
    """Why a run failed: cause, evidence, next steps, fatal traceback and the user's own frame."""
    run = at_attempt(run_or_404(run_id), query.attempt, query.rank)
    explanation = explain_run(home(), run)
    store = services().store
    is_newest = query.attempt in (None, run_or_404(run_id).attempt)
    known = worked(store, explanation.cause) if is_newest else None
    answer = diagnosis_json(home(), run, explanation, similar(store, run), known)
    return schema.Diagnosis.model_validate(answer)


@endpoint("GET", "/runs/{id}/report.md", media="text/markdown", refusals=(404, 422))
def show_report(run_id: str, query: schema.ReportQuery) -> Response:
    """A bug report in Markdown for an issue tracker, secrets masked; or what did not fit in it."""
    from lastwords.presentation.report_process import report_of

    newest = _with_words(run_or_404(run_id))
    run = at_attempt(newest, query.attempt, query.rank)
    attempt = f"?attempt={run.attempt}" if run.attempt != newest.attempt else ""
    link = f"{request.host_url}runs/{run.id}{attempt}"
    report = report_of(services().config, run, _changes(run), link)
    rest = report.overflow
    if query.part == "overflow" and rest is None:
        raise refuse("not-found", 404, f"the report of {run.id} already contains the full error")
    text = rest.text if rest and query.part else report.text
    response = Response(text, content_type="text/markdown; charset=utf-8")
    if rest:
        response.headers["X-Overflow-Name"] = rest.name
        response.headers["X-Overflow-Characters"] = str(len(rest.text))
    if query.part:
        response.headers.set(
            "Content-Disposition", "attachment", filename=rest.name if rest else ""
        )
    return response


def _shown(run: Run) -> schema.Run:
    place = services().store.queue_positions().get(run.id)
    return schema.Run.model_validate(run_json(home(), run, place))


def _with_words(run: Run) -> Run:
    """The run with its cause by today's rules."""
    if run.status in FINAL and run.rules_version not in (None, RULES_VERSION):
        return services().supervisor.refresh_explanation(run)
    return run
