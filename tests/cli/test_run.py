"""`lastwords run`: exit codes, bytes, signals, and what its command finds."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from tests.child import INVALID
from tests.cli.kit import PYTHON, cli, foreground, latest, run, run_json
from tests.real import CHILD, clean_environment, log_bytes, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.recording import processes, recorder
from lastwords.security.audit import Audit


@pytest.mark.parametrize(
    ("command", "code", "status", "reason"),
    [
        (["true"], 0, "completed", "ok"),
        (["sh", "-c", "echo hi; exit 3"], 3, "failed", "exit_code"),
        (["sh", "-c", "kill -9 $$"], 137, "failed", "killed_by_SIGKILL"),
        (["sh", "-c", "kill -15 $$"], 143, "failed", "killed_by_SIGTERM"),
        (["/no/such/program"], 127, "failed", "launch_failed"),
        (["/etc/passwd"], 126, "failed", "launch_failed"),
        (["/etc"], 126, "failed", "launch_failed"),
    ],
)
def test_run_ends_as_its_command_did_and_is_listed_so(
    home: Path, command: list[str], code: int, status: str, reason: str
) -> None:
    done = run(home, "--", *command)
    assert done.returncode == code
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert (listed["status"], listed["reason"], listed["kind"]) == (status, reason, "command")


def test_a_real_time_signal_gives_128_and_its_number(home: Path) -> None:
    number = signal.SIGRTMIN + 3
    assert run(home, "--", "sh", "-c", f"kill -{number} $$").returncode == 128 + number


OWN_OPTIONS = "--name exp1 --json --quiet --expect x --home h --lr 1 -h --help".split()
SAYS_ARGUMENTS = "import sys; print(sys.argv[1:])"


@pytest.mark.parametrize("separator", [[], ["--"]])
def test_what_stands_after_the_first_word_of_the_command_is_the_commands(
    home: Path, separator: list[str]
) -> None:
    done = run(home, "--name", "ours", *separator, PYTHON, "-c", SAYS_ARGUMENTS, *OWN_OPTIONS)
    assert done.returncode == 0 and done.stdout.decode().strip() == str(OWN_OPTIONS)
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert listed["name"] == "ours"


def test_an_option_that_run_does_not_have_is_named_and_nothing_is_run(home: Path) -> None:
    done = run(home, "--nmae", "exp1", "touch", str(home / "made"))
    assert done.returncode == 2 and b"--nmae" in done.stderr and b"--name" in done.stderr
    assert not (home / "made").exists()


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (["FOO=a b", "true"], "to set a variable, write: env 'FOO=a b' COMMAND"),
        (["python train.py --lr 1"], "write: sh -c 'python train.py --lr 1'"),
    ],
)
def test_a_shells_notation_for_a_command_is_refused_with_the_remedy(
    home: Path, command: list[str], remedy: str
) -> None:
    done = run(home, "--", *command)
    assert done.returncode == 127 and remedy in done.stderr.decode()
    assert remedy in cli(home, "error", "latest").stdout.decode()


def test_a_program_whose_name_holds_a_blank_is_run(home: Path) -> None:
    program = home / "my program"
    program.write_text("#!/bin/sh\nexit 4\n")
    program.chmod(0o755)
    assert run(home, "--", str(program)).returncode == 4


def test_an_expected_path_that_was_not_written_gives_1(home: Path) -> None:
    done = run(home, "--expect", "model.bin", "--", "true")
    assert done.returncode == 1
    assert b"model.bin was not written" in done.stderr


def test_an_expected_path_that_was_written_gives_0(home: Path) -> None:
    assert run(home, "--expect", "out", "--", "sh", "-c", "echo > out").returncode == 0


def test_the_exit_code_of_a_failing_command_wins_over_what_was_expected(home: Path) -> None:
    assert run(home, "--expect", "out", "--", "sh", "-c", "exit 3").returncode == 3


def test_a_command_that_cannot_be_started_is_named(home: Path) -> None:
    assert b"/no/such/program" in run(home, "--", "/no/such/program").stderr


def test_flags_after_the_dashes_belong_to_the_command(home: Path) -> None:
    assert run(home, "--", "echo", "--json", "--name", "-n").stdout == b"--json --name -n\n"


def test_the_output_is_echoed_to_the_byte_and_kept_to_the_byte(home: Path) -> None:
    done = run(home, "--", PYTHON, str(CHILD), "prints-invalid-utf8")
    assert done.stdout == INVALID == log_bytes(latest(home))


def test_a_large_output_is_echoed_whole(home: Path) -> None:
    done = run(home, "--", PYTHON, str(CHILD), "prints-8mb")
    assert done.stdout == log_bytes(latest(home)) and len(done.stdout) == 8_000_000


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        ("echo lost > train.log 2>&1; exit 3", "tail -n 50 train.log"),
        ("echo lost 2> errors.txt > out.txt; exit 3", "tail -n 50 errors.txt"),
        ("exit 3", None),
    ],
)
def test_of_an_empty_log_it_is_said_where_the_output_went(
    home: Path, script: str, advice: str | None
) -> None:
    run(home, "--", "sh", "-c", script)
    explanation = json.loads(cli(home, "explain", "latest", "--json").stdout)
    title = "Nothing was printed (exit code 3)"
    assert (explanation["cause"], explanation["title"]) == ("unknown", title)
    commands = [step["command"] for step in explanation["advice"] if step["command"]]
    assert commands == ([advice] if advice else [])


def test_quiet_echoes_nothing_and_keeps_all(home: Path) -> None:
    done = run(home, "--quiet", "--", "echo", "words")
    assert (done.stdout, log_bytes(latest(home))) == (b"", b"words\n")


def test_json_is_one_line_on_stdout_and_the_output_goes_to_stderr(home: Path) -> None:
    done = run(home, "--json", "--name", "mine", "--", "sh", "-c", "echo words; exit 3")
    assert done.returncode == 3 and done.stderr == b"words\n"
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert told == listed and (told["name"], told["exitCode"]) == ("mine", 3)


def test_a_command_has_its_callers_environment_and_folder_and_input(home: Path) -> None:
    (home / "in").write_text("from stdin\n")
    script = 'echo "$WORDS $PWD"; cat'
    with (home / "in").open("rb") as file:
        done = subprocess.run(
            [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--", "sh", "-c", script],
            stdin=file,
            capture_output=True,
            env=clean_environment(WORDS="hello"),
            cwd=home,
        )
    assert done.stdout == f"hello {home}\nfrom stdin\n".encode()


def test_a_reader_that_goes_away_ends_the_echo_and_not_the_run(home: Path) -> None:
    words = [PYTHON, "-m", "lastwords", "run", "--home", home, "--", PYTHON, CHILD, "prints-2mb"]
    command = f"{shlex.join(map(str, words))} | head -c 10"
    subprocess.run(["sh", "-c", command], env=clean_environment(), capture_output=True)
    result = until(lambda: runfolder.read_result(latest(home)))
    assert (result["exitCode"], result["logBytes"]) == (0, 2_000_000)


def test_a_command_never_waits_in_the_queue(home: Path) -> None:
    with foreground(home, "echo ready; exec sleep 60") as first:
        assert run(home, "--", "true").returncode == 0
        first.send_signal(signal.SIGTERM)
        assert first.wait(60) == 143


def test_a_damaged_database_does_not_keep_a_command_from_being_recorded(home: Path) -> None:
    (home / "lastwords.db").write_bytes(b"no database, " * 1000)
    done = run(home, "--", "sh", "-c", "echo words; exit 3")
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"recorded in" in done.stderr and log_bytes(latest(home)) == b"words\n"


def test_without_a_database_an_unmet_expectation_still_gives_1(home: Path) -> None:
    (home / "lastwords.db").write_bytes(b"no database, " * 1000)
    assert run(home, "--expect", "out", "--", "true").returncode == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_shell_ends_the_command_and_it_is_cancelled(
    home: Path, number: signal.Signals, code: int
) -> None:
    with foreground(home, "echo ready; exec sleep 60") as process:
        os.killpg(process.pid, number)
        assert process.wait(60) == code
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert (listed["status"], listed["signal"]) == ("cancelled", number.name)
    assert recorder.strays(latest(home)) == []
    stopped, begun = Audit(Config(home=home)).page(9).entries
    assert (stopped.action, stopped.detail, begun.action) == ("cancel", number.name, "start")
    assert stopped.run == begun.run == listed["id"]
    assert stopped.who == begun.who == f"the command line, user {os.getuid()}"


def test_a_command_under_nohup_does_not_end_with_its_terminal(home: Path) -> None:
    script = "echo ready; while [ ! -e go ]; do sleep 0.02; done; echo after"
    script = script.replace("go", str(home / "go"))
    with foreground(home, script, "nohup") as process:
        process.send_signal(signal.SIGHUP)
        (home / "go").touch()
        assert process.wait(60) == 0
    assert log_bytes(latest(home)) == b"ready\nafter\n"


def test_a_command_whose_recorder_is_killed_is_still_waited_for(home: Path) -> None:
    may_go = shlex.quote(str(home / "go"))
    script = f"echo ready; while [ ! -e {may_go} ]; do sleep 0.02; done; echo after; exit 5"
    with foreground(home, script) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"  # past the handshake
        identity = recorder.recorder_identity(latest(home))
        assert identity is not None
        processes.send_signal(identity, signal.SIGKILL)
        (home / "go").touch()
        output, _ = process.communicate(timeout=20)
    assert output == b"after\n"
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert (process.returncode, listed["status"]) in [
        (5, "failed"),
        (1, "lost"),
    ]  # lost before Linux 6.15


def test_a_run_without_a_name_takes_that_which_its_tracker_prints(home: Path) -> None:
    script = "echo 'wandb: Syncing run lora-lr3e-4'; echo 'step 1'"
    named = run_json(home, "sh", "-c", script)
    assert named["name"] == "lora-lr3e-4"
    assert run(home, "--name", "mine", "--", "sh", "-c", script).returncode == 0
    found = json.loads(cli(home, "ls", "--json", "--search", "lora-lr3e-4 wandb").stdout)
    assert {each["name"] for each in found} == {"lora-lr3e-4", "mine"}
    assert b"lora-lr3e-4" in cli(home, "ls").stdout
    assert cli(home, "reconcile").returncode == 0
    again = {each["id"]: each["name"] for each in json.loads(cli(home, "ls", "--json").stdout)}
    assert again[named["id"]] == "lora-lr3e-4"
