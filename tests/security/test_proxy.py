"""People behind a proxy: only what it signed says who they are, checked against real keys."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.conftest import TOKEN
from tests.real import PREFIX
from tests.security.test_people import user

from lastwords.api import close
from lastwords.config import Config
from lastwords.security import proxy
from lastwords.security.startup_checks import Unsafe
from lastwords.server.app import create_app

pytest.importorskip("joserfc", reason="the extra `proxy` is not installed")

AUDIENCE, ISSUER = "lastwords-client", "https://id.example.org"
HEADER = "X-Signed"


class Provider:
    """An identity provider: it signs, and serves the keys to check that by."""

    def __init__(self) -> None:
        from joserfc.jwk import RSAKey

        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.other = RSAKey.generate_key(2048, {"kid": "one"})
        self.listed = [self.key]
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                keys = [key.as_dict(private=False) for key in provider.listed]
                body = json.dumps({"keys": keys}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/keys"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def token(self, key: Any = None, alg: str = "RS256", **claims: Any) -> str:
        from joserfc import jwt

        told: dict[str, Any] = {
            "email": "anna@example.org",
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "1",
        }
        told |= {"iat": int(time.time()), "exp": int(time.time()) + 60, **claims}
        signed = key or self.key
        kept = {name: value for name, value in told.items() if value is not None}
        return str(jwt.encode({"alg": alg, "kid": signed.kid}, kept, signed, algorithms=[alg]))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.stop()


def settings(provider: Provider, home: Path, **more: Any) -> Config:
    asked: dict[str, Any] = {
        "home": home,
        "token": TOKEN,
        "proxy_jwks": provider.url,
        "proxy_header": HEADER,
        "proxy_audience": (AUDIENCE,),
        "proxy_issuer": ISSUER,
        "defaults": {"dataFile": "data.jsonl"},
    }
    return Config(**asked | more)


@pytest.fixture
def behind(provider: Provider, home: Path) -> Iterator[FlaskClient]:
    app = create_app(settings(provider, home))
    yield app.test_client()
    close(app)


def me(client: FlaskClient, token: str, header: str = HEADER) -> tuple[int, Any]:
    answer = client.get(f"{PREFIX}/me", headers={header: token})
    return answer.status_code, answer.get_json()


def test_a_signed_header_says_who_somebody_is(behind: FlaskClient, provider: Provider) -> None:
    status, told = me(behind, provider.token())
    assert (status, told["name"], told["role"]) == (200, "anna@example.org", "viewer")
    assert told["how"] == "proxy"
    assert me(behind, provider.token(aud=["another", AUDIENCE]))[0] == 200


def _unsigned(provider: Provider, alg: str = "none") -> str:
    head, body, _ = provider.token().split(".")
    head = _encoded(json.dumps({"alg": alg, "kid": "one"}).encode())
    return f"{head}.{body}."


def _confused(provider: Provider) -> str:
    """Signed with HMAC, whose key is the public key that everybody can have."""
    _, body, _ = provider.token().split(".")
    head = _encoded(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    key = provider.key.as_pem(private=False)
    return f"{head}.{body}.{_encoded(hmac.digest(key, f'{head}.{body}'.encode(), 'sha256'))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


REFUSED: dict[str, Callable[[Provider], str]] = {
    "forged": lambda one: one.token(key=one.other),
    "changed": lambda one: one.token()[:-8] + "AAAAAAAA",
    "another body": lambda one: ".".join(
        [one.token().split(".")[0], one.token(email="eve@x").split(".")[1]]
        + [one.token().split(".")[2]]
    ),
    "unsigned": _unsigned,
    "alg None": lambda one: _unsigned(one, "None"),
    "no signature": lambda one: _unsigned(one, "RS256"),
    "key confusion": _confused,
    "expired": lambda one: one.token(exp=int(time.time()) - 120),
    "no expiry": lambda one: one.token(exp=None),
    "expiry is a text": lambda one: one.token(exp="9999999999"),
    "not yet": lambda one: one.token(nbf=int(time.time()) + 600),
    "another audience": lambda one: one.token(aud="another"),
    "no audience": lambda one: one.token(aud=None),
    "another issuer": lambda one: one.token(iss="https://evil.example"),
    "no issuer": lambda one: one.token(iss=None),
    "no name": lambda one: one.token(email=None),
    "an unverified address": lambda one: one.token(email_verified=False),
    "the home's own name": lambda one: one.token(email="admin"),
    "two tokens": lambda one: f"{one.token()}, {one.token()}",
    "no token": lambda one: "anna@example.org",
    "too long": lambda one: one.token() + "A" * 20_000,
    "not ASCII": lambda one: "é.é.é",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_nothing_else_is_believed(behind: FlaskClient, provider: Provider, kind: str) -> None:
    assert me(behind, provider.token())[0] == 200
    status, told = me(behind, REFUSED[kind](provider))
    assert (status, told["type"]) == (401, "/problems/wrong-credentials")


@pytest.mark.parametrize(
    "header", ["X-Forwarded-User", "Remote-User", "X-Auth-Request-Email", "X-Forwarded-Email"]
)
def test_a_bare_header_is_never_believed(
    behind: FlaskClient, provider: Provider, header: str
) -> None:
    assert me(behind, "anna@example.org", header)[0] == 401
    assert me(behind, provider.token(), header)[0] == 401


def test_a_person_has_the_role_that_was_given(
    behind: FlaskClient, provider: Provider, home: Path
) -> None:
    sent = {HEADER: provider.token(), "Origin": "http://localhost"}
    assert behind.post(f"{PREFIX}/runs", json={"epochs": 0}, headers=sent).status_code == 403
    user(home, "add", "anna@example.org", "--role", "operator")
    assert behind.post(f"{PREFIX}/runs", json={"epochs": 0}, headers=sent).status_code == 422


def test_what_a_browser_sends_by_itself_changes_nothing_without_an_origin(
    behind: FlaskClient, provider: Provider, home: Path
) -> None:
    user(home, "add", "anna@example.org", "--role", "admin")
    sent = {HEADER: provider.token()}
    answer = behind.post(f"{PREFIX}/runs", json={}, headers=sent)
    assert answer.get_json()["type"] == "/problems/cross-site-request"


def test_tokens_log_in_beside_it(behind: FlaskClient, provider: Provider) -> None:
    for more in ({}, {HEADER: provider.token(key=provider.other)}):
        headers = {"Authorization": f"Bearer {TOKEN}"} | more
        answer = behind.post(f"{PREFIX}/runs", json={"epochs": 0}, headers=headers)
        assert answer.status_code == 422, "a right token is never refused"


def test_the_authorization_header_can_be_the_proxys(provider: Provider, home: Path) -> None:
    app = create_app(settings(provider, home, proxy_header="Authorization"))
    client = app.test_client()
    signed = f"Bearer {provider.token()}"
    assert me(client, signed, "Authorization")[1]["name"] == "anna@example.org"
    assert me(client, f"Bearer {TOKEN}", "Authorization")[1]["name"] == "admin"
    assert me(client, f"Bearer {_unsigned(provider)}", "Authorization")[0] == 401
    start = client.post(f"{PREFIX}/runs", json={}, headers={"Authorization": signed})
    assert start.get_json()["type"] == "/problems/cross-site-request"
    close(app)


def test_keys_are_kept_and_fetched_anew_for_one_that_is_not_known(
    provider: Provider, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from joserfc.jwk import RSAKey

    monkeypatch.setattr(proxy, "PAUSE", 0.0)
    app = create_app(settings(provider, home))
    client, before = app.test_client(), provider.asked
    assert [me(client, provider.token())[0] for _ in range(5)] == [200] * 5
    assert provider.asked == before + 1
    new = RSAKey.generate_key(2048, {"kid": "two"})
    assert me(client, provider.token(key=new))[0] == 401
    provider.listed = [provider.key, new]
    try:
        assert me(client, provider.token(key=new))[0] == 200
    finally:
        provider.listed = [provider.key]
    close(app)


def test_the_keys_absence_refuses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "PAUSE", 0.0)
    gone = Provider()
    app = create_app(settings(gone, home))
    client = app.test_client()
    assert me(client, gone.token())[0] == 200
    gone.stop()
    monkeypatch.setattr(proxy, "FRESH", 0.0)
    assert me(client, gone.token())[0] == 200, "the keys hold for a while"
    monkeypatch.setattr(proxy, "STALE", 0.0)
    status, told = me(client, gone.token())
    assert (status, told["type"]) == (503, "/problems/identity-unavailable")
    assert me(client, f"Bearer {TOKEN}", "Authorization")[0] == 200
    close(app)


def test_keys_may_be_a_file(provider: Provider, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [provider.key.as_dict(private=False)]}))
    app = create_app(settings(provider, home, proxy_jwks=str(file), proxy_role="none"))
    assert me(app.test_client(), provider.token())[0] == 401, "a role of none is none"
    user(home, "add", "anna@example.org", "--role", "viewer")
    assert me(app.test_client(), provider.token())[0] == 200
    close(app)


@pytest.mark.parametrize(
    "wrong", [{"proxy_audience": ()}, {"proxy_jwks": "http://id.example.org/keys"}]
)
def test_what_would_let_anybody_in_does_not_start(
    provider: Provider, home: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Unsafe, match="LASTWORDS_PROXY"):
        create_app(settings(provider, home, **wrong))
