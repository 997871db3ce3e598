"""Rows of FAULTS.md: what stands still, and what only looks so."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.faults.conftest import Got
from tests.faults.scenes import child_of
from tests.faults.ward import COUNTED, Ward
from tests.real import log_bytes, says, until

from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices, processes


def told(folder: AttemptFolder, notice: str) -> Callable[[], dict[str, Any] | None]:
    return lambda: next((n for n in notices.told(folder) if n["notice"] == notice), None)


def ended_by_us(ward: Ward, folder: AttemptFolder) -> None:
    ward.supervisor.cancel(folder.run_id, "a test")
    ward.bury(folder)


@pytest.mark.fault("F25", "a deadlock", expected="running stalled, stacks in the log")
def test_a_deadlock_is_told_with_every_stack_and_left_alone(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "deadlock", stall_seconds=2.0)
    until(told(folder, "stalled"))
    says(folder, b"Current thread")
    assert b"in deadlock" in log_bytes(folder)
    ward.supervisor.settle()
    run = ward.supervisor.store.run(folder.run_id)
    got(f"{run.status} {run.flags[0]['flag']}, stacks in the log")
    ended_by_us(ward, folder)


@pytest.mark.fault("F25", "the same, to be killed", expected="failed/hang_killed")
def test_a_deadlock_is_killed_where_that_was_asked_for(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "deadlock", stall_seconds=2.0, stall_action="kill")
    dead = ward.bury(folder)
    assert b"in deadlock" in log_bytes(folder) and dead.result["hang"]["stacksOf"]
    got(dead.outcome)


@pytest.mark.fault("F26", "native code that holds the interpreter", expected="stacks in the log")
def test_a_busy_hang_prints_its_stack_though_the_interpreter_is_held(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "busy-regex", stall_seconds=2.0)
    until(told(folder, "stack_dump"))
    says(folder, b"in busy_regex")
    got("stacks in the log")
    ended_by_us(ward, folder)


@pytest.mark.fault("F27", "kill -STOP, then -CONT", expected="stopped_by_signal, continued")
def test_a_halted_process_is_no_hang_and_goes_on(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "trains-for-2s", stall_seconds=2.0)
    says(folder, b"step 3 ")
    processes.send_signal(child_of(folder), signal.SIGSTOP)
    until(told(folder, "stopped_by_signal"))
    time.sleep(3.0)
    assert not told(folder, "stalled")()
    processes.send_signal(child_of(folder), signal.SIGCONT)
    until(told(folder, "continued"))
    assert ward.bury(folder).outcome == "completed/ok"
    got("stopped_by_signal, continued")


@pytest.mark.fault("F28", "quiet, but computing", expected="running, not stalled")
def test_a_quiet_run_that_computes_is_left_in_peace(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "computes-7s", stall_seconds=2.0)
    dead = ward.bury(folder)
    stalled = told(folder, "stalled")()
    assert dead.result["signal"] is None
    got("running, stalled" if stalled else "running, not stalled")
