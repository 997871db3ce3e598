"""What Ray is asked and how its answers are read, where none is needed: see tests/engines."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lastwords.executors import ray_api
from lastwords.executors.engines import EngineAway, EngineRefused, JobState, Resources
from lastwords.executors.ray import GANG, RayEngine
from lastwords.executors.ray_api import RayApi

# Parts of answers of Ray 2.60.
DIED = "Job supervisor actor died: The actor died unexpectedly before finishing this task."
NODE = "Job supervisor actor died: The actor died because its node has died. Node Id: 46a5a5b34fdf"
SPOT = NODE + "\n\tThe actor's node was killed by a spot preemption."
ENTRYPOINT_FAILED = {"status": "FAILED", "error_type": "JOB_ENTRYPOINT_COMMAND_ERROR"}
MEMORY = "Job supervisor actor died: Task was killed due to the node running low on memory."


@dataclass
class Head:
    """A server on 127.0.0.1 that answers as it is told, and keeps what it was asked."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)
    port: int = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        token = handler.headers.get("Authorization")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append((handler.command, handler.path, token, body))
        missing = (404, "no such thing")
        unguarded = handler.path == "/api/version" and token is None
        status, told = (
            (401, "Unauthorized: Missing authentication token")
            if unguarded and "open" not in self.answers
            else self.answers.get(f"{handler.command} {handler.path}", missing)
        )
        data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


@pytest.fixture
def head() -> Iterator[Head]:
    known = Head({"GET /api/version": (200, {"ray_version": "2.60.0"})})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.answer(self)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield known
        server.shutdown()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("a-token-of-ray\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def api(head: Head, token_file: Path) -> RayApi:
    return RayApi(f"http://127.0.0.1:{head.port}/", token_file)


@pytest.fixture
def engine(api: RayApi) -> RayEngine:
    return RayEngine(api, {"LW_PYTHON": "python3", "LW_PYZ": "/shared/lw.pyz"})


def test_what_is_placed_holds_no_text_of_anybody_and_no_token(
    engine: RayEngine, head: Head
) -> None:
    head.answers["POST /api/jobs/"] = (200, {"submission_id": "lw-1"})
    variables = {"LASTWORDS_CLAIM": "code", "LASTWORDS_GRACE_SECONDS": "2.5"}
    wanted = Resources(gpusPerNode=2, cpus=8, memory=1 << 30)
    assert engine.submit("lw-1", variables, wanted) == "lw-1"
    body = head.asked[-1][3]
    assert b"a-token-of-ray" not in body
    assert json.loads(body) == {
        "submission_id": "lw-1",
        "entrypoint": 'exec "$LW_PYTHON" "$LW_PYZ" place',
        "runtime_env": {
            "env_vars": {
                "LW_PYTHON": "python3",
                "LW_PYZ": "/shared/lw.pyz",
                "LASTWORDS_CLAIM": "code",
                "LASTWORDS_GRACE_SECONDS": "2.5",
                "RAY_JOB_STOP_WAIT_TIME_S": "7",
                "RAY_JOB_STOP_SIGNAL": "SIGTERM",
            }
        },
        "metadata": {"lastwords": "lw-1"},
        "entrypoint_num_cpus": 8,
        "entrypoint_num_gpus": 2,
        "entrypoint_memory": 1 << 30,
    }


def test_a_name_that_is_taken_is_not_placed_again(engine: RayEngine, head: Head) -> None:
    head.answers["GET /api/jobs/lw-1"] = (200, {"status": "RUNNING"})
    assert engine.submit("lw-1", {}, Resources()) == "lw-1"
    assert [method for method, *_ in head.asked] == ["GET", "GET"]


def test_a_cluster_that_answers_without_a_token_is_refused_and_never_told_it(
    engine: RayEngine, head: Head
) -> None:
    head.answers["open"] = (200, "")
    with pytest.raises(EngineRefused, match="RAY_AUTH_MODE=token"):
        engine.submit("lw-1", {}, Resources())
    assert [token for _, _, token, _ in head.asked] == [None]


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, EngineRefused, "refused it: ValueError: no such thing"),
        (401, EngineRefused, "got no token"),
        (403, EngineRefused, "does not take the token"),
        (500, EngineAway, "HTTP 500: ValueError: no such thing"),
        (302, EngineAway, "HTTP 302"),
    ],
)
def test_an_answer_is_said_in_a_line(
    engine: RayEngine, head: Head, status: int, error: type[Exception], words: str
) -> None:
    traceback = 'Traceback (most recent call last):\n  File "a.py"\nValueError: no such thing.\n'
    head.answers["POST /api/jobs/lw-1/stop"] = (status, traceback)
    with pytest.raises(error, match=words) as raised:
        engine.cancel("lw-1")
    assert "\n" not in str(raised.value)
    assert [path for _, path, *_ in head.asked] == ["/api/jobs/lw-1/stop"]  # no redirect


def test_a_token_that_is_denied_says_nothing_about_jobs(engine: RayEngine, head: Head) -> None:
    head.answers["GET /api/jobs/"] = (403, "Forbidden: Invalid authentication token")
    with pytest.raises(EngineAway, match="does not take the token"):
        engine.jobs()


