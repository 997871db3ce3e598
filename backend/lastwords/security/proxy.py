"""People who come through a proxy that signs who they are: a JWT, checked against its keys.

Nothing unsigned is believed. The keys are those of a JWKS, a file or a URL, fetched when they are
first needed, again after ten minutes, and where a token names a key that is not among them. If the
server of the keys is away, they hold for an hour, and then nobody comes in by them.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lastwords.config import Config
from lastwords.records import LastwordsError
from lastwords.security.people import People
from lastwords.security.roles import OWNER, Caller
from lastwords.security.startup_checks import Unsafe

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

BY_PROXY = "proxy"
# Signatures by a private key alone: with HS256 a public key would be a password that all know.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
FRESH, STALE, PAUSE = 600.0, 3600.0, 10.0  # seconds
LEEWAY = 30  # seconds that two clocks may differ
_LONGEST_TOKEN, _MOST_BYTES = 16_384, 1 << 18
_PUBLIC = ("RSA", "EC", "OKP")


class NoKeys(LastwordsError):
    """The keys cannot be had, so that nobody's token can be checked."""


def check_proxy(config: Config) -> None:
    """Refuse settings by which anybody could come in, or nobody. Raises: Unsafe."""
    if config.proxy_jwks is None:
        return
    if not config.proxy_audience:
        raise Unsafe(
            "LASTWORDS_PROXY_JWKS is set without LASTWORDS_PROXY_AUDIENCE: a token that was made "
            "for another program would log in here; set it to the client ID of this one"
        )
    parts = urlsplit(config.proxy_jwks)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Unsafe(
            f"LASTWORDS_PROXY_JWKS is {config.proxy_jwks}, which anybody on the way could answer: "
            "use https, or a file"
        )
    try:
        import joserfc  # noqa: F401  (a tenth of a start, where it is used)
    except ImportError:
        raise Unsafe(
            "LASTWORDS_PROXY_JWKS needs a package: run pip install 'lastwords[proxy]'"
        ) from None


class Keys:
    """The keys of a JWKS, as fresh as they need be."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched = self._tried = -STALE

    def get(self, *, anew: bool = False) -> KeySet:
        """The keys; `anew` where one is missing among them. Raises: NoKeys."""
        with self._lock:
            moment = time.monotonic()
            old = self._keys is None or moment - self._fetched > FRESH
            if (old or anew) and moment - self._tried > PAUSE:
                self._tried = moment
                self._fetch(moment)
            if self._keys is None or moment - self._fetched > STALE:
                raise NoKeys(f"the keys of the proxy cannot be had from {self._source}")
            return self._keys

    def _fetch(self, moment: float) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            listed = json.loads(self._bytes())["keys"]
            public = [key for key in listed if key.get("kty") in _PUBLIC]
            self._keys, self._fetched = KeySet.import_key_set({"keys": public}), moment
        except (OSError, ValueError, KeyError, TypeError, AttributeError, JoseError):
            return  # those of before hold for a while

    def _bytes(self) -> bytes:
        if "://" not in self._source:
            return Path(self._source).expanduser().read_bytes()
        opener = urllib.request.build_opener(_NoRedirect)
        with opener.open(self._source, timeout=5) as answer:
            data: bytes = answer.read(_MOST_BYTES)
            return data


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class ProxyLogin:
    """Who a signed header says that somebody is."""

    def __init__(self, config: Config, people: People) -> None:
        assert config.proxy_jwks
        self.header = config.proxy_header
        self._config = config
        self._people = people
        self._keys = Keys(config.proxy_jwks)

    def caller(self, token: str) -> Caller | None:
        """None for a token that is forged, unsigned, expired, or for somebody else.

        Raises: NoKeys, where that cannot be told.
        """
        token = token.removeprefix("Bearer ").strip()
        if len(token) > _LONGEST_TOKEN or token.count(".") != 2 or not token.isascii():
            return None
        claims = self._claims(token)
        return self._of(claims) if claims else None

    def _claims(self, token: str) -> Mapping[str, Any] | None:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        try:
            try:
                found = jwt.decode(token, self._keys.get(), algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                found = jwt.decode(token, self._keys.get(anew=True), algorithms=ALGORITHMS)
            self._registry().validate(found.claims)
        except (JoseError, ValueError, TypeError):
            return None
        claims: Mapping[str, Any] = found.claims
        return claims

    def _registry(self) -> Any:
        from joserfc import jwt

        wanted: dict[str, Any] = {
            "exp": {"essential": True},
            "aud": {"essential": True, "values": list(self._config.proxy_audience)},
        }
        if self._config.proxy_issuer:
            wanted["iss"] = {"essential": True, "value": self._config.proxy_issuer}
        return jwt.JWTClaimsRegistry(leeway=LEEWAY, **wanted)

    def _of(self, claims: Mapping[str, Any]) -> Caller | None:
        name = claims.get(self._config.proxy_claim)
        if not isinstance(name, str) or not name.strip() or len(name) > 200:
            return None
        if self._config.proxy_claim == "email" and claims.get("email_verified") is False:
            return None  # an address that anybody may have given
        if name.casefold() == OWNER:
            return None
        known = self._people.by_name(name)
        role = known.role if known else self._config.proxy_role
        return None if role == "none" else Caller(name, role, BY_PROXY)
