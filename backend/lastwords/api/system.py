"""The server itself: login, configuration, the form's schema, the examples, the contract."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from lastwords import spec
from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.runs import spec_fields
from lastwords.api.services import home, services
from lastwords.config import describe
from lastwords.demo.build import examples
from lastwords.demo.home import is_demo
from lastwords.presentation.runs import run_json
from lastwords.records import RunNotFound, Status
from lastwords.security.roles import ADMIN, OWNER, Caller
from lastwords.supervision import health
from lastwords.supervision.retention import usage

if TYPE_CHECKING:
    from lastwords.doctor import Finding


@endpoint("POST", "/login", status=204, refusals=(400, 413, 415, 422, 429), public=True)
def login(body: schema.Credentials) -> Response:
    """Exchange the token or the password for a session cookie."""
    gate = services().gate
    holder = gate.holder(body.token) if body.token is not None else None
    if holder is None:
        if body.password is None or not gate.is_password(request, body.password):
            raise gate.wrong(request)
        holder = Caller(OWNER, ADMIN)
    g.lastwords_caller = holder
    response = Response(status=204)
    gate.open_session(request, response, holder.key)
    return response


@endpoint("POST", "/logout", status=204, refusals=(422,))
def logout() -> Response:
    """Revoke this session."""
    response = Response(status=204)
    services().gate.close_session(request, response)
    return response


@endpoint("DELETE", "/sessions", status=204, refusals=(422,))
def log_out_everywhere() -> Response:
    """Revoke every session, including this one; the token still logs in."""
    response = Response(status=204)
    services().gate.close_all_sessions(request, response)
    return response


@endpoint("GET", "/config", refusals=(422,))
def show_config() -> schema.Settings:
    """The current settings and where each comes from; secrets masked."""
    settings = [schema.Setting(**setting) for setting in describe(services().config)]
    return schema.Settings(settings=settings)


@endpoint("GET", "/storage", refusals=(422,))
def show_storage() -> schema.Storage:
    """Used and free disk space, and the retention policy."""
    used = usage(services().config, services().usage)
    runs = [_with_words(size) for size in used["runs"]]
    return schema.Storage.model_validate({**used, "runs": runs})


def _with_words(size: dict[str, Any]) -> dict[str, Any]:
    """What a run is called that takes up room, and whether it may be deleted."""
    words: dict[str, Any] = {"name": None, "status": None, "finishedAt": None, "starred": False}
    with suppress(RunNotFound):
        run = services().store.run(size["id"])
        told = run_json(services().config.home, run)
        words = {name: told[name] for name in words}
        words["name"] = told["name"] or told["shortCommand"]
    return size | words


@endpoint("GET", "/health", refusals=(422,))
def show_health() -> schema.Health:
    """The server's versions, when runs were last checked, and the state of their recorders."""
    watch, active = services().watch, services().store.active()
    supervision = schema.Supervision(
        looked_seconds_ago=watch.age,
        leads=watch.leads,
        queued=sum(run.status == Status.QUEUED for run in active),
    )
    return schema.Health(
        versions=schema.Versions(**vars(health.versions())),
        supervisor=supervision,
        recorders=schema.Recorders.model_validate(vars(health.recorders(active))),
        database=services().store.trouble,
    )


@endpoint("GET", "/examples", refusals=(422,))
def list_examples() -> schema.Examples:
    """The demo's example runs; none if the home is not a demo."""
    found = examples(home()) if is_demo(home()) else []
    return schema.Examples(examples=[schema.Example(**vars(example)) for example in found])


@endpoint("GET", "/spec-schema", refusals=(422,))
def spec_schema() -> schema.SpecSchema:
    """The parameters of a training, with this server's defaults and their limits."""
    defaults = services().config.defaults
    fields = [_spec_field(field, defaults.get(field.name, field.default)) for field in spec.FIELDS]
    if engines := services().supervisor.engines:
        where, *wanted = spec.PLACEMENT
        choices = replace(where, kind="enum", choices=(spec.HERE, *engines))
        fields += [_spec_field(choices, defaults.get(where.name, spec.HERE))]
        fields += [_spec_field(field, defaults.get(field.name)) for field in wanted]
    return schema.SpecSchema(fields=fields)


def _spec_field(field: spec.Field, default: Any) -> schema.SpecField:
    return schema.SpecField(
        name=field.name,
        type=field.kind,
        default=default,
        minimum=field.minimum,
        maximum=field.maximum,
        choices=list(field.choices),
        unit=field.unit,
        help=field.help,
    )


@endpoint("GET", "/doctor", refusals=(422,))
def examine_defaults() -> schema.Doctor:
    """Check for problems that would make a training with the configured defaults fail."""
    from lastwords.doctor import examine  # looks at much that a server's start does not need

    return _doctor(examine(services().config))


@endpoint("POST", "/doctor", fields=spec_fields(), refusals=(400, 413, 415, 422))
def examine_spec(body: dict[str, Any]) -> schema.Doctor:
    """Check for problems that would make this training fail; starts nothing."""
    from lastwords.doctor import examine

    return _doctor(examine(services().config, body))


def _doctor(found: list[Finding]) -> schema.Doctor:
    from lastwords.doctor import worst

    checks = [schema.Finding(**vars(finding)) for finding in found]
    return schema.Doctor(verdict=worst(found), checks=checks)


@endpoint("GET", "/openapi.json", media="application/json", refusals=(422,))
def openapi() -> dict[str, Any]:
    """This document."""
    from lastwords.api.openapi import document

    return document(request.script_root + request.path.removesuffix("/openapi.json"))
