"""The server in its own process: killed, started again, on taken ports, at unsafe addresses."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.child import LINE, numbered_line
from tests.conftest import TOKEN
from tests.real import Server, clean_environment, log_bytes, until

from lastwords.folders import runfolder


def serve(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """A `serve` that is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "lastwords", "serve", "--home", str(home), *arguments],
        capture_output=True,
        env=clean_environment(**settings),
        timeout=30,
    )


def _step(server: Server, run_id: str) -> int:
    return int((server.run(run_id)["progress"] or {"step": 0})["step"])


def test_a_run_survives_the_sudden_death_of_its_server_and_no_byte_is_lost(server: Server) -> None:
    run_id = server.train("trains-for-4s")
    until(lambda: _step(server, run_id) > 10)
    server.end(signal.SIGKILL)
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    size = len(log_bytes(folder))
    until(lambda: len(log_bytes(folder)) > size)
    server.start()
    run = server.run(run_id)
    assert (run["status"], run["attempt"]) == ("running", 1)
    served = server.get(f"/runs/{run_id}/log").body
    assert served.startswith(log_bytes(folder)[:size])
    run = server.ended(run_id, 60)
    assert run["status"] == "completed"
    steps = "".join(f"step {n} of 80, loss {0.25 + 1 / n:.4f}\n" for n in range(1, 81))
    log = server.get(f"/runs/{run_id}/log").body
    assert log == log_bytes(folder) == f"{steps}finished\n".encode()


def test_a_run_that_ended_while_no_server_ran_has_its_true_status_at_once(server: Server) -> None:
    run_id = server.train("trains")
    until(lambda: server.run(run_id)["status"] == "running")
    server.end(signal.SIGKILL)
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    result = until(lambda: runfolder.read_result(folder))
    server.start()
    run = server.ended(run_id)
    assert (run["status"], run["finishedAt"]) == ("completed", result["finishedAt"])


def test_an_orderly_end_of_the_server_ends_no_run(server: Server) -> None:
    run_id = server.train("trains")
    until(lambda: server.run(run_id)["status"] == "running")
    assert server.end(signal.SIGTERM) == 0
    server.start()
    assert server.ended(run_id)["status"] == "completed"


def test_twenty_requests_at_once_with_one_key_make_one_run(server: Server) -> None:
    def ask(_: int) -> tuple[int, str]:
        answer = server.post("/runs", {"baseModel": "exits-3"}, {"Idempotency-Key": "k"})
        return answer.status, answer.json["id"]

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(ask, range(20)))
    assert len(answers) == 1 and answers.pop()[0] == 202
    assert len(server.get("/runs").json["runs"]) == 1
    other = server.post("/runs", {"baseModel": "exits-0"}, {"Idempotency-Key": "k"})
    assert (other.status, other.json["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_large_log_comes_back_to_the_byte(server: Server) -> None:
    run_id = server.train("prints-30mb")
    server.ended(run_id)
    wanted = hashlib.sha256()
    for number in range(30_000_000 // LINE):
        wanted.update(numbered_line(number))
    answer = server.get(f"/runs/{run_id}/log")
    assert hashlib.sha256(answer.body).digest() == wanted.digest()
    assert answer.headers["X-Log-Size"] == "30000000" and answer.headers["X-Log-Final"] == "1"


def test_an_error_of_1_mb_is_the_same_by_every_way(server: Server) -> None:
    run_id = server.train("raises-1mb")
    run = server.ended(run_id)
    error = server.get(f"/runs/{run_id}/error").body
    assert len(error) > 1_000_000 and error in server.get(f"/runs/{run_id}/log").body
    assert run["errorMessage"].encode() == error
    assert run["errorLength"] == len(run["errorMessage"])
    assert server.get(f"/runs/{run_id}/diagnosis").json["traceback"]["text"].encode() == error


def test_a_login_survives_the_servers_restart(server: Server) -> None:
    answer = server.ask("GET", f"/?token={TOKEN}", login=False)
    cookie = (answer.headers["Set-Cookie"] or "").split(";")[0]
    assert answer.status == 303 and answer.headers["Location"] == "/"
    server.end(signal.SIGKILL)
    server.start()
    path, sent = "/api/training/runs", {"Cookie": cookie}
    assert server.ask("GET", path, headers=sent, login=False).status == 200


def test_a_random_token_is_kept_for_its_owner_alone_and_for_the_next_start(home: Path) -> None:
    server = Server(home).start()
    first = server.token
    server.end()
    server.start()
    assert server.token == first == (home / "token").read_text().strip()
    assert (home / "token").stat().st_mode & 0o777 == 0o600
    server.end()


def test_the_token_is_in_no_process_list(server: Server) -> None:
    assert server.process is not None
    assert TOKEN.encode() not in Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    run_id = server.train("hangs")
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    fact = until(lambda: runfolder.read_fact(folder.child))
    for name in ("cmdline", "environ"):
        assert TOKEN.encode() not in Path(f"/proc/{fact['pid']}/{name}").read_bytes()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_that_others_reach_needs_a_login_set_by_the_admin(home: Path, host: str) -> None:
    (home / "token").write_text("a random token does not count\n")
    done = serve(home, "--host", host, "--port", "0")
    assert done.returncode == 1 and b"LASTWORDS_TOKEN" in done.stderr and done.stdout == b""


def test_a_short_token_is_refused(home: Path) -> None:
    done = serve(home, "--port", "0", LASTWORDS_TOKEN="dev")
    assert done.returncode == 1 and b"shorter than 16 characters" in done.stderr


def test_a_taken_port_says_by_whom_and_names_a_free_one(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = serve(home, "--port", str(port))
    assert done.returncode == 1
    assert f"pid {os.getpid()}".encode() in done.stderr and b"--port" in done.stderr


def test_an_address_of_another_machine_is_one_line_of_error(home: Path) -> None:
    done = serve(home, "--host", "192.0.2.7", "--port", "0", LASTWORDS_TOKEN=TOKEN)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_url_says_so_where_no_server_runs(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "url", "--home", str(home)],
        capture_output=True,
        env=clean_environment(),
    )
    assert done.returncode == 1 and b"lastwords serve" in done.stderr


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_a_request_line_or_host_that_is_not_ours_is_refused(server: Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head)
        first = connection.recv(4096).split(b"\r\n")[0]
    assert b" 400 " in first or b" 421 " in first, first


def test_a_deleted_database_is_said_and_runs_go_on(server: Server) -> None:
    run_id = server.train("trains-slowly")
    until(lambda: _step(server, run_id) > 2)
    for path in server.home.glob("lastwords.db*"):
        path.unlink()
    answers = [server.get("/runs") for _ in range(8)]
    assert {answer.status for answer in answers} == {503}
    assert answers[0].json["type"] == "/problems/database-unavailable"
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    size = len(log_bytes(folder))
    until(lambda: len(log_bytes(folder)) > size)


def test_url_names_a_server_that_still_runs_when_another_one_ended(server: Server) -> None:
    other = Server(server.home)
    other.start()
    other.end(signal.SIGTERM)
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "url", "--home", str(server.home)],
        capture_output=True,
        env=clean_environment(),
    )
    assert f":{server.port}/" in done.stdout.decode()
