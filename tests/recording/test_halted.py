"""A recorder that was halted: what ends meanwhile has its status, and what is to stop stops."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.faults.injection import needs_strace
from tests.real import log_bytes, new_attempt, result_of, says, start, until

from lastwords.executors import local
from lastwords.executors.local import LocalExecutor
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder, read_fact, write_once
from lastwords.recording import processes, recorder
from lastwords.supervision.completion import judge

Held = tuple[AttemptFolder, processes.Identity]


def halted(home: Path, script: str, **asked: Any) -> Held:
    """A run that said `ready`, with a recorder that was halted just then."""
    folder = start(new_attempt(home, ["sh", "-c", script], **asked))
    says(folder, b"ready")
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGSTOP)
    until(lambda: processes.state(identity) in processes.HALTED)
    return folder, identity


def child_of(folder: AttemptFolder) -> processes.Identity:
    return processes.Identity.from_json(read_fact(folder.child) or {})


def ended(folder: AttemptFolder) -> dict[str, Any]:
    """What an executor that looks again and again says of the end."""
    executor = LocalExecutor()
    ending = until(lambda: executor.ending(folder, 0.3))
    executor.forget(folder)
    return ending


def status(folder: AttemptFolder, result: dict[str, Any]) -> str:
    outcome, _ = judge(folder, {"kind": "command"}, result, Facts())
    return f"{outcome.status}/{outcome.reason} {outcome.exit_code}"


@contextmanager
def held(folder: AttemptFolder) -> Iterator[None]:
    """A debugger that lets the recorder run to its next look, and no further."""
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    calls = "trace=poll,wait4", "inject=poll,wait4:delay_enter=60000000"
    filters = [word for call in calls for word in ("-e", call)]
    command = ["strace", "-qq", "-o", os.devnull, "-p", str(identity.pid), *filters]
    with subprocess.Popen(command) as debugger:
        until(lambda: processes.state(identity) in processes.HALTED)
        try:
            yield
        finally:
            debugger.kill()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "HALTED_SECONDS", 0.5)


def waits(go: Path, then: str) -> str:
    return f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; {then}"


def test_the_end_of_a_child_is_seen_though_its_recorder_is_halted(
    home: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; echo after; exit 5"
    folder, _ = halted(home, script)
    go.touch()
    result = ended(folder)
    assert (result["exitCode"], result["stop"], log_bytes(folder)) == (5, None, b"ready\nafter\n")
    assert "adopted" not in result, "its recorder went on, and has told all of it"
    until(lambda: not recorder.strays(folder))


def test_a_recorder_that_goes_on_when_it_likes_is_let_be(home: Path) -> None:
    folder, identity = halted(home, "echo ready; exec sleep 60")
    executor = LocalExecutor()
    assert executor.ending(folder, 0.3) is None
    assert processes.state(identity) in processes.HALTED
    assert executor.remarks(folder)[0]["notice"] == "supervisor_stalled"
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


def test_a_stop_reaches_a_child_whose_recorder_is_halted(home: Path) -> None:
    folder, _ = halted(
        home, "trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    )
    recorder.request_stop(folder, "a person", reason="stopped_by_user")
    result = result_of(folder)
    assert result["stop"]["by"] == "a person" and log_bytes(folder) == b"ready\nasked\n"
    assert status(folder, result) == "cancelled/stopped_by_user 3"


def test_a_stop_that_is_not_heard_is_forced_though_its_recorder_was_halted(home: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    folder, _ = halted(home, script, graceSeconds=0.3)
    recorder.request_stop(folder, "a person", reason="stopped_by_user")
    result = result_of(folder)
    assert result["forced"] and result["signal"] == "SIGKILL"


def test_a_stop_whose_note_is_found_before_its_signal_comes_is_one_stop(
    home: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    trap = f"echo asked; while [ ! -e {go} ]; do sleep 0.02; done; exit 3"
    script = f"trap '{trap}' TERM; echo ready; while :; do sleep 0.02; done"
    folder = start(new_attempt(home, ["sh", "-c", script], graceSeconds=60))
    says(folder, b"ready")
    write_once(folder.stop, {"by": "a person", "reason": "stopped_by_user", "signal": 15})
    says(folder, b"asked")
    recorder.request_stop(folder, "a person", reason="stopped_by_user")
    looks = folder.samples.stat().st_size
    until(lambda: folder.samples.stat().st_size > looks)
    go.touch()
    result = result_of(folder)
    assert (result["exitCode"], result["forced"]) == (3, False)


def test_a_stop_that_comes_after_the_end_does_not_make_it_cancelled(
    home: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    folder, _ = halted(home, waits(go, "exit 5"))
    go.touch()
    until(lambda: not processes.is_alive(child_of(folder)))
    recorder.request_stop(folder, "a person", reason="stopped_by_user")
    result = result_of(folder)
    assert status(folder, result) == "failed/exit_code 5" and not folder.stop.exists()


def test_a_recorder_that_finds_end_and_stop_at_once_tells_of_the_end(home: Path) -> None:
    """The note is older than the end, and yet nobody was signalled for it."""
    folder, identity = halted(home, "echo ready; sleep 0.2; exit 5")
    processes.send_signal(identity, signal.SIGTERM)  # waits with it
    until(lambda: not processes.is_alive(child_of(folder)))
    processes.send_signal(identity, signal.SIGCONT)
    assert status(folder, result_of(folder)) == "failed/exit_code 5"


@needs_strace
@pytest.mark.parametrize("code", [0, 5])
def test_a_recorder_that_cannot_go_on_has_its_part_done(
    home: Path, tmp_path: Path, impatient: None, code: int
) -> None:
    go = tmp_path / "go"
    script = waits(go, f"sleep 60 & echo after; exit {code}")
    folder = start(new_attempt(home, ["sh", "-c", script]))
    says(folder, b"ready")
    with held(folder):
        go.touch()
        result = ended(folder)
    until(lambda: not recorder.strays(folder))
    assert (result["exitCode"], result["adopted"], result["orphansKilled"]) == (code, True, 1)
    assert log_bytes(folder) == b"ready\nafter\n" and result["stop"] is None


@needs_strace
def test_a_stop_is_carried_out_for_a_recorder_that_cannot_go_on(
    home: Path, impatient: None
) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    says(folder, b"ready")
    with held(folder):
        recorder.request_stop(folder, "a person", reason="stopped_by_user")
        result = ended(folder)
    until(lambda: not recorder.strays(folder))
    assert result["forced"] and status(folder, result) == "cancelled/stop_forced None"
