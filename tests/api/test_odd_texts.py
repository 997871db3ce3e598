"""A byte that is no UTF-8, in an argument or a name, is kept, and shown as what it is."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.cli.kit import PYTHON, cli, run
from tests.real import CHILD, clean_environment, log_bytes

from lastwords.folders import runfolder

VIEWS = ("", "/diagnosis", "/report.md", "/metrics", "/artifacts", "/log/lines?from=1&count=5")
PRINTS_ITS_ARGUMENT = "import os, sys; sys.stdout.buffer.write(os.fsencode(sys.argv[1]))"
ODD = b"it's \xe9\\a \xff0 \xc3\xbc"


@pytest.fixture(autouse=True)
def shown(client: FlaskClient, home: Path) -> Any:
    """What is recorded in a test is shown everywhere at its end."""
    yield
    listed = client.get("/api/training/runs").json
    assert listed and listed["runs"]
    for view in VIEWS:
        answer = client.get(f"/api/training/runs/{listed['runs'][0]['id']}{view}")
        assert answer.status_code == 200, (view, answer.text)
        answer.get_data().decode()
    for command in (["ls"], ["show", "latest", "--json"], ["report", "latest"]):
        done = cli(home, *command)
        assert done.returncode == 0 and done.stdout.decode()


def _run(home: Path, *words: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PYTHON, "-m", "lastwords", *words],
        capture_output=True,
        env=clean_environment(LASTWORDS_HOME=str(home), **environment),
        cwd=home,
    )


def test_a_commands_argument_is_given_on_to_the_byte_and_can_be_given_again(
    client: FlaskClient, home: Path
) -> None:
    done = _run(home, "run", "--", PYTHON, "-c", PRINTS_ITS_ARGUMENT, ODD)
    assert (done.returncode, done.stdout) == (0, ODD)
    (run_id,) = runfolder.all_run_ids(home)
    found = client.get(f"/api/training/runs/{run_id}").json
    assert found and found["command"][-1] == "it's \\xe9\\a \\xff0 ü"
    again = subprocess.run(["bash", "-c", found["reproduce"]["command"]], capture_output=True)
    assert (again.returncode, again.stdout) == (0, ODD)


def test_a_command_that_fails_on_an_odd_path_is_shown(home: Path) -> None:
    assert _run(home, "run", "--", "ls", b"/tmp/\xe9").returncode == 2
    assert _run(home, "run", "--", b"/no/such/\xe9").returncode == 127


def test_a_name_is_recorded(home: Path) -> None:
    assert _run(home, "run", "--name", b"n\xff", "--", "sh", "-c", "exit 5").returncode == 5
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert (listed["name"], listed["exitCode"]) == ("n\\xff", 5)


def test_an_expected_path_is_looked_for_to_the_byte_and_named(home: Path) -> None:
    script = "open(b'\\xff', 'w').write('x')"
    assert (
        _run(home, "run", "--expect", b"\xff", "--", sys.executable, "-c", script).returncode == 0
    )
    done = _run(home, "run", "--expect", b"\xfe", "--", "true")
    assert done.returncode == 1 and rb"\xfe was not written" in done.stderr


def test_a_trainings_output_folder_is_shown(home: Path) -> None:
    words = ("train", "--data-file", "data.jsonl", "--output-dir", b"x\xff")
    assert _run(home, *words, LASTWORDS_TRAINER_COMMAND="/bin/false").returncode == 1
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert listed["outputDir"] == f"{home}/x\\xff"


def test_a_trainings_output_folder_may_have_a_name_that_is_too_long(home: Path) -> None:
    words = ("train", "--data-file", "data.jsonl", "--output-dir", "x" * 5000)
    assert _run(home, *words, LASTWORDS_TRAINER_COMMAND="/bin/false").returncode == 1


def test_a_command_that_is_started_in_an_odd_folder_is_shown(home: Path) -> None:
    folder = os.fsencode(home) + b"/\xe9"
    Path(os.fsdecode(folder)).mkdir()
    command = [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--", "pwd"]
    done = subprocess.run(command, capture_output=True, env=clean_environment(), cwd=folder)
    assert done.stdout == folder + b"\n"


def test_an_environment_of_libraries_with_odd_bytes_is_shown(
    client: FlaskClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", "/srv/\udcff")
    words = ("train", "--data-file", "data.jsonl", "--base-model", "exits-3")
    child = shlex.join([PYTHON, str(CHILD)])
    assert _run(home, *words, LASTWORDS_TRAINER_COMMAND=child).returncode == 3
    (run_id,) = runfolder.all_run_ids(home)
    found = client.get(f"/api/training/runs/{run_id}").json
    assert found and found["reproduce"]["environment"]["HF_HOME"] == "/srv/\\xff"


def test_a_home_with_such_a_name_is_refused_in_one_line(home: Path, tmp_path: Path) -> None:
    run(home, "--", "true")  # for what is shown at the end
    odd = os.fsencode(tmp_path) + b"/h\xff"
    for words in (["run", "--home", odd, "--", "true"], ["ls", "--home", odd], ["serve"]):
        environment = os.environb | {b"LASTWORDS_HOME": odd}
        done = subprocess.run(
            [PYTHON, "-m", "lastwords", *words], capture_output=True, env=environment
        )
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1
        assert b"its name is not UTF-8" in done.stderr


def test_the_log_of_an_odd_command_is_its_bytes(home: Path) -> None:
    _run(home, "run", "--quiet", "--", "printf", b"\xff%s", b"\xfe")
    (run_id,) = runfolder.all_run_ids(home)
    assert log_bytes(runfolder.attempt_folder(home, run_id, 1)) == b"\xff\xfe"
