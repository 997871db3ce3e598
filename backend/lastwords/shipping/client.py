"""Requests to the server, one connection after the other; no redirect is followed.

Standard library only.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lastwords.basics import LastwordsError
from lastwords.shipping.wire import HEADER, PREFIX, PROTOCOL

CONNECT_SECONDS = 30.0
_MOST_ANSWER = 1 << 20
_COMPRESSED_FROM = 1 << 10
_NO_MORE: Mapping[str, str] = {}
Pieces = Sequence[bytes | memoryview]  # of a body, sent one after the other


class Unreachable(LastwordsError):
    """The server did not answer, or something in between answered for it."""


class Refused(LastwordsError):
    """The server answered, and did not take it."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float | None) -> None:
        self.status, self.problem, self.retry_after = status, problem, retry_after
        self.slug = str(problem.get("type", "")).rpartition("/")[2]
        super().__init__(str(problem.get("detail") or f"HTTP {status}")[:500])


class _Answer(NamedTuple):
    status: int
    type: str
    retry_after: str | None
    body: bytes


class Client:
    """One server."""

    def __init__(self, url: str, ca: str | None = None) -> None:
        self.url = url
        self._ca = ca
        self._parts = urlsplit(url)
        self._connection: http.client.HTTPConnection | None = None
        self._compresses = self._parts.hostname not in ("127.0.0.1", "localhost", "::1")

    def ask(
        self,
        method: str,
        path: str,
        token: str,
        body: Pieces | Mapping[str, Any] | None = None,
        more: Mapping[str, str] = _NO_MORE,
    ) -> dict[str, Any]:
        """What the server answers; `more` are headers. Raises: Refused; Unreachable."""
        headers = {"Authorization": f"Bearer {token}", HEADER: PROTOCOL, **more}
        pieces: Pieces = ()
        if isinstance(body, Mapping):
            headers["Content-Type"], pieces = "application/json", [json.dumps(body).encode()]
        elif body is not None:
            headers["Content-Type"], pieces = "application/octet-stream", body
            if self._compresses and _size(body) >= _COMPRESSED_FROM:
                headers["Content-Encoding"] = "gzip"
                pieces = [gzip.compress(b"".join(body), 1)]
        if body is not None:
            headers["Content-Length"] = str(_size(pieces))
        return self._read(self._tried(method, path, pieces, headers))

    def _tried(self, method: str, path: str, body: Pieces, headers: dict[str, str]) -> _Answer:
        """One try; a connection that had been closed meanwhile is made anew."""
        fresh = self._connection is None
        try:
            return self._exchange(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not fresh and isinstance(error, ConnectionError | http.client.BadStatusLine):
                return self._tried(method, path, body, headers)
            raise Unreachable(f"{self.url}: {_words(error)}") from error

    def _exchange(self, method: str, path: str, body: Pieces, headers: dict[str, str]) -> _Answer:
        connection = self._connection = self._connection or self._connect()
        where = f"{self._parts.path.rstrip('/')}{PREFIX}{path}"
        if not isinstance(connection, http.client.HTTPSConnection) and connection.host != (
            self._parts.hostname
        ):
            where = f"{self._parts.scheme}://{self._parts.netloc}{where}"  # through a proxy
            headers = headers | {"Host": self._parts.netloc}
        if connection.sock is None:
            connection.connect()
        with _in_one_piece(connection.sock):
            connection.request(method, where, body or None, headers)
        answer = connection.getresponse()
        told = answer.getheader("Content-Type", ""), answer.getheader("Retry-After")
        data = answer.read(_MOST_ANSWER)
        if answer.isclosed() is False or answer.will_close:
            self.close()
        return _Answer(answer.status, *told, data)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        proxy = _proxy(self._parts.scheme, host)
        if self._parts.scheme == "http":
            if proxy:
                host, port = proxy.hostname or "", proxy.port
            return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        context = ssl.create_default_context(cafile=self._ca)
        if proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=context)
        tunnel = http.client.HTTPSConnection(
            proxy.hostname or "", proxy.port, timeout=CONNECT_SECONDS, context=context
        )
        tunnel.set_tunnel(host, port)
        return tunnel

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, answer: _Answer) -> dict[str, Any]:
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if 200 <= answer.status < 300 and isinstance(told, dict):
            return told
        if answer.type.startswith("application/problem+json") and isinstance(told, dict):
            wait = answer.retry_after
            seconds = float(wait) if wait and wait.isascii() and wait.isdecimal() else None
            raise Refused(answer.status, told, seconds)
        raise Unreachable(f"{self.url}: HTTP {answer.status} from something that is no Lastwords")


def _size(pieces: Pieces) -> int:
    return sum(map(len, pieces))


@contextmanager
def _in_one_piece(wire: socket.socket) -> Iterator[None]:
    """Send a head with what follows it: each piece would wake the server. Source: tcp(7)."""
    try:
        with suppress(OSError):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        yield
    finally:
        with suppress(OSError):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def _proxy(scheme: str, host: str) -> Any:
    """The proxy of the environment, as curl(1) finds it; none to this machine."""
    excepted = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if host in ("127.0.0.1", "localhost", "::1") or any(
        name == "*" or f".{host}".endswith(f".{name.strip().lstrip('.')}")
        for name in excepted.split(",")
        if name.strip()
    ):
        return None
    name = f"{scheme}_proxy"
    url = os.environ.get(name) or os.environ.get(name.upper())
    return urlsplit(url if "//" in url else f"http://{url}") if url else None


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
