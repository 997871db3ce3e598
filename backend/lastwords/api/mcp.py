"""The Model Context Protocol by HTTP: the same gate as the API, one JSON object an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed, NotAcceptable, UnsupportedMediaType

from lastwords.api.auth import address_of
from lastwords.api.services import caller, services
from lastwords.security.audit import Entry
from lastwords.security.roles import may_write

if TYPE_CHECKING:
    from lastwords.mcp.desk import Desk
    from lastwords.mcp.protocol import Reply

METHODS = ("POST", "OPTIONS")


def answer_mcp() -> Response:
    """What an agent's request is answered with, once it has passed the gate."""
    if request.method not in METHODS:  # no stream and no session that could be asked for
        raise MethodNotAllowed(valid_methods=METHODS)
    if not request.is_json:
        raise UnsupportedMediaType("the body must be JSON (Content-Type: application/json)")
    if "Accept" in request.headers and not request.accept_mimetypes["application/json"]:
        raise NotAcceptable("answers are application/json: Accept must allow it")
    from lastwords.mcp import errors, protocol  # with the models of the tools, on first use

    try:
        message = json.loads(request.get_data())
    except (ValueError, RecursionError):
        refused = errors.Refused(errors.PARSE_ERROR, "Parse error")
        return _response(protocol.error_reply(None, refused))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return _response(protocol.answer(_desk(), message, headers))


def _desk() -> Desk:
    """This server's home, for the caller of this request."""
    from lastwords.mcp.desk import Desk

    found, who, address = services(), caller(), address_of(request)

    def note(action: str, run_id: str) -> None:
        entry = Entry(action, who=who.how, address=address, run=run_id, detail="mcp", user=who.name)
        found.audit.write(entry)

    home = found.config, found.store, found.supervisor
    return Desk(*home, who.how, may_write(who), note, who.name)


def _response(reply: Reply) -> Response:
    if reply.body is None:
        return Response(status=reply.status)
    return Response(json.dumps(reply.body), reply.status, content_type="application/json")
