"""The recorder: a faithful witness of real children."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.child import INVALID, LINE, numbered_line
from tests.real import log_bytes, new_attempt, orphaned, record, result_of, says, start, until

from lastwords.executors.local import LocalExecutor
from lastwords.folders.runfolder import AttemptFolder, read_fact, write_once
from lastwords.logs.logfile import LogFile
from lastwords.recording import processes, recorder
from lastwords.records import now, timestamp


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_an_exit_code_is_told(home: Path, code: int) -> None:
    result = result_of(record(home, f"exits-{code}"))
    assert (result["exitCode"], result["signal"]) == (code, None)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGTERM", "SIGHUP"])
def test_a_signal_is_told_by_its_name(home: Path, name: str) -> None:
    result = result_of(record(home, f"dies-of-{name.lower()}"))
    assert (result["exitCode"], result["signal"]) == (None, name)


def test_nobody_asked_a_run_to_stop_that_died_by_itself(home: Path) -> None:
    assert result_of(record(home, "dies-of-sigterm"))["stop"] is None


def test_a_result_holds_the_logs_size_and_the_times(home: Path) -> None:
    folder = record(home, "prints-without-newline")
    result = result_of(folder)
    assert result["logBytes"] == len(b"first\nlast words")
    assert result["startedAt"] <= result["finishedAt"]
    assert result["seconds"] >= 0 and result["peakMemoryBytes"] > 1_000_000


def test_the_log_is_what_the_child_wrote_to_the_byte(home: Path) -> None:
    folder = record(home, "prints-invalid-utf8")
    result_of(folder)
    assert log_bytes(folder) == INVALID


def test_every_line_of_a_large_log_is_there_once_and_in_order(home: Path) -> None:
    folder = record(home, "prints-40mb")
    result_of(folder)
    whole = hashlib.sha256()
    for number in range(40_000_000 // LINE):
        whole.update(numbered_line(number))
    assert hashlib.sha256(log_bytes(folder)).digest() == whole.digest()


def test_stdout_and_stderr_are_in_true_order(home: Path) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    result_of(folder)
    wanted = "".join(f"out {i}\nerr {i}\n" for i in range(1, 10))
    assert log_bytes(folder) == wanted.encode()


def test_the_files_of_a_run_are_its_owners_alone(home: Path) -> None:
    folder = record(home, "exits-0")
    result_of(folder)
    for path in (folder.log, folder.timeline, folder.result, folder.spec, folder.child):
        assert path.stat().st_mode & 0o077 == 0, path


# --- what cannot be started ----------------------------------------------------------------------


def _launch_error(folder: AttemptFolder) -> dict[str, Any]:
    error: dict[str, Any] = result_of(start(folder))["launchError"]
    return error


def test_a_command_that_is_not_there_is_a_launch_error(home: Path) -> None:
    error = _launch_error(new_attempt(home, ["/no/such/program"]))
    assert error["errno"] == "ENOENT" and "/no/such/program" in error["message"]


def test_a_command_without_the_right_to_run_is_a_launch_error(home: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    assert _launch_error(new_attempt(home, [str(tmp_path / "data")]))["errno"] == "EACCES"


def test_a_command_in_no_known_format_is_a_launch_error(home: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no program")
    (tmp_path / "data").chmod(0o700)
    assert _launch_error(new_attempt(home, [str(tmp_path / "data")]))["errno"] == "ENOEXEC"


def test_a_working_folder_that_is_not_there_is_a_launch_error(home: Path) -> None:
    error = _launch_error(new_attempt(home, ["true"], cwd="/no/such/folder"))
    assert error["what"] == "working folder" and "/no/such/folder" in error["message"]


def test_a_recorder_that_does_not_come_up_is_told_with_its_own_words(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    folder.spec.unlink()
    with pytest.raises(recorder.LaunchFailed, match=r"spec\.json is missing"):
        start(folder)


def test_a_recorder_that_is_halted_before_its_handshake_has_begun_all_the_same(home: Path) -> None:
    folder = new_attempt(home, ["sleep", "60"])
    starting = threading.Thread(target=start, args=[folder])
    starting.start()
    identity = until(lambda: recorder.recorder_identity(folder))
    processes.send_signal(identity, signal.SIGSTOP)
    starting.join()
    assert recorder.is_recorded(folder) and not folder.result.exists()
    processes.send_signal(identity, signal.SIGCONT)
    recorder.request_stop(folder, "a test", reason="x")
    assert result_of(folder)["signal"] == "SIGTERM"


# --- stopping ------------------------------------------------------------------------------------


def _stopped(home: Path, mode: str, **spec: Any) -> AttemptFolder:
    folder = record(home, mode, **spec)
    says(folder, b"ready")
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    return folder


def test_a_stop_lets_the_child_say_its_last_words(home: Path) -> None:
    folder = _stopped(home, "catches-sigterm", graceSeconds=10)
    result = result_of(folder)
    assert result["signal"] == "SIGTERM" and not result["forced"]
    assert result["stop"]["by"] == "a test"
    assert log_bytes(folder) == b"ready\nsaving\n"


def test_a_child_that_hears_no_stop_is_killed_when_its_grace_is_over(home: Path) -> None:
    result = result_of(_stopped(home, "ignores-sigterm", graceSeconds=0.2))
    assert result["signal"] == "SIGKILL" and result["forced"]
    assert 0.2 <= result["seconds"] < 10


def test_a_second_stop_cuts_the_grace_short(home: Path) -> None:
    script = "trap 'echo asked' TERM; echo ready; while :; do sleep 0.02; done"
    folder = start(new_attempt(home, ["sh", "-c", script], graceSeconds=100))
    says(folder, b"ready")
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    says(folder, b"asked")  # two signals at once would count as one
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    result = result_of(folder)
    assert result["signal"] == "SIGKILL" and result["seconds"] < 100


def test_a_stop_sends_the_signal_that_was_asked_for(home: Path) -> None:
    folder = record(home, "hangs")
    says(folder, b"ready")
    recorder.request_stop(folder, "a test", reason="x", signal_number=signal.SIGINT)
    assert b"KeyboardInterrupt" in says(folder, b"KeyboardInterrupt")
    assert result_of(folder)["signal"] == "SIGINT"


def test_a_child_hears_a_stop_though_its_shell_ignores_the_signal(home: Path) -> None:
    """A shell that is not interactive starts what ends in `&` with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        folder = start(new_attempt(home, ["sleep", "60"], graceSeconds=60))
    finally:
        signal.signal(signal.SIGINT, before)
    recorder.request_stop(folder, "a test", reason="x", signal_number=signal.SIGINT)
    assert result_of(folder)["signal"] == "SIGINT"


