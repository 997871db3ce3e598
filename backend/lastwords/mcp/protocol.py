"""One message of the protocol in, one answer out, by either of two revisions.

2026-07-28: every request is complete in itself, with its revision under `_meta`, and in headers
where it comes by HTTP. 2025-11-25 and 2025-06-18: a handshake (`initialize`) comes first; nothing
that we answer depends on it, so there is no session, and a restart of the server costs none.

Covered: tools, resources. Not covered, since nothing here needs it: prompts, sampling,
subscriptions, streams; every answer is one JSON object.
Source: the schemas of both revisions, and how the package `mcp` 2.3.0 serves them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lastwords.mcp import catalogue, resources
from lastwords.mcp.desk import Desk
from lastwords.mcp.errors import (
    HEADER_MISMATCH,
    HTTP_STATUS,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    RESOURCE_NOT_FOUND,
    UNSUPPORTED_VERSION,
    Refused,
)
from lastwords.mcp.quoting import INSTRUCTIONS
from lastwords.records import version

MODERN = "2026-07-28"
HANDSHAKE = ("2025-11-25", "2025-06-18")
SERVED = (MODERN, *HANDSHAKE)
_META = "io.modelcontextprotocol/"
_NAMED = {"tools/call": "name", "resources/read": "uri"}  # what the header Mcp-Name repeats
_ENCODED = re.compile(r"=\?base64\?(.*)\?=")
_PRIVATE = {"cacheScope": "private"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a message is answered with; None for one that wants no answer."""

    body: Json | None
    status: int = 200


@dataclass(frozen=True)
class Request:
    """A request as its method sees it."""

    desk: Desk
    params: Mapping[str, Any]
    revision: str


def answer(desk: Desk, message: object, headers: Mapping[str, str] | None = None) -> Reply:
    """The answer to a message; headers: those it came with, None where there are none.

    Raises whatever a tool does that is no mistake of its caller.
    """
    if isinstance(message, dict) and "id" not in message:
        return _notified(message, headers)
    revision = ""
    try:
        request = _well_formed(message)
        params = request.get("params", {})
        revision = _revision(request, params, headers)
        result = _result(Request(desk, params, revision), request["method"])
    except Refused as refused:
        return error_reply(_id(message), refused, revision in HANDSHAKE)
    return Reply({"jsonrpc": "2.0", "id": request["id"], "result": result})


def error_reply(number: object, refused: Refused, is_old: bool = False) -> Reply:
    """An error; before 2026-07-28 a request's own is sent with the status of an answer."""
    status = 200 if is_old else HTTP_STATUS.get(refused.code, 200)
    return Reply({"jsonrpc": "2.0", "id": number, "error": refused.to_json()}, status)


def _notified(message: Json, headers: Mapping[str, str] | None) -> Reply:
    """Nothing that a client can notify us of means anything here."""
    told = (headers or {}).get("mcp-protocol-version")
    if told is not None and told not in SERVED:
        return error_reply(None, _unsupported(told))
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        return error_reply(None, Refused(INVALID_REQUEST, "not a message of JSON-RPC 2.0"))
    return Reply(None, 202)


def _id(message: object) -> object:
    number = message.get("id") if isinstance(message, dict) else None
    return number if type(number) in (int, str) else None


def _well_formed(message: object) -> Json:
    """A request with an id, a method and, if any, an object of params. Raises: Refused."""
    fields = message if isinstance(message, dict) else {}
    named = isinstance(fields.get("method"), str)
    if not named or fields.get("jsonrpc") != "2.0" or _id(fields) is None:
        raise Refused(INVALID_REQUEST, "the body must be one request or notification of JSON-RPC")
    if not isinstance(fields.get("params", {}), dict):
        raise Refused(INVALID_PARAMS, "params must be an object")
    return fields


def _revision(message: Json, params: Mapping[str, Any], headers: Mapping[str, str] | None) -> str:
    """The revision that a request is to be answered by. Raises: Refused."""
    meta = params.get("_meta")
    is_complete = isinstance(meta, dict) and f"{_META}protocolVersion" in meta
    told = (headers or {}).get("mcp-protocol-version")
    if told in HANDSHAKE:
        return str(told)
    if told is None and (message["method"] == "initialize" or not is_complete):
        return HANDSHAKE[0]
    return _stated(message, params, headers)


