"""A command on a terminal of its own: what it finds, what is kept of it, and the keys."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.real import PATIENCE, clean_environment, log_bytes, result_of, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder

PYTHON = sys.executable
QUIT, HALT, INTERRUPT, END = b"\x1c", b"\x1a", b"\x03", b"\x04"


class Caller:
    """A shell on a terminal, as a person has it: `typed` goes in, `shown` is what came out."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.shown = b""
        environment = clean_environment(PS1="$ ", TERM="xterm-256color")
        for name in ("PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(home)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
        self.resize(50, 120)
        self.sees(b"$ ")

    def types(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def resize(self, rows: int, columns: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def runs(self, *command: str, tty: str = "auto") -> AttemptFolder:
        """Have the shell run a command under `lastwords run`; its folder."""
        words = [PYTHON, "-m", "lastwords", "run", "--home", str(self.home), "--tty", tty]
        self.types(shlex.join([*words, "--", *command]).encode() + b"\r")
        until(lambda: list(runfolder.all_run_ids(self.home)))
        return runfolder.attempt_folder(self.home, list(runfolder.all_run_ids(self.home))[-1], 1)

    def sees(self, words: bytes) -> bytes:
        """What was shown, once the words are in what nobody has looked for yet."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown:
            assert time.monotonic() < deadline, f"{words!r} is not in {self.shown[-2000:]!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.shown += os.read(self.terminal, 1 << 16)
        before, self.shown = self.shown.split(words, 1)
        return before + words

    def modes(self) -> list[int]:
        return termios.tcgetattr(self.terminal)[:4]

    def is_echoing(self) -> bool:
        return bool(self.modes()[3] & termios.ECHO)

    def code(self) -> int:
        """The exit code of what ran last."""
        self.sees(b"$ ")
        self.types(b"echo code=$?=\r")
        self.sees(b"\ncode=")
        return int(self.sees(b"=\r\n")[:-3])

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture
def caller(home: Path) -> Iterator[Caller]:
    caller = Caller(home)
    yield caller
    caller.close()


def python(script: str) -> tuple[str, str, str]:
    return PYTHON, "-c", script


# --- what it finds -------------------------------------------------------------------------------

FINDS = """
import os, sys
names = {os.ttyname(n) for n in (0, 1, 2)}
with open("/dev/tty", "w") as controlling:
    print("controlled", file=controlling)
print([os.isatty(n) for n in (0, 1, 2)], len(names), os.environ.get("PYTHONUNBUFFERED"))
print(tuple(os.get_terminal_size()), os.tcgetpgrp(0) == os.getpgrp())
"""


def test_a_command_shown_on_a_terminal_has_one(caller: Caller) -> None:
    folder = caller.runs(*python(FINDS))
    assert result_of(folder)["exitCode"] == 0
    found = b"controlled\r\n[True, True, True] 1 None\r\n(120, 50) True\r\n"
    assert log_bytes(folder) == found
    caller.sees(found)
    assert caller.code() == 0 and caller.is_echoing()


def test_with_never_it_has_none_and_writes_the_log_itself(caller: Caller) -> None:
    script = "import os, sys; print([os.isatty(n) for n in (1, 2)], os.readlink('/proc/self/fd/1'))"
    folder = caller.runs(*python(script), tty="never")
    result_of(folder)
    assert log_bytes(folder) == f"[False, False] {folder.log}\n".encode()


COLOURS = "import os; print(*map(os.environ.get, ('FORCE_COLOR', 'TTY_COMPATIBLE', 'NO_COLOR')))"


def test_without_one_it_is_told_that_colours_are_shown(caller: Caller) -> None:
    caller.runs(*python(COLOURS), tty="never")
    caller.sees(b"\r\n1 1 None\r\n")


def test_nobody_is_told_of_colours_who_wants_none_or_shows_none(caller: Caller, home: Path) -> None:
    from tests.cli.kit import run

    caller.types(b"export NO_COLOR=1\r")
    caller.sees(b"$ ")
    caller.runs(*python(COLOURS), tty="never")
    caller.sees(b"\r\nNone None 1\r\n")
    assert run(home, *python(COLOURS)).stdout.split()[:2] == [b"None", b"None"]


def test_without_a_callers_terminal_it_has_one_only_if_asked_for(home: Path) -> None:
    from tests.cli.kit import latest, run

    script = python("import os; print([os.isatty(n) for n in (0, 1, 2)])")
    assert run(home, *script).stdout == b"[False, False, False]\n"
    assert run(home, "--tty", "always", *script).stdout == b"[False, True, True]\r\n"
    assert log_bytes(latest(home)) == b"[False, True, True]\r\n"


def test_the_size_follows_the_window(caller: Caller) -> None:
    script = """
import os, signal
print("ready")
while tuple(os.get_terminal_size()) == (120, 50): signal.sigtimedwait({signal.SIGWINCH}, 0.01)
print("now", *os.get_terminal_size())
"""
    caller.runs(*python(script))
    caller.sees(b"ready\r\n")
    caller.resize(33, 77)
    caller.sees(b"now 77 33\r\n")


# --- the keys ------------------------------------------------------------------------------------


def test_what_is_typed_is_read_and_echoed_by_its_own_terminal(caller: Caller) -> None:
    folder = caller.runs(*python("print('got', repr(input('name? '))); input()"))
    caller.sees(b"name? ")
    caller.types(b"wrong\x15ad\xc3\xa4\r")
    caller.sees("got 'adä'".encode())
    caller.types(END)
    assert result_of(folder)["exitCode"] == 1  # EOFError
    assert b"EOFError" in log_bytes(folder)
    assert caller.code() == 1 and caller.is_echoing()


def test_a_password_is_neither_shown_nor_kept(caller: Caller) -> None:
    folder = caller.runs(*python("import getpass; print(len(getpass.getpass('pass? ')))"))
    caller.sees(b"pass? ")
    caller.types(b"sesame\r")
    result_of(folder)
    assert log_bytes(folder).endswith(b"pass? \r\n6\r\n") and b"sesame" not in log_bytes(folder)


def test_an_interrupt_is_a_stop(caller: Caller) -> None:
    folder = caller.runs(*python("print('ready'); import time; time.sleep(60)"))
    caller.sees(b"ready\r\n")
    caller.types(INTERRUPT)
    result = result_of(folder)
    assert result["stop"]["reason"] == "stopped_by_user" and result["signal"] == "SIGINT"
    assert caller.code() == 130 and caller.is_echoing()


def test_quit_ends_the_command_and_with_it_the_run(caller: Caller) -> None:
    folder = caller.runs(*python("print('ready'); import time; time.sleep(60)"))
    caller.sees(b"ready\r\n")
    caller.types(QUIT)
    result = result_of(folder)
    assert result["signal"] == "SIGQUIT" and result["stop"] is None
    assert caller.code() == 131 and caller.is_echoing()


def test_halt_halts_the_command_and_fg_lets_both_go_on(caller: Caller) -> None:
    folder = caller.runs(*python("print('ready'); print('got', input())"))
    caller.sees(b"ready\r\n")
    child = until(lambda: runfolder.read_child(folder))
    identity = processes.Identity.from_json(child)
    caller.types(HALT)
    caller.sees(b"Stopped")
    caller.sees(b"$ ")
    until(lambda: processes.state(identity) == "T" and caller.is_echoing())
    caller.types(b"fg\r")
    until(lambda: processes.state(identity) == "S" and not caller.is_echoing())
    caller.types(b"on\r")
    caller.sees(b"got on\r\n")
    assert result_of(folder)["exitCode"] == 0
    assert caller.code() == 0 and caller.is_echoing()


def test_a_terminated_foreground_puts_the_terminal_back(caller: Caller) -> None:
    before = caller.modes()
    script = "import os, time; print('ready'); time.sleep(60)"
    folder = caller.runs(*python(script))
    caller.sees(b"ready\r\n")
    foreground = os.tcgetpgrp(caller.terminal)
    assert caller.modes() != before and foreground != caller.pid
    os.kill(foreground, signal.SIGTERM)
    assert result_of(folder)["stop"]["by"] == "SIGTERM at the command line"
    caller.sees(b"$ ")
    assert caller.modes() == before


# --- circumstances ------------------------------------------------------------------------------


def test_a_command_that_cannot_be_started_leaves_the_terminal_as_it_was(caller: Caller) -> None:
    folder = caller.runs("/no/such/program")
    assert result_of(folder)["launchError"]["errno"] == "ENOENT"
    assert caller.code() == 127 and caller.is_echoing()
    assert not recorder.strays(folder)


def test_bars_of_rich_are_drawn_while_it_runs(caller: Caller) -> None:
    pytest.importorskip("rich")
    script = """
from rich.progress import track
for number in track(range(3)): input() if number else None
"""
    folder = caller.runs(*python(script))
    caller.sees(b"0%")
    caller.sees(b"\x1b[")
    for _ in range(2):
        assert not folder.result.exists()
        caller.types(b"\r")
    assert result_of(folder)["exitCode"] == 0
    caller.sees(b"100%")


@pytest.mark.parametrize("hangup", [signal.SIG_IGN, signal.SIG_DFL], ids=["nohup", "heard"])
def test_a_foreground_whose_terminal_is_gone_waits_without_work(home: Path, hangup: Any) -> None:
    script = """
import pathlib, signal, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
print("ready")
while not pathlib.Path("gone").exists(): time.sleep(0.01)
time.sleep(3)
"""
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGHUP, hangup)
        os.chdir(home)
        words = [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--tty", "always", "--"]
        os.execve(PYTHON, [*words, *python(script)], clean_environment(LASTWORDS_GRACE_SECONDS="9"))
    shown = b""
    while b"ready" not in shown:
        shown += os.read(terminal, 1 << 16)
    until(lambda: any(map(recorder.recorder_identity, attempts(home))))
    before = cpu_seconds(pid)
    os.close(terminal)
    (home / "gone").touch()
    result_of(attempts(home)[0])
    assert cpu_seconds(pid) - before < 1
    os.waitpid(pid, 0)


def attempts(home: Path) -> list[AttemptFolder]:
    return [runfolder.attempt_folder(home, each, 1) for each in runfolder.all_run_ids(home)]


def cpu_seconds(pid: int) -> float:
    fields = processes.stat_fields(pid)
    assert fields is not None
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
