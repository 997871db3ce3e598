"""Nobody gets in who does not belong: login, hosts, origins, guesses, sessions."""

from __future__ import annotations

import json
import re

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import TOKEN
from tests.real import PREFIX, Server, until
from tests.security.conftest import PASSWORD, Target
from werkzeug.routing import Map

from lastwords.api.origins import split_host
from lastwords.config import Config
from lastwords.server.app import create_app

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PUBLIC = {"/", "/<path:path>", "/healthz", f"{PREFIX}/login"}


def _rules(config: Config) -> Map:
    from lastwords.api import close

    app = create_app(config)
    close(app)
    return app.url_map


def test_s01_no_route_answers_any_method_without_a_login(target: Target, config: Config) -> None:
    for rule in _rules(config).iter_rules():
        if rule.rule in PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", target.run_id, rule.rule)
        for method in METHODS:
            answer = target.server.ask(method, path, b"{}", login=False)
            assert answer.status in (401, 404, 405), (method, path, answer.status)
            assert target.run_id.encode() not in answer.body.replace(path.encode(), b"")
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    [
        b"Host: evil.example",
        b"Host: 127.0.0.1.evil.example",
        b"Host: 10.evil.example",
        b"Host: localhost@evil",
        b"Host: 0.0.0.0",
        b"Host: 127.1",
        b"Host: 2130706433",
        b"Host: 0x7f000001",
        b"Host: [::ffff:127.0.0.1]",
        b"Host: localhost.",
        b"Host: localhost:7700:7700",
        b"Host: localhost:\xd9\xa1",
        b"Host: localhost,evil.example",
        b"Host: localhost evil.example",
        b"Host:",
        b"Host: 127.0.0.1\r\nHost: evil.example",
        b"Host: evil.example\r\nX-Forwarded-Host: localhost",
        b"X-No-Host: 1",
    ],
)
@pytest.mark.parametrize("path", [b"/", b"/healthz", PREFIX.encode() + b"/runs"])
def test_s03_a_host_that_is_not_ours_is_refused(target: Target, host: bytes, path: bytes) -> None:
    for version in (b"1.1", b"1.0"):
        sent = b"GET %s HTTP/%s\r\n%s\r\nAuthorization: Bearer %s\r\n\r\n"
        answer = target.raw(sent % (path, version, host, TOKEN.encode()))
        assert answer.split(b"\r\n")[0].split()[1] in (b"400", b"421"), answer


@pytest.mark.parametrize("address", [b"http://evil.example/", b"http://localhost/", b"//evil/x"])
def test_s03_a_request_line_with_a_whole_url_is_refused(target: Target, address: bytes) -> None:
    host = b"Host: evil.example" if address.startswith(b"//") else b"Host: localhost"
    answer = target.raw(b"GET %s HTTP/1.1\r\n%s\r\n\r\n" % (address, host))
    assert answer.startswith(b"HTTP/1.1 400 "), answer


@given(st.text(max_size=60))
def test_s03_a_host_header_is_read_as_a_name_and_a_port_or_not_at_all(host: str) -> None:
    name, port = split_host(host)
    assert name == name.lower()
    assert not port or (port.isascii() and port.isdecimal())
    if name in ("localhost", "127.0.0.1", "[::1]"):
        assert host.lower() in (name, f"{name}:{port}")


def test_s05_a_form_of_another_site_is_no_json(target: Target) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {"Content-Type": kind}
        assert target.server.post("/runs", b'{"epochs": 0}', headers).status == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_s06_another_site_is_refused_with_cookie_and_with_token(
    target: Target, headers: dict[str, str]
) -> None:
    for login in ({"Cookie": target.cookie()}, {"Authorization": f"Bearer {TOKEN}"}):
        for method, path in (("POST", "/runs"), ("DELETE", f"/runs/{target.run_id}")):
            answer = target.server.ask(method, PREFIX + path, {}, headers | login, login=False)
            assert answer.status == 403, (headers, login)
            assert answer.json["type"] == "/problems/cross-site-request"


def test_s07_a_cookie_changes_nothing_without_an_origin(target: Target) -> None:
    sent = {"Cookie": target.cookie()}
    path = f"{PREFIX}/runs/{target.run_id}/retry"
    assert target.server.ask("POST", path, headers=sent, login=False).status == 403


