"""`%%lastwords`: the cell's command really recorded, without IPython around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.kit import latest
from tests.real import clean_environment, says, until

import lastwords
from lastwords import notebook
from lastwords.folders import runfolder
from lastwords.recording import recorder


class Shell:
    """Where IPython keeps its magics."""

    def __init__(self) -> None:
        self.magics: dict[str, object] = {}

    def register_magic_function(self, func: object, magic_kind: str, magic_name: str) -> None:
        self.magics[f"{magic_kind} {magic_name}"] = func


@pytest.fixture(autouse=True)
def in_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTWORDS_HOME", str(home))
    monkeypatch.chdir(home)


def spec(home: Path) -> dict[str, object]:
    found = runfolder.read_spec(latest(home))
    assert found is not None
    return found


def test_the_extension_is_the_package_and_registers_one_cell_magic() -> None:
    shell = Shell()
    lastwords.load_ipython_extension(shell)
    assert shell.magics == {"cell lastwords": notebook.record_cell}


def test_the_package_alone_loads_neither_the_magic_nor_ipython() -> None:
    code = "import sys, lastwords; print({'lastwords.notebook', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"set()\n"


def test_a_script_is_shown_and_recorded_under_its_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.record_cell(
        "--name 'two words' --expect made", "echo grüße >&2\ntouch x; echo 1 > made"
    )
    assert capsys.readouterr().out == "grüße\n"
    assert spec(home)["name"] == "two words" and spec(home)["expect"] == ["made"]


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ("", "echo before; false; echo after"),
        ("", "echo before; false | cat; echo after"),
        ("sh -e", "echo before; false; echo after"),
        ("-- sh -e", "echo before; false; echo after"),
    ],
)
def test_a_script_ends_at_the_first_command_that_fails(
    line: str, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(notebook.CellFailed):
        notebook.record_cell(line, cell)
    assert capsys.readouterr().out == "before\n"


def test_python_is_this_one_and_names_the_line_that_the_cell_has(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(notebook.CellFailed) as failed:
        notebook.record_cell("python -u", "import sys\nprint(sys.executable)\n{}['lr']\n")
    assert capsys.readouterr().out.startswith(f"{sys.executable}\nTraceback")
    run_id = latest(home).run_id
    assert failed.value._render_traceback_() == [
        f"{run_id} failed: KeyError: 'lr'",
        "Cause: KeyError in your code (code.error)",
        f"The whole error: lastwords error {run_id}",
        f"What to do next: lastwords explain {run_id}",
    ]
    assert b"line 4," in latest(home).log.read_bytes()  # the magic's line is the first


def test_modules_beside_the_notebook_are_the_codes_and_not_ours(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "click.py").write_text("name = 'beside'\n")
    notebook.record_cell("python", "import click; print(click.name)")
    assert capsys.readouterr().out == "beside\n"


def test_without_raising_the_failure_is_only_shown(capsys: pytest.CaptureFixture[str]) -> None:
    notebook.record_cell("--no-raise", "exit 3")
    said = capsys.readouterr()
    assert said.out == "" and " failed" in said.err and "lastwords error run_" in said.err


def test_an_expected_file_that_is_missing_is_a_failure() -> None:
    with pytest.raises(notebook.CellFailed, match=r"failed: .*model\.pt"):
        notebook.record_cell("--expect model.pt", "true")


@pytest.mark.parametrize(
    ("line", "told"),
    [("--nmae x true", "--nmae"), ("--name 'x", "No closing quotation"), ("--expect", "--expect")],
)
def test_a_wrong_option_is_told_with_the_usage_and_nothing_is_recorded(
    home: Path, line: str, told: str
) -> None:
    with pytest.raises(notebook.CellFailed) as failed:
        notebook.record_cell(line, "true")
    first, second = failed.value._render_traceback_()
    assert first.startswith("%%lastwords: ") and told in first
    assert second.startswith("usage: %%lastwords [--name NAME]")
    assert list(runfolder.all_run_ids(home)) == []


def test_where_there_can_be_no_home_a_cell_runs_without_a_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LASTWORDS_HOME", "/proc/no/home")
    notebook.record_cell("", "true")
    assert "not recorded: /proc/no/home" in capsys.readouterr().out
    with pytest.raises(notebook.CellFailed):
        notebook.record_cell("", "false")


def test_an_interrupt_of_the_cell_is_one_stop_of_the_run_which_may_end_in_its_own_way(
    home: Path,
) -> None:
    script = "trap 'echo cleaned; exit 5' INT; echo ready; while :; do sleep 0.01; done"
    code = f"from lastwords.notebook import record_cell; record_cell('', {script!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(LASTWORDS_HOME=str(home)),
        start_new_session=True,
    )
    until(lambda: list(runfolder.all_run_ids(home)))
    says(latest(home), b"ready")
    until(lambda: recorder.recorder_identity(latest(home)))
    os.killpg(process.pid, signal.SIGINT)  # as Jupyter interrupts a kernel
    out, error = process.communicate(timeout=30)
    assert out == b"ready\ncleaned\n" and error.rstrip().endswith(b"KeyboardInterrupt")
    result = runfolder.read_result(latest(home))
    assert result is not None and result["exitCode"] == 5
