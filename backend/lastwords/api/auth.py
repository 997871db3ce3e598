"""Authentication: one gate before every route, login by token or password, server-side sessions.

The token stands in the URL that `serve` prints; the page exchanges it for a cookie that no script
can read and no other site can send. Scripts use `Authorization: Bearer`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress

from flask import Request, Response

from lastwords.api import origins
from lastwords.api.problems import Problem, refuse
from lastwords.api.rate_limit import Guesses, TooBusy
from lastwords.api.sessions import LIFE, Sessions
from lastwords.config import Config
from lastwords.records import StoreUnavailable
from lastwords.security.startup_checks import login_token
from lastwords.store.runs import Store

MOST_COOKIES = 200  # of one name in a request; a browser keeps fewer of a host
PAGE, API = "admin page", "api"  # how a caller is logged in
_WRONG = "Wrong password or token. Run `lastwords url` on the server for a new link."
# Checked where no password is set, so that the time of an answer does not tell that there is none.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$FkTeed7VqNjy+kMGgM/q5g$"
    "FBKf+1ceZbDM2+JH4aUVM2gmEzjwbxXsElfLfBloMBI"
)


def may_write(caller: str) -> bool:
    """Whether a caller may start, retry and stop runs: whoever has the token, or the password."""
    return caller in (PAGE, API)


class Gate:
    """Decides for each request whether it is allowed."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.token = login_token(config)
        self._guesses = Guesses()
        self._hosts = {host.lower() for host in config.allowed_hosts}
        self._session_key = f"{self.token}\0{config.password_hash}".encode()
        self.credential = hashlib.sha256(b"credential\0" + self._session_key).hexdigest()
        self.sessions = Sessions(store, self.credential)

    # --- every request -----------------------------------------------------------------------

    def check_host(self, request: Request) -> None:
        """Refuse a Host that is not ours."""
        origins.check_host(request, self._hosts)

    def check_origin(self, request: Request) -> None:
        """Refuse what another site sent, and a cookie that changes something without an Origin."""
        origins.check_origin(request, self.config.dev_origins)
        told = request.headers.get("Sec-Fetch-Site") or request.headers.get("Origin")
        if request.method in origins.SAFE_METHODS or told:
            return
        if self.digests(request) and not request.headers.get("Authorization"):
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
            return API if right else None
        return PAGE if self.sessions.has_any(self.digests(request)) else None

    # --- logging in and out -------------------------------------------------------------------

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def is_password(self, request: Request, given: str) -> bool:
        """Whether it is the configured password; as slow where none is configured."""
        from argon2 import PasswordHasher  # only where a password is tried
        from argon2.exceptions import Argon2Error, InvalidHashError

        if self._guesses.was_right(given):
            return True
        try:
            with self._guesses.turn(address_of(request)):
                PasswordHasher().verify(self.config.password_hash or _NOBODYS_HASH, given)
        except TooBusy:
            words = "too many passwords are waiting to be checked; try again"
            raise refuse("too-many-guesses", 429, words, retryAfterSeconds=2) from None
        except (Argon2Error, InvalidHashError):
            return False
        self._guesses.remember_right(given)
        return True

    def wrong(self, request: Request) -> Problem:
        """The answer to a wrong credential: 401, and 429 to who has guessed too often."""
        wait = self._guesses.add(address_of(request))
        if wait is None:
            return refuse("wrong-credentials", 401, _WRONG)
        words = f"too many wrong attempts from your address; wait {wait} s before the next"
        return refuse("too-many-guesses", 429, words, retryAfterSeconds=wait)

    def open_session(self, request: Request, response: Response) -> None:
        """Set a new session's cookie, in place of an earlier one.

        The cookie's name holds the port, since cookies ignore ports.
        """
        with suppress(StoreUnavailable):  # then nobody is logged in by the database
            earlier = [each for each in self.digests(request) if self.sessions.has_any([each])]
            self.sessions.end(earlier)
        value = secrets.token_urlsafe(32)
        self.sessions.add(self.digest(value))
        response.set_cookie(
            cookie_name(request),
            value,
            max_age=LIFE,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
            path="/",
        )

    def close_session(self, request: Request, response: Response) -> None:
        self.sessions.end(self.digests(request))
        self._forget_cookie(request, response)

    def close_all_sessions(self, request: Request, response: Response) -> None:
        """Log everybody out who came in by the page."""
        self.sessions.end_all()
        self._forget_cookie(request, response)

    def _forget_cookie(self, request: Request, response: Response) -> None:
        response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="Strict")

    def digest(self, cookie: str) -> str:
        """What the store keeps of a session: useless to log in by.

        It is void once the token or the password is another one, and for good once a server has
        started with that one.
        """
        return hmac.digest(self._session_key, cookie.encode(), hashlib.sha256).hex()

    def digests(self, request: Request) -> list[str]:
        """Of each cookie that may be a session's.

        Another program of this host can set cookies under the same name, as cookies ignore ports;
        those of a longer path come first, and ours, of the path `/`, last.
        """
        values = request.cookies.getlist(cookie_name(request))
        return [self.digest(value) for value in values[-MOST_COOKIES:] if value]


def cookie_name(request: Request) -> str:
    return f"lastwords_session_{request.environ.get('SERVER_PORT', '')}"


def address_of(request: Request) -> str:
    """Where a request comes from; behind configured proxies, what they say of it."""
    return request.remote_addr or ""