def test_s08_no_preflight_is_ever_answered_with_permission(target: Target) -> None:
    for origin in ("https://evil.example", "null", target.server.url):
        for path in ("/", "/healthz", f"{PREFIX}/runs", f"{PREFIX}/login", f"{PREFIX}/none"):
            sent = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Private-Network": "true",
            }
            for login in (False, True):
                answer = target.server.ask("OPTIONS", path, headers=sent, login=login)
                names = [name for name in answer.headers if name.lower().startswith("access-")]
                assert names == [] and target.run_id.encode() not in answer.body


def test_options_tells_the_methods_of_an_address_and_no_data(target: Target) -> None:
    answer = target.server.ask("OPTIONS", f"{PREFIX}/runs/{target.run_id}/retry")
    assert (answer.status, answer.body) == (204, b"")
    assert set((answer.headers["Allow"] or "").split(", ")) == {"POST", "OPTIONS"}
    assert target.server.ask("OPTIONS", f"{PREFIX}/nothing").status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "TRACE"])
def test_s09_only_a_post_changes_a_run(target: Target, method: str) -> None:
    for action in ("cancel", "retry"):
        answer = target.server.ask(method, f"{PREFIX}/runs/{target.run_id}/{action}")
        assert answer.status == 405
    assert target.server.run(target.run_id)["attempt"] == 1


def test_s12_a_wrong_password_and_a_wrong_token_are_told_alike(target: Target) -> None:
    answers = [target.log_in(password="wrong"), target.log_in(token="wrong")]
    answers.append(target.log_in(password="wrong", token="wrong"))
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1


