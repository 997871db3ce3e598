"""The same program with Lastwords and without: its bytes, its end and its surroundings."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.third_party.kit import PATIENCE, Workplace, environment, require

from lastwords.recording import processes

ENDS = ("0", "3", "255", "SIGTERM", "SIGKILL", "SIGSEGV", "SIGINT")
REAL = (
    ("python xgboost_train.py", ("xgboost-cpu",)),
    ("python lightgbm_train.py --labels 360", ("lightgbm",)),
    ("make", ("make",)),
    ("make COLUMN=watt", ("make",)),
)


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal for standard input, as the caller of a command has one."""
    ours, theirs = pty.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def alone(place: Workplace, command: list[str], stdin: int) -> tuple[bytes, int]:
    """The command by itself, its output into a file."""
    with (place.folder / "alone.log").open("wb") as log:
        done = subprocess.run(
            command,
            cwd=place.folder,
            env=environment(),
            stdin=stdin,
            stdout=log,
            stderr=log,
            timeout=PATIENCE,
        )
    return (place.folder / "alone.log").read_bytes(), done.returncode


def recorded(place: Workplace, command: list[str], stdin: int) -> tuple[bytes, int]:
    """The command under Lastwords; its end in subprocess' form, negative for a signal."""
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "run", "--", *command],
        cwd=place.folder,
        env=environment(LASTWORDS_HOME=str(place.home)),
        stdin=stdin,
        capture_output=True,
        timeout=PATIENCE,
    )
    log = place.lastwords("log", "latest").stdout
    assert done.stdout == log and done.stderr == b""
    found = place.found()
    if found["signal"] is None:
        assert found["exitCode"] == done.returncode
        return log, done.returncode
    number = processes.signal_number(found["signal"])
    assert done.returncode == 128 + number
    return log, -number


def without_addresses(log: bytes) -> bytes:
    """A crash's report names its thread by an address."""
    return re.sub(rb"0x[0-9a-f]{16}", b"0x", log)


@pytest.mark.parametrize("how", ENDS)
def test_bytes_terminals_folder_and_end_are_the_same(
    tmp_path: Path, terminal: int, how: str
) -> None:
    place = Workplace(tmp_path / "place")
    command = [sys.executable, "states.py", how]
    log, end = alone(place, command, terminal)
    again, end_again = recorded(place, command, terminal)
    assert (without_addresses(again), end_again) == (without_addresses(log), end)
    assert log.startswith(b"[True, False, False]") and len(log) > 10_000
    assert end == int(how) if how.isdigit() else end < 0


@pytest.mark.parametrize(("command", "needs"), REAL, ids=[command for command, _ in REAL])
def test_a_real_program_writes_the_same_bytes_and_ends_the_same(
    tmp_path: Path, terminal: int, command: str, needs: tuple[str, ...]
) -> None:
    require(needs)
    ends = []
    for way in (alone, recorded):  # each in the same folder, made anew
        place = Workplace(tmp_path / "place")
        (place.folder / "make_train.py").touch()
        ends.append(way(place, shlex.split(command), terminal))
        place.folder.rename(tmp_path / way.__name__)
    assert ends[0] == ends[1]
    assert ends[0][0]
