"""People, their roles, and read-only links: who may do what, on a real server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.kit import cli
from tests.conftest import TOKEN
from tests.real import PREFIX, Answer, Server, clean_environment
from tests.security.conftest import Target

from lastwords.api.endpoints import ENDPOINTS
from lastwords.api.roles import NEEDED, OF_MACHINES, SHARED
from lastwords.folders import runfolder
from lastwords.security.roles import ADMIN, OPERATOR, ROLES, VIEWER

GONE = "run_20200101_000000"
SECRET = "hf_" + "Ab1" * 12


def user(home: Path, *arguments: str) -> str:
    """What `lastwords user` prints last."""
    command = [sys.executable, "-m", "lastwords", "user", arguments[0], "--home", str(home)]
    done = subprocess.run(
        [*command, *arguments[1:]], capture_output=True, env=clean_environment(), timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()[-1]


def asked(server: Server, token: str, method: str, path: str, body: Any = None) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return server.ask(method, PREFIX + path, body, headers, login=False)


@pytest.fixture(scope="module")
def tokens(target: Target) -> dict[str, str]:
    """The token of somebody of each role, and of a link."""
    found = {role: user(target.home, "add", f"a-{role}", "--role", role) for role in ROLES}
    made = target.server.post(f"/runs/{target.run_id}/links", {"days": 1})
    return found | {"link": made.json["path"].partition("=")[2]}


# --- every route x role --------------------------------------------------------------------------


def test_every_route_has_a_role_and_none_is_looser_than_it_was() -> None:
    routes = {f"{each.method} {each.path}" for each in ENDPOINTS}
    listed = {role: _listed(NEEDED[role]) for role in ROLES}
    routes -= _listed(OF_MACHINES)
    assert set().union(*listed.values()) == routes, "each endpoint stands in api/roles.py"
    assert sum(map(len, listed.values())) == len(routes), "and once"
    changing = {route for route in listed[VIEWER] if not route.startswith("GET ")}
    assert changing == {"POST /login", "POST /logout"}
    assert routes >= SHARED and {each for each in SHARED if "GET" not in each} == {"POST /logout"}


@pytest.mark.parametrize("role", [*ROLES, "link"])
def test_every_route_x_role(target: Target, tokens: dict[str, str], role: str) -> None:
    for each in ENDPOINTS:
        route = f"{each.method} {each.path}"
        if route == "DELETE /sessions" or route in _listed(OF_MACHINES):
            continue  # which would log the others out; which take none of these tokens
        needed = next(name for name, lines in NEEDED.items() if route in _listed(lines))
        path = each.path.replace("{id}", target.run_id if role == "link" else GONE)
        path = re.sub(r"{\w+}", "x", path)
        answer = asked(target.server, tokens[role], each.method, path, _body(each.method))
        opened = route in SHARED if role == "link" else ROLES.index(role) >= ROLES.index(needed)
        assert (answer.status == 403) == (not opened), (role, route, answer.status, answer.body)
        if not opened:
            assert answer.json["type"] == "/problems/role-required"


def _listed(lines: str) -> set[str]:
    return set(filter(None, map(str.strip, lines.splitlines())))


def _body(method: str) -> Any:
    return {"unknown": 1} if method in ("POST", "PATCH") else None


def test_the_servers_metrics_and_unknown_addresses_are_no_links_business(
    target: Target, tokens: dict[str, str]
) -> None:
    for role, wanted in ((VIEWER, 200), ("link", 403)):
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        assert target.server.ask("GET", "/metrics", headers=headers, login=False).status == wanted


# --- people --------------------------------------------------------------------------------------


def test_a_token_is_kept_as_a_hash_and_shown_once(target: Target) -> None:
    token = user(target.home, "add", "once", "--role", "viewer")
    kept = b"".join(path.read_bytes() for path in target.home.rglob("*") if path.is_file())
    assert token.encode() not in kept and b'"once"' in (target.home / "users.json").read_bytes()
    assert (target.home / "users.json").stat().st_mode & 0o777 == 0o600


def test_what_a_person_does_is_theirs(target: Target, tokens: dict[str, str]) -> None:
    server, token = target.server, tokens[OPERATOR]
    run_id = asked(server, token, "POST", "/runs", {"baseModel": "raises"}).json["id"]
    ended = server.ended(run_id)
    assert (ended["user"], ended["triggeredBy"]) == ("a-operator", "api")
    asked(server, token, "PATCH", f"/runs/{run_id}", {"note": "mine"})
    assert server.run(run_id)["noteUser"] == "a-operator"
    change = {"note": "known", "resolved": True, "owner": "dora"}
    group = asked(server, token, "PATCH", f"/groups/{ended['fingerprint']}", change)
    assert group.json["noteUser"] == "a-operator"
    entries = server.get("/audit").json["entries"]
    detail = f"{group.json['title']}: resolved, owner dora, note"
    changes = [
        each for each in entries if (each["action"], each["outcome"]) == ("change error", "ok")
    ]
    assert [(each["detail"], each["run"]) for each in changes] == [(detail, None)]
    told = {(each["action"], each["user"]) for each in entries if each["run"] == run_id}
    assert {("start", "a-operator"), ("label", "a-operator")} <= told
    assert server.get("/runs?q=user:a-operator").json["runs"][0]["id"] == run_id


def test_a_refusal_is_written_down_with_the_person(target: Target, tokens: dict[str, str]) -> None:
    asked(target.server, tokens[VIEWER], "POST", f"/runs/{target.run_id}/cancel")
    entries = target.server.get("/audit").json["entries"]
    told = [(each["action"], each["outcome"], each["user"]) for each in entries]
    assert ("cancel", "role-required", "a-viewer") in told


@pytest.mark.parametrize("file", ["users.json", "links.json"])
@pytest.mark.parametrize("text", ["{", '{"entries": 5}', '{"entries": [{"digest": "x"}]}'])
def test_a_damaged_list_lets_nobody_in_and_is_named(target: Target, file: str, text: str) -> None:
    path = target.home / file
    kept = path.read_bytes() if path.exists() else b'{"entries": []}'
    path.write_text(text)
    try:
        prefix = "lwu_" if file == "users.json" else "lwl_"
        refused = asked(target.server, f"{prefix}anything", "GET", "/me")
        path_of = "/people" if file == "users.json" else f"/runs/{target.run_id}/links"
        for answer in (refused, target.server.get(path_of)):
            assert answer.status == 503 and file in answer.json["detail"]
        assert target.server.get("/runs").status == 200
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize("file", ["users.json", "links.json"])
def test_a_training_cannot_read_who_may_log_in(
    target: Target, tokens: dict[str, str], file: str
) -> None:
    body = {"baseModel": "raises", "dataFile": file}
    answer = asked(target.server, tokens[OPERATOR], "POST", "/runs", body)
    assert (answer.status, answer.json["field"]) == (422, "dataFile")


def test_an_operator_deletes_own_runs_only(target: Target, tokens: dict[str, str]) -> None:
    server, token = target.server, tokens[OPERATOR]
    refused = asked(server, token, "DELETE", f"/runs/{target.run_id}")
    assert refused.status == 403 and "admin" in refused.json["detail"]
    own = asked(server, token, "POST", "/runs", {"baseModel": "raises"}).json["id"]
    server.ended(own)
    assert asked(server, token, "DELETE", f"/runs/{own}").status == 204


def test_a_login_ends_with_its_person_and_changes_with_the_role(target: Target) -> None:
    server, token = target.server, user(target.home, "add", "carl", "--role", "viewer")
    cookie = _cookie(server, token)
    sent = {"Cookie": cookie, "Origin": server.url}
    assert server.ask("GET", f"{PREFIX}/me", headers=sent, login=False).json["role"] == VIEWER
    start = ("POST", f"{PREFIX}/runs", {"epochs": 0}, sent, False)
    assert server.ask(*start).status == 403
    user(target.home, "role", "carl", "operator")
    assert server.ask(*start).status == 422
    new = user(target.home, "token", "carl")
    assert server.ask(*start).status == 401 and asked(server, token, "GET", "/me").status == 401
    assert asked(server, new, "GET", "/me").json["name"] == "carl"
    user(target.home, "remove", "carl")
    assert asked(server, new, "GET", "/me").status == 401


def test_an_admin_adds_somebody_whose_token_is_told_once_and_removes_them(
    target: Target, tokens: dict[str, str]
) -> None:
    server, admin = target.server, tokens[ADMIN]
    made = asked(server, admin, "POST", "/people", {"name": "dora@x.org", "role": "operator"})
    assert (made.status, made.json["name"], made.json["role"]) == (201, "dora@x.org", "operator")
    token = made.json["token"]
    assert asked(server, token, "GET", "/me").json["role"] == "operator"
    listed = asked(server, admin, "GET", "/people")
    kept = {key: made.json[key] for key in ("name", "role", "addedAt")}
    assert kept in listed.json["people"] and token.encode() not in listed.body
    assert asked(server, token, "GET", "/people").status == 403
    changed = asked(server, admin, "PATCH", "/people/dora%40x.org", {"role": "viewer"})
    assert (changed.status, changed.json) == (200, kept | {"role": "viewer"})
    assert asked(server, token, "GET", "/me").json["role"] == "viewer"
    other = asked(server, admin, "PATCH", "/people/dora%40x.org", {"role": "king"})
    assert (other.status, other.json["field"]) == (422, "role")
    assert asked(server, admin, "DELETE", "/people/dora%40x.org").status == 204
    assert asked(server, token, "GET", "/me").status == 401
    for method, body in (("DELETE", None), ("PATCH", {"role": "admin"})):
        again = asked(server, admin, method, "/people/dora%40x.org", body)
        assert (again.status, again.json["type"]) == (404, "/problems/not-found")
    told = [
        (each["action"], each["outcome"], each["user"], each["detail"])
        for each in server.get("/audit").json["entries"]
    ]
    assert ("add user", "ok", "a-admin", "dora@x.org, operator") in told
    assert ("change role", "ok", "a-admin", "dora@x.org, viewer") in told
    assert ("remove user", "ok", "a-admin", "dora@x.org") in told
    assert token not in json.dumps(server.get("/audit").json)


@pytest.mark.parametrize("name", ["a-viewer", "A-VIEWER", "admin", "a b", ""])
def test_a_name_that_is_taken_or_no_name_is_refused(
    target: Target, tokens: dict[str, str], name: str
) -> None:
    answer = asked(target.server, tokens[ADMIN], "POST", "/people", {"name": name})
    assert (answer.status, answer.json["field"]) == (422, "name")


def test_somebody_is_added_from_no_other_site(target: Target, tokens: dict[str, str]) -> None:
    headers = {"Cookie": _cookie(target.server, tokens[ADMIN]), "Origin": "https://evil.example"}
    body = {"name": "mallory", "role": "admin"}
    answer = target.server.ask("POST", f"{PREFIX}/people", body, headers, login=False)
    assert answer.status == 403
    assert b"mallory" not in target.server.get("/people").body


def _cookie(server: Server, token: str) -> str:
    answer = server.ask("GET", f"/?token={token}", login=False)
    return (answer.headers["Set-Cookie"] or "").split(";")[0]


def test_the_homes_own_token_is_the_admins_as_before(target: Target) -> None:
    told = target.server.get("/me").json
    assert told == {"name": "admin", "role": ADMIN, "how": "api", "run": None, "mayWrite": True}


@pytest.mark.parametrize("name", ["admin", "Admin", "", "a b", "-x", "../x", "x" * 81])
def test_names_that_would_be_mistaken_are_refused(target: Target, name: str) -> None:
    with pytest.raises(AssertionError, match="cannot be a person's name"):
        user(target.home, "add", "--role", "viewer", "--", name)


# --- links ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secret_run(target: Target) -> str:
    """A run whose log and command hold secrets."""
    script = f"echo token {SECRET}; echo -----BEGIN PRIVATE KEY-----; seq 900000 900030;"
    script += "echo -----END PRIVATE KEY-----; echo hunter2hunter2; exit 3"
    command = ["sh", "-c", script, "--password", "hunter2hunter2"]
    done = cli(target.home, "run", "--json", "--", *command)
    return str(json.loads(done.stdout)["id"])


@pytest.fixture
def link(target: Target, secret_run: str) -> Iterator[tuple[str, str]]:
    made = target.server.post(f"/runs/{secret_run}/links", {"days": 1}).json
    yield made["id"], made["path"].partition("=")[2]
    asked(target.server, TOKEN, "DELETE", f"/runs/{secret_run}/links/{made['id']}")


def test_a_link_shows_its_run_masked(
    target: Target, secret_run: str, link: tuple[str, str]
) -> None:
    server, (_, token) = target.server, link
    shown = b""
    for path in ("", "/error", "/diagnosis", "/report.md", "/log/lines?from=1&count=9", "/metrics"):
        answer = asked(server, token, "GET", f"/runs/{secret_run}{path}")
        assert answer.status == 200, (path, answer.body)
        shown += answer.body
    for line in (20, 35):  # from within the key on
        shown += asked(server, token, "GET", f"/runs/{secret_run}/log/lines?from={line}").body
    for secret in (SECRET, "hunter2hunter2", "900015"):
        assert secret.encode() not in shown, secret
    assert b"***" in shown
    exact = server.get(f"/runs/{secret_run}/log/lines?from=1&count=9").body
    assert SECRET.encode() in exact, "who is logged in sees it as it is"


def test_a_link_opens_only_its_run(target: Target, secret_run: str, link: tuple[str, str]) -> None:
    server, (_, token) = target.server, link
    other = target.run_id
    for path in (f"/runs/{other}", f"/runs/{other}/error", f"/runs/{GONE}", "/runs", "/audit"):
        assert asked(server, token, "GET", path).status == 403, path
    for path in ("/log", "/log/search?q=x", "/artifacts", "/changes"):
        assert asked(server, token, "GET", f"/runs/{secret_run}{path}").status == 403, path
    detail = asked(server, token, "GET", f"/runs/{secret_run}")
    assert detail.json["changes"] is None and other.encode() not in detail.body


def test_a_link_logs_in_to_its_run_and_nobody_out(
    target: Target, secret_run: str, link: tuple[str, str]
) -> None:
    server, (_, token) = target.server, link
    answer = server.ask("GET", f"/?token={token}", login=False)
    assert answer.headers["Location"] == f"/runs/{secret_run}" and answer.headers["Set-Cookie"]
    seen = {"Cookie": _cookie(server, token), "Origin": server.url}
    assert server.ask("GET", f"{PREFIX}/me", headers=seen, login=False).json["run"] == secret_run
    assert server.ask("POST", f"{PREFIX}/runs", {}, seen, login=False).status == 403
    again = server.ask("GET", f"/?token={token}", headers={"Cookie": target.cookie()}, login=False)
    assert (again.status, again.headers["Set-Cookie"]) == (303, None)


def test_a_link_ends_when_it_is_revoked_or_expires(
    target: Target, secret_run: str, link: tuple[str, str]
) -> None:
    server, (link_id, token) = target.server, link
    cookie = {"Cookie": _cookie(server, token)}
    listed = server.get(f"/runs/{secret_run}/links").json["links"]
    assert [each["id"] for each in listed] == [link_id] and token not in json.dumps(listed)
    assert asked(server, TOKEN, "DELETE", f"/runs/{secret_run}/links/{link_id}").status == 204
    assert asked(server, token, "GET", f"/runs/{secret_run}").status == 401
    assert server.ask("GET", f"{PREFIX}/me", headers=cookie, login=False).status == 401
    brief = server.post(f"/runs/{secret_run}/links", {"days": 1e-6}).json["path"]
    signal.sigtimedwait([], 0.1)  # the link is good for 86 ms
    old = asked(server, brief.partition("=")[2], "GET", f"/runs/{secret_run}")
    assert old.status == 401
    for days in (0, -1, 91, "x"):
        assert server.post(f"/runs/{secret_run}/links", {"days": days}).status == 422


def test_a_link_is_made_listed_and_revoked_at_a_shell(target: Target, secret_run: str) -> None:
    made = json.loads(cli(target.home, "link", secret_run, "--days", "7", "--json").stdout)
    assert made["url"].startswith(target.server.url)
    assert asked(target.server, made["url"].partition("=")[2], "GET", "/me").json["run"]
    remote = ("--url", target.server.url, "--token", TOKEN)
    listed = json.loads(cli(target.home, "link", secret_run, "--list", "--json", *remote).stdout)
    assert [each["id"] for each in listed] == [made["id"]]
    assert cli(target.home, "link", secret_run, "--revoke", made["id"], *remote).returncode == 0
    assert cli(target.home, "link", secret_run, "--list").stdout == b"No links.\n"


def test_links_of_a_deleted_run_open_nothing(target: Target) -> None:
    run_id = str(json.loads(cli(target.home, "run", "--json", "--", "true").stdout)["id"])
    token = target.server.post(f"/runs/{run_id}/links", {}).json["path"].partition("=")[2]
    assert asked(target.server, TOKEN, "DELETE", f"/runs/{run_id}").status == 204
    assert not runfolder.attempt_folder(target.home, run_id, 1).path.exists()
    assert asked(target.server, token, "GET", f"/runs/{run_id}").status == 404
