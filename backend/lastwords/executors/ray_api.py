"""Requests to a Ray cluster: its Jobs API over HTTP, with its token.

Each is given up after CALL_SECONDS. No redirect is followed and no proxy is used, so that the token
goes to the named cluster alone. A cluster that answers without a token is not used: whoever reaches
it runs programs on all its machines.
Standard library only.

Source: docs.ray.io/en/latest/cluster/running-applications/job-submission/api.html,
docs.ray.io/en/latest/ray-security/token-auth.html
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from lastwords.executors.engines import CALL_SECONDS, EngineAway, EngineRefused

_MOST_BYTES = 64 << 20  # of an answer: a failed job's has 20,000 characters of its log
_PIECE = 1 << 16


class _Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def words(self) -> str:
        """The last line of what it says: Ray answers with whole tracebacks."""
        lines = self.body.decode("utf-8", "replace").strip(" \n.").splitlines()
        return lines[-1][:300] if lines else f"HTTP {self.status}"


class RayApi:
    """One cluster. token_file: as RAY_AUTH_TOKEN_PATH names it; read anew for each request."""

    def __init__(self, address: str, token_file: Path) -> None:
        self.address = address.rstrip("/")
        self._parts = urlsplit(self.address)
        self._token_file = token_file

    def check_address(self, plain_http: bool) -> None:
        """Refuse to send the token in the clear over a network. Raises: ValueError."""
        host = self._parts.hostname or ""
        if self._parts.scheme == "http" and not plain_http and not _is_loopback(host):
            raise ValueError("would be sent the token unencrypted: use https, or plain_http = true")

    def ask(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> Any:
        """What the cluster answers; None where it says that there is no such thing.

        Raises: EngineAway; EngineRefused.
        """
        answer = self._exchange(method, path, body, self._token())
        if answer.status == 404:
            return None
        if answer.status in (401, 403):
            raise EngineRefused(self._denied(answer.status))
        if 400 <= answer.status < 500:
            raise EngineRefused(f"Ray at {self.address} refused it: {answer.words}")
        if answer.status != 200:
            raise EngineAway(f"Ray at {self.address}: HTTP {answer.status}: {answer.words}")
        return self._read(answer)

    def _read(self, answer: _Answer) -> Any:
        try:
            return json.loads(answer.body) if answer.body else {}
        except ValueError:
            raise EngineAway(f"what answers at {self.address} is not Ray") from None

    def version(self) -> str:
        """That of Ray. Raises: EngineAway; EngineRefused."""
        found = self.ask("GET", "/api/version")
        if not isinstance(found, dict) or not isinstance(found.get("ray_version"), str):
            raise EngineAway(f"what answers at {self.address} is not the dashboard of Ray")
        return str(found["ray_version"])

    def refuse_unguarded(self) -> None:
        """See that the cluster wants a token. Raises: EngineAway; EngineRefused."""
        if self._exchange("GET", "/api/version", None, None).status == 200:
            raise EngineRefused(
                f"Ray at {self.address} answers without a token, so that whoever reaches it runs "
                "programs on all its machines: start it with RAY_AUTH_MODE=token"
            )

    def _denied(self, status: int) -> str:
        if status == 401:
            return f"Ray at {self.address} got no token: see that {self._token_file} holds it"
        return f"Ray at {self.address} does not take the token in {self._token_file}"

    def _token(self) -> str:
        """Raises: EngineRefused."""
        path = self._token_file
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise EngineRefused(f"{path} can be read by others: run chmod 600 {path}")
            token = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise EngineRefused(f"Ray's token cannot be read from {path}: {error}") from None
        if not token.isprintable() or not token:
            raise EngineRefused(f"{path} does not hold a token of Ray")
        return token

    def _exchange(
        self, method: str, path: str, body: dict[str, Any] | bytes | None, token: str | None
    ) -> _Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if isinstance(body, dict):
            headers["Content-Type"], body = "application/json", json.dumps(body).encode()
        connection = _connection(self._parts)
        try:
            connection.request(method, f"{self._parts.path}{path}", body, headers)
            with connection.getresponse() as answer:
                return _Answer(answer.status, _all_of(answer))
        except (OSError, http.client.HTTPException) as error:
            raise EngineAway(f"Ray at {self.address} cannot be reached: {_said(error)}") from error
        finally:
            connection.close()


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=CALL_SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=CALL_SECONDS, context=context)


def _all_of(answer: http.client.HTTPResponse) -> bytes:
    """The whole body, which comes in time: a socket's own limit is for each piece."""
    deadline, found = time.monotonic() + CALL_SECONDS, bytearray()
    while piece := answer.read1(_PIECE):
        found += piece
        if time.monotonic() > deadline or len(found) > _MOST_BYTES:
            raise TimeoutError(f"no whole answer in {CALL_SECONDS:g} s")
    return bytes(found)


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"no answer in {CALL_SECONDS:g} s"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or repr(error)
