"""The same commands against a server as against a home."""

from __future__ import annotations

import json

import pytest
from tests.cli.kit import cli, latest, run_json
from tests.conftest import TOKEN
from tests.real import Server, log_bytes, until
from tests.surroundings.kit import taken

from lastwords import config as settings
from lastwords.cli.clients import Client, LocalClient, RemoteClient
from lastwords.folders.runfolder import attempt_folder
from lastwords.records import LastwordsError, Status
from lastwords.store.runs import Store


@pytest.fixture
def recorded(server: Server) -> Server:
    """A server of a home with a failed, a completed and a cancelled run."""
    for mode in ("raises", "trains"):
        server.ended(server.train(mode))
    run_id = server.train("hangs")
    until(lambda: server.run(run_id)["status"] == "running")
    server.post(f"/runs/{run_id}/cancel")
    server.ended(run_id)
    return server


def test_every_reading_command_says_the_same_of_a_server_as_of_its_home(recorded: Server) -> None:
    local: Client = LocalClient(settings.load(recorded.home, {}))
    far: Client = RemoteClient(recorded.url, TOKEN)
    assert local.list(20, "", "") == far.list(20, "", "") != []
    assert local.list(20, "failed", "") == far.list(20, "failed", "") != []
    assert local.list(20, "", "trains") == far.list(20, "", "trains") != []
    runs = [found["id"] for found in local.list(20, "", "")]
    for run in runs:
        taken(attempt_folder(recorded.home, run, 1))  # what is told changes with it
    for run in ["latest", *runs]:
        assert local.show(run) == far.show(run)
        assert local.diagnosis(run) == far.diagnosis(run)
        link = f"- Link: `{recorded.url}/runs/{local.show(run)['id']}`\n"  # which only a server has
        assert link in far.report(run) and local.report(run) == far.report(run).replace(link, "")
        assert list(local.log(run, False)) == list(far.log(run, False)) != []
        assert _error(local, run) == _error(far, run)


def _error(client: Client, run: str) -> bytes | None:
    try:
        return client.error(run)
    except LastwordsError:
        return None


def test_url_and_token_lead_a_command_to_the_server(recorded: Server) -> None:
    local = cli(recorded.home, "ls", "--json")
    far = cli(recorded.home, "ls", "--json", "--url", recorded.url, "--token", TOKEN)
    assert json.loads(local.stdout) == json.loads(far.stdout)


@pytest.mark.parametrize("command", ["config", "doctor"])
def test_a_servers_own_settings_and_health_are_shown(recorded: Server, command: str) -> None:
    done = cli(recorded.home, command, "--json", "--url", recorded.url, "--token", TOKEN)
    found, told = json.loads(done.stdout), recorded.get(f"/{command}").json
    part = "checks" if command == "doctor" else "settings"
    assert [item["name"] for item in found[part]] == [item["name"] for item in told[part]] != []
    words = cli(recorded.home, command, "--url", recorded.url, "--token", TOKEN).stdout
    assert b"grace_seconds" in words if command == "config" else b"home" in words


def test_a_report_has_a_file_for_what_it_has_no_room_for(server: Server) -> None:
    run_id = server.train("raises-1mb")
    server.ended(run_id)
    local = cli(server.home, "report", run_id, "--overflow")
    far = cli(server.home, "report", run_id, "--overflow", "--url", server.url, "--token", TOKEN)
    assert local.stdout == far.stdout and len(local.stdout) > 800_000


def test_an_issues_url_is_printed_where_a_repository_is_set(server: Server) -> None:
    run_id = server.train("raises")
    server.ended(run_id)
    without = cli(server.home, "report", run_id, "--issue-url")
    assert without.returncode == 1 and b"LASTWORDS_REPOSITORY" in without.stderr
    done = cli(server.home, "report", run_id, "--issue-url", LASTWORDS_REPOSITORY="some/thing")
    assert done.stdout.startswith(b"https://github.com/some/thing/issues/new?title=Run%20failed")


def test_a_server_is_followed_to_the_last_byte(server: Server) -> None:
    run_id = server.train("trains")
    done = cli(server.home, "log", "-f", run_id, "--url", server.url, "--token", TOKEN)
    assert done.stdout == log_bytes(latest(server.home)) and done.stdout.endswith(b"finished\n")


def test_a_servers_log_of_just_a_mebibyte_is_whole(server: Server) -> None:
    script = "yes 0123456789abcde | head -n 131072"
    assert cli(server.home, "run", "--quiet", "--", "sh", "-c", script).returncode == 0
    folder = latest(server.home)
    assert folder.log.stat().st_size == 2 << 20
    done = cli(server.home, "log", folder.run_id, "--url", server.url, "--token", TOKEN)
    assert done.stdout == folder.log.read_bytes()


def test_a_wrong_token_and_a_dead_server_are_one_line_of_error(server: Server) -> None:
    wrong = cli(server.home, "ls", "--url", server.url, "--token", "wrong")
    dead = cli(server.home, "ls", "--url", "http://127.0.0.1:1", "--token", "x")
    odd = cli(server.home, "ls", "--url", "server", "--token", "x")
    for done in (wrong, dead, odd):
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert b"Wrong password or token" in wrong.stderr and b"cannot reach" in dead.stderr


def test_a_login_url_serves_as_url(server: Server) -> None:
    url = cli(server.home, "url", LASTWORDS_TOKEN=TOKEN).stdout.decode().strip()
    assert url == f"{server.url}/?token={TOKEN}"
    assert cli(server.home, "ls", "--url", url).returncode == 0


def test_a_command_recorded_without_the_server_is_on_its_page(server: Server) -> None:
    told = run_json(server.home, "sh", "-c", "echo hi; exit 3")
    assert server.get(f"/runs?q={told['id']}").json["runs"] == [told]
    assert Store(server.home / "lastwords.db").run(told["id"]).status == Status.FAILED
