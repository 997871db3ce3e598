"""What is kept of a command on a terminal: every byte, whoever is killed and whatever is full."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.kit import latest, run
from tests.real import clean_environment, log_bytes, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices, processes, recorder
from lastwords.recording.reserve import RESERVE
from lastwords.supervision import flags

PYTHON = sys.executable
LINES = 20_000
KILLS = 20


def python(script: str) -> tuple[str, str, str]:
    return PYTHON, "-c", script


@contextmanager
def started(home: Path, script: str, *prefix: str) -> Iterator[AttemptFolder]:
    """A command on a terminal that is shown to nobody, and has begun to speak."""
    words = [PYTHON, "-m", "lastwords", "run", "--home", str(home), "--quiet", "--tty", "always"]
    command = [*prefix, *words, "--", *python(script)]
    home.mkdir(exist_ok=True)
    with subprocess.Popen(command, env=clean_environment(), cwd=home) as process:
        until(lambda: list(runfolder.all_run_ids(home)))
        folder = latest(home)
        until(lambda: log_bytes(folder).startswith(b"ready\r\n"))
        try:
            yield folder
            process.wait(60)
        finally:
            process.terminate()


# --- every byte ----------------------------------------------------------------------------------

PARALLEL = f"""
import multiprocessing
def say(rank):
    for step in range({LINES}): print("rank", rank, "step", step, "loss", 1 / (step + 1))
ranks = [multiprocessing.Process(target=say, args=(rank,)) for rank in range(4)]
for rank in ranks: rank.start()
for rank in ranks: rank.join()
"""


def test_lines_of_several_processes_stay_whole(home: Path) -> None:
    assert run(home, "--quiet", "--tty", "always", "--", *python(PARALLEL)).returncode == 0
    expected = {
        f"rank {rank} step {step} loss {1 / (step + 1)}\r".encode()
        for rank in range(4)
        for step in range(LINES)
    }
    lines = log_bytes(latest(home)).split(b"\n")[:-1]
    assert len(lines) == len(expected) == 4 * LINES and set(lines) == expected


def test_the_log_holds_what_a_terminal_would_show_byte_by_byte(home: Path) -> None:
    said = bytes(range(256)) * 3000 + b"\x1b[31mred\x1b[0m\r50%\r\n\xff\xfe\xc3(" + b"x" * 200_000
    (home / "said").write_bytes(said)
    shown = run(home, "--tty", "always", "--", "cat", str(home / "said")).stdout
    assert log_bytes(latest(home)) == shown == said.replace(b"\n", b"\r\n")


def test_a_terminal_that_is_let_go_and_opened_again_is_still_kept(home: Path) -> None:
    script = """
import os, time
os.write(1, b"before\\n")
for number in (1, 2): os.close(number)
time.sleep(0.3)
with open("/dev/tty", "w") as again: again.write("after\\n")
"""
    assert run(home, "--tty", "always", "--", *python(script)).returncode == 0
    assert log_bytes(latest(home)) == b"before\r\nafter\r\n"


# --- who carries it is killed --------------------------------------------------------------------

COUNTS = """
print("ready", flush=True)
for number in range(300_000): print("line", number)
"""
COUNTED = b"".join([b"ready\r\n", *(b"line %d\r\n" % number for number in range(300_000))])


def test_a_killed_recorder_costs_no_byte(home: Path) -> None:
    with started(home, COUNTS) as folder:
        identity = until(lambda: recorder.recorder_identity(folder))
        assert processes.send_signal(identity, signal.SIGKILL)
        child = processes.Identity.from_json(runfolder.read_child(folder) or {})
        assert processes.is_alive(child)
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["adopted"] and result["killed"] == []
    assert log_bytes(folder) == COUNTED and not recorder.strays(folder)


def test_killed_pumps_are_followed_by_others_and_cost_no_byte(home: Path) -> None:
    kills = 0
    with started(home, COUNTS) as folder:
        while kills < KILLS and not folder.result.exists():
            if pump := recorder.pump(folder):
                kills += processes.send_signal(pump, signal.SIGKILL)
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 0 and result["logGap"] is False and kills > 3
    assert log_bytes(folder) == COUNTED


def test_what_a_killed_pump_had_read_and_not_written_is_written_by_the_next(
    home: Path, tmp_path: Path
) -> None:
    """Each pump is killed where it is about to write for the third time."""
    go = tmp_path / "go"
    script = f"""
