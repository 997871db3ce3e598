"""waitress with deadlines and limits, and with refusals before a request reaches the app.

Covered: clients that send slowly or not at all (408, or closed), more connections than there is
room for (the longest idle one gives way), headers without end (431), bodies without end (413),
request lines and headers that two readers could read differently (400). All as problem+json.
Not covered: as many busy connections as there is room for.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections import Counter
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import BadRequest, RequestHeaderFieldsTooLarge

THREADS = 32
CONNECTIONS = 400  # with files and databases far below the usual limit of 1,024 descriptors
HEADER_BYTES = 64 << 10
MOST_HEADERS = 100
IDLE_SECONDS = 60
HEADER_SECONDS = 20  # to send a whole head
BODY_SECONDS = 60  # to send a whole request
LOOK_SECONDS = 5
LINGER_SECONDS = 5  # in which what a refused client still sends is read, so that it hears why
_ONCE = frozenset(
    b"authorization content-length content-type expect host idempotency-key if-range origin range "
    b"sec-fetch-mode sec-fetch-site transfer-encoding user-agent".split()
)
_SLUGS = {400: "bad-request", 408: "too-slow", 413: "too-large", 431: "too-large"}


class RequestTimeout(BadRequest):  # type: ignore[misc]
    """The request did not come in time."""

    code = 408
    reason = "Request Timeout"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses what a proxy in front could have read in another way."""

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
        if self.proxy_scheme or self.proxy_netloc:
            raise ParsingError("this server is not a proxy: the request line must hold a path")


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """A refusal before the app: problem+json, as every other one."""

    def execute(self) -> None:
        self.channel.refused = True
        error = self.request.error
        slug = _SLUGS.get(error.code, "bad-request" if error.code < 500 else "internal-error")
        problem = {
            "type": f"/problems/{slug}",
            "title": error.reason,
            "status": error.code,
            "detail": str(error.body),
            "instance": "",
        }
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [
            ("Content-Type", "application/problem+json"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store, private"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, with the time that its request began to come."""

    request: Any
    parser_class = Parser
    error_task_class = ProblemTask

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.began: float | None = None
        self.lingers_until: float | None = None
        self.refused = False
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        if self.lingers_until is not None:
            return True
        taken: bool = super().received(data)
        if self.request is None:
            self.began = None
        elif self.began is None:
            self.began = time.time()
        return taken

    def check_client_disconnected(self) -> bool:
        """Whether the client has gone: it closed its side, or the connection was reset.

        The app asks by `waitress.client_disconnected` in its environ while it serves a request,
        when waitress itself reads nothing and so never hears of it.
        """
        poller = select.poll()
        try:
            poller.register(self.socket, select.POLLRDHUP)
        except (OSError, ValueError):  # closed by waitress meanwhile
            return True
        return bool(poller.poll(0))

    def is_late(self, moment: float) -> bool:
        """Whether the request that is coming in takes too long."""
        if self.began is None or self.request is None:
            return False
        allowed = BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS
        return moment - self.began > allowed

    def refuse_as_late(self) -> None:
        """Answer 408 and close, unless an answer is being written just now."""
        with self.requests_lock:
            late, self.request, self.began = self.request, None, None
            if late is None or self.requests:
                self.will_close = True
                return
            if not late.headers_finished:
                late.headers, late.version = {}, "1.1"
            late.error, late.completed = RequestTimeout("the request took too long to arrive"), True
            self.requests.append(late)
        self.server.add_task(self)

    def readable(self) -> bool:
        return self.lingers_until is not None or bool(super().readable())

    def handle_write(self) -> None:
        """As inherited, but after a refusal what still comes is read before the close.

        Source: RFC 9112, 9.6: closing with unread data resets, and the answer may be lost.
        """
        if not (self.refused and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len and not self.will_close:
            self._linger()
        if self.will_close:
            self.handle_close()

    def _linger(self) -> None:
        self.close_when_flushed = False
        self.lingers_until = time.time() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Accepts as long as there is room, and makes room by what has been idle longest."""

    channel_class = Channel

    def readable(self) -> bool:
        if len(self.active_channels) >= CONNECTIONS:
            self._make_room()
        return bool(super().readable())

    def _make_room(self) -> None:
        idle = [channel for channel in self.active_channels.values() if not channel.requests]
        for channel in sorted(idle, key=_last_useful)[: CONNECTIONS // 10]:
            channel.handle_close()

    def maintenance(self, now: float) -> None:
        """Close what is idle, late or refused, every LOOK_SECONDS."""
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.is_late(now):
                channel.refuse_as_late()
            elif channel.lingers_until is not None and now > channel.lingers_until:
                channel.will_close = True


def _last_useful(channel: Channel) -> float:
    """When a connection last did something; a trickling request counts from its beginning."""
    return float(channel.began or channel.last_activity)


def make_server(app: Any, listener: socket.socket, body_limit: int, proxies: int) -> Server:
    """waitress around an app, on a socket that listens.

    proxies: how many reverse proxies stand in front; their word on the client is believed.
    """
    trusted = {
        "trusted_proxy": "*",
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    settings = Adjustments(
        threads=THREADS,
        ident=None,
        connection_limit=CONNECTIONS + 50,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=LOOK_SECONDS,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=body_limit,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
        **(trusted if proxies else {}),
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(THREADS)
    return Server(
        app,
        map={},
        _sock=listener,
        dispatcher=dispatcher,
        adj=settings,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        bind_socket=False,
    )
