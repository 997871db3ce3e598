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
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.real import PATIENCE, clean_environment, log_bytes, result_of, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder

PYTHON = sys.executable
QUIT, HALT, INTERRUPT, END = b"\x1c", b"\x1a", b"\x03", b"\x04"
LINES = 20_000


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


@contextmanager
def shown_meanwhile(caller: Caller) -> Iterator[None]:
    """Read what the terminal shows at the end, so that nobody waits for us."""
    yield
    with suppress(OSError):
        while select.select([caller.terminal], [], [], 0)[0]:
            caller.shown += os.read(caller.terminal, 1 << 16)


def python(script: str) -> tuple[str, str, str]:
    return PYTHON, "-c", script


def pump_of(folder: AttemptFolder) -> processes.Identity:
    return until(lambda: recorder.pump(folder))


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


# --- what is kept --------------------------------------------------------------------------------

PARALLEL = f"""
import multiprocessing
def say(rank):
    for step in range({LINES}): print("rank", rank, "step", step, "loss", 1 / (step + 1))
ranks = [multiprocessing.Process(target=say, args=(rank,)) for rank in range(4)]
for rank in ranks: rank.start()
for rank in ranks: rank.join()
"""


def test_lines_of_several_processes_stay_whole(caller: Caller) -> None:
    folder = caller.runs(*python(PARALLEL), tty="always")
    with shown_meanwhile(caller):
        ended_reading(caller, folder)
    expected = {
        f"rank {rank} step {step} loss {1 / (step + 1)}\r".encode()
        for rank in range(4)
        for step in range(LINES)
    }
    lines = log_bytes(folder).split(b"\n")[:-1]
    assert len(lines) == len(expected) == 4 * LINES and set(lines) == expected


def ended_reading(caller: Caller, folder: AttemptFolder) -> None:
    deadline = time.monotonic() + 60
    while not folder.result.exists():
        assert time.monotonic() < deadline
        if select.select([caller.terminal], [], [], 0.05)[0]:
            caller.shown += os.read(caller.terminal, 1 << 16)


def test_the_log_holds_what_a_terminal_would_show_byte_by_byte(home: Path) -> None:
    from tests.cli.kit import latest, run

    said = bytes(range(256)) * 3000 + b"\x1b[31mred\x1b[0m\r50%\r\n\xff\xfe\xc3(" + b"x" * 200_000
    (home / "said").write_bytes(said)
    shown = run(home, "--tty", "always", "--", "cat", str(home / "said")).stdout
    assert log_bytes(latest(home)) == shown == said.replace(b"\n", b"\r\n")


COUNTS = """
import sys
print("ready", flush=True)
for number in range(300_000): print("line", number)
"""
COUNTED = [b"ready\r", *(f"line {number}\r".encode() for number in range(300_000))]


def test_a_killed_recorder_costs_no_line(home: Path) -> None:
    with started(home, COUNTS) as folder:
        identity = until(lambda: recorder.recorder_identity(folder))
        assert processes.send_signal(identity, signal.SIGKILL)
        child = processes.Identity.from_json(runfolder.read_child(folder) or {})
        assert processes.is_alive(child)
        result = until(lambda: runfolder.read_fact(folder.result), 60)
        assert result["adopted"] and result["killed"] == []
        assert log_bytes(folder).split(b"\n")[:-1] == COUNTED
        assert not recorder.strays(folder)


def test_a_killed_pump_is_followed_by_another_and_the_gap_is_told(home: Path) -> None:
    with started(home, COUNTS) as folder:
        first = pump_of(folder)
        assert processes.send_signal(first, signal.SIGKILL)
        result = until(lambda: runfolder.read_fact(folder.result), 60)
        assert result["exitCode"] == 0 and result["logGap"]
        lines = log_bytes(folder).split(b"\n")[:-1]
        lost = len(b"\n".join(COUNTED)) - len(b"\n".join(lines))
        assert 0 <= lost <= 1 << 16 and lines[-1] == COUNTED[-1]


@contextmanager
def started(home: Path, script: str) -> Iterator[AttemptFolder]:
    """A command on a terminal that is shown to nobody, and has begun to speak."""
    import subprocess

    from tests.cli.kit import latest

    words = [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--quiet", "--tty", "always"]
    command = [*words, "--", *python(script)]
    with subprocess.Popen(command, env=clean_environment(), cwd=home) as process:
        until(lambda: list(runfolder.all_run_ids(home)))
        folder = latest(home)
        until(lambda: log_bytes(folder).count(b"\n") > 100)
        yield folder
        process.wait(60)


def test_a_terminal_that_is_let_go_and_opened_again_is_still_kept(home: Path) -> None:
    from tests.cli.kit import latest, run

    script = """
import os, time
os.write(1, b"before\\n")
for number in (1, 2): os.close(number)
time.sleep(0.3)
with open("/dev/tty", "w") as again: again.write("after\\n")
"""
    assert run(home, "--tty", "always", "--", *python(script)).returncode == 0
    assert log_bytes(latest(home)) == b"before\r\nafter\r\n"


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
