"""`lastwords run` in bad circumstances: its command runs, and its exit code is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.kit import PYTHON, Done, cli, latest, run
from tests.faults.injection import needs_strace, runs
from tests.real import clean_environment, delete, log_bytes, result_of, until

from lastwords.folders import runfolder
from lastwords.recording import processes, recorder


def waits_for(go: Path, then: str) -> list[str]:
    return ["sh", "-c", f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; {then}"]


def run_meanwhile(home: Path, meanwhile: Callable[[], None], then: str, *flags: str) -> Done:
    """A recorded command that goes on once something was done to it."""
    go = home.parent.with_name(f"go-{home.parent.name}")  # not on the disk of the home
    process = subprocess.Popen(
        [PYTHON, "-m", "lastwords", "run", "--home", str(home), *flags, "--", *waits_for(go, then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
        cwd=home.parent,
    )
    echoed = process.stderr if "--json" in flags else process.stdout
    assert echoed and echoed.readline() == b"ready\n"  # its row is there by then
    meanwhile()
    go.touch()
    output, errors = process.communicate(timeout=60)
    return Done(process.args, process.returncode, output, errors)


def one_line(done: Done) -> bytes:
    (line,) = done.stderr.splitlines()
    assert line.startswith(b"lastwords: ")
    return line


# --- the database --------------------------------------------------------------------------------


def database_deleted(home: Path) -> None:
    for path in home.glob("lastwords.db*"):
        path.unlink()


def database_damaged(home: Path) -> None:
    for path in home.glob("lastwords.db-*"):
        path.unlink()
    (home / "lastwords.db").write_bytes(b"no database, " * 1000)


def database_of_a_newer_version(home: Path) -> None:
    with closing(sqlite3.connect(home / "lastwords.db")) as database:
        database.execute("ALTER TABLE runs ADD COLUMN invented_later TEXT")
        database.commit()


@pytest.mark.parametrize("code", [0, 7])
@pytest.mark.parametrize(
    "happens", [database_deleted, database_damaged, database_of_a_newer_version]
)
def test_what_happens_to_the_database_costs_no_exit_code(
    home: Path, happens: Callable[[Path], None], code: int
) -> None:
    done = run_meanwhile(home, lambda: happens(home), f"echo after; exit {code}")
    assert (done.returncode, done.stdout) == (code, b"after\n")
    assert done.stderr.count(b"\n") <= 1  # a newer version may well do


@pytest.mark.parametrize(("what", "code"), [("then", 0), ("other", 1)])
def test_without_its_row_an_expectation_still_decides(home: Path, what: str, code: int) -> None:
    go = lambda: database_deleted(home)  # noqa: E731
    done = run_meanwhile(home, go, "echo >then", "--expect", what)
    assert done.returncode == code


def test_a_database_that_is_locked_for_long_costs_no_exit_code(home: Path) -> None:
    assert run(home, "--", "true").returncode == 0
    with closing(sqlite3.connect(home / "lastwords.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        done = run(home, "--quiet", "--", "sh", "-c", "exit 4")
    assert done.returncode == 4 and b"locked" in one_line(done)


def test_json_tells_how_it_ended_without_a_database(home: Path) -> None:
    done = run_meanwhile(home, lambda: database_deleted(home), "exit 3", "--json")
    assert json.loads(done.stdout)["exitCode"] == 3


# --- the kernel and the sandbox ------------------------------------------------------------------


def under_strace(home: Path, inject: str, *command: str, follow: bool = True) -> Done:
    calls = inject.partition(":")[0]
    strace = ["strace", *(["-f"] if follow else []), "-qq", "-o", os.devnull]
    return subprocess.run(
        [*strace, "-e", f"trace={calls}", "-e", f"inject={inject}", PYTHON, "-m", "lastwords"]
        + ["run", "--home", str(home), "--", *command],
        capture_output=True,
        env=clean_environment(PYTHONDONTWRITEBYTECODE="1"),
        timeout=120,
    )


@needs_strace
@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_where_there_are_no_pidfds_a_command_ends_with_its_own_code(home: Path, error: str) -> None:
    calls = f"pidfd_open,pidfd_send_signal:error={error}"
    done = under_strace(home, calls, "sh", "-c", "echo words; sleep 0.3; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"words\n", b"")


@needs_strace
def test_where_there_are_no_pidfds_what_was_left_behind_is_ended(home: Path) -> None:
    calls = "pidfd_open,pidfd_send_signal:error=ENOSYS"
    assert under_strace(home, calls, "sh", "-c", "sleep 60 & exit 3").returncode == 3
    assert result_of(latest(home))["orphansKilled"] == 1 and not recorder.strays(latest(home))


@needs_strace
@pytest.mark.parametrize(
    "fault", ["fsync:error=EIO:when=1", "link,linkat:error=EPERM:when=1", "mkdir:error=EROFS"]
)
def test_what_cannot_be_recorded_is_run_all_the_same_and_that_is_said(
    home: Path, fault: str
) -> None:
    done = under_strace(home, fault, "sh", "-c", "echo words; exit 3", follow=False)
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"this run is not recorded" in one_line(done)
    assert list(runfolder.all_run_ids(home)) == []


@needs_strace
def test_an_expectation_is_held_to_without_a_record(home: Path) -> None:
    fault = "link,linkat:error=EPERM:when=1"
    strace = ["strace", "-qq", "-o", os.devnull, "-e", "trace=link,linkat", "-e", f"inject={fault}"]
    command = [*strace, PYTHON, "-m", "lastwords", "run", "--home", str(home)]
    for path, code in (("made", 0), ("other", 1)):
        done = subprocess.run(
            [*command, "--expect", path, "--", "sh", "-c", "echo >made"],
            capture_output=True,
            env=clean_environment(),
            cwd=home.parent,
        )
        assert done.returncode == code


@needs_strace
def test_a_command_that_is_not_recorded_hears_a_signal(home: Path, tmp_path: Path) -> None:
    fault = "link,linkat:error=EPERM:when=1"
    strace = ["strace", "-qq", "-o", os.devnull, "-e", "trace=link,linkat", "-e", f"inject={fault}"]
    told = tmp_path / "pid"
    script = f"trap 'echo asked; exit 9' TERM; echo $PPID >{told}; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [*strace, PYTHON, "-m", "lastwords", "run", "--home", str(home), "--", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
    ) as process:
        pid = until(lambda: told.exists() and told.read_text().strip())
        os.kill(int(pid), signal.SIGTERM)
        assert process.wait(60) == 9 and process.stdout and process.stdout.read() == b"asked\n"


@needs_strace
def test_where_no_result_can_be_written_the_exit_code_is_told_all_the_same(home: Path) -> None:
    """Neither the recorder nor we can write it: all that is left is what the recorder says."""
    fault = "fsync:error=EIO:when=3+"
    done = under_strace(home, fault, "sh", "-c", "sleep 0.5; exit 5")
    assert done.returncode == 5 and b"None" not in done.stderr


# --- the disk ------------------------------------------------------------------------------------


@pytest.fixture
def disk(small_disk: Path) -> Path:
    """A small disk of its own, with a home on it."""
    runfolder.make_home(small_disk / "home")
    return small_disk


def fill(disk: Path, leave: int = 0) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
        while True:
            file.write(bytes(4096 if shutil.disk_usage(disk).free < 1 << 20 else 1 << 18))
    os.truncate(disk / "filler", (disk / "filler").stat().st_size - leave)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def run_beside(disk: Path, *arguments: str) -> Done:
    command = [PYTHON, "-m", "lastwords", "run", "--home", str(disk / "home"), *arguments]
    return subprocess.run(
        command, capture_output=True, env=clean_environment(), cwd=disk.parent, timeout=60
    )


@pytest.mark.parametrize("leave", [0, 8 << 10, 300 << 10])
def test_on_a_full_disk_a_command_is_run_without_a_record_and_that_is_said(
    disk: Path, leave: int
) -> None:
    fill(disk, leave)
    done = run_beside(disk, "--", "sh", "-c", "echo words; exit 3")
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert os.fsencode(disk) in one_line(done) and b"No space left on device" in one_line(done)
    assert list(runfolder.all_run_ids(disk / "home")) == []


def test_on_a_full_disk_json_is_still_one_line(disk: Path) -> None:
    fill(disk)
    done = run_beside(disk, "--json", "--", "sh", "-c", "echo words; exit 3")
    (line,) = done.stdout.splitlines()
    assert (json.loads(line)["exitCode"], json.loads(line)["id"]) == (3, None)
    assert b"words\n" in done.stderr


def test_a_training_is_refused_in_one_line_where_it_cannot_be_recorded(disk: Path) -> None:
    fill(disk)
    command = [PYTHON, "-m", "lastwords", "train", "--home", str(disk / "home"), "--data-file", "x"]
    done = subprocess.run(command, capture_output=True, env=clean_environment())
    assert done.returncode == 1 and b"No space left on device" in one_line(done)


def test_in_a_read_only_home_a_command_is_run_without_a_record(disk: Path) -> None:
    remount(disk, "ro")
    done = run_beside(disk, "--", "sh", "-c", "echo words; exit 3")
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"Read-only file system" in one_line(done)


def test_a_home_that_becomes_read_only_costs_no_exit_code(disk: Path) -> None:
    done = run_meanwhile(disk / "home", lambda: _hidden(disk), "exit 6")
    assert done.returncode == 6 and b"Traceback" not in done.stderr


def _hidden(disk: Path) -> None:
    """Read-only from now on, for whoever opens anything anew: what is open goes on."""
    subprocess.run(["mount", "--bind", str(disk), str(disk)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(disk)], check=True)


def test_a_home_that_is_deleted_meanwhile_costs_no_exit_code(home: Path) -> None:
    done = run_meanwhile(home, lambda: delete(home), "exit 6")
    assert done.returncode == 6 and b"Traceback" not in done.stderr


# --- what a shell may have set -------------------------------------------------------------------


def started_by(script: str, home: Path, **environment: str) -> Done:
    """A shell's script in which $LW is the command."""
    lw = f"{PYTHON} -m lastwords"
    return subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        env=clean_environment(LW=lw, LASTWORDS_HOME=str(home), **environment),
        cwd=home.parent,
        timeout=60,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_shell_closed_costs_nothing(home: Path, closed: str) -> None:
    for _ in range(2):  # the second one finds the files of the first
        script = f"$LW run -- sh -c 'echo words; echo more >&2; exit 3' {closed}"
        assert started_by(script, home).returncode == 3
        assert log_bytes(latest(home)) == b"words\nmore\n"
    listed = json.loads(cli(home, "ls", "--json").stdout)
    assert [run["exitCode"] for run in listed] == [3, 3]


