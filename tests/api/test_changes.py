"""What changed, as the API and the command line tell it of real runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.cli.kit import cli, latest
from tests.real import PREFIX, clean_environment
from tests.surroundings.kit import environment, git, repository, taken

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gJ6"


def _recorded(home: Path, top: Path, *words: str) -> str:
    """The id of a command that was recorded in a project."""
    command = [sys.executable, "-m", "lastwords", "run", "--quiet", "--home", str(home), *words]
    subprocess.run(command, cwd=top, env=clean_environment(), stderr=subprocess.DEVNULL)
    taken(latest(home))
    return latest(home).run_id


def _told(client: FlaskClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(PREFIX + path).text)
    return found


@pytest.fixture
def runs(home: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """One that completed, and one that failed after a line was changed; a token beside it."""
    top = repository(tmp_path / "project", train_py="x = 1\nprint(1 / x)\n")
    python = str(environment(tmp_path / "venv", torch="2.4.0"))
    good = _recorded(home, top, python, "train.py")
    (top / "train.py").write_text(f"x = 0\nprint(1 / x)\ntoken = '{TOKEN}'\n")
    git(top, "commit", "-qam", "second")
    yield good, _recorded(home, top, python, "train.py", "--lr", "1")


def test_a_failed_run_says_since_when_and_what_has_changed(
    client: FlaskClient, runs: tuple[str, str]
) -> None:
    good, bad = runs
    changes = _told(client, f"/runs/{bad}")["changes"]
    assert changes["since"]["id"] == good and changes["count"] == len(changes["items"]) == 3
    first = changes["items"][0]
    assert (first["text"], first["mark"]) == ("train.py +2 −1", "traceback_file")
    assert not changes["pending"] and changes["missing"] == []
    assert _told(client, f"/runs/{good}")["changes"] is None


def test_two_runs_stand_side_by_side_without_secrets(
    client: FlaskClient, runs: tuple[str, str]
) -> None:
    good, bad = runs
    answer = _told(client, f"/runs/{bad}/changes")
    chosen = _told(client, f"/runs/{bad}/changes?with={good}")
    assert TOKEN not in str(answer) and chosen["code"] == answer["code"]
    (file,) = answer["code"]
    assert [line["sign"] for line in file["hunks"][0]["lines"]] == ["-", "+", " ", "+"]
    assert answer["since"]["likeness"] and chosen["since"]["likeness"] is None
    assert {"name": "status", "before": "completed", "after": "failed"} in answer["results"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("?with=run_20200101_000000", 404), ("?with=../..", 404), ("?x=1", 422), ("?earlier=x", 422)],
)
def test_what_cannot_be_compared_is_refused(
    client: FlaskClient, runs: tuple[str, str], query: str, status: int
) -> None:
    answer = client.get(f"{PREFIX}/runs/{runs[1]}/changes{query}")
    assert answer.status_code == status and answer.content_type == "application/problem+json"


def test_a_run_without_one_like_it_has_nothing_to_be_compared_with(
    client: FlaskClient, runs: tuple[str, str]
) -> None:
    answer = client.get(f"{PREFIX}/runs/{runs[0]}/changes")
    assert answer.status_code == 404 and "no run like" in answer.text


def test_the_report_says_what_changed_without_secrets(
    client: FlaskClient, runs: tuple[str, str]
) -> None:
    report = client.get(f"{PREFIX}/runs/{runs[1]}/report.md").text
    assert f"Last completed like this: `{runs[0]}`. Since then:" in report
    assert "- `train.py +2 −1 (the traceback goes through it)`" in report and TOKEN not in report


def test_the_command_line_says_it_too(home: Path, runs: tuple[str, str]) -> None:
    good, bad = runs
    shown = cli(home, "show", bad).stdout.decode()
    assert f"Last completed like this (same command in the same folder): {good}" in shown
    assert "train.py +2 −1" in cli(home, "explain", bad).stdout.decode()
    assert "Last completed" not in cli(home, "show", good).stdout.decode()
    diff = cli(home, "diff", bad).stdout.decode()
    assert "\n-x = 1\n+x = 0\n" in diff and TOKEN not in diff
    told = json.loads(cli(home, "diff", "--json", good, bad).stdout)
    assert told["since"]["id"] == good and told["run"] == bad


def test_diff_refuses_what_it_cannot_compare(home: Path, runs: tuple[str, str]) -> None:
    alone = cli(home, "diff", runs[0])
    assert alone.returncode == 1 and b"no run like" in alone.stderr
    assert cli(home, "diff", "a", "b", "c").returncode == 2
    assert cli(home, "diff", "nothing").returncode == 1


def test_several_runs_stand_in_a_table_with_their_flags_and_results(
    client: FlaskClient, home: Path, tmp_path: Path
) -> None:
    code = "import sys; print('step=1 loss=' + sys.argv[2]); print('step=2 loss=' + sys.argv[2])"
    ids = [
        _recorded(home, tmp_path, sys.executable, "-c", code, "--lr", lr, "--api-key", TOKEN)
        for lr in ("0.5", "0.25", "0.125")
    ]
    found = _told(client, f"/runs/compare?ids={','.join([*ids, ids[0]])}")
    assert [run["id"] for run in found["runs"]] == ids
    first = found["rows"][0]
    assert (first["name"], first["values"]) == ("--lr", ["0.5", "0.25", "0.125"])
    assert {"name": "loss", "values": [0.5, 0.25, 0.125]} in found["metrics"]
    assert TOKEN not in json.dumps(found["rows"])
    assert client.get(f"{PREFIX}/runs/compare?ids=run_20200101_000000").status_code == 404
    many = ",".join(f"run_20200101_00000{n}" for n in range(9))
    assert client.get(f"{PREFIX}/runs/compare?ids={many}").status_code == 422