def test_a_stop_that_was_noted_before_the_child_was_known_still_stops_it(home: Path) -> None:
    """Cancel comes between the decision to start and the start itself."""
    folder = new_attempt(home, [sys.executable, "-c", "import time; time.sleep(60)"])
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    result = result_of(start(folder))
    assert result["signal"] == "SIGTERM" and result["stop"]["by"] == "a test"


def test_a_time_limit_stops_the_child(home: Path) -> None:
    result = result_of(record(home, "hangs", timeLimitSeconds=0.3))
    assert result["stop"]["reason"] == "timeout" and result["signal"] == "SIGTERM"


def test_a_signal_to_the_recorder_is_a_stop(home: Path) -> None:
    folder = record(home, "hangs")
    says(folder, b"ready")
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGTERM)
    result = result_of(folder)
    assert result["signal"] == "SIGTERM" and result["stop"]["reason"] == "host_shutdown"


# --- the tree ------------------------------------------------------------------------------------


def test_nothing_of_a_tree_is_left_not_even_what_left_its_session(home: Path) -> None:
    folder = record(home, "leaks-stdout")
    result = result_of(folder)
    assert result["exitCode"] == 0 and len(result["killed"]) == 1
    until(lambda: not recorder.strays(folder))  # the recorder itself is the last to go


def test_what_the_tree_said_while_it_was_ended_is_in_the_log_and_its_size(home: Path) -> None:
    script = "(trap 'echo last words; exit' TERM; while :; do sleep 0.05; done) & sleep 0.3"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    result = result_of(folder)
    assert log_bytes(folder).endswith(b"last words\n")
    assert result["logBytes"] == len(log_bytes(folder))


def test_the_recorder_ends_after_its_result(home: Path) -> None:
    folder = record(home, "exits-0")
    identity = recorder.recorder_identity(folder)
    result_of(folder)
    assert identity is not None
    until(lambda: not processes.is_alive(identity))
    assert not recorder.is_recorded(folder)


def test_the_recorder_is_no_child_of_its_launcher(home: Path) -> None:
    folder = record(home, "hangs")
    identity = recorder.recorder_identity(folder)
    assert identity is not None and recorder.is_recorded(folder)
    with pytest.raises(ChildProcessError):
        os.waitpid(identity.pid, os.WNOHANG)
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


def test_the_recorder_stays_small(home: Path) -> None:
    folder = record(home, "hangs")
    assert _resident(folder) < 20_000_000
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


ORPHANS = """
import os, time
print("ready", flush=True)
while not os.path.exists("go"):
    time.sleep(0.02)
for _ in range(6000):
    child = os.fork()
    if not child:
        os.fork() or time.sleep(0.02)
        os._exit(0)
    os.waitpid(child, 0)
print("done", flush=True)
time.sleep(60)
"""


