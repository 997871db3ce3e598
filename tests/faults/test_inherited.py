"""What a careless parent hands down: signals, limits, streams, variables, a strange system.

Whatever it is, the command is run, ends with its own exit code, and is recorded, or one line says
why it is not. Each row is a real start from a shell that has arranged it so.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.kit import Done, cli, latest
from tests.faults.injection import needs_namespaces, needs_strace
from tests.real import CHILD, Server, clean_environment, log_bytes, result_of, until

from lastwords.folders import runfolder

PYTHON = sys.executable
LW = [PYTHON, "-m", "lastwords"]
WORDS = ["sh", "-c", "echo words; exit 3"]


def handing_down(calls: str) -> list[str]:
    """A parent that makes some calls of the signal module before it becomes us."""
    code = f"import os, signal, sys; {calls}; os.execvp(sys.argv[1], sys.argv[1:])"
    return [PYTHON, "-c", code]


MOST = "signal.valid_signals() - {signal.SIGKILL}"
SIGNALS = {
    "SIGCHLD ignored": handing_down("signal.signal(signal.SIGCHLD, signal.SIG_IGN)"),
    "SIGPIPE ignored": handing_down("signal.signal(signal.SIGPIPE, signal.SIG_IGN)"),
    "every signal blocked": handing_down(f"signal.pthread_sigmask(signal.SIG_BLOCK, {MOST})"),
}
LIMITS = {
    "150 MB of addresses": ["prlimit", "--as=150000000"],
    "no core": ["prlimit", "--core=unlimited"],
    "a second of CPU": ["prlimit", "--cpu=1"],
    "a small stack": ["prlimit", "--stack=262144"],
    "no locked memory": ["prlimit", "--memlock=0"],
    "nice and last": ["nice", "-n", "19"],
}
SYSTEMS = {
    "pid 1": ["unshare", "--pid", "--fork", "--mount-proc"],
    "pids of another namespace": ["unshare", "--pid", "--fork"],
}


def started(home: Path, before: list[str], *arguments: str, **environment: str) -> Done:
    return subprocess.run(
        [*before, *LW, "run", "--home", str(home), *(arguments or ["--", *WORDS])],
        capture_output=True,
        env=clean_environment(**environment),
        cwd=home,
        timeout=60,
    )


def is_recorded_as_it_was(home: Path, *ended: Done) -> None:
    for done in ended:
        assert (done.returncode, done.stdout) == (3, b"words\n"), done.stderr
    folders = [runfolder.attempt_folder(home, run_id, 1) for run_id in runfolder.all_run_ids(home)]
    assert [log_bytes(folder) for folder in folders] == [b"words\n"] * len(ended)
    listed = json.loads(cli(home, "ls", "--json").stdout)
    assert [(run["status"], run["exitCode"]) for run in listed] == [("failed", 3)] * len(ended)


@pytest.mark.parametrize("before", [SIGNALS, LIMITS], ids=["signals", "limits"])
def test_what_was_handed_down_changes_nothing(home: Path, before: Mapping[str, list[str]]) -> None:
    ended = [started(home, words) for words in before.values()]
    assert [done.stderr for done in ended] == [b""] * len(before)
    is_recorded_as_it_was(home, *ended)


@needs_namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="a pid namespace is made by root only")
@pytest.mark.parametrize("before", SYSTEMS.values(), ids=SYSTEMS)
def test_in_a_pid_namespace_a_command_is_recorded(home: Path, before: list[str]) -> None:
    is_recorded_as_it_was(home, started(home, before))


def test_a_stop_is_heard_although_signals_were_blocked(home: Path) -> None:
    """Else it would take a SIGKILL, after the whole grace."""
    before = SIGNALS["every signal blocked"]
    command = [*before, *LW, "run", "--home", str(home), "--", "sleep", "60"]
    with subprocess.Popen(command, env=clean_environment(LASTWORDS_GRACE_SECONDS="50")) as process:
        until(lambda: list(runfolder.all_run_ids(home)))
        until(lambda: latest(home).child.exists())
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert result_of(latest(home))["signal"] == "SIGTERM"


def test_without_a_record_an_exit_code_is_told_although_sigchld_was_ignored(home: Path) -> None:
    (home / "lastwords.db").unlink(missing_ok=True)
    (home / "runs").rmdir()
    (home / "runs").touch()
    done = started(home, SIGNALS["SIGCHLD ignored"])
    assert (done.returncode, done.stdout) == (3, b"words\n")
    assert b"not recorded" in done.stderr


@pytest.mark.parametrize("size", [0, 4096])
def test_where_files_may_not_grow_the_command_is_run_without_a_record(
    home: Path, size: int
) -> None:
    done = started(home, ["prlimit", f"--fsize={size}"])
    assert (done.returncode, done.stdout) == (3, b"words\n")
    (line,) = done.stderr.splitlines()
    assert b"not recorded" in line and b"File too large" in line


@needs_strace
def test_where_no_process_can_be_made_that_is_said_in_one_line(home: Path) -> None:
    """EAGAIN: a limit on processes, of the user or of the container."""
    calls = "clone,clone3,fork,vfork"
    before = ["strace", "-qq", "-o", os.devnull, "-e", f"inject={calls}:error=EAGAIN"]
    done = started(home, before)
    assert done.returncode == 126 and done.stdout == b""
    assert b"Traceback" not in done.stderr and b"Resource temporarily" in done.stderr


# --- streams -------------------------------------------------------------------------------------


def test_a_reader_that_reads_nothing_keeps_nobody_who_was_asked_to_end(home: Path) -> None:
    reader, writer = os.pipe()
    command = [*LW, "run", "--home", str(home), "--"]
    many = "head -c 500000 /dev/zero; exit 3"
    with subprocess.Popen(
        [*command, "sh", "-c", many], stdout=writer, stderr=subprocess.PIPE, env=clean_environment()
    ) as process:
        os.close(writer)
        until(lambda: list(runfolder.all_run_ids(home)))
        assert result_of(latest(home))["exitCode"] == 3
        process.terminate()
        assert process.wait(60) == 3
        assert process.stderr and b"nobody reads it" in process.stderr.read()
    os.close(reader)
    assert latest(home).log_size == 500_000


def test_a_slow_reader_gets_every_byte(home: Path) -> None:
    many = "head -c 400000 /dev/zero; exit 3"
    command = [*LW, "run", "--home", str(home), "--", "sh", "-c", many]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment()) as process:
        until(lambda: list(runfolder.all_run_ids(home)))
        result_of(latest(home))
        assert process.stdout and len(process.stdout.read()) == 400_000
        assert process.wait(60) == 3


# --- variables -----------------------------------------------------------------------------------

TAKEN = ["click", "sqlite_utils", "json", "typing", "logging", "queue", "secrets", "tempfile"]
OPTIMISED = {"PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error", "PYTHONHASHSEED": "0"}
ZONES = [":/dev/zero", "XXX-99:99", "a" * 5000]
WIDTHS = ["0", "-5", "9" * 30]


@pytest.mark.parametrize("broken", [*TAKEN[:1], "sitecustomize", "usercustomize"])
def test_modules_of_the_project_are_for_the_project(home: Path, broken: str) -> None:
    """`PYTHONPATH=. lastwords run …` in a folder with a `click.py` of its own."""
    place = home.parent / "project"
    place.mkdir()
    names = TAKEN if broken in TAKEN else [broken]
    for name in names:
        (place / f"{name}.py").write_text("raise RuntimeError('not for you')\n")
    done = started(home, [], PYTHONPATH=str(place))
    is_recorded_as_it_was(home, done)


def test_the_command_still_gets_them(home: Path) -> None:
    place = home.parent / "project"
    place.mkdir()
    (place / "click.py").write_text("NAME = 'its own'\n")
    code = "import click; print(click.NAME)"
    done = started(home, [], "--", PYTHON, "-c", code, PYTHONPATH=str(place))
    assert (done.returncode, done.stdout) == (0, b"its own\n")


def test_variables_for_python_terminals_and_clocks_change_nothing(home: Path) -> None:
    sets = [OPTIMISED, *({"TZ": zone} for zone in ZONES)]
    sets += [{"COLUMNS": width, "LINES": width, "TERM": ""} for width in WIDTHS]
    ended = [started(home, [], **variables) for variables in sets]
    assert [done.stderr for done in ended] == [b""] * len(sets)
    is_recorded_as_it_was(home, *ended)


def test_a_variable_that_is_no_utf_8_is_handed_on(home: Path) -> None:
    command = [*LW, "run", "--home", str(home), "--", "printenv", "ODD"]
    environment = {os.fsencode(key): os.fsencode(value) for key, value in os.environ.items()}
    odd = {b"ODD": b"a\xff\xfe", b"SECRET_TOKEN": b"\xffabcdefgh", b"N\xc3\xff": b"\xff"}
    done = subprocess.run(command, capture_output=True, env=environment | odd, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a\xff\xfe\n", b"")


def test_in_the_locale_c_a_name_is_kept_as_it_was_given(home: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    plain |= {"PYTHONIOENCODING": "ascii"}
    done = started(home, [], "--name", "größe", "--", "sh", "-c", "echo größe", **plain)
    assert (done.returncode, done.stdout) == (0, "größe\n".encode())
    (run,) = json.loads(cli(home, "ls", "--json", **plain).stdout)
    assert run["name"] == "größe"
    assert "größe".encode() in cli(home, "ls", **plain).stdout


@pytest.mark.parametrize(
    "arguments", [["x" * 20] * 60_000, ["y" * 130_000]], ids=["many", "a long one"]
)
def test_arguments_to_the_limit_of_the_kernel_are_handed_on(
    home: Path, arguments: list[str]
) -> None:
    done = started(home, [], "--", "/bin/echo", *arguments)
    assert (done.returncode, done.stdout) == (0, " ".join(arguments).encode() + b"\n")
    (run,) = json.loads(cli(home, "ls", "--json").stdout)
    assert run["status"] == "completed" and len(run["shortCommand"]) < 1000


# --- the system ----------------------------------------------------------------------------------


@needs_namespaces
def test_without_proc_the_command_is_run_without_a_record(home: Path) -> None:
    hidden = 'mount -t tmpfs none /proc; exec "$@"'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = started(home, ["unshare", *user, "--mount", "sh", "-c", hidden, "sh"])
    assert (done.returncode, done.stdout) == (3, b"words\n")
    (line,) = done.stderr.splitlines()
    assert b"not recorded" in line and b"/proc" in line
    assert list(runfolder.all_run_ids(home)) == []


@needs_namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="a pid namespace is made by root only")
def test_a_server_that_is_the_init_of_a_container_leaves_no_zombies(home: Path) -> None:
    """`docker run IMAGE lastwords serve`: each run's recorder becomes a child of pid 1."""
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    settings = {
        "LASTWORDS_TRAINER_COMMAND": f"{PYTHON} {CHILD}",
        "LASTWORDS_MAX_RUNNING": "3",
        "LASTWORDS_TOKEN": "a-token-of-this-test",
    }
    prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    server = Server(home, settings, prefix=prefix).start()
    try:
        for run_id in [server.train("exits-3") for _ in range(3)]:
            assert server.ended(run_id)["exitCode"] == 3
        assert server.process
        (init,) = children(server.process.pid)
        until(lambda: all(state(pid) != "Z" for pid in children(init)))
        os.kill(init, signal.SIGTERM)
        assert server.process.wait(60) == 0
    finally:
        server.end(signal.SIGKILL)


def test_a_server_with_few_descriptors_lets_its_user_in_among_many_who_dawdle(home: Path) -> None:
    server = Server(home, {}, prefix=["prlimit", "--nofile=64"]).start()
    dawdling = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(100)]
    try:
        for connection in dawdling:
            with suppress(OSError):
                connection.send(b"GET / HT")
        until(lambda: has_answered(server))
    finally:
        for connection in dawdling:
            connection.close()
        assert server.end() == 0


def has_answered(server: Server) -> bool:
    with suppress(OSError):
        return server.get("/runs").status == 200
    return False


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()]


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "gone"