def test_output_that_finds_no_room_is_said_and_kept(home: Path) -> None:
    done = started_by("$LW run -- sh -c 'echo words; exit 3' >/dev/full", home)
    assert done.returncode == 3 and b"no longer shown" in one_line(done)
    assert log_bytes(latest(home)) == b"words\n"


def test_a_few_file_descriptors_are_enough(home: Path) -> None:
    done = started_by("ulimit -n 24; $LW run -- sh -c 'echo words; exit 3'", home)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"words\n", b"")


def test_nothing_is_open_to_others_whatever_the_umask(home: Path) -> None:
    new = home.parent / "new"
    assert started_by("umask 000; $LW run -- sh -c 'exit 3'", new).returncode == 3
    found = [path for path in new.rglob("*") if path.lstat().st_mode & 0o077]
    assert found == [] and new.stat().st_mode & 0o077 == 0


UNKNOWN = ("unshare", "--user", "--map-user=54321", "--map-group=54321", "env", "-u", "HOME")


@pytest.mark.skipif(not runs(*UNKNOWN, "true"), reason="no user can be invented here: unshare(1)")
def test_a_user_without_a_home_has_the_command_run() -> None:
    """A container may run as a user that has no entry, and set no HOME."""
    command = [*UNKNOWN, PYTHON, "-m", "lastwords", "run", "--", "sh", "-c", "echo words; exit 3"]
    done = subprocess.run(command, capture_output=True, env=clean_environment())
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"HOME" in one_line(done)