import os, time
print("ready")
while not os.path.exists({str(go)!r}): time.sleep(0.01)
for number in range(10_000): print("%06d" % number)
"""
    with started(home, script) as folder:
        first = until(lambda: recorder.pump(folder))
        with killed_at_third_write(folder):
            assert processes.send_signal(first, signal.SIGKILL)
            go.touch()
            result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 0 and result["logGap"] is False
    counted = b"".join(b"%06d\r\n" % number for number in range(10_000))
    assert log_bytes(folder) == b"ready\r\n" + counted


@contextmanager
def killed_at_third_write(folder: AttemptFolder) -> Iterator[None]:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    identity = until(lambda: recorder.recorder_identity(folder))
    what = ["-e", "trace=write", "-e", "inject=write:signal=SIGKILL:when=3"]
    command = ["strace", "-f", "-p", str(identity.pid), *what, "-P", str(folder.log)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr
        if b"attached" not in (line := tracer.stderr.readline()):
            tracer.kill()
            pytest.skip(f"strace may not trace here: {line!r}")
        yield
        told = tracer.communicate(timeout=60)[1]
    assert told.count(b"+++ killed by SIGKILL") > 3


# --- the log takes nothing -----------------------------------------------------------------------


FILLS = """
import os, sys
print("ready", flush=True)
with open("filler", "wb", buffering=0) as file:
    try:
        while True: file.write(bytes(65536))
    except OSError: pass
print("x" * {size}, flush=True)
raise SystemExit("done")
"""


def test_last_words_on_a_full_disk_are_kept_in_the_room_ahead_of_the_log(small_disk: Path) -> None:
    with started(small_disk / "home", FILLS.format(size=300_000)) as folder:
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 1 and result["logGap"] is False
    assert log_bytes(folder) == b"ready\r\n" + b"x" * 300_000 + b"\r\ndone\r\n"


def test_a_full_disk_holds_a_command_up_for_a_while_only_and_the_loss_is_counted(
    small_disk: Path,
) -> None:
    with started(small_disk / "home", FILLS.format(size=3 * RESERVE)) as folder:
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 1 and result["logGap"] is True
    log = log_bytes(folder)
    missing = len(b"ready\r\n\r\ndone\r\n") + 3 * RESERVE - len(log)
    assert 0 < missing <= 3 * RESERVE - RESERVE // 2
    assert said_of(folder) == (
        f"The log could not be written (No space left on device): {missing:,} bytes are missing."
    )


def test_room_on_a_full_disk_that_comes_in_time_costs_no_byte(small_disk: Path) -> None:
    home = small_disk / "home"
    with started(home, FILLS.format(size=3 * RESERVE)) as folder:
        until(lambda: folder.log_size > RESERVE // 2 and shutil.disk_usage(small_disk).free == 0)
        (home / "filler").unlink()
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 1
    assert log_bytes(folder) == b"ready\r\n" + b"x" * (3 * RESERVE) + b"\r\ndone\r\n"


def test_a_log_at_the_limit_for_files_ends_there_and_the_command_goes_on(home: Path) -> None:
    limit = 100_000
    script = "print('ready'); [print('x' * 99) for _ in range(5000)]"
    with started(home, script, "prlimit", f"--fsize={limit}") as folder:
        result = until(lambda: runfolder.read_fact(folder.result))
    assert result["exitCode"] == 0 and result["logGap"] is True
    assert folder.log_size == limit
    missing = len(b"ready\r\n") + 5000 * 101 - limit
    assert said_of(folder) == (
        f"The log could not be written (File too large): {missing:,} bytes are missing."
    )


def said_of(folder: AttemptFolder) -> str:
    told = flags.lasting(notices.told(folder), runfolder.read_result(folder) or {})
    (flag,) = [each for each in told if each["flag"] == "log_gap"]
    return flag["detail"]
