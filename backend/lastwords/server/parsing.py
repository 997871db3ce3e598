"""The head of a request, read so that nobody can read it in another way."""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from typing import Any
from weakref import WeakSet

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, RequestHeaderFieldsTooLarge

from lastwords.api.problems import IMPORT_LIMIT, IMPORTS

MOST_HEADERS = 100
MOST_IN_MEMORY = 64  # bodies larger than waitress keeps there, of at most 1 MiB
_ONCE = frozenset(
    b"authorization content-length content-type expect host idempotency-key if-range origin range "
    b"sec-fetch-mode sec-fetch-site transfer-encoding user-agent".split()
)
_VERSIONS = ("1.0", "1.1")
_in_memory: WeakSet[OverflowableBuffer] = WeakSet()
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class RequestTimeout(BadRequest):  # type: ignore[misc]
    """The request did not come in time."""

    code = 408
    reason = "Request Timeout"


class UnknownVersion(BadRequest):  # type: ignore[misc]
    """The request speaks another version of HTTP."""

    code = 505
    reason = "HTTP Version Not Supported"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses what a proxy in front could have read in another way.

    is_to_be_asked_for: whether its body is larger than anybody may send, so that the app is asked
    before it is read; awaits_continue: whether the sender waits for that, too.
    """

    adj: Any
    is_to_be_asked_for = False
    awaits_continue = False
    expect_continue: bool
    body_rcv: Any
    content_length: int

    def parse_header(self, header_plus: bytes) -> None:
        names = Counter(
            line.partition(b":")[0].strip().lower() for line in header_plus.split(b"\r\n")[1:]
        )
        if names.total() > MOST_HEADERS + 1:
            self.error = RequestHeaderFieldsTooLarge(f"more than {MOST_HEADERS} headers")
            self.completed = True
            header_plus = b"GET / HTTP/1.0\r\n"
        elif repeated := [name for name in _ONCE if names[name] > 1]:
            raise ParsingError(f"{repeated[0].decode()} appears {names[repeated[0]]} times")
        elif names[b"content-length"] and names[b"transfer-encoding"]:
            raise ParsingError("both Content-Length and Transfer-Encoding are set")
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of a URL or a number that is none
            raise ParsingError("the request line or Content-Length is malformed") from error
        self._check_line()
        if self.adj.inbuf_overflow < self.content_length < self.adj.max_request_body_size:
            self._keep_in_memory()
        if self.path.endswith(IMPORTS) and (names[b"authorization"] or names[b"cookie"]):
            self._take_more(IMPORT_LIMIT)

    @property
    def body_to_come(self) -> int:
        """Bytes of the body that have not come, if its head says how many it has."""
        return getattr(self.body_rcv, "remain", 0)

    def _keep_in_memory(self) -> None:
        """Write a large body, such as a batch, into no file, where few others are held so."""
        if self.body_rcv is not None and len(_in_memory) < MOST_IN_MEMORY:
            buffer = self.body_rcv.getbuf()
            buffer.overflow = self.content_length + 1
            _in_memory.add(buffer)

    def _take_more(self, limit: int) -> None:
        """Take a larger body, once the app was asked whose it is."""
        settings: Any = copy(vars(self)["adj"])
        if not self.chunked and self.content_length < settings.max_request_body_size:
            return
        settings.max_request_body_size = limit
        self.adj = settings
        self.is_to_be_asked_for = True
        self.awaits_continue, self.expect_continue = bool(self.expect_continue), False

    def _check_line(self) -> None:
        if self.proxy_scheme or self.proxy_netloc:
            raise ParsingError("this server is not a proxy: the request line must hold a path")
        if _CONTROL.search(self.first_line) or "\0" in self.path:
            raise ParsingError("the request line holds a control character")
        if self.version not in _VERSIONS and not self.error:
            self.error = UnknownVersion("only HTTP/1.0 and HTTP/1.1 are supported")
            self.completed = True
