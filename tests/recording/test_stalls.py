"""Stalls: what is a sign of life, and who is asked for its stacks, and who never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.real import log_bytes, new_attempt, result_of, says, start, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices, recorder, stalls
from lastwords.supervision import flags


@pytest.mark.parametrize(
    ("history", "idle"),
    [
        ([(0, (1,), 0.0), (10, (1,), 0.0)], 10),  # nothing at all
        ([(0, (1,), 0.0), (9, (2,), 0.0), (10, (2,), 0.0)], 1),  # a byte at 9
        ([(0, (1,), 0.0), (9, (1,), 5.0), (10, (1,), 5.0)], 1),  # work at 9
        ([(0, (1,), 0.0), (9, (1,), 0.01), (10, (1,), 0.011)], 10),  # threads that only wake up
    ],
)
def test_only_a_byte_or_work_is_a_sign_of_life(
    history: list[tuple[float, tuple[int, ...], float]], idle: float
) -> None:
    watch = stalls.StallWatch(900, 0)
    for moment, sizes, cpu in history:
        watch.look(moment, sizes, cpu, gpu_busy=False)
    assert watch.idle_for(10) == idle


def test_a_gpu_at_work_is_a_sign_of_life() -> None:
    watch = stalls.StallWatch(900, 0)
    watch.look(5, (1,), 0.0, gpu_busy=False)
    watch.look(9, (1,), 0.0, gpu_busy=True)
    assert watch.idle_for(10) == 1 and watch.quiet_for(10) == 5


def test_the_stacks_that_were_asked_for_are_no_sign_of_life() -> None:
    watch = stalls.StallWatch(900, 0)
    watch.look(0, (1,), 0.0, gpu_busy=False)
    watch.ignore(10)
    watch.look(11, (500,), 1.0, gpu_busy=False)
    watch.look(14, (500,), 1.0, gpu_busy=False)
    assert watch.idle_for(14) == 14


def test_a_model_may_take_its_time_to_load(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    assert stalls.patience(900, events) == 900
    started = '{"event": "stage_started", "stage": "%s"}\n'
    events.write_text(started % "load_examples" + started % "load_model" + '{"torn')
    assert stalls.patience(900, events) == 3600
    events.write_text(started % "load_model" + started % "train")
    assert stalls.patience(900, events) == 900


def _first(folder: AttemptFolder, notice: str) -> dict[str, Any] | None:
    return next((told for told in notices.told(folder) if told["notice"] == notice), None)


def dump_of(folder: AttemptFolder) -> dict[str, Any]:
    return until(lambda: _first(folder, "stack_dump"))


# Programs to which SIGUSR1 is an order of their own: Slurm's and Lightning's "save and leave".
# They wait until somebody opens `fifo` to write.
ORDERED = {
    "bash": [
        "bash",
        "-c",
        "trap 'echo got USR1; exit 9' USR1; echo ready; : < fifo & wait; exit 0",
    ],
    "python": [
        sys.executable,
        "-c",
        "import signal, sys; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(85));"
        "print('ready', flush=True); open('fifo').read()",
    ],
    "faulthandler of its own": [
        sys.executable,
        "-c",
        "import faulthandler, signal; faulthandler.register(signal.SIGUSR1);"
        "print('ready', flush=True); open('fifo').read()",
    ],
    "nothing": ["sh", "-c", "echo ready; : < fifo"],
}


@pytest.mark.parametrize("program", ORDERED)
def test_no_program_of_somebody_elses_is_signalled(home: Path, program: str) -> None:
    folder = new_attempt(home, ORDERED[program], stallSeconds=1)
    os.mkfifo(folder.path / "fifo")
    dump = dump_of(start(folder))
    with (folder.path / "fifo").open("w"):
        pass
    assert dump["pids"] == [] and dump["detail"] == "Its threads are waiting in:"
    result = result_of(folder)
    assert (result["exitCode"], result["stacksAskedOf"]) == (0, [])
    assert log_bytes(folder) == b"ready\n"


def test_of_a_foreign_program_the_kernel_tells_where_it_waits(home: Path) -> None:
    folder = start(new_attempt(home, ["sleep", "60"], stallSeconds=1))
    (thread,) = dump_of(folder)["threads"]
    assert thread["pid"] == (runfolder.read_fact(folder.child) or {})["pid"]
    told = [thread.get("waitsIn"), thread.get("systemCall"), *thread.get("kernelStack", ())]
    assert any(told), "wchan, syscall or stack says something to who may look"
    recorder.request_stop(folder, "a test", reason="x")
    assert result_of(folder)["signal"] == "SIGTERM"


HEARS = """
import os, subprocess, sys, time
import lastwords.trainer.__main__ as trainer
trainer._print_stacks_when_asked()
print("ready", flush=True)
"""


def hears(then: str) -> list[str]:
    return [sys.executable, "-c", HEARS + then]


def test_our_trainer_is_asked_and_that_stays_said(home: Path) -> None:
    folder = start(new_attempt(home, hears("time.sleep(60)"), stallSeconds=1))
    dump = dump_of(folder)
    child = runfolder.read_fact(folder.child) or {}
    assert dump["pids"] == [child["pid"]]
    assert b"most recent call first" in says(folder, b"most recent call first")
    recorder.request_stop(folder, "a test", reason="x")
    result = result_of(folder)
    assert result["stacksAskedOf"] == [child["pid"]]
    (flag,) = flags.lasting(notices.told(folder), result)
    assert flag["flag"] == "stacks_asked" and f"process {child['pid']}" in flag["detail"]
    folder.notices.unlink()
    (flag,) = flags.lasting(notices.told(folder), result)
    assert flag["flag"] == "stacks_asked" and f"process {child['pid']}" in flag["detail"]


def test_a_fork_of_our_trainer_is_asked_and_what_it_executes_is_not(home: Path) -> None:
    """Handler and mark go together: with a fork both, with an exec neither."""
    script = "trap \\'exit 9\\' USR1; while :; do sleep 0.5; done"
    then = (
        "forked = os.fork() or time.sleep(60)\n"
        f"executed = subprocess.Popen(['bash', '-c', '{script}'], close_fds=False)\n"
        "print(forked, executed.pid, flush=True)\n"
        "time.sleep(60)"
    )
    folder = start(new_attempt(home, hears(then), stallSeconds=0))
    log = until(lambda: (said := log_bytes(folder)).count(b"\n") == 2 and said)
    forked, executed = map(int, log.split()[1:])
    until(lambda: stalls.catches(executed, signal.SIGUSR1))
    main = (runfolder.read_fact(folder.child) or {})["pid"]
    assert stalls.ask_for_stacks([main, forked, executed]) == [main, forked]
    until(lambda: log_bytes(folder).count(b"most recent call first") >= 2)
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


def test_a_handler_is_known_from_the_kernel() -> None:
    before = signal.signal(signal.SIGUSR2, lambda *_: None)
    assert stalls.catches(os.getpid(), signal.SIGUSR2)
    signal.signal(signal.SIGUSR2, before)
    assert not stalls.catches(os.getpid(), signal.SIGUSR2)


def test_every_thread_is_told_with_what_it_waits_in() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    found = stalls.threads([os.getpid()])
    ended.set()
    thread.join()
    assert len(found) >= 2 and all(one["pid"] == os.getpid() and one["state"] for one in found)


def test_the_trainer_prints_its_stacks_when_asked(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; import lastwords.trainer.__main__ as trainer\n"
        "trainer.train = lambda *_: os.kill(os.getpid(), signal.SIGUSR1)\n"
        "trainer.main(['--data-file=x', '--output-dir=o', '--run-directory=r', '--run-id=i'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=tmp_path)
    assert b"most recent call first" in done.stderr and b"in main" in done.stderr
