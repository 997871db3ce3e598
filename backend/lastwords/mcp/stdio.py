"""The protocol over standard input and output, a message a line, for a home on this machine."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from typing import IO

from lastwords.mcp.desk import Desk
from lastwords.mcp.errors import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, Refused
from lastwords.mcp.protocol import Reply, answer, error_reply

LONGEST = 4 << 20  # bytes of a message

_log = logging.getLogger(__name__)


def serve(desk: Desk) -> None:
    """Answer what comes until there is no more.

    What is printed meanwhile, by whomever, goes to stderr: on stdout stand messages alone.
    """
    own, wire = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with own, wire:
        for line in _lines(own):
            reply = _reply(desk, line)
            if reply.body is not None:
                wire.write(json.dumps(reply.body).encode() + b"\n")
                wire.flush()


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """The messages; None for one that is too long, of which no more is kept."""
    while line := source.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(b"\n"):
            if line.strip():
                yield line
            continue
        while (rest := source.readline(LONGEST)) and not rest.endswith(b"\n"):
            pass
        yield None


def _reply(desk: Desk, line: bytes | None) -> Reply:
    if line is None:
        words = f"a message has at most {LONGEST:,} bytes"
        return error_reply(None, Refused(INVALID_REQUEST, words))
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return error_reply(None, Refused(PARSE_ERROR, "not JSON"))
    number = message.get("id") if isinstance(message, dict) else None
    try:
        desk.supervisor.settle()
        return answer(desk, message)
    except Exception:  # one message that breaks something does not end the others
        _log.exception("a message could not be answered")
        return error_reply(number, Refused(INTERNAL_ERROR, "Internal error; stderr has more"))
