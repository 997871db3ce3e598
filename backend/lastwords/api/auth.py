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
from lastwords.security import links, people
from lastwords.security.links import Links
from lastwords.security.people import People
from lastwords.security.proxy import ProxyLogin
from lastwords.security.register import digest_of
from lastwords.security.roles import ADMIN, BY_API, BY_PAGE, OWNER, VIEWER, Caller
from lastwords.security.startup_checks import login_token
from lastwords.store.runs import Store

MOST_COOKIES = 200  # of one name in a request; a browser keeps fewer of a host
_WRONG = "Wrong password or token. Run `lastwords url` on the server for a new link."
# Checked where no password is set, so that the time of an answer does not tell that there is none.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$FkTeed7VqNjy+kMGgM/q5g$"
    "FBKf+1ceZbDM2+JH4aUVM2gmEzjwbxXsElfLfBloMBI"
)


class Gate:
    """Decides for each request whether it is allowed."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.token = login_token(config)
        self.people, self.links = People(config.home), Links(config.home)
        self._proxy = ProxyLogin(config, self.people) if config.proxy_jwks else None
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
        if self._is_ambient(request):
            raise refuse(
                "cross-site-request",
                403,
                "a request with a cookie needs an Origin; scripts use Authorization: Bearer",
            )

    def _is_ambient(self, request: Request) -> bool:
        """Whether a browser would send what logs this request in with every other, too.

        So it does with a cookie, and with what a proxy adds to its requests.
        """
        if request.headers.get("Authorization"):
            by_proxy = self._proxy is not None and self._proxy.header.lower() == "authorization"
            return by_proxy and self.holder(_bearer(request)) is None
        by_proxy = self._proxy is not None and self._proxy.header in request.headers
        return by_proxy or bool(self.digests(request))

    def who(self, request: Request) -> Caller | None:
        """Who sends this: by a token, by what a proxy signed, else by the page's cookie.

        Raises: NoKeys, where what a proxy signed cannot be checked.
        """
        if request.headers.get("Authorization") and (found := self.holder(_bearer(request))):
            return found
        if self._proxy and (signed := request.headers.get(self._proxy.header)):
            return self._proxy.caller(signed)
        if request.headers.get("Authorization"):
            return None
        holders = map(self._holding, self.sessions.holders(self.digests(request)))
        known = sorted(filter(None, holders), key=lambda one: one.run is not None)
        return known[0] if known else None

    def is_wrong(self, request: Request) -> bool:
        """Whether a request tries to log in by what does not: it is counted as a guess."""
        by_proxy = self._proxy is not None and self._proxy.header in request.headers
        return by_proxy or bool(request.headers.get("Authorization"))

    def holder(self, token: str) -> Caller | None:
        """Whose token this is: the home's own, a person's, or a link's."""
        if self.is_token(token):
            return Caller(OWNER, ADMIN)
        if not token.startswith((people.PREFIX, links.PREFIX)):
            return None
        return self._of_digest(digest_of(token), BY_API)

    def _holding(self, holder: str) -> Caller | None:
        """Whose a login by the page is."""
        return self._of_digest(holder, BY_PAGE) if holder else Caller(OWNER, ADMIN, BY_PAGE)

    def _of_digest(self, digest: str, how: str) -> Caller | None:
        if person := self.people.by_digest(digest):
            how = "page" if how == BY_PAGE else how
            return Caller(person.name, person.role, how, key=digest)
        if link := self.links.by_digest(digest):
            return Caller(f"link {link.id} of {link.by}", VIEWER, "link", link.run, digest)
        return None

    # --- logging in and out -------------------------------------------------------------------

    def is_token(self, given: str) -> bool:
        """Whether it is the home's own."""
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode())

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

    def open_session(self, request: Request, response: Response, holder: str = "") -> None:
        """Set a new session's cookie, in place of an earlier one; `holder` is whose it is.

        The cookie's name holds the port, since cookies ignore ports.
        """
        with suppress(StoreUnavailable):  # then nobody is logged in by the database
            earlier = [each for each in self.digests(request) if self.sessions.holders([each])]
            self.sessions.end(earlier)
        value = secrets.token_urlsafe(32)
        self.sessions.add(self.digest(value), holder)
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


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def cookie_name(request: Request) -> str:
    return f"lastwords_session_{request.environ.get('SERVER_PORT', '')}"


def address_of(request: Request) -> str:
    """Where a request comes from; behind configured proxies, what they say of it."""
    return request.remote_addr or ""
