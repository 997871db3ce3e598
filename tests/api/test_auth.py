"""Who gets in: nobody without a login, nobody from another site, no token where it can leak."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from tests.api.test_runs import failed
from tests.conftest import TOKEN
from tests.real import PREFIX
from werkzeug.routing import Rule

from lastwords.api import close
from lastwords.api.auth import Gate
from lastwords.config import Config
from lastwords.server.app import create_app
from lastwords.store.runs import Store

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PUBLIC = {"_healthz", "_page", "lastwords.post_login"}


def _address(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "run_20260101_000000", rule.rule)


def test_no_route_answers_without_a_login_but_the_public_ones(
    app: Flask, anonymous: FlaskClient
) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        for method in METHODS:
            with anonymous.open(_address(rule), method=method) as answer:
                assert answer.status_code in (401, 405), (rule.rule, method, answer.status_code)
                assert b'"runs"' not in answer.data


def test_the_public_routes_are_just_these(app: Flask) -> None:
    public = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in PUBLIC}
    assert public == {"/", "/<path:path>", "/healthz", f"{PREFIX}/login"}


def test_every_route_of_the_api_says_401_as_problem_json(
    app: Flask, anonymous: FlaskClient
) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX) or rule.endpoint in PUBLIC:
            continue
        for method in rule.methods or ():
            answer = anonymous.open(_address(rule), method=method)
            assert answer.status_code == 401, (rule.rule, method)
            assert answer.content_type == "application/problem+json"
            if method != "HEAD":
                assert answer.get_json()["type"] == "/problems/login-required"


def test_the_public_pages_hold_nothing_of_a_run(
    anonymous: FlaskClient, client: FlaskClient
) -> None:
    run_id = failed(client)
    for path in ("/", "/healthz", f"/runs/{run_id}", "/anything"):
        with anonymous.get(path) as answer:
            assert run_id.encode() not in answer.data


def test_healthz_says_ok_and_nothing_else(anonymous: FlaskClient) -> None:
    assert anonymous.get("/healthz").data == b"ok\n"


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"],
)
def test_a_wrong_authorization_is_401_even_with_a_good_cookie(
    anonymous: FlaskClient, header: str
) -> None:
    anonymous.get(f"/?token={TOKEN}")
    answer = anonymous.get(f"{PREFIX}/runs", headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_word_bearer_is_known_in_any_case(anonymous: FlaskClient) -> None:
    headers = {"Authorization": f"bEARER {TOKEN}"}
    assert anonymous.get(f"{PREFIX}/runs", headers=headers).status_code == 200


# --- logging in ----------------------------------------------------------------------------------


def test_the_token_in_the_url_becomes_a_cookie_and_leaves_the_url(anonymous: FlaskClient) -> None:
    answer = anonymous.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    assert anonymous.get(f"{PREFIX}/runs").status_code == 200


def test_a_wrong_token_in_the_url_gives_no_cookie(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/?token=wrong")
    assert answer.status_code == 303 and "Set-Cookie" not in answer.headers


def test_the_cookies_name_holds_the_port(anonymous: FlaskClient) -> None:
    answer = anonymous.get(f"/?token={TOKEN}", base_url="http://127.0.0.1:8123")
    assert answer.headers["Set-Cookie"].startswith("lastwords_session_8123=")


@pytest.mark.parametrize("path", [f"{PREFIX}/runs", "/runs", "/assets/x.js", f"{PREFIX}/login"])
def test_a_token_anywhere_else_in_a_url_is_refused(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?token={TOKEN}")
    assert answer.status_code == 400 and "Set-Cookie" not in answer.headers
    assert TOKEN not in answer.text


def test_login_and_logout(anonymous: FlaskClient) -> None:
    wrong = anonymous.post(f"{PREFIX}/login", json={"token": "wrong"})
    assert wrong.status_code == 401
    assert wrong.get_json()["type"] == "/problems/wrong-credentials"
    assert "Wrong password or token" in wrong.get_json()["detail"]
    assert anonymous.post(f"{PREFIX}/login", json={"token": TOKEN}).status_code == 204
    cookie = anonymous.get_cookie("lastwords_session_80")
    assert cookie is not None and anonymous.get(f"{PREFIX}/runs").status_code == 200
    headers = {"Origin": "http://localhost"}
    assert anonymous.post(f"{PREFIX}/logout", headers=headers).status_code == 204
    anonymous.set_cookie("lastwords_session_80", cookie.value)
    assert anonymous.get(f"{PREFIX}/runs").status_code == 401


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": ""}, {"password": ""}])
def test_nothing_is_no_login(anonymous: FlaskClient, body: dict[str, str]) -> None:
    assert anonymous.post(f"{PREFIX}/login", json=body).status_code == 401


@pytest.mark.parametrize("body", ['{"token": "\\ud800"}', '{"token": 5}', '{"user": "x"}', "[]"])
def test_a_login_of_another_form_is_422(anonymous: FlaskClient, body: str) -> None:
    answer = anonymous.post(f"{PREFIX}/login", data=body, content_type="application/json")
    assert answer.status_code == 422


def test_a_password_logs_in_where_one_is_set(config: Config) -> None:
    from dataclasses import replace

    quick = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    app = create_app(replace(config, password_hash=quick.hash("a long password")))
    client = app.test_client()
    assert client.post(f"{PREFIX}/login", json={"password": "wrong"}).status_code == 401
    assert client.post(f"{PREFIX}/login", json={"password": "a long password"}).status_code == 204
    close(app)


# --- host ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.evil.example",
        "localhost@evil",
        "evil@localhost",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "localhost.",
        "localhost:80:80",
        "localhost:x",
        "[::1",
        "::1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz", f"{PREFIX}/runs"])
def test_a_host_that_is_not_ours_is_refused(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400, host
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:7700", "127.0.0.1", "127.0.0.1:7700", "[::1]", "[::1]:7700"]
)
def test_the_names_of_loopback_are_ours_at_any_port(client: FlaskClient, host: str) -> None:
    assert client.get(f"{PREFIX}/runs", headers={"Host": host}).status_code == 200


def test_a_configured_host_is_ours_at_its_port_or_at_any(config: Config) -> None:
    from dataclasses import replace

    app = create_app(replace(config, allowed_hosts=("adminbox", "other.example:8000")))
    client = app.test_client()

    def status(host: str) -> int:
        return client.get("/healthz", headers={"Host": host}).status_code

    hosts = ("adminbox", "AdminBox:9", "other.example:8000", "other.example", "x.adminbox")
    assert [status(host) for host in hosts] == [200, 200, 200, 400, 400]
    close(app)


# --- origin --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "odd"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "localhost"},
        {"Origin": "http://["},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_request_from_another_site_is_refused_even_with_the_token(
    client: FlaskClient, headers: dict[str, str], method: str
) -> None:
    answer = client.open(f"{PREFIX}/runs", method=method, headers=headers)
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/cross-site-request"


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_a_request_from_the_page_itself_passes(
    anonymous: FlaskClient, headers: dict[str, str]
) -> None:
    anonymous.get(f"/?token={TOKEN}")
    answer = anonymous.post(f"{PREFIX}/runs", json={"epochs": 0}, headers=headers)
    assert answer.status_code == 422


def test_a_cookie_alone_changes_nothing_without_an_origin(anonymous: FlaskClient) -> None:
    anonymous.get(f"/?token={TOKEN}")
    assert anonymous.post(f"{PREFIX}/runs", json={}).status_code == 403
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = anonymous.post(f"{PREFIX}/runs", json={"epochs": 0}, headers=headers)
    assert answer.status_code == 422


def test_a_preflight_from_another_origin_gets_no_permission(anonymous: FlaskClient) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = anonymous.options(f"{PREFIX}/runs", headers=headers)
    assert answer.status_code in (401, 403)
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]


def test_a_named_development_origin_gets_permission_and_no_other(config: Config) -> None:
    from dataclasses import replace

    app = create_app(replace(config, dev_origins=("http://localhost:5173", "http://[::1]:5173")))
    client = app.test_client()
    for origin, allowed in [
        ("http://localhost:5173", True),
        ("http://localhost:5174", False),
        ("http://[::1]:5173", True),
        ("http://1:5173", False),  # which the address matches, read as a pattern
    ]:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = client.options(f"{PREFIX}/runs", headers=headers)
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    close(app)


def test_a_form_of_another_site_is_no_json(client: FlaskClient) -> None:
    answer = client.post(f"{PREFIX}/runs", data='{"epochs": 0}', content_type="text/plain")
    assert answer.status_code == 415


def test_every_answer_carries_its_protection(client: FlaskClient, anonymous: FlaskClient) -> None:
    for who, path in [(client, f"{PREFIX}/runs"), (anonymous, f"{PREFIX}/runs"), (client, "/")]:
        with who.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "Cookie" in answer.headers["Vary"]
    assert client.get(f"{PREFIX}/runs").headers["Cache-Control"] == "no-store, private"


def test_a_long_address_is_not_found_and_no_error_of_the_server(anonymous: FlaskClient) -> None:
    with anonymous.get("/" + "a" * 3000, headers={"Host": "127.0.0.1"}) as answer:
        assert answer.status_code in (200, 503)  # the page, or that it is not built


def test_another_token_or_password_voids_the_sessions_for_good(
    config: Config, store: Store
) -> None:
    usual = replace(config, token="old-token-0123456789")
    another = replace(usual, token="new-token-0123456789")
    for other in (another, replace(usual, password_hash="$argon2id$x")):
        old = Gate(usual, store)
        store.add_session(old.digest("cookie"), old.credential)
        assert store.session_holders([old.digest("cookie")], "")
        new = Gate(other, store)
        assert not store.session_holders([new.digest("cookie")], "")
        assert not store.session_holders([old.digest("cookie")], "")
