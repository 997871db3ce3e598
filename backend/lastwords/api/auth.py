"""Who gets in: one gate before every route, login by token, sessions kept server-side.

The token stands in the URL that `serve` prints; the page exchanges it for a cookie that no script
can read and no other site can send. Scripts use `Authorization: Bearer`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Request, Response

from lastwords.api.problems import refuse
from lastwords.config import Config
from lastwords.records import LastwordsError, now, timestamp
from lastwords.store import Store

SESSION_LIFE = timedelta(days=30)
WEAKEST_TOKEN = 16  # characters
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Unsafe(LastwordsError):
    """The configuration would let in those who do not belong."""


def check_safe_to_listen(config: Config) -> None:
    """Refuse an address that others reach while only a random token guards it.

    Raises: Unsafe, which says what to set.
    """
    if config.token is not None and len(config.token) < WEAKEST_TOKEN:
        raise Unsafe(f"LASTWORDS_TOKEN is shorter than {WEAKEST_TOKEN} characters; make it longer")
    if is_loopback(config.host) or config.token or config.password_hash:
        return
    raise Unsafe(
        f"{config.host} can be reached from other machines: set LASTWORDS_TOKEN (for example to "
        "what openssl rand -hex 24 prints) or LASTWORDS_PASSWORD_HASH, or stay on 127.0.0.1"
    )


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def login_token(config: Config) -> str:
    """The token in force: the configured one, else a random one kept in the home."""
    if config.token:
        return config.token
    path = config.home / "token"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        if token := path.read_text(encoding="ascii").strip():
            return token
        raise LastwordsError(f"{path} is empty; delete it, and a new token is made") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token


class Gate:
    """Decides for each request whether it may pass."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.token = login_token(config)
        self._hosts = {host.lower() for host in config.allowed_hosts}

    # --- every request -----------------------------------------------------------------------

    def check_host(self, request: Request) -> None:
        """Refuse a Host that is not ours: a name rebound to this address is not this server."""
        host = request.environ.get("HTTP_HOST", "")
        name, _ = split_host(host)
        if name not in _LOOPBACK_NAMES and not {host.lower(), name} & self._hosts:
            raise refuse(
                "host-not-allowed",
                400,
                f"{host!r} is not a name of this server; the admin can add it to "
                "LASTWORDS_ALLOWED_HOSTS",
            )

    def check_origin(self, request: Request) -> None:
        """Refuse what another site sent: by Sec-Fetch-Site where there is one, else by Origin."""
        origin = request.headers.get("Origin")
        if origin in self.config.dev_origins:
            return
        site = request.headers.get("Sec-Fetch-Site")
        navigating = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if site not in (None, "same-origin", "none") and not navigating:
            raise refuse("cross-site-request", 403, f"Sec-Fetch-Site is {site!r}")
        if origin is not None and not same_origin(origin, request):
            raise refuse("cross-site-request", 403, f"Origin {origin!r} is not this server")
        if request.method in SAFE_METHODS or site or origin:
            return
        if self.cookie(request) and not request.headers.get("Authorization"):
            raise refuse(
                "cross-site-request",
                403,
                "a request with a cookie needs an Origin; scripts use Authorization: Bearer",
            )

    def who(self, request: Request) -> str | None:
        """How the caller is logged in: `admin page`, `api`, or None."""
        header = request.headers.get("Authorization", "")
        if header:
            scheme, _, given = header.partition(" ")
            right = scheme.lower() == "bearer" and self.is_token(given.strip())
            return "api" if right else None
        cookie = self.cookie(request)
        since = timestamp(now() - SESSION_LIFE)
        return (
            "admin page" if cookie and self.store.has_session(self.digest(cookie), since) else None
        )

    # --- logging in and out -------------------------------------------------------------------

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def is_password(self, given: str) -> bool:
        if not self.config.password_hash:
            return False
        from argon2 import PasswordHasher  # only where there is a password
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            return PasswordHasher().verify(self.config.password_hash, given)
        except (Argon2Error, InvalidHashError):
            return False

    def open_session(self, request: Request, response: Response) -> None:
        """Set a new session's cookie; its name holds the port, since cookies ignore ports."""
        value = secrets.token_urlsafe(32)
        self.store.add_session(self.digest(value))
        response.set_cookie(
            cookie_name(request),
            value,
            max_age=SESSION_LIFE,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
            path="/",
        )

    def close_session(self, request: Request, response: Response) -> None:
        if cookie := self.cookie(request):
            self.store.remove_session(self.digest(cookie))
        response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="Strict")

    def digest(self, cookie: str) -> str:
        """What the store keeps of a session: useless to log in by, and void with another token."""
        return hmac.digest(self.token.encode(), cookie.encode(), hashlib.sha256).hex()

    def cookie(self, request: Request) -> str | None:
        return request.cookies.get(cookie_name(request))


def cookie_name(request: Request) -> str:
    return f"lastwords_session_{request.environ.get('SERVER_PORT', '')}"


def split_host(host: str) -> tuple[str, str]:
    """A Host header's name in lower case and its port; ("", "") for what is neither."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name, port = host, ""
    elif not port.isdecimal() or not port.isascii():
        return "", ""
    return name.lower(), port


def same_origin(origin: str, request: Request) -> bool:
    """Whether an Origin header names the host this request was sent to, port included."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