def test_s12_a_password_is_checked_where_none_is_set_too(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lastwords.api import close

    checked = []
    verify = PasswordHasher.verify

    def seen(self: PasswordHasher, hash: str, password: str) -> bool:
        checked.append(password)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", seen)
    app = create_app(config)
    answer = app.test_client().post(f"{PREFIX}/login", json={"password": "anything"})
    assert answer.status_code == 401 and checked == ["anything"]
    close(app)


def test_s13_a_session_ends_with_its_logout_and_a_new_login_makes_a_new_one(
    target: Target,
) -> None:
    first = target.cookie()
    again = target.server.ask(
        "POST", f"{PREFIX}/login", {"password": PASSWORD},
        {"Cookie": first, "Origin": target.server.url},
        login=False,
    )  # fmt: skip
    second = (again.headers["Set-Cookie"] or "").split(";")[0]
    assert again.status == 204 and second != first
    assert _status(target, first) == 401 and _status(target, second) == 200
    sent = {"Cookie": second, "Origin": target.server.url}
    assert target.server.ask("POST", f"{PREFIX}/logout", headers=sent, login=False).status == 204
    assert _status(target, second) == 401


def _status(target: Target, cookie: str) -> int:
    return target.server.ask(
        "GET", f"{PREFIX}/runs", headers={"Cookie": cookie}, login=False
    ).status


def test_s13_a_made_up_session_is_none(target: Target) -> None:
    name = target.cookie().partition("=")[0]
    for value in ("", "x", "0" * 43, "../../etc", "%00", '"a"', "a" * 8000):
        assert _status(target, f"{name}={value}") == 401


def test_s13_every_session_can_be_ended_at_once(target: Target) -> None:
    cookies = [target.cookie(), target.cookie()]
    assert target.server.ask("DELETE", f"{PREFIX}/sessions").status == 204
    assert [_status(target, cookie) for cookie in cookies] == [401, 401]


@pytest.mark.parametrize(
    "path",
    [
        f"/healthz?token={TOKEN}",
        f"/runs?token={TOKEN}",
        f"/assets/x.js?token={TOKEN}",
        f"{PREFIX}/runs?token={TOKEN}",
        f"{PREFIX}/login?token={TOKEN}",
        f"{PREFIX}/nothing?Token={TOKEN}",
        f"/healthz?a=1&TOKEN={TOKEN}",
        f"/healthz?%74oken={TOKEN}",
    ],
)
def test_s15_a_token_in_any_other_url_is_refused(target: Target, path: str) -> None:
    answer = target.server.ask("GET", path)
    assert (answer.status, answer.json["type"]) == (400, "/problems/token-in-url")
    assert "Set-Cookie" not in answer.headers and TOKEN.encode() not in answer.body


def test_s17_s20_every_answer_carries_its_protection(target: Target) -> None:
    for path in ("/", "/healthz", f"{PREFIX}/runs", f"{PREFIX}/nothing", "/api/x"):
        for login in (True, False):
            answer = target.server.ask("GET", path, login=login)
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "Cookie" in answer.headers["Vary"]
            if path != "/":
                assert answer.headers["Cache-Control"] == "no-store, private"
            assert "Server" not in answer.headers


def test_s19_a_run_that_was_deleted_and_one_that_never_was_are_told_alike(target: Target) -> None:
    gone = target.server.train("exits-0")
    target.server.ended(gone)
    assert target.server.ask("DELETE", f"{PREFIX}/runs/{gone}").status == 204
    bodies = set()
    for run_id in (gone, "run_19990101_000000"):
        answer = target.server.get(f"/runs/{run_id}")
        assert answer.status == 404
        bodies.add(answer.body.replace(run_id.encode(), b"ID"))
    assert len(bodies) == 1


# --- guessing; last, since what it leaves behind holds for a minute ------------------------------


def test_s11_guesses_are_refused_and_the_right_one_never_is(target: Target) -> None:
    forwarded = (
        {"X-Forwarded-For": f"10.{n}.1.1", "Forwarded": f"for=10.{n}.2.2"} for n in range(200)
    )
    statuses = [
        target.server.ask("POST", f"{PREFIX}/login", {"token": f"wrong{n}"}, headers, login=False)
        for n, headers in enumerate(forwarded)
    ]
    refused = [answer for answer in statuses if answer.status == 429]
    assert len(refused) >= 180 and {answer.status for answer in statuses[20:]} == {429}
    assert refused[0].json["type"] == "/problems/too-many-guesses"
    assert 0 < int(refused[0].headers["Retry-After"] or 0) <= 60
    bearer = {"Authorization": "Bearer wrong"}
    assert target.server.ask("GET", f"{PREFIX}/runs", headers=bearer, login=False).status == 429
    assert target.server.ask("GET", "/?token=wrong", login=False).status == 429
    assert target.log_in(token=TOKEN).status == target.log_in(password=PASSWORD).status == 204
    assert target.server.get("/runs").status == 200


def test_s11_the_audit_tells_of_guesses_without_being_flooded(target: Target) -> None:
    def told() -> list[dict[str, str]]:
        entries: list[dict[str, str]] = target.server.get("/audit?limit=200").json["entries"]
        return entries

    entries = until(lambda: [e for e in told() if e["outcome"] == "too-many-guesses"])
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    assert len([entry for entry in told() if entry["outcome"] == "too-many-guesses"]) < 60
    logins = [entry for entry in told() if entry["action"] == "login"]
    assert {"ok", "wrong-credentials"} <= {entry["outcome"] for entry in logins}
    files = list((target.home / "audit").glob("*.jsonl"))
    assert files and TOKEN not in files[0].read_text() and PASSWORD not in files[0].read_text()
    for line in files[0].read_text().splitlines():
        assert json.loads(line)["time"]


def test_s13_a_session_is_over_with_its_token_even_where_that_token_comes_back(
    config: Config,
) -> None:
    server, cookie, told = Server(config.home), None, []
    for token in (TOKEN, TOKEN, "another-token-0123456789", TOKEN):
        server.settings = {"LASTWORDS_TOKEN": token}
        server.start()  # on the port of before: the cookie's name holds it
        target = Target(server, "")
        cookie = cookie or target.cookie()
        told.append(_status(target, cookie))
        server.end()
    assert told == [200, 200, 401, 401]


def test_a_host_of_the_admin_is_reached_by_its_name(config: Config) -> None:
    settings = {"LASTWORDS_TOKEN": TOKEN, "LASTWORDS_ALLOWED_HOSTS": "adminbox, box:8000"}
    server = Server(config.home, settings).start()
    try:
        for host, status in (
            ("adminbox", 200),
            ("ADMINBOX:1", 200),
            ("box:8000", 200),
            ("box", 400),
        ):
            assert server.ask("GET", "/healthz", headers={"Host": host}).status == status, host
    finally:
        server.end()


def test_a_refusal_repeats_no_credential_and_nothing_long(target: Target) -> None:
    for body in ({"password": "p" * 2000}, {"token": ["sekrit"]}, {"tokn": "sekrit"}):
        answer = target.server.ask("POST", f"{PREFIX}/login", body, login=False)
        assert answer.status == 422 and b"sekrit" not in answer.body and b"ppp" not in answer.body
    assert len(target.server.get(f"/runs?q={'q' * 5000}").body) < 1000
