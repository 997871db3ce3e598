"""A home that is no folder, or holds something else where a file of ours belongs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.kit import Done, cli
from tests.real import PREFIX, Server, clean_environment, until

from lastwords.config import InvalidSetting, load
from lastwords.folders import runfolder

LW = [sys.executable, "-m", "lastwords"]
WORDS = ["--", "sh", "-c", "echo words; exit 3"]


def run_in(home: Path | str, cwd: Path) -> Done:
    command = [*LW, "run", "--home", str(home), *WORDS]
    return subprocess.run(
        command, capture_output=True, env=clean_environment(), cwd=cwd, timeout=30
    )


# --- what is no folder ---------------------------------------------------------------------------


def a_file(place: Path) -> Path:
    (place / "home").touch()
    return place / "home"


def below_a_file(place: Path) -> Path:
    return a_file(place) / "lastwords"


def a_loop(place: Path) -> Path:
    (place / "home").symlink_to("home")
    return place / "home"


def a_link_to_nothing(place: Path) -> Path:
    (place / "home").symlink_to("gone/home")
    return place / "home"


def a_name_too_long(place: Path) -> Path:
    return place / ("a" * 256)


def a_path_too_long(place: Path) -> Path:
    return place.joinpath(*["abcdefghi"] * 500)


def runs_is_a_file(place: Path) -> Path:
    (place / "home").mkdir(0o700)
    (place / "home" / "runs").touch()
    return place / "home"


NO_FOLDERS = [a_file, below_a_file, a_loop, a_name_too_long, a_path_too_long, runs_is_a_file]


@pytest.mark.parametrize("made", NO_FOLDERS, ids=lambda made: made.__name__)
def test_where_no_home_can_be_the_command_is_run_without_a_record(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    home = made(tmp_path)
    done = run_in(home, tmp_path)
    assert (done.returncode, done.stdout) == (3, b"words\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith(b"lastwords: this run is not recorded: ")


@pytest.mark.parametrize("made", [a_file, a_loop, a_name_too_long], ids=lambda made: made.__name__)
@pytest.mark.parametrize("command", [["ls"], ["serve", "--port", "0"]], ids=["ls", "serve"])
def test_other_commands_say_so_in_one_line(
    tmp_path: Path, made: Callable[[Path], Path], command: list[str]
) -> None:
    words = [*LW, command[0], "--home", str(made(tmp_path)), *command[1:]]
    done = subprocess.run(words, capture_output=True, env=clean_environment(), timeout=30)
    assert done.returncode == 1 and done.stdout == b""
    (line,) = done.stderr.splitlines()
    assert line.startswith(b"lastwords: ")


def test_a_home_is_made_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(0o700)
    (tmp_path / "home").symlink_to("there")
    done = run_in(tmp_path / "home", tmp_path)
    assert (done.returncode, done.stderr) == (3, b"")
    assert len(list(runfolder.all_run_ids(tmp_path / "there"))) == 1


def test_a_relative_home_in_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    script = (
        f'mkdir gone; cd gone; rmdir ../gone; "{sys.executable}" -m lastwords run -- /bin/false'
    )
    environment = clean_environment(LASTWORDS_HOME="relative")
    command = ["sh", "-c", script]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=tmp_path, timeout=30)
    assert done.returncode == 1
    assert b"not recorded: relative" in done.stderr and b"Traceback" not in done.stderr


# --- what is no file -----------------------------------------------------------------------------


def fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


def folder(path: Path) -> None:
    path.mkdir(0o700)


def socket(path: Path) -> None:
    os.mknod(path, 0o140600)


@pytest.mark.parametrize("other", [fifo, folder, socket], ids=lambda other: other.__name__)
def test_a_database_that_is_no_file_costs_nothing_and_is_moved_aside(
    home: Path, other: Callable[[Path], None]
) -> None:
    other(home / "lastwords.db")
    done = run_in(home, home.parent)
    assert (done.returncode, done.stdout) == (3, b"words\n")
    (line,) = done.stderr.splitlines()
    assert b"lastwords reconcile" in line
    assert b"is not a file" in cli(home, "ls").stderr
    assert cli(home, "reconcile").returncode == 0
    (run,) = json.loads(cli(home, "ls", "--json").stdout)
    assert run["exitCode"] == 3 and len(list(home.glob("lastwords.db.damaged-*"))) == 1


@pytest.mark.parametrize("other", [fifo, folder], ids=lambda other: other.__name__)
@pytest.mark.parametrize("name", ["lastwords.toml", "token"])
def test_settings_and_a_token_that_are_no_files_hang_nobody(
    home: Path, name: str, other: Callable[[Path], None]
) -> None:
    other(home / name)
    done = cli(home, "serve", "--port", "0")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert os.fsencode(home / name) in line


IDS = ["", "run_99999999_999999", "9" * 100_000]


def test_the_note_of_the_newest_id_may_be_anything(home: Path) -> None:
    note = runfolder.runs_folder(home) / ".ids"
    for number, text in enumerate(IDS):
        note.write_text(text)
        assert run_in(home, home).returncode == 3
        assert len(list(runfolder.all_run_ids(home))) == number + 1
    for other in (fifo, folder):
        note.unlink()
        other(note)
        assert run_in(home, home).returncode == 3


# --- settings ------------------------------------------------------------------------------------

ODD = {
    "MAX_LOG_BYTES": ["0", "-1", "inf", "nan", "1e30", "G", "9223372036854775808"],
    "MAX_RUNNING": ["0", "-1", "99999999999999999999", "1.5", "x"],
    "KEEP_RUNS": ["0", "-1", "99999999999999999999"],
    "KEEP_DAYS": ["0", "nan", "inf", "1e300"],
    "GRACE_SECONDS": ["nan", "inf", "-1", "1e999"],
    "STALL_SECONDS": ["nan", "inf", "-1", "1e999"],
    "PORT": ["-1", "65536", "x"],
    "PROXY_COUNT": ["-1", "1000000"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ODD.items() for value in values]
)
def test_a_number_that_means_nothing_is_refused_with_its_name(
    home: Path, name: str, value: str
) -> None:
    with pytest.raises(InvalidSetting, match=f"LASTWORDS_{name} is '"):
        load(home, {f"LASTWORDS_{name}": value})


# --- a disk that comes and goes ------------------------------------------------------------------


@pytest.fixture
def mounted(home: Path) -> Iterator[Callable[[bool], bool]]:
    """Mounts a home where one is expected, and takes it away."""
    real = home.with_name("real")
    shutil.copytree(home, real)
    shutil.rmtree(home)
    home.mkdir(0o700)

    def mount(there: bool) -> bool:
        words = ["mount", "--bind", str(real), str(home)] if there else ["umount", "-l", str(home)]
        return subprocess.run(words, capture_output=True).returncode == 0

    if not mount(True):
        pytest.skip("a disk can be mounted by root only")
    yield mount
    while mount(False):  # is_mount() does not see what was bound from the same disk
        pass


def test_a_server_whose_home_is_unmounted_says_so_and_goes_on_once_it_is_back(
    home: Path, mounted: Callable[[bool], bool]
) -> None:
    assert run_in(home, home.parent).returncode == 3
    server = Server(home, {"LASTWORDS_TOKEN": "a-token-of-this-test"}).start()
    try:
        (run,) = server.get("/runs").json["runs"]
        mounted(False)
        answer = server.get("/runs")
        assert answer.status == 503 and "mount that again" in answer.json["detail"]
        assert server.ask("GET", "/healthz", login=False).status == 200
        assert not list(home.iterdir())  # nothing was made in its place
        mounted(True)
        found = until(lambda: (again := server.get("/runs")).status == 200 and again.json["runs"])
        assert [one["id"] for one in found] == [run["id"]]
        assert server.ask("GET", f"{PREFIX}/runs/{run['id']}/log").body == b"words\n"
    finally:
        server.end()