def test_a_recorder_does_not_grow_with_each_orphan_that_it_reaps(home: Path) -> None:
    folder = start(new_attempt(home, [sys.executable, "-c", ORPHANS]))
    says(folder, b"ready")
    until(folder.samples.exists)  # it has looked once, and loaded what it needs for that
    before = _resident(folder)
    (folder.path / "go").touch()
    until(lambda: b"done" in log_bytes(folder), 120)
    assert _resident(folder) - before < 1_000_000
    recorder.request_stop(folder, "a test", reason="x")
    assert result_of(folder)["orphansReaped"] == 6000


def _resident(folder: AttemptFolder) -> int:
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    pages = int(Path(f"/proc/{identity.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


# --- the death of the recorder -------------------------------------------------------------------


def test_a_child_whose_recorder_was_killed_is_adopted_and_its_exit_code_is_true(
    home: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; echo after; exit 5"
    folder = orphaned(home, script)
    executor = LocalExecutor()
    assert executor.ending(folder, 1.0) is None
    go.touch()
    ending = until(lambda: executor.ending(folder, 1.0))
    executor.forget(folder)
    assert log_bytes(folder) == b"ready\nafter\n" and ending["logBytes"] == 12
    assert ending["adopted"]
    if "lost" not in ending:  # a kernel before 6.15 does not keep the status of a reaped process
        assert ending["exitCode"] == 5


def test_an_end_that_nobody_saw_is_lost_not_guessed(home: Path) -> None:
    folder = orphaned(home, "echo ready; sleep 60")
    child = processes.Identity.from_json(read_fact(folder.child) or {})
    processes.send_signal(child, signal.SIGKILL)
    until(lambda: processes.identify(child.pid) != child)
    ending = LocalExecutor().ending(folder, 1.0)
    assert ending is not None and ending["lost"] == "recorder_lost"


def test_an_adopted_child_can_be_stopped_and_is_asked_once(home: Path) -> None:
    script = "trap 'echo asked' TERM; echo ready; while :; do sleep 0.02; done"
    folder = orphaned(home, script)
    executor = LocalExecutor()
    executor.ending(folder, 0.5)
    executor.stop(folder, "a test", "stopped_by_user")
    ending = until(lambda: executor.ending(folder, 0.5))
    executor.forget(folder)
    assert log_bytes(folder) == b"ready\nasked\n"
    assert ending["stop"]["by"] == "a test"
    assert recorder.strays(folder) == []


def test_after_a_reboot_the_end_is_lost_and_nobody_is_signalled(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    own = processes.identify(os.getpid())
    assert own is not None
    fact = own.to_json() | {"boot_id": "of another boot"}
    write_once(folder.child, fact | {"recorder": fact, "startedAt": "2026-01-01T00:00:00.000Z"})
    ending = LocalExecutor().ending(folder, 0.0)
    assert ending is not None and ending["lost"] == "host_rebooted"


def test_an_attempt_whose_recorder_never_came_up_is_a_launch_error_after_some_patience(
    home: Path,
) -> None:
    folder = new_attempt(home, ["true"])
    assert LocalExecutor().ending(folder, 1.0) is None
    os.utime(folder.path, (0, time.time() - 60))
    ending = LocalExecutor().ending(folder, 1.0)
    assert ending is not None and "recorder" in ending["launchError"]["message"]


def test_a_damaged_child_json_is_lost_and_said(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    folder.child.write_text("{")
    ending = LocalExecutor().ending(folder, 1.0)
    assert ending is not None and ending["lost"] == "child_damaged"


# --- time ----------------------------------------------------------------------------------------


def test_each_line_has_the_time_it_was_written(home: Path) -> None:
    go = home.parent / "go"
    script = f"echo first; while [ ! -e {go} ]; do sleep 0.02; done; echo second"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    noted = until(lambda: _time_of_first_line(folder))
    between = until(lambda: (moment := timestamp(now())) > noted and moment)
    go.touch()
    result = result_of(folder)
    with LogFile(folder) as log:
        first, second = log.lines(1, 10)
    assert first.time and second.time
    assert result["startedAt"] <= first.time < between <= second.time <= result["finishedAt"]


def _time_of_first_line(folder: AttemptFolder) -> str | None:
    with LogFile(folder) as log:
        return next((line.time for line in log.lines(1, 1)), None)


def test_the_environment_of_the_child_names_its_attempt(home: Path) -> None:
    folder = start(new_attempt(home, ["sh", "-c", f"echo ${recorder.COOKIE}"]))
    result_of(folder)
    assert log_bytes(folder).decode().strip() == str(folder.path)


def test_a_child_gets_the_standard_input_it_was_given(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("words\n")
    folder = new_attempt(home, ["cat"])
    with (tmp_path / "in").open("rb") as file:
        recorder.start(folder, dict(os.environ), file)
    result_of(folder)
    assert log_bytes(folder) == b"words\n"


def test_a_recorder_started_without_input_reads_none(home: Path) -> None:
    folder = new_attempt(home, ["cat"])
    recorder.start(folder, dict(os.environ), subprocess.DEVNULL)
    assert result_of(folder)["exitCode"] == 0
