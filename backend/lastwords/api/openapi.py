"""The OpenAPI 3.1 document, made from the declared endpoints.

python -m lastwords.api.openapi > openapi.json
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from lastwords.api.endpoints import ENDPOINTS, Endpoint
from lastwords.api.schema import Answer, ProblemDetails

_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "Done",
    206: "Partial content",
    304: "Not modified",
    400: "Bad request",
    401: "Not logged in",
    403: "Cross-site request, or not allowed for the role",
    404: "Not found",
    409: "Not possible in the run's current status",
    410: "Deleted",
    412: "The log has changed",
    413: "Too large",
    415: "Not JSON",
    416: "Range past the end",
    422: "Invalid field",
    426: "Another version of the protocol",
    429: "Too many wrong passwords or tokens, or requests",
    500: "Internal server error",
    503: "Database unavailable",
    507: "No room",
}
_ALWAYS = (400, 401, 403, 429, 500, 503)
_REF = "#/components/schemas/{model}"


def document(prefix: str = "/api/training") -> dict[str, Any]:
    """The document of the API as mounted at `prefix`."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(prefix + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lastwords", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": _problems(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _schemas() -> dict[str, Any]:
    answers: list[type[BaseModel]] = [ProblemDetails]
    bodies: list[type[BaseModel]] = []
    for endpoint in ENDPOINTS:
        if isinstance(endpoint.answers, type) and endpoint.answers not in answers:
            answers.append(endpoint.answers)
        if isinstance(endpoint.body, type):
            bodies.append(endpoint.body)
    _, definitions = models_json_schema(
        [(model, "serialization") for model in answers]
        + [(model, "validation") for model in bodies],
        ref_template=_REF,
    )
    return dict(definitions["$defs"])


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", f"{endpoint.method.lower()}{endpoint.path}").strip("_")
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": endpoint.summary,
        "parameters": [
            *_path_parameters(endpoint),
            *_query_parameters(endpoint),
            *_headers(endpoint),
        ],
        "responses": _responses(endpoint),
    }
    if endpoint.body is not None:
        content = {"application/json": {"schema": _body_schema(endpoint.body)}}
        operation["requestBody"] = {"required": not endpoint.may_be_empty, "content": content}
    if endpoint.takes is not None:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {endpoint.takes: binary}}
    if endpoint.public:
        operation["security"] = []
    return operation


def _body_schema(body: type[BaseModel] | Mapping[str, Any]) -> Any:
    return _reference(body) if isinstance(body, type) else body


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    whole = endpoint.query.model_json_schema(by_alias=True)
    needed = whole.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _without_null(schema)}
        for name, schema in whole["properties"].items()
    ]


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A query string has no null: what may be left out is simply left out."""
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "title")}
    if kept.get("default", "") is None:
        del kept["default"]
    for option in schema.get("anyOf", []):
        if option.get("type") != "null":
            kept |= option
    return kept


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in endpoint.headers.items()
    ]


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _REASONS[endpoint.status]}
    if isinstance(endpoint.answers, str):
        schema = {} if endpoint.answers == "application/json" else {"type": "string"}
        answer["content"] = {endpoint.answers: {"schema": schema}}
    elif endpoint.answers is not None:
        answer["content"] = {"application/json": {"schema": _reference(endpoint.answers)}}
    responses = {str(endpoint.status): answer}
    if "Range" in endpoint.headers:
        responses |= {"206": answer | {"description": _REASONS[206]}}
        responses |= {"304": {"description": _REASONS[304]}}
    for status in sorted({*_ALWAYS, *endpoint.refusals}):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _problems() -> dict[str, Any]:
    """What every endpoint answers alike, by its status: a problem."""
    content = {"application/problem+json": {"schema": _reference(ProblemDetails)}}
    told = {status for endpoint in ENDPOINTS for status in (*_ALWAYS, *endpoint.refusals)}
    return {
        str(status): {"description": _REASONS[status], "content": content}
        for status in sorted(told)
    }


def _reference(model: type[BaseModel] | type[Answer]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=2)
    sys.stdout.write("\n")
