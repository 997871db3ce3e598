"""The command line, as a person at a shell uses it: real processes, real exit codes."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.cli.kit import PYTHON, Done, cli, foreground, latest, run, run_json
from tests.real import CHILD, clean_environment, log_bytes, until

from lastwords import spec
from lastwords.folders import runfolder
from lastwords.supervision.supervisor import Supervisor

# --- reading -------------------------------------------------------------------------------------


def test_an_empty_home_says_what_to_do(home: Path) -> None:
    assert b"lastwords run -- COMMAND" in cli(home, "ls").stdout


def test_a_queued_run_is_listed_with_its_place(home: Path, supervisor: Supervisor) -> None:
    for _ in range(2):
        supervisor.create({"baseModel": "trains"}, "a test")
    newest, oldest = cli(home, "ls").stdout.decode().splitlines()[1:]
    assert newest.endswith("number 2 in line") and oldest.endswith("number 1 in line")


def test_log_prints_the_exact_bytes_and_error_the_whole_error(home: Path) -> None:
    run(home, "--quiet", "--", PYTHON, str(CHILD), "raises")
    log = log_bytes(latest(home))
    assert cli(home, "log", "latest").stdout == log
    error = cli(home, "error", "latest").stdout
    assert error and error in log and error.startswith(b"Traceback")


def test_a_run_without_an_error_has_none_to_print(home: Path) -> None:
    run(home, "--", "true")
    done = cli(home, "error", "latest")
    assert done.returncode == 1 and b"has no error" in done.stderr and done.stdout == b""


def test_a_prefix_names_a_run_and_an_ambiguous_one_names_the_candidates(home: Path) -> None:
    first, second = run_json(home, "true")["id"], run_json(home, "true")["id"]
    assert cli(home, "show", second, "--json").returncode == 0
    done = cli(home, "show", "run_")
    assert done.returncode == 1
    assert first.encode() in done.stderr and second.encode() in done.stderr


@pytest.mark.parametrize("command", ["show", "log", "error", "explain", "cancel", "retry", "rm"])
def test_an_unknown_run_is_one_line_of_error_and_no_stack(home: Path, command: str) -> None:
    done = cli(home, command, "run_19990101_000000")
    assert done.returncode == 1 and done.stdout == b""
    assert len(done.stderr.splitlines()) == 1 and b"run_19990101_000000" in done.stderr


def test_log_f_follows_until_the_end_and_misses_no_byte(home: Path) -> None:
    script = "echo ready; for i in 1 2 3 4 5; do sleep 0.1; echo $i; done; printf end"
    with foreground(home, script):
        until(lambda: cli(home, "show", "latest").returncode == 0)
        followed = cli(home, "log", "-f", "latest")
    assert followed.stdout == b"ready\n1\n2\n3\n4\n5\nend" == log_bytes(latest(home))


def test_a_recorded_command_is_not_retried_but_removed(home: Path) -> None:
    run_id = run_json(home, "true")["id"]
    done = cli(home, "retry", run_id)
    assert done.returncode == 1 and b"lastwords run" in done.stderr
    assert cli(home, "rm", run_id).returncode == 0
    assert json.loads(cli(home, "ls", "--json").stdout) == []


def test_cancel_stops_a_running_command(home: Path) -> None:
    with foreground(home, "echo ready; exec sleep 60") as process:
        until(lambda: cli(home, "cancel", "latest").returncode == 0)
        assert process.wait(60) == 143
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert listed["status"] == "cancelled"


@pytest.mark.parametrize("pipe", ["-", "/dev/stdin"])
def test_explain_reads_any_log_from_a_file_and_from_a_pipe(home: Path, pipe: str) -> None:
    log = b'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: x\n'
    (home / "a.log").write_bytes(log)
    by_file = cli(home, "explain", "--log", "a.log", "--exit-code", "1", "--json")
    by_pipe = subprocess.run(
        [PYTHON, "-m", "lastwords", "explain", "--log", pipe, "--exit-code", "1", "--json"],
        input=log,
        capture_output=True,
        env=clean_environment(LASTWORDS_HOME=str(home)),
    )
    assert by_file.stdout == by_pipe.stdout
    found = json.loads(by_file.stdout)
    assert (found["headline"], found["exitCode"]) == ("ValueError: x", 1)


@pytest.mark.parametrize("name", ["SIGKILL", "KILL", "kill", "9"])
def test_a_signal_may_be_named_in_several_ways(home: Path, name: str) -> None:
    (home / "a.log").write_bytes(b"")
    found = json.loads(cli(home, "explain", "--log", "a.log", "--signal", name, "--json").stdout)
    assert (found["signal"], found["cause"]) == ("SIGKILL", "process.signal")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log", "/no/such/file"],
        ["--log", "/etc/passwd", "--signal", "SIGNOPE"],
        ["--log", "/etc/passwd", "--signal", "9", "--exit-code", "1"],
    ],
)
def test_what_cannot_be_explained_is_one_line_of_error(home: Path, arguments: list[str]) -> None:
    done = cli(home, "explain", *arguments)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_a_file_in_place_of_a_run_is_told_how_to_explain_it(home: Path) -> None:
    (home / "train log.txt").touch()
    done = cli(home, "explain", "train log.txt")
    assert done.returncode == 1
    assert done.stderr == (
        b"lastwords: train log.txt is a file: lastwords explain --log 'train log.txt'\n"
    )


def test_config_shows_where_each_setting_comes_from(home: Path) -> None:
    done = cli(home, "config", "--json", LASTWORDS_TOKEN="a-very-secret-token")
    shown = {item["name"]: item for item in json.loads(done.stdout)["settings"]}
    assert shown["home"]["source"] == "command line" and shown["home"]["value"] == str(home)
    assert shown["token"]["source"] == "environment" and b"very-secret" not in done.stdout


def test_a_setting_that_cannot_be_used_is_one_line_of_error(home: Path) -> None:
    done = cli(home, "ls", LASTWORDS_PORT="http")
    assert done.returncode == 1 and done.stderr.startswith(b"lastwords: LASTWORDS_PORT")


@pytest.mark.parametrize("command", ["train", "run", "ls", "serve", "explain"])
def test_every_command_explains_itself(home: Path, command: str) -> None:
    done = cli(home, command, "--help")
    assert done.returncode == 0 and b"sage:" in done.stdout


def test_train_names_the_flags_a_person_gives_and_no_others(home: Path) -> None:
    said = cli(home, "train", "--help").stdout.decode()
    assert all(field.flag in said for field in spec.FIELDS if field.flag)
    assert "--run-directory" not in said and "--run-id" not in said


# --- train ---------------------------------------------------------------------------------------


def _train(home: Path, *flags: str) -> Done:
    return cli(home, "train", *flags, LASTWORDS_TRAINER_COMMAND=shlex.join([PYTHON, str(CHILD)]))


def test_train_records_a_training_in_theforeground(home: Path) -> None:
    done = _train(home, "--json", "--base-model=trains", "--data-file=data.jsonl", "--epochs=7")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and b"step 1 of" in done.stderr
    assert (told["status"], told["kind"], told["baseModel"]) == ("completed", "training", "trains")
    spec = json.loads(latest(home).spec.read_text())["spec"]
    assert spec["epochs"] == 7 and spec["dataFile"] == str(home / "data.jsonl")


def test_flags_after_two_dashes_are_the_trainers(home: Path) -> None:
    trainer = shlex.join([PYTHON, "-c", "import sys; print(sys.argv[1:])"])
    words = ("train", "--base-model=m", "--data-file=data.jsonl", "--", "--json")
    done = cli(home, *words, LASTWORDS_TRAINER_COMMAND=trainer)
    assert b"'--json'" in done.stdout


def test_a_training_shows_the_folder_that_its_shell_named(home: Path) -> None:
    asked = ("--base-model=trains", "--data-file=data.jsonl", "--output-dir=elsewhere")
    told = json.loads(_train(home, "--json", *asked).stdout)
    assert told["status"] == "completed"
    assert told["outputDir"] == str(home / "elsewhere")
    assert told["metadataPath"] == str(home / "elsewhere" / "training_run.json")


def test_a_training_that_proves_nothing_gives_1(home: Path) -> None:
    done = _train(home, "--base-model=exits-0", "--data-file=data.jsonl")
    assert done.returncode == 1 and b"never reported that it finished" in done.stderr


# --- the same by --url ---------------------------------------------------------------------------


def test_no_name_at_all_is_no_beginning_of_a_run(home: Path) -> None:
    run(home, "--", "true")
    done = cli(home, "rm", "")
    assert done.returncode == 1 and b"no run given" in done.stderr
    assert list(runfolder.all_run_ids(home))


def test_a_status_that_is_none_is_refused_with_those_that_are(home: Path) -> None:
    done = cli(home, "ls", "--status", "bogus")
    assert done.returncode == 1 and b"'bogus' is not one of queued, running" in done.stderr


def test_a_search_without_a_hit_does_not_say_that_there_are_no_runs(home: Path) -> None:
    run(home, "--", "true")
    assert cli(home, "ls", "--search", "nothing like it").stdout == b"No runs match.\n"


def test_a_running_run_is_explained_as_running_not_as_healthy(home: Path) -> None:
    with subprocess.Popen(
        [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--quiet", "--", "sleep", "60"],
        env=clean_environment(),
    ) as recording:
        until(lambda: b"running" in cli(home, "ls").stdout)
        found = json.loads(cli(home, "explain", "latest", "--json").stdout)
        assert (found["title"], found["confidence"]) == ("It is still running", "unknown")
        recording.terminate()


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null"])
def test_a_home_that_cannot_be_is_one_line_and_the_command_is_run(home: Path, place: str) -> None:
    done = subprocess.run(
        [PYTHON, "-m", "lastwords", "run", "--home", place, "--", "sh", "-c", "exit 3"],
        capture_output=True,
        env=clean_environment(),
    )
    assert done.returncode == 3
    assert done.stderr.startswith(b"lastwords: ") and done.stderr.count(b"\n") == 1


def test_a_log_that_tells_of_no_failure_is_not_called_failed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("10 of 10 done, all good\n")
    done = cli(home, "explain", "--log", str(tmp_path / "x.log"))
    assert b"Failed" not in done.stdout and b"Nothing in this log tells of" in done.stdout


def test_explain_says_what_is_odd_about_a_run_that_completed(home: Path) -> None:
    assert run(home, "--", "sh", "-c", f"{PYTHON} -c 'raise ValueError(7)' || true").returncode == 0
    told = cli(home, "explain", "latest").stdout
    assert b"Nothing failed" in told
    assert b"\nFlags\n  traceback_in_log: The log ends with: ValueError: 7\n" in told


def test_how_it_ended_is_evidence_without_a_line_of_the_log(home: Path) -> None:
    (home / "a.log").write_text("step 1\n")
    told = cli(home, "explain", "--log", "a.log", "--exit-code", "124").stdout
    assert b"\nEvidence\n  Ended with exit code 124\n" in told


def test_a_log_that_is_not_what_its_run_left_is_one_line_of_error(home: Path) -> None:
    assert run(home, "--", "echo", "precious").returncode == 0
    with latest(home).log.open("ab") as file:
        file.write(b"added\n")
    assert cli(home, "log", "latest").stdout == b"precious\n"
    latest(home).log.write_bytes(b"previous\n")
    changed = cli(home, "log", "latest")
    latest(home).log.unlink()
    gone = cli(home, "log", "latest")
    for done, words in ((changed, b"was changed after the run"), (gone, b"had 9 bytes")):
        assert (done.returncode, done.stdout) == (1, b"") and words in done.stderr
        assert done.stderr.startswith(b"lastwords: ") and done.stderr.count(b"\n") == 1


def test_how_long_a_run_took_is_what_was_counted_whatever_the_clock_did(home: Path) -> None:
    assert run(home, "--", "true").returncode == 0
    result = json.loads(latest(home).result.read_text())
    latest(home).result.write_text(json.dumps(result | {"seconds": 4.2, "finishedAt": FAR}))
    for path in home.glob("lastwords.db*"):
        path.unlink()
    assert cli(home, "reconcile").returncode == 0
    (listed,) = json.loads(cli(home, "ls", "--json").stdout)
    assert (listed["seconds"], listed["finishedAt"]) == (4.2, FAR)
    assert b" 0:04 " in cli(home, "ls").stdout
    assert b"Took        0:04" in cli(home, "show", "latest").stdout


FAR = "2099-01-01T00:00:00.000Z"


def test_a_command_that_draws_a_bar_is_shown_with_its_progress(home: Path) -> None:
    bar = "printf '\\r 45%%|###  | 45/100 [00:04<00:05, 9.9it/s, loss=0.5]\\r'"
    with foreground(home, f"{bar}; echo ready; sleep 60") as recording:
        shown = until(lambda: json.loads(cli(home, "show", "latest", "--json").stdout)["progress"])
        assert shown == {"step": 45, "totalSteps": 100, "epoch": None, "secondsLeft": 5.0}
        assert b"step 45 of 100, 0:05 left" in cli(home, "show", "latest").stdout
        assert b"step 45 of 100, 0:05 left" in cli(home, "ls").stdout
        recording.terminate()
        recording.wait()
    ended = json.loads(cli(home, "show", "latest", "--json").stdout)
    assert ended["progress"] == shown | {"secondsLeft": None} and ended["finalLoss"] == 0.5


def test_runs_are_listed_by_a_query_and_in_an_order(home: Path) -> None:
    for rate, code in (("1e-5", "0"), ("6e-4", "3")):
        run(home, "--name", f"rate {rate}", "--", "sh", "-c", f"exit {code}", "--", "--lr", rate)

    def names(*options: str) -> list[str]:
        listed = cli(home, "ls", "--json", *options).stdout
        return [found["name"] for found in json.loads(listed)]

    assert names("--search", "lr:>1e-4") == names("--search", "status:failed") == ["rate 6e-4"]
    assert names("--sort", "lr") == ["rate 1e-5", "rate 6e-4"]
    assert names("--sort", "-lr") == ["rate 6e-4", "rate 1e-5"]
    refused = cli(home, "ls", "--search", "status:faild")
    assert refused.returncode != 0 and b"did you mean failed?" in refused.stderr
    assert b"Traceback" not in refused.stderr
