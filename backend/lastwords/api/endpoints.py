"""Endpoints that describe themselves: one decorator for the route, its check and its document.

A view gets the values of its path in their order, and its query and body checked; what it answers
is a model, a Response, or None (204). Which models these are, its annotations say; they are looked
at with its first request, so that a server's start need not read them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from flask import Blueprint, Response, request
from werkzeug.routing import PathConverter

from lastwords.api.problems import refuse

if TYPE_CHECKING:
    from pydantic import BaseModel

View = Callable[..., Any]


@dataclass(frozen=True)
class Endpoint:
    """What the OpenAPI document says of a route.

    media: of what it answers, where that is no model. fields: the body's schema, likewise. takes:
    the media type of a body that is no JSON. may_be_empty: whether no body is an empty one.
    """

    method: str
    path: str
    view: View
    media: str | None
    fields: Mapping[str, Any] | None
    status: int
    refusals: tuple[int, ...]
    public: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    takes: str | None = None
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        return f"{self.method.lower()}_{self.view.__name__}"

    @property
    def summary(self) -> str:
        return (self.view.__doc__ or "").strip().split("\n")[0]

    @cached_property
    def query(self) -> type[BaseModel] | None:
        return self._annotations.get("query")

    @cached_property
    def body(self) -> type[BaseModel] | Mapping[str, Any] | None:
        return self.fields or self._annotations.get("body")

    @cached_property
    def answers(self) -> type[BaseModel] | str | None:
        """The model of the JSON, or the media type of other content."""
        given = self._annotations["return"]
        return self.media or (given if hasattr(given, "model_fields") else None)

    @cached_property
    def _annotations(self) -> dict[str, Any]:
        return get_type_hints(self.view)


ENDPOINTS: list[Endpoint] = []
_NO_VALUES: Mapping[str, str] = {}
_MOST_QUOTED = 500  # characters of a value that cannot be used


def endpoint(
    method: str,
    path: str,
    *,
    media: str | None = None,
    status: int = 200,
    fields: Mapping[str, Any] | None = None,
    refusals: tuple[int, ...] = (),
    public: bool = False,
    headers: Mapping[str, str] = _NO_VALUES,
    takes: str | None = None,
    may_be_empty: bool = False,
) -> Callable[[View], View]:
    """Declare a view.

    refusals: statuses of problem+json beside 401, 403 and 500, which every route may answer.
    """

    def declare(view: View) -> View:
        ENDPOINTS.append(
            Endpoint(
                method,
                path,
                view,
                media,
                fields,
                status,
                refusals,
                public,
                headers,
                takes,
                may_be_empty,
            )
        )
        return view

    return declare


class FileName(PathConverter):
    """A path in a URL that may hold whatever a file's name can, a line break too."""

    regex = r"[^/][\s\S]*?"


def register(blueprint: Blueprint) -> None:
    """Add every declared view to a blueprint."""
    blueprint.record(lambda state: state.app.url_map.converters.update(file=FileName))
    for declared in ENDPOINTS:
        rule = re.sub(r"{(\w+)}", r"<\1>", declared.path).replace("<path>", "<file:path>")
        blueprint.add_url_rule(rule, declared.name, _wrapped(declared), methods=[declared.method])


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
    return {declared.name for declared in ENDPOINTS if declared.public}


def read_models() -> None:
    """Read what the first request of each endpoint would have to wait for."""
    for declared in ENDPOINTS:
        _ = declared.query, declared.body, declared.answers


def _wrapped(declared: Endpoint) -> Callable[..., Response]:
    def answer(**path_values: str) -> Response:
        arguments: dict[str, Any] = {}
        if declared.query:
            arguments["query"] = _parsed(declared.query, _query_values(), 422)
        elif request.args:
            raise refuse(
                "invalid-field", 422, "this endpoint has no query parameters", field=_first_arg()
            )
        if declared.body is not None:
            arguments["body"] = _body(declared.body, declared.may_be_empty)
        return _to_response(declared.view(*path_values.values(), **arguments), declared.status)

    return answer


def _query_values() -> dict[str, str]:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise refuse("invalid-field", 422, f"{name} appears {len(values)} times", field=name)
    return request.args.to_dict()


def _first_arg() -> str:
    return str(next(iter(request.args)))


def _body(model: type[BaseModel] | Mapping[str, Any], may_be_empty: bool) -> Any:
    try:
        values = {} if may_be_empty and not request.get_data() else request.get_json()
    except RecursionError:
        raise refuse("bad-request", 400, "the JSON is nested too deeply") from None
    if not isinstance(values, dict):
        raise refuse("invalid-field", 422, "the body must be a JSON object", field="body")
    return _parsed(model, values, 422) if isinstance(model, type) else values


def _parsed(model: type[BaseModel], values: Mapping[str, Any], status: int) -> BaseModel:
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        given = "" if model.model_config.get("hide_input_in_errors") else _quoted(first["input"])
        raise refuse(
            "invalid-field", status, f"{name}: {first['msg']}{given}", field=name
        ) from None


def _quoted(given: object) -> str:
    text = repr(given)
    return f" (given: {text})" if len(text) <= _MOST_QUOTED else f" (given: {len(text)} characters)"


def _to_response(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=204)
    if isinstance(answer, dict):
        text = json.dumps(answer, allow_nan=False)
    else:
        text = answer.model_dump_json(by_alias=True)
    return Response(text, status, content_type="application/json")
