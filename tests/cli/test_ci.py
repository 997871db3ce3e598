"""Under a CI service a failed run says why where the service shows it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.kit import cli
from tests.real import clean_environment

ROOT = Path(__file__).parents[2]
SECRET = "hf_" + "k3Jd9QwZx7" * 4
SERVICES = {"github": "GITHUB_ACTIONS", "gitlab": "GITLAB_CI", "buildkite": "BUILDKITE"}
SCRIPT = f"""
print('::add-mask::from the command')
raise ValueError('no label, the token is {SECRET}')
"""


@pytest.fixture
def script(home: Path) -> Path:
    path = home / "train.py"
    path.write_text(SCRIPT)
    return path


def test_github_gets_an_error_at_the_line_and_a_summary(home: Path, script: Path) -> None:
    summary = home / "summary.md"
    summary.write_text("what another step wrote\n")
    told = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(home)}
    command = [sys.executable, "train.py"]
    plain = cli(home, "run", "--", *command)
    done = cli(home, "run", "--", *command, GITHUB_ACTIONS="true", **told)
    assert (done.returncode, done.stdout) == (1, plain.stdout)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("::error file=train.py,line=3,title=Lastwords%3A ")
    text = summary.read_text()
    assert text.startswith("what another step wrote\n### Lastwords: ")
    assert "ValueError" in text and SECRET not in text + line


def test_gitlab_and_buildkite_get_their_own_forms(home: Path, script: Path) -> None:
    agent = home / "buildkite-agent"
    agent.write_text(f'#!/bin/sh\necho "$@" > {home}/arguments; cat > {home}/annotation\n')
    agent.chmod(agent.stat().st_mode | stat.S_IXUSR)
    command = [sys.executable, "train.py"]
    gitlab = cli(home, "run", "--", *command, GITLAB_CI="true").stderr.decode()
    assert gitlab.startswith("\x1b[0Ksection_start:") and "section_end:" in gitlab
    path = f"{home}:{os.environ['PATH']}"
    buildkite = cli(home, "run", "--", *command, BUILDKITE="true", PATH=path).stderr.decode()
    assert buildkite.startswith("^^^ +++\n+++ Lastwords: ")
    assert (home / "arguments").read_text() == "annotate --style error --context lastwords\n"
    annotation = (home / "annotation").read_text()
    assert "ValueError" in annotation and SECRET not in annotation + gitlab + buildkite


def test_without_an_agent_the_log_is_all_that_buildkite_gets(home: Path, script: Path) -> None:
    done = cli(home, "run", "--", sys.executable, "train.py", BUILDKITE="true")
    assert done.returncode == 1 and b"+++ Lastwords" in done.stderr
    assert b"lastwords: " not in done.stderr


@pytest.mark.parametrize("variable", SERVICES.values())
def test_one_setting_turns_it_off(home: Path, script: Path, variable: str) -> None:
    told = {variable: "true", "LASTWORDS_CI": "off"}
    assert cli(home, "run", "--", sys.executable, "train.py", **told).stderr == b""


@pytest.mark.parametrize("variable", SERVICES.values())
def test_a_run_that_completes_is_told_to_nobody(home: Path, variable: str) -> None:
    assert cli(home, "run", "--", "true", **{variable: "true"}).stderr == b""


def test_a_summary_that_cannot_be_written_costs_no_exit_code(home: Path, script: Path) -> None:
    told = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(home)}
    done = cli(home, "run", "--", sys.executable, "-c", "raise SystemExit(7)", **told)
    assert done.returncode == 7
    assert b"::error " in done.stderr and b"cannot be written: Is a directory" in done.stderr


@pytest.mark.parametrize("form", SERVICES)
def test_any_log_is_explained_in_the_same_forms_without_its_secrets(home: Path, form: str) -> None:
    log = home / "some.log"
    log.write_text(f"Traceback (most recent call last):\nValueError: token {SECRET}\n")
    done = cli(home, "explain", "--log", str(log), "--format", form)
    assert done.returncode == 0
    begins = {"github": b"::error ", "gitlab": b"\x1b[0Ksection_start", "buildkite": b"^^^ +++"}
    assert done.stdout.startswith(begins[form])
    assert b"ValueError" in done.stdout and SECRET.encode() not in done.stdout


def test_explain_takes_json_or_a_format(home: Path) -> None:
    done = cli(home, "explain", "--log", "-", "--format", "github", "--json")
    assert done.returncode == 2 and b"either --json or --format" in done.stderr


def test_the_example_workflow_fails_as_its_training_does_and_says_why(
    home: Path, script: Path
) -> None:
    """Its steps are run as GitHub's runner runs them; only what installs is left out."""
    text = (ROOT / "docs" / "ci.md").read_text()
    workflow = text.partition("```yaml\n")[2].partition("```")[0]
    steps = re.findall(r"^ +- run: (.+)$", workflow, re.MULTILINE)
    (step,) = [step for step in steps if not step.startswith("pip install")]
    summary = home / "summary.md"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    told = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "PATH": path}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step],
        capture_output=True,
        cwd=home,
        env=clean_environment(LASTWORDS_HOME=str(home), GITHUB_WORKSPACE=str(home), **told),
    )
    assert done.returncode == 1
    assert b"::error file=train.py,line=3," in done.stderr
    assert "ValueError" in summary.read_text()
