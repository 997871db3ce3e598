"""The command line, as a person at a shell uses it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.child import INVALID
from tests.conftest import TOKEN
from tests.real import CHILD, Server, clean_environment, log_bytes, says, until

from lastwords import config as settings
from lastwords import processes, recorder, runfolder, spec
from lastwords.audit import Audit
from lastwords.clients import Client, LocalClient, RemoteClient
from lastwords.config import Config
from lastwords.records import LastwordsError, Status
from lastwords.runfolder import AttemptFolder
from lastwords.store import Store
from lastwords.supervisor import Supervisor

PYTHON = sys.executable
Done = subprocess.CompletedProcess[bytes]


def cli(home: Path, *arguments: str, **environment: str) -> Done:
    command, *rest = arguments
    return subprocess.run(
        [PYTHON, "-m", "lastwords", command, "--home", str(home), *rest],
        capture_output=True,
        env=clean_environment(**environment),
        cwd=home,
        timeout=60,
    )


def run(home: Path, *arguments: str) -> Done:
    return cli(home, "run", *arguments)


def run_json(home: Path, *command: str) -> dict[str, Any]:
    """A recorded command, as `run --json` tells it."""
    done = run(home, "--json", "--", *command)
    (line,) = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def latest(home: Path) -> AttemptFolder:
    return runfolder.attempt_folder(home, list(runfolder.all_run_ids(home))[-1], 1)


# --- run: exit codes -----------------------------------------------------------------------------


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


def test_an_expected_path_that_was_not_written_gives_1(home: Path) -> None:
    done = run(home, "--expect", "model.bin", "--", "true")
    assert done.returncode == 1
    assert b"model.bin was not written" in done.stderr


def test_an_expected_path_that_was_written_gives_0(home: Path) -> None:
    assert run(home, "--expect", "out", "--", "touch", "out").returncode == 0


def test_the_exit_code_of_a_failing_command_wins_over_what_was_expected(home: Path) -> None:
    assert run(home, "--expect", "out", "--", "sh", "-c", "exit 3").returncode == 3


def test_a_command_that_cannot_be_started_is_named(home: Path) -> None:
    assert b"/no/such/program" in run(home, "--", "/no/such/program").stderr


def test_flags_after_the_dashes_belong_to_the_command(home: Path) -> None:
    assert run(home, "--", "echo", "--json", "--name", "-n").stdout == b"--json --name -n\n"


# --- run: what is seen ---------------------------------------------------------------------------


def test_the_output_is_echoed_to_the_byte_and_kept_to_the_byte(home: Path) -> None:
    done = run(home, "--", PYTHON, str(CHILD), "prints-invalid-utf8")
    assert done.stdout == INVALID == log_bytes(latest(home))


def test_a_large_output_is_echoed_whole(home: Path) -> None:
    done = run(home, "--", PYTHON, str(CHILD), "prints-8mb")
    assert done.stdout == log_bytes(latest(home)) and len(done.stdout) == 8_000_000


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
    command = f"{PYTHON} -m lastwords run --home {home} -- {PYTHON} {CHILD} prints-2mb | head -c 10"
    subprocess.run(["sh", "-c", command], env=clean_environment(), capture_output=True)
    result = until(lambda: runfolder.read_result(latest(home)))
    assert (result["exitCode"], result["logBytes"]) == (0, 2_000_000)


def test_a_command_never_waits_in_the_queue(home: Path) -> None:
    with _foreground(home, "echo ready; exec sleep 60") as first:
        assert run(home, "--", "true").returncode == 0
        first.send_signal(signal.SIGTERM)
        assert first.wait(20) == 143


def test_a_damaged_database_does_not_keep_a_command_from_being_recorded(home: Path) -> None:
    (home / "lastwords.db").write_bytes(b"no database, " * 1000)
    done = run(home, "--", "sh", "-c", "echo words; exit 3")
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"recorded in" in done.stderr and log_bytes(latest(home)) == b"words\n"


def test_without_a_database_an_unmet_expectation_still_gives_1(home: Path) -> None:
    (home / "lastwords.db").write_bytes(b"no database, " * 1000)
    assert run(home, "--expect", "out", "--", "true").returncode == 1


# --- run: signals --------------------------------------------------------------------------------


@contextmanager
def _foreground(home: Path, script: str, *before: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that is being recorded and said `ready`; killed at the end if it still runs."""
    command = [*before, PYTHON, "-m", "lastwords", "run", "--home", str(home), "--"]
    process = subprocess.Popen(
        [*command, "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        until(lambda: list(runfolder.all_run_ids(home)))
        says(latest(home), b"ready")
        until(lambda: recorder.recorder_identity(latest(home)))
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_shell_ends_the_command_and_it_is_cancelled(
    home: Path, number: signal.Signals, code: int
) -> None:
    with _foreground(home, "echo ready; exec sleep 60") as process:
        os.killpg(process.pid, number)
        assert process.wait(20) == code
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
    with _foreground(home, script, "nohup") as process:
        process.send_signal(signal.SIGHUP)
        (home / "go").touch()
        assert process.wait(20) == 0
    assert log_bytes(latest(home)) == b"ready\nafter\n"


def test_a_command_whose_recorder_is_killed_is_still_waited_for(home: Path) -> None:
    script = f"echo ready; while [ ! -e {home}/go ]; do sleep 0.02; done; echo after; exit 5"
    with _foreground(home, script) as process:
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


# --- reading -------------------------------------------------------------------------------------


def test_an_empty_home_says_what_to_do(home: Path) -> None:
    assert b"lastwords run -- COMMAND" in cli(home, "ls").stdout


def test_a_queued_run_is_listed_with_its_place(home: Path, supervisor: Supervisor) -> None:
    for _ in range(2):
        supervisor.create({"baseModel": "trains"}, "a test")
    newest, oldest = cli(home, "ls").stdout.decode().splitlines()[1:]
    assert newest.endswith("place 2 in the queue") and oldest.endswith("place 1 in the queue")


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
    with _foreground(home, script):
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
    with _foreground(home, "echo ready; exec sleep 60") as process:
        until(lambda: cli(home, "cancel", "latest").returncode == 0)
        assert process.wait(20) == 143
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
    return cli(home, "train", *flags, LASTWORDS_TRAINER_COMMAND=f"{PYTHON} {CHILD}")


def test_train_records_a_training_in_the_foreground(home: Path) -> None:
    done = _train(home, "--json", "--base-model=trains", "--data-file=data.jsonl", "--epochs=7")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and b"step 1 of" in done.stderr
    assert (told["status"], told["kind"], told["baseModel"]) == ("completed", "training", "trains")
    spec = json.loads(latest(home).spec.read_text())["spec"]
    assert spec["epochs"] == 7 and spec["dataFile"] == str(home / "data.jsonl")


def test_a_training_shows_the_folder_that_its_shell_named(home: Path) -> None:
    asked = ("--base-model=trains", "--data-file=data.jsonl", "--output-dir=elsewhere")
    told = json.loads(_train(home, "--json", *asked).stdout)
    assert told["status"] == "completed"
    assert told["outputDir"] == str(home / "elsewhere")
    assert told["metadataPath"] == str(home / "elsewhere" / "training_run.json")


def test_a_training_that_proves_nothing_gives_1(home: Path) -> None:
    done = _train(home, "--base-model=exits-0", "--data-file=data.jsonl")
    assert done.returncode == 1 and b"nothing proves a result" in done.stderr


# --- the same by --url ---------------------------------------------------------------------------


@pytest.fixture
def recorded(server: Server) -> Server:
    """A server of a home with a failed, a completed and a cancelled run."""
    for mode in ("raises", "trains"):
        server.ended(server.train(mode))
    run_id = server.train("hangs")
    until(lambda: server.run(run_id)["status"] == "running")
    server.post(f"/runs/{run_id}/cancel")
    server.ended(run_id)
    return server


def test_every_reading_command_says_the_same_of_a_server_as_of_its_home(recorded: Server) -> None:
    local: Client = LocalClient(settings.load(recorded.home, {}))
    far: Client = RemoteClient(recorded.url, TOKEN)
    assert local.list(20, "", "") == far.list(20, "", "") != []
    assert local.list(20, "failed", "") == far.list(20, "failed", "") != []
    assert local.list(20, "", "trains") == far.list(20, "", "trains") != []
    for run in ["latest", *(found["id"] for found in local.list(20, "", ""))]:
        assert local.show(run) == far.show(run)
        assert local.diagnosis(run) == far.diagnosis(run)
        assert local.report(run) == far.report(run)
        assert list(local.log(run, False)) == list(far.log(run, False)) != []
        assert _error(local, run) == _error(far, run)


def _error(client: Client, run: str) -> bytes | None:
    try:
        return client.error(run)
    except LastwordsError:
        return None


def test_url_and_token_lead_a_command_to_the_server(recorded: Server) -> None:
    local = cli(recorded.home, "ls", "--json")
    far = cli(recorded.home, "ls", "--json", "--url", recorded.url, "--token", TOKEN)
    assert json.loads(local.stdout) == json.loads(far.stdout)


@pytest.mark.parametrize("command", ["config", "doctor"])
def test_a_servers_own_settings_and_health_are_shown(recorded: Server, command: str) -> None:
    done = cli(recorded.home, command, "--json", "--url", recorded.url, "--token", TOKEN)
    found, told = json.loads(done.stdout), recorded.get(f"/{command}").json
    part = "checks" if command == "doctor" else "settings"
    assert [item["name"] for item in found[part]] == [item["name"] for item in told[part]] != []
    words = cli(recorded.home, command, "--url", recorded.url, "--token", TOKEN).stdout
    assert b"grace_seconds" in words if command == "config" else b"home" in words


def test_a_report_has_a_file_for_what_it_has_no_room_for(server: Server) -> None:
    run_id = server.train("raises-1mb")
    server.ended(run_id)
    local = cli(server.home, "report", run_id, "--overflow")
    far = cli(server.home, "report", run_id, "--overflow", "--url", server.url, "--token", TOKEN)
    assert local.stdout == far.stdout and len(local.stdout) > 800_000


def test_an_issues_url_is_printed_where_a_repository_is_set(server: Server) -> None:
    run_id = server.train("raises")
    server.ended(run_id)
    without = cli(server.home, "report", run_id, "--issue-url")
    assert without.returncode == 1 and b"LASTWORDS_REPOSITORY" in without.stderr
    done = cli(server.home, "report", run_id, "--issue-url", LASTWORDS_REPOSITORY="some/thing")
    assert done.stdout.startswith(b"https://github.com/some/thing/issues/new?title=Run%20failed")


def test_a_server_is_followed_to_the_last_byte(server: Server) -> None:
    run_id = server.train("trains")
    done = cli(server.home, "log", "-f", run_id, "--url", server.url, "--token", TOKEN)
    assert done.stdout == log_bytes(latest(server.home)) and done.stdout.endswith(b"finished\n")


def test_a_servers_log_of_just_a_mebibyte_is_whole(server: Server) -> None:
    folder = latest_of(server, "exits-3")
    folder.log.write_bytes(b"0123456789abcde\n" * (2 << 16))
    assert folder.log.stat().st_size == 2 << 20
    done = cli(server.home, "log", folder.run_id, "--url", server.url, "--token", TOKEN)
    assert done.stdout == folder.log.read_bytes()


def latest_of(server: Server, mode: str) -> AttemptFolder:
    return runfolder.attempt_folder(server.home, server.ended(server.train(mode))["id"], 1)


def test_a_wrong_token_and_a_dead_server_are_one_line_of_error(server: Server) -> None:
    wrong = cli(server.home, "ls", "--url", server.url, "--token", "wrong")
    dead = cli(server.home, "ls", "--url", "http://127.0.0.1:1", "--token", "x")
    odd = cli(server.home, "ls", "--url", "server", "--token", "x")
    for done in (wrong, dead, odd):
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert b"not right" in wrong.stderr and b"does not answer" in dead.stderr


def test_a_login_url_serves_as_url(server: Server) -> None:
    url = cli(server.home, "url", LASTWORDS_TOKEN=TOKEN).stdout.decode().strip()
    assert url == f"{server.url}/?token={TOKEN}"
    assert cli(server.home, "ls", "--url", url).returncode == 0


def test_a_command_recorded_without_the_server_is_on_its_page(server: Server) -> None:
    told = run_json(server.home, "sh", "-c", "echo hi; exit 3")
    assert server.get(f"/runs?q={told['id']}").json["runs"] == [told]
    assert Store(server.home / "lastwords.db").run(told["id"]).status == Status.FAILED


def test_no_name_at_all_is_no_beginning_of_a_run(home: Path) -> None:
    run(home, "--", "true")
    done = cli(home, "rm", "")
    assert done.returncode == 1 and b"no run is named" in done.stderr
    assert list(runfolder.all_run_ids(home))


def test_a_status_that_is_none_is_refused_with_those_that_are(home: Path) -> None:
    done = cli(home, "ls", "--status", "bogus")
    assert done.returncode == 1 and b"'bogus' is not one of queued, running" in done.stderr


def test_a_search_without_a_hit_does_not_say_that_there_are_no_runs(home: Path) -> None:
    run(home, "--", "true")
    assert cli(home, "ls", "--search", "nothing like it").stdout == b"No run matches.\n"


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
def test_a_home_that_cannot_be_is_one_line_of_error(home: Path, place: str) -> None:
    done = subprocess.run(
        [PYTHON, "-m", "lastwords", "run", "--home", place, "--", "true"],
        capture_output=True,
        env=clean_environment(),
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"lastwords: ") and done.stderr.count(b"\n") == 1


def test_a_log_that_tells_of_no_failure_is_not_called_failed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("10 of 10 done, all good\n")
    done = cli(home, "explain", "--log", str(tmp_path / "x.log"))
    assert b"Failed" not in done.stdout and b"does not say" in done.stdout