def _stated(message: Json, params: Mapping[str, Any], headers: Mapping[str, str] | None) -> str:
    """What a request without a handshake says of itself, and its headers say alike."""
    meta = params.get("_meta")
    needed = [f"{_META}protocolVersion", f"{_META}clientCapabilities"]
    missing = [name for name in needed if not isinstance(meta, dict) or name not in meta]
    if missing:
        raise Refused(INVALID_PARAMS, f"params._meta needs {' and '.join(missing)}")
    assert isinstance(meta, dict)
    stated = meta[needed[0]]
    if headers is not None:
        _check_headers(message, params, stated, headers)
    if stated != MODERN:
        raise _unsupported(stated)
    return MODERN


def _check_headers(
    message: Json, params: Mapping[str, Any], stated: object, headers: Mapping[str, str]
) -> None:
    """Whoever routes by headers and whoever reads the body must see the same request."""
    method = message["method"]
    wanted = [("mcp-protocol-version", stated), ("mcp-method", method)]
    if (name := params.get(_NAMED.get(method, ""))) is not None:
        wanted.append(("mcp-name", name))
    for header, value in wanted:
        if _decoded(headers.get(header)) != value:
            words = f"the header {header} does not match the body"
            raise Refused(HEADER_MISMATCH, words)


def _decoded(value: str | None) -> str | None:
    """A header's value, of which one that is not plain ASCII is sent as Base64."""
    match = _ENCODED.fullmatch(value or "")
    if match is None:
        return value
    try:
        return base64.b64decode(match[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _unsupported(told: object) -> Refused:
    data = {"supported": list(SERVED), "requested": str(told)}
    return Refused(UNSUPPORTED_VERSION, "Unsupported protocol version", data)


def _result(request: Request, method: str) -> Json:
    """What a method answers. Raises: Refused."""
    known = _MODERN_METHODS if request.revision == MODERN else _OLD_METHODS
    if method not in known:
        raise Refused(METHOD_NOT_FOUND, "Method not found", method)
    result = known[method](request)
    if request.revision == MODERN:
        result |= {"resultType": "complete", "_meta": {f"{_META}serverInfo": _server_info()}}
    return result


def _server_info() -> Json:
    return {"name": "lastwords", "title": "Lastwords", "version": version()}


def _described() -> Json:
    return {"capabilities": {"tools": {}, "resources": {}}, "instructions": INSTRUCTIONS}


def _initialize(request: Request) -> Json:
    wanted = request.params.get("protocolVersion")
    agreed = wanted if wanted in HANDSHAKE else HANDSHAKE[0]
    return {"protocolVersion": agreed, "serverInfo": _server_info(), **_described()}


def _discover(request: Request) -> Json:
    return {"supportedVersions": list(SERVED), **_described(), **_kept(request, 3_600_000)}


def _kept(request: Request, milliseconds: int) -> Json:
    """How long an answer may be kept; a question of the newer revision alone."""
    return {"ttlMs": milliseconds, **_PRIVATE} if request.revision == MODERN else {}


def _tools(request: Request) -> Json:
    tools = catalogue.offered(request.desk)
    listed = [{"name": name, **tool.described} for name, tool in tools.items()]
    return {"tools": listed, **_kept(request, 60_000)}


def _call(request: Request) -> Json:
    return catalogue.call(request.desk, request.params.get("name"), request.params.get("arguments"))


def _resources(request: Request) -> Json:
    return {"resources": resources.listed(request.desk), **_kept(request, 0)}


def _templates(request: Request) -> Json:
    return {"resourceTemplates": resources.templates(), **_kept(request, 3_600_000)}


def _read(request: Request) -> Json:
    uri = request.params.get("uri")
    contents = resources.read(request.desk, uri)
    if contents is None:
        code = INVALID_PARAMS if request.revision == MODERN else RESOURCE_NOT_FOUND
        raise Refused(code, "Resource not found", {"uri": uri})
    return {"contents": contents, **_kept(request, 0)}


_MODERN_METHODS: Mapping[str, Callable[[Request], Json]] = {
    "server/discover": _discover,
    "tools/list": _tools,
    "tools/call": _call,
    "resources/list": _resources,
    "resources/templates/list": _templates,
    "resources/read": _read,
}
_OLD_METHODS: Mapping[str, Callable[[Request], Json]] = {
    **{name: find for name, find in _MODERN_METHODS.items() if name != "server/discover"},
    "initialize": _initialize,
    "ping": lambda _: {},
}
