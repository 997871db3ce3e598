"""Endpoints that describe themselves: one decorator for the route, its check and its document.

A view gets the values of its path in their order, and its query and body checked; what it answers
is a model, a Response, or None (204).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError

from lastwords.api.problems import refuse
from lastwords.api.schema import Answer


@dataclass(frozen=True)
class Endpoint:
    """What the OpenAPI document says of a route."""

    method: str
    path: str
    summary: str
    query: type[BaseModel] | None
    body: type[BaseModel] | Mapping[str, Any] | None
    answers: type[Answer] | str | None
    status: int
    refusals: tuple[int, ...]
    public: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


View = Callable[..., Any]
ENDPOINTS: list[Endpoint] = []
_ROUTES: list[tuple[Endpoint, View]] = []
_NO_VALUES: Mapping[str, Any] = {}


def endpoint(
    method: str,
    path: str,
    *,
    answers: type[Answer] | str | None,
    status: int = 200,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | Mapping[str, Any] | None = None,
    refusals: tuple[int, ...] = (),
    public: bool = False,
    headers: Mapping[str, str] = _NO_VALUES,
) -> Callable[[View], View]:
    """Declare a view.

    answers: the model of the JSON, or the media type of other content.
    refusals: statuses of problem+json beside 401, 403 and 500, which every route may answer.
    """

    def declare(view: View) -> View:
        summary = (view.__doc__ or "").strip().split("\n")[0]
        declared = Endpoint(
            method, path, summary, query, body, answers, status, refusals, public, headers
        )
        ENDPOINTS.append(declared)
        _ROUTES.append((declared, view))
        return view

    return declare


def register(blueprint: Blueprint) -> None:
    """Add every declared view to a blueprint."""
    for declared, view in _ROUTES:
        rule = re.sub(r"{(\w+)}", r"<\1>", declared.path).replace("<path>", "<path:path>")
        name = f"{declared.method.lower()}_{view.__name__}"
        blueprint.add_url_rule(rule, name, _wrapped(declared, view), methods=[declared.method])


def paths_beside_an_id() -> dict[str, set[str]]:
    """Addresses such as /runs/curves beside /runs/{id}, each with the methods that it answers."""
    found: dict[str, set[str]] = {}
    paths = {declared.path for declared in ENDPOINTS}
    for declared in ENDPOINTS:
        folder, _, name = declared.path.rpartition("/")
        if name != "{id}" and f"{folder}/{{id}}" in paths:
            also = {"HEAD", "OPTIONS"} if declared.method == "GET" else {"OPTIONS"}
            found.setdefault(declared.path, set()).update({declared.method} | also)
    return found


def public_endpoints() -> set[str]:
    """Names of the views that answer without a login."""
    return {
        f"{declared.method.lower()}_{view.__name__}"
        for declared, view in _ROUTES
        if declared.public
    }


def _wrapped(declared: Endpoint, view: View) -> Callable[..., Response]:
    def answer(**path_values: str) -> Response:
        arguments: dict[str, Any] = {}
        if declared.query:
            arguments["query"] = _parsed(declared.query, _query_values(), 422)
        elif request.args:
            raise refuse("invalid-field", 422, "this address takes no query", field=_first_arg())
        if declared.body is not None:
            arguments["body"] = _body(declared.body)
        return _to_response(view(*path_values.values(), **arguments), declared.status)

    return answer


def _query_values() -> dict[str, str]:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise refuse("invalid-field", 422, f"{name} is given {len(values)} times", field=name)
    return request.args.to_dict()


def _first_arg() -> str:
    return str(next(iter(request.args)))


def _body(model: type[BaseModel] | Mapping[str, Any]) -> Any:
    try:
        values = request.get_json()
    except RecursionError:
        raise refuse("bad-request", 400, "the JSON is nested too deeply") from None
    if not isinstance(values, dict):
        raise refuse("invalid-field", 422, "the body must be a JSON object", field="body")
    return _parsed(model, values, 422) if isinstance(model, type) else values


def _parsed(model: type[BaseModel], values: Mapping[str, Any], status: int) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        detail = f"{name}: {first['msg']} (given: {first['input']!r})"
        raise refuse("invalid-field", status, detail, field=name) from None


def _to_response(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=204)
    if isinstance(answer, BaseModel):
        text = answer.model_dump_json(by_alias=True)
    else:
        text = json.dumps(answer, allow_nan=False)
    return Response(text, status, content_type="application/json")