def test_in_a_working_folder_that_is_gone_the_command_is_run(home: Path) -> None:
    script = "mkdir gone; cd gone; rmdir ../gone; $LW run -- /bin/false"
    done = started_by(script, home)
    assert done.returncode == 1
    assert b"not recorded: the working folder: No such file" in one_line(done)


# --- a halted or killed recorder -----------------------------------------------------------------


def halt(home: Path) -> None:
    identity = until(lambda: recorder.recorder_identity(latest(home)))
    processes.send_signal(identity, signal.SIGSTOP)
    until(lambda: processes.state(identity) in processes.HALTED)


@pytest.mark.parametrize("flags", [[], ["--quiet"]])
def test_a_command_whose_recorder_is_halted_ends_with_its_own_code(
    home: Path, flags: list[str]
) -> None:
    go = home.parent / "go"
    command = [PYTHON, "-m", "lastwords", "run", "--home", str(home), *flags, "--"]
    with subprocess.Popen(
        [*command, *waits_for(go, "exit 5")], stdout=subprocess.DEVNULL, env=clean_environment()
    ) as process:
        until(lambda: list(runfolder.all_run_ids(home)))
        until(lambda: b"ready" in log_bytes(latest(home)))
        halt(home)
        go.touch()
        assert process.wait(30) == 5


def test_a_recorder_that_its_own_child_killed_at_once_is_called_lost(home: Path) -> None:
    """The command ran, so that its launch did not fail; its exit code nobody may know."""
    done = run(home, "--", "sh", "-c", "kill -9 $PPID; echo words; exit 5")
    (found,) = json.loads(cli(home, "ls", "--json").stdout)
    told = (found["status"], found["reason"], done.returncode)
    assert told in (("lost", "recorder_lost", 1), ("failed", "exit_code", 5))
    assert log_bytes(latest(home)) == done.stdout  # shown as far as it came