@pytest.mark.parametrize("told", ["<html>hello</html>", {"version": "1"}, ["2.60"]])
def test_what_is_not_ray_is_called_so(api: RayApi, head: Head, told: object) -> None:
    head.answers["GET /api/version"] = (200, told)
    with pytest.raises(EngineAway, match="is not"):
        api.version()


def test_a_cluster_that_is_not_there_is_away(token_file: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(EngineAway, match=f"{address} cannot be reached: Connection refused"):
            RayApi(address, token_file).version()


def test_an_answer_that_does_not_come_is_not_waited_for(
    token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_api, "CALL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EngineAway, match=r"no answer in 0\.2 s"):
            RayApi(address, token_file).version()


def test_a_token_that_others_can_read_is_not_used(
    api: RayApi, head: Head, token_file: Path
) -> None:
    token_file.chmod(0o644)
    with pytest.raises(EngineRefused, match=f"chmod 600 {token_file}"):
        api.version()
    token_file.unlink()
    with pytest.raises(EngineRefused, match="cannot be read"):
        api.version()
    assert head.asked == []


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "PENDING"}, JobState("queued", "waiting for resources")),
        ({"status": "RUNNING"}, JobState("running")),
        (
            {"status": "SUCCEEDED", "driver_exit_code": 0},
            JobState("ended", exit=0, ended="completed"),
        ),
        ({"status": "STOPPED"}, JobState("ended", "STOPPED", ended="cancelled")),
        (
            {
                "status": "FAILED",
                "error_type": "JOB_ENTRYPOINT_COMMAND_ERROR",
                "driver_exit_code": 3,
                "message": "last available logs:\nout of memory, its node has died",
            },
            JobState("ended", "JOB_ENTRYPOINT_COMMAND_ERROR", 3, "failed"),
        ),
        (
            {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_DIED", "message": DIED},
            JobState("ended", "JOB_SUPERVISOR_ACTOR_DIED", None, "engine_failed"),
        ),
        (
            {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_DIED", "message": NODE},
            JobState("ended", "JOB_SUPERVISOR_ACTOR_DIED", None, "node_failed"),
        ),
        (
            {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_DIED", "message": SPOT},
            JobState("ended", "JOB_SUPERVISOR_ACTOR_DIED", None, "preempted"),
        ),
        (
            {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_DIED", "message": MEMORY},
            JobState("ended", "JOB_SUPERVISOR_ACTOR_DIED", None, "out_of_memory"),
        ),
        (
            {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"},
            JobState("ended", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", None, "engine_failed"),
        ),
    ],
)
def test_states_are_read(
    engine: RayEngine, head: Head, told: dict[str, Any], state: JobState
) -> None:
    others = [{"submission_id": None, "status": "RUNNING"}, {"submission_id": "raysubmit_x"}]
    head.answers["GET /api/jobs/"] = (200, [*others, {"submission_id": "lw-1", **told}])
    assert engine.jobs() == {"lw-1": state}


def test_on_several_nodes_a_job_of_ray_s_own_python_gets_all_of_them(
    engine: RayEngine, head: Head
) -> None:
    head.answers["POST /api/jobs/"] = (200, {})
    engine.submit("lw-1", {}, Resources(nodes=2, cpus=8, gpusPerNode=4, memory=1 << 30))
    job = json.loads(head.asked[-1][3])
    assert job["entrypoint"] == GANG
    assert job["entrypoint_num_cpus"] < 0.01  # what is left of a bundle, so on one of the nodes
    assert "entrypoint_num_gpus" not in job
    variables = job["runtime_env"]["env_vars"]
    bundle = json.loads(variables["LW_BUNDLE"])
    assert bundle == {"CPU": 7.999, "GPU": 4, "memory": 1 << 30}
    assert variables["LW_NODES"] == "2"
    compile(variables["LW_GANG"], "ray_gang", "exec")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "RUNNING"}, JobState("queued", "waiting for its nodes")),
        (
            {**ENTRYPOINT_FAILED, "driver_exit_code": 76},
            JobState("ended", "one of its nodes has died", None, "node_failed"),
        ),
        (
            {**ENTRYPOINT_FAILED, "driver_exit_code": 1},
            JobState("ended", "JOB_ENTRYPOINT_COMMAND_ERROR", 1, "failed"),
        ),
    ],
)
def test_states_of_a_run_on_several_nodes_are_read(
    engine: RayEngine, head: Head, told: dict[str, Any], state: JobState
) -> None:
    job = {"submission_id": "lw-1", "entrypoint": GANG, **told}
    head.answers["GET /api/jobs/"] = (200, [job])
    assert engine.jobs() == {"lw-1": state}


@pytest.mark.parametrize("wanted", [Resources(partition="gpu"), Resources(account="lab")])
def test_what_ray_has_not_is_refused_before_it_is_asked(
    engine: RayEngine, head: Head, wanted: Resources
) -> None:
    with pytest.raises(EngineRefused):
        engine.submit("lw-1", {}, wanted)
    assert head.asked == []
