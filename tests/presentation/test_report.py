"""The report of a recorded command: what it ran with and on, for somebody who was not there."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

from flask.testing import FlaskClient
from markdown_it import MarkdownIt
from tests.api.test_runs import failed
from tests.real import PREFIX, clean_environment
from tests.surroundings.kit import environment, git, repository, taken

from lastwords.folders.attempt import AttemptFolder

LASTWORDS = Path(sys.executable).parent / "lastwords"
FAILS = "print('step 1')\nimport leftpad\n"


def test_the_report_of_a_recorded_command_names_its_python_packages_and_commit(
    tmp_path: Path,
) -> None:
    code = repository(tmp_path / "code", train_py=FAILS)
    (code / "train.py").write_text(FAILS + "# uncommitted\n")
    versions = {"torch": "2.11.0", "numpy": "2.4.1", "leftpad": "1.0", "rightpad": "2.0"}
    python = environment(tmp_path / "venv", **versions)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (site / "leftpad.py").write_text("raise ValueError('no side is left')\n")
    home = tmp_path / "home"
    home.mkdir(0o700)
    command: list[str | Path] = [LASTWORDS, "run", "--home", home, "--quiet", "--"]
    command += [python, "train.py"]
    done = subprocess.run(command, cwd=code, env=clean_environment(), check=False)
    assert done.returncode == 1
    (folder,) = (home / "runs").glob("run_*")
    taken(AttemptFolder(folder / "1"))
    report = subprocess.run(
        [LASTWORDS, "report", folder.name, "--home", home],
        env=clean_environment(),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    told = report.partition("## Environment")[2]
    assert "- torch: `2.11.0`\n" in told and "- numpy: `2.4.1`\n" in told
    assert "- leftpad: `1.0`\n" in told and "rightpad" not in told  # the traceback goes through one
    assert f"- Python: `{platform.python_version()}`\n" in told
    commit = git(code, "rev-parse", "HEAD").strip()
    assert f"- Code: `commit {commit} on main, with uncommitted changes`" in told
    assert "CPUs" in told and "GiB of RAM" in told and "None" not in told
    _is_spaced(report)


def test_a_report_of_the_server_links_to_its_run(client: FlaskClient) -> None:
    run_id = failed(client, "raises")
    report = client.get(f"{PREFIX}/runs/{run_id}/report.md").text
    assert f"- Link: `http://localhost/runs/{run_id}`\n" in report
    assert f"- Run: `{run_id}`\n" in report and "- Took: `" in report
    assert report.count("Traceback (most recent call last)") == 2  # the error and its cause, once
    _is_spaced(report)


def _is_spaced(report: str) -> None:
    """A blank line stands before and behind each heading."""
    lines = report.split("\n")
    tokens = [token for token in MarkdownIt().parse(report) if token.type == "heading_open"]
    heads = [token.map[0] for token in tokens if token.map]
    assert len(heads) > 3
    for number in heads[1:]:
        assert lines[number - 1] == "" and lines[number + 1] == "", lines[number]
