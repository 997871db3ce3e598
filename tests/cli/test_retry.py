"""`lastwords retry` with changes, at a home and at a server."""

from __future__ import annotations

import json
import shlex

import pytest
from tests.cli.kit import cli, run_json
from tests.conftest import TOKEN
from tests.real import Server

MODE = "fits-4-examples"


@pytest.fixture
def failed(server: Server) -> str:
    """A training that ran out of memory."""
    return str(server.ended(server.train(MODE, batchSize=8))["id"])


@pytest.mark.parametrize("remote", [False, True])
def test_the_first_fix_is_made(server: Server, failed: str, remote: bool) -> None:
    where = ("--url", server.url, "--token", TOKEN) if remote else ()
    done = cli(server.home, "retry", failed, "--fix", *where, **server.settings)
    words = "is queued as attempt 2 with batch size 8 → 4, accumulation 1 → 2"
    assert words in done.stdout.decode(), done.stderr
    assert server.ended(failed)["status"] == "completed"


def test_a_value_is_set_and_the_answer_in_json_says_what_changed(
    server: Server, failed: str
) -> None:
    done = cli(server.home, "retry", failed, "--set", "batchSize=2", "--set", "name=", "--json")
    assert done.returncode == 1 and b"name: belongs to the run" in done.stderr
    done = cli(server.home, "retry", failed, "--set", "batchSize=2", "--set", "epochs=1", "--json")
    assert json.loads(done.stdout)["changed"]["set"] == {"batchSize": 2, "epochs": 1}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--set", "batchsize=4"), "known fields: name, project"),
        (("--set", "batchSize"), "give batchSize=VALUE"),
        (("--set", "batchSize=four"), "must be of type integer, not 'four'"),
        (("--set", "learningRate=nan"), "must be between"),
        (("--set", "precision=fp16"), "must be one of auto, bf16, fp32, not 'fp16'"),
        (("--fix", "9"), "none of the fixes of"),
    ],
)
def test_what_cannot_be_changed_is_named_with_what_can(
    server: Server, failed: str, asked: tuple[str, str], says: str
) -> None:
    done = cli(server.home, "retry", failed, *asked)
    assert done.returncode != 0 and says in done.stderr.decode()
    assert server.run(failed)["attempt"] == 1


def test_explain_says_what_would_be_changed_and_what_that_keeps(
    server: Server, failed: str
) -> None:
    words = cli(server.home, "explain", failed).stdout.decode()
    assert "batch size 8 → 4, accumulation 1 → 2 (keeps the optimiser step)" in words
    assert f"lastwords retry {failed} --fix 1" in words
    cli(server.home, "retry", failed, "--fix", **server.settings)
    server.ended(failed)
    again = server.ended(server.train(MODE, batchSize=8))["id"]
    words = cli(server.home, "explain", again).stdout.decode()
    assert "(keeps the optimiser step; worked 1 of 1 time here)" in words


def test_of_a_recorded_command_the_changed_line_is_printed_and_nothing_is_run(
    server: Server,
) -> None:
    script = "print('ran'); raise MemoryError('Unable to allocate 9.1 GiB for an array')"
    run = run_json(server.home, "python3", "-c", script, "--batch_size", "8")
    done = cli(server.home, "retry", run["id"], "--fix")
    line = ["lastwords", "run", "--", "python3", "-c", script, "--batch_size", "4"]
    assert shlex.split(done.stdout.decode()) == line
    assert b"not started" in done.stderr and done.returncode == 0
    assert server.run(run["id"])["attempt"] == 1
    assert len(server.get("/runs").json["runs"]) == 1
    assert cli(server.home, "retry", run["id"], "--fix", "7").returncode == 1
