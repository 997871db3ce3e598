"""waitress with deadlines and limits, and with refusals before a request reaches the app.

Covered: clients that send slowly or not at all (408, or closed), that do not take their answer
(closed, and no thread waits for them), more connections than there is room for (the longest idle
one gives way), headers without end (431), bodies without end (413), request lines and headers that
two readers could read differently (400, 505). All as problem+json.
Not covered: as many requests that keep the app busy as there are threads.
"""

from __future__ import annotations

import errno
import fcntl
import heapq
import resource
import select
import socket
import struct
import termios
import threading
import time
from contextlib import suppress
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from lastwords.server.answers import GOES_ON, Answer, Waiting
from lastwords.server.asking import Admits, Asking
from lastwords.server.parsing import Parser, RequestTimeout
from lastwords.server.refusing import ProblemTask

THREADS = 32
CONNECTIONS = 400  # with files and databases far below the usual limit of 1,024 descriptors
OWN_FILES, FILES_OF_A_THREAD = 24, 6  # of the server itself, and of an answer with its database
REST_SECONDS = 0.1  # in which who has come may ask, and nobody is accepted where all is taken
HEADER_BYTES = READ_BYTES = 64 << 10  # the second at once: by 8 KiB a batch takes 110 looks around
BODY_AT_ONCE = 1 << 20
IN_MEMORY = 64 << 20  # bytes of answers that wait there: they come from there, and disks are full
IDLE_SECONDS = 60
HEADER_SECONDS = 20  # to send a whole head
BODY_SECONDS = 60  # to send a whole request
TAKE_SECONDS = 30  # in which a reader takes at least SLOWEST bytes a second, or is none
SLOWEST = 240  # as in IIS and Kestrel: slower than any modem
LOOK_SECONDS = 5
LINGER_SECONDS = 5  # in which what a refused client still sends is read, so that it hears why


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection: since when its request comes in, and how far its answer was taken."""

    request: Any
    parser_class = Parser
    error_task_class = ProblemTask

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.began: float | None = None
        self.lingers_until: float | None = None
        self.refused = False
        self.served = False  # whether it ever had an answer
        self.asks = False  # whether the app is asked whose a body is, which is not read meanwhile
        self.is_behind = False  # whether an answer waits for its reader, without a thread
        self._answer: Answer | None = None
        self._sent = 0
        self._seen: tuple[float, int] | None = None  # the moment of a look, and what was taken then
        super().__init__(*arguments, **named)

    def recv(self, most: int) -> bytes:
        """What came; of a body more at once, since each look around takes all connections."""
        rest = 0 if self.request is None else self.request.body_to_come
        data: bytes = super().recv(max(most, min(rest, BODY_AT_ONCE)))
        return data

    def received(self, data: bytes) -> bool:
        if self.lingers_until is not None:
            return True
        taken: bool = super().received(data)
        if self.request is None:
            self.began = None
        elif self.began is None:
            self.began = time.time()
        if self.request is not None and self.request.is_to_be_asked_for:
            self.request.is_to_be_asked_for, self.asks = False, True
            self.server.add_task(Asking(self, self.request))
        return taken

    def go_on_reading(self, request: Any, may_send: bool) -> None:
        """Read the body of a request, or have the app refuse it by its head."""
        with self.requests_lock:
            self.asks = False
            if self.request is not request:
                return  # it was given up meanwhile
            if may_send and request.awaits_continue:
                self.send_continue()
            elif not may_send:
                request.headers["CONNECTION"], request.completed = "close", True
                self.request, self.began, self.refused = None, None, True
                self.requests.append(request)
                if len(self.requests) == 1:
                    self.server.add_task(self)
        self.server.pull_trigger()

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

    @property
    def useful_at(self) -> float:
        """When it last did something; a trickling request counts from its beginning."""
        return float(self.began or self.last_activity)

    # --- answers -----------------------------------------------------------------------------

    def task_class(self, channel: Channel, request: Any) -> Answer:
        """What serves a request: its answer so far, where there is some."""
        answer, self._answer = self._answer, None
        return answer or Answer(channel, request)

    def service(self) -> None:
        """Serve the first request, or go on with its answer, as far as the reader keeps up."""
        if self._answer and not self.connected:
            self._answer.close()
        if self._leaves_it():
            return
        try:
            super().service()
        except Waiting as waiting:
            self._answer = waiting.answer
            if not self._leaves_it():
                self.server.add_task(self)
        self.served = True

    def _leaves_it(self) -> bool:
        """Whether too much waits to be taken; the main thread has it go on once that is gone."""
        with self.outbuf_lock:
            self.is_behind = self.connected and self.total_outbufs_len > GOES_ON
        if self.is_behind:
            self.server.pull_trigger()
        return self.is_behind

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Inherited, it would keep the thread until there is room."""

    def _go_on(self) -> None:
        with self.outbuf_lock:
            if not self.is_behind or self.total_outbufs_len > GOES_ON:
                return
            self.is_behind = False
        self.server.add_task(self)

    def send(self, data: bytes, do_close: bool = True) -> int:
        if not data:  # a file that was cut since its length was promised
            self.will_close = True
            return 0
        sent: int = super().send(data, do_close)
        self._sent += sent
        return sent

    def is_stuck(self, moment: float) -> bool:
        """Whether the reader takes its answer so slowly that it may never end; asked now and then.

        Taken is what the other side has acknowledged: what the kernel still holds is not (tcp(7)).
        """
        if not self.total_outbufs_len:
            self._seen = None
            return False
        unsent = fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4))
        taken = self._sent - struct.unpack("i", unsent)[0]
        since, before = self._seen = self._seen or (moment, taken)
        if moment - since < TAKE_SECONDS:
            return False
        self._seen = moment, taken
        return bool(taken - before < SLOWEST * (moment - since))

    def give_up(self) -> None:
        """Have it closed when its own turn comes, whether or not anybody reads.

        Closed at once, its number may be given to a new connection while an event of it is still
        to be looked at, which that one then is closed for.
        """
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def handle_close(self) -> None:
        super().handle_close()
        if self.is_behind:
            self.is_behind = False
            if self._answer:
                self._answer.close()

    # --- the connection ----------------------------------------------------------------------

    def readable(self) -> bool:
        return self.lingers_until is not None or (not self.asks and bool(super().readable()))

    def handle_write(self) -> None:
        """As inherited, but after a refusal what still comes is read before the close.

        Source: RFC 9112, 9.6: closing with unread data resets, and the answer may be lost.
        """
        if not (self.refused and self.close_when_flushed) or self.will_close:
            super().handle_write()
            if self.is_behind:
                self._go_on()
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

    def __init__(self, *arguments: Any, room: int, admits: Admits, **named: Any) -> None:
        self._room = room
        self.admits = admits
        self._rests_until = 0.0
        super().__init__(*arguments, **named)

    def readable(self) -> bool:
        if len(self.active_channels) > self._room:
            self._make_room()
        if time.time() < self._rests_until:
            return False
        accepts = bool(super().readable())
        if self.in_connection_overflow:
            self._rest()
        return accepts

    def _rest(self) -> None:
        """Accept nobody for a moment, and look again then, though nothing happens meanwhile."""
        self._rests_until = time.time() + REST_SECONDS
        timer = threading.Timer(REST_SECONDS, self.pull_trigger)
        timer.daemon = True
        timer.start()

    def handle_accept(self) -> None:
        """Take in who waits, more than one at a time: a look at all connections lies between."""
        for count in range(len(self.active_channels), self._room + 1 + self._room // 16):
            super().handle_accept()
            if len(self.active_channels) <= count:
                return

    def accept(self) -> Any:
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._rest()
            self._make_room(1)
            return None

    def _make_room(self, beyond: int = 0) -> None:
        """Close what is worth least where there are too many, but nobody who has only just come.

        beyond: how many are to go though there are not too many.
        """
        staying = [channel for channel in self.active_channels.values() if not channel.will_close]
        idle = [channel for channel in staying if channel.is_behind or not channel.requests]
        before = time.time() - REST_SECONDS
        for channel in heapq.nsmallest(max(beyond, len(staying) - self._room), idle, key=_worth):
            if channel.useful_at < before:
                channel.give_up()

    def maintenance(self, now: float) -> None:
        """Close what is idle, late, stuck or refused, every LOOK_SECONDS."""
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.is_late(now):
                channel.refuse_as_late()
            elif channel.is_stuck(now):
                channel.give_up()
            elif channel.lingers_until is not None and now > channel.lingers_until:
                channel.will_close = True


def _worth(channel: Channel) -> tuple[bool, float]:
    """What is closed first is worth least: what never sent a whole request, longest ago."""
    return channel.served, channel.useful_at


def _means() -> tuple[int, int]:
    """How many threads and connections there is room for among the descriptors we may have."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    threads = min(THREADS, max(2, (limit - OWN_FILES) // (2 * FILES_OF_A_THREAD)))
    return threads, min(CONNECTIONS, max(4, limit - OWN_FILES - threads * FILES_OF_A_THREAD))


def make_server(
    app: Any,
    listener: socket.socket,
    body_limit: int,
    proxies: int,
    admits: Admits = lambda _environ: True,
) -> Server:
    """waitress around an app, on a socket that listens.

    proxies: how many reverse proxies stand in front; their word on the client is believed. admits:
    whether who sends this head may send a larger body than all may.
    """
    trusted = {
        "trusted_proxy": "*",
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    threads, room = _means()
    settings = Adjustments(
        threads=threads,
        ident=None,
        connection_limit=room + room // 8 + 2,  # beside the listener and the trigger
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=LOOK_SECONDS,
        recv_bytes=READ_BYTES,
        outbuf_overflow=IN_MEMORY,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=body_limit,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
        **(trusted if proxies else {}),
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    return Server(
        app,
        map={},
        _sock=listener,
        dispatcher=dispatcher,
        adj=settings,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        room=room,
        admits=admits,
        bind_socket=False,
    )
