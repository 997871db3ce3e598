"""Section A: death of the training process, by every way it really dies.

Each test starts a real child under a real recorder, does the fault to it, sees that every byte that
write(2) took is in the log, that the invariants hold, and says what the run was called.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.scenes import child_of
from tests.real import Server, clean_environment, log_bytes, result_of, says, until

from lastwords import grouphomes, processes, recorder, runfolder
from lastwords.config import Config
from lastwords.diagnosis import Explanation
from lastwords.failures import explain_run, read_error
from lastwords.recording import notices
from lastwords.records import Run, Status
from lastwords.runfolder import AttemptFolder
from lastwords.store import Store
from lastwords.supervisor import Supervisor

VICTIM = Path(__file__).with_name("victim.py")
COUNTED = "counts-40-then-"
LIMIT = 96 << 20


@dataclass
class Dead:
    """A run that has ended, and all that is said of it."""

    folder: AttemptFolder
    run: Run
    result: dict[str, Any]

    @property
    def outcome(self) -> str:
        return f"{self.run.status}/{self.run.reason}"

    @property
    def home(self) -> Path:
        return self.folder.path.parent.parent.parent

    @property
    def explanation(self) -> Explanation:
        return explain_run(self.home, self.run)

    @property
    def error(self) -> str:
        return read_error(self.home, self.run) or ""


class Ward:
    """Starts trainings that end as `victim.py MODE` does, and buries them."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor

    def start(self, mode: str, **settings: Any) -> AttemptFolder:
        self.supervisor.config = replace(self.supervisor.config, **settings)
        run = self.supervisor.create({"baseModel": mode}, "a test")
        self.supervisor.start_queued()
        return self.supervisor.folder(run)

    def bury(self, folder: AttemptFolder, counted: bool = True) -> Dead:
        """Wait for its end, and see that the bytes are there and the invariants hold."""
        result = until(lambda: runfolder.read_fact(folder.result), 60)
        run = invariants(self.supervisor.config.home, folder.run_id)
        if counted:
            every_byte_is_kept(folder)
        return Dead(folder, run, result)

    def dies(self, mode: str, counted: bool = True) -> Dead:
        return self.bury(self.start(COUNTED + mode if counted else mode), counted)


@pytest.fixture
def ward(config: Config, store: Store) -> Ward:
    command = (sys.executable, str(VICTIM))
    return Ward(Supervisor(replace(config, trainer_command=command), store))


def killed(ward: Ward, number: int) -> Dead:
    folder = ward.start(COUNTED + "hangs")
    says(folder, b"ready")
    processes.send_signal(child_of(folder), number)
    return ward.bury(folder)


# --- stops and signals ---------------------------------------------------------------------------


@pytest.mark.fault("F01", "stop asked for on the API", expected="cancelled/stopped_by_user SIGTERM")
def test_a_stop_by_a_person_is_told_with_who_and_when(server: Server, got: Got) -> None:
    run_id = server.train(COUNTED + "catches-sigterm")
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    says(folder, b"ready")
    assert server.post(f"/runs/{run_id}/cancel").status == 202
    server.ended(run_id)
    run = invariants(server.home, run_id, server)
    every_byte_is_kept(folder)
    stop = result_of(folder)["stop"]
    assert stop["by"] and stop["at"] <= str(run.finished_at)
    assert log_bytes(folder).endswith(b"saving\n")
    got(f"{run.status}/{run.reason} {run.signal}")


@pytest.mark.fault("F02", "a stop that is not heard", expected="cancelled/stop_forced SIGKILL")
def test_a_stop_that_is_ignored_is_forced_and_says_so(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "ignores-sigterm")
    says(folder, b"ready")
    ward.supervisor.cancel(folder.run_id, "a test")
    dead = ward.bury(folder)
    assert dead.result["forced"] and dead.result["oomKilled"] is not True
    got(f"{dead.outcome} {dead.run.signal}")


@pytest.mark.fault(
    "F03", "kill -9 from outside", expected="failed/killed_by_SIGKILL process.signal"
)
def test_a_bare_sigkill_is_not_called_out_of_memory(ward: Ward, got: Got) -> None:
    dead = killed(ward, signal.SIGKILL)
    assert dead.result["oomKilled"] is False and dead.result["stop"] is None
    got(f"{dead.outcome} {dead.run.cause}")


@pytest.mark.fault("F04", "kill -15 from outside", expected="failed/killed_by_SIGTERM")
def test_a_foreign_sigterm_is_no_cancellation(ward: Ward, got: Got) -> None:
    dead = killed(ward, signal.SIGTERM)
    assert dead.result["stop"] is None
    got(dead.outcome)


# --- memory --------------------------------------------------------------------------------------

LAUNCH = 'echo $$ > "$1/cgroup.procs" || exit 99; shift; exec "$@"'


def limited_group(version: int) -> Path:
    """A control group of ours with a memory limit; skips where this machine allows none."""
    home = grouphomes.own_groups().get(grouphomes.UNIFIED if version == 2 else grouphomes.MEMORY)
    limit = "memory.max" if version == 2 else "memory.limit_in_bytes"
    if home is None:
        pytest.skip(f"no version {version} hierarchy is mounted here")
    for parent in (Path(home), *Path(home).parents):
        folder = parent / f"lastwords-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        if (folder / limit).exists():
            (folder / limit).write_text(str(LIMIT))
            return folder
        folder.rmdir()
    pytest.skip(f"no version {version} group with a memory limit can be made here")


@pytest.fixture
def limited_to(request: pytest.FixtureRequest) -> Iterator[Path]:
    group = limited_group(request.param)
    yield group
    until(lambda: not (group / "cgroup.procs").read_text())
    until(lambda: not [folder for folder in group.iterdir() if folder.is_dir()])
    group.rmdir()


def recorded_in(group: Path, home: Path, mode: str, *around: str) -> Dead:
    """`lastwords run` of the mode by a shell that lives in a limited group."""
    runfolder.make_home(home)
    lastwords = [sys.executable, "-m", "lastwords", "run", "--quiet", "--json", "--home", str(home)]
    command = ["sh", "-c", LAUNCH, "sh", str(group), *around, *lastwords, "--"]
    done = subprocess.run(
        [*command, sys.executable, str(VICTIM), COUNTED + mode],
        stdout=subprocess.PIPE,
        cwd=home,
        env=clean_environment(),
        timeout=120,
    )
    shown = json.loads(done.stdout)
    run = invariants(home, shown["id"])
    folder = runfolder.attempt_folder(home, run.id, 1)
    (home / "witness").rename(folder.path / "witness")
    every_byte_is_kept(folder)
    return Dead(folder, run, result_of(folder))


OOM = "failed/oom_killed memory.host_oom proven"


@pytest.mark.fault("F05", "out of memory, cgroup v2", expected=f"{OOM} cgroup_v2")
@pytest.mark.parametrize("limited_to", [2], indirect=True)
def test_out_of_memory_in_a_version_2_group_is_proved(
    limited_to: Path, home: Path, got: Got
) -> None:
    _proves_memory(recorded_in(limited_to, home, "eats-memory"), got)


@pytest.mark.fault("F06", "out of memory, cgroup v1", expected=f"{OOM} cgroup_v1")
@pytest.mark.parametrize("limited_to", [1], indirect=True)
def test_out_of_memory_in_a_version_1_group_is_proved(
    limited_to: Path, home: Path, got: Got
) -> None:
    _proves_memory(recorded_in(limited_to, home, "eats-memory"), got)


def _proves_memory(dead: Dead, got: Got) -> None:
    oom = dead.result["oom"]
    assert dead.run.signal == "SIGKILL" and oom["limitBytes"] <= LIMIT
    assert oom["peakBytes"] > LIMIT // 2 and "memory ran out" in dead.error
    explained = dead.explanation
    got(f"{dead.outcome} {explained.cause} {explained.confidence} {oom['source']}")


# Own control groups cannot be made below a read-only mount, and an empty kernel log names nobody.
NO_GROUPS = (
    "for one in $(awk '$3 ~ /^cgroup/ {print $2}' /proc/mounts); do "
    "mount -o remount,bind,ro $one || exit 98; done; "
)
NO_KERNEL_LOG = "mount --bind /dev/null /dev/kmsg; "


def in_namespace(prepare: str) -> list[str]:
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"]).returncode != 0:
        pytest.skip("a mount namespace needs root")
    return ["unshare", "-m", "sh", "-c", prepare + 'exec "$@"', "sh"]


@pytest.mark.fault(
    "F07", "out of memory without an own group", expected="failed/killed_by_SIGKILL inferred"
)
@pytest.mark.parametrize("limited_to", [1], indirect=True)
def test_memory_that_cannot_be_proved_is_a_hint_and_no_reason(
    limited_to: Path, home: Path, got: Got
) -> None:
    around = in_namespace(NO_GROUPS + NO_KERNEL_LOG)
    dead = recorded_in(limited_to, home, "eats-memory", *around)
    assert dead.result["oomKilled"] is None and "may have been this one" in dead.error
    got(f"{dead.outcome} {dead.result['oom']['certainty']}")


@pytest.mark.fault(
    "F07", "the same, and the kernel's log names it", expected="failed/oom_killed proven kmsg"
)
@pytest.mark.parametrize("limited_to", [1], indirect=True)
def test_the_kernels_log_proves_it_by_the_pid(limited_to: Path, home: Path, got: Got) -> None:
    if not os.access("/dev/kmsg", os.R_OK):
        pytest.skip("the kernel's log cannot be read here")
    dead = recorded_in(limited_to, home, "eats-memory", *in_namespace(NO_GROUPS))
    oom = dead.result["oom"]
    got(f"{dead.outcome} {oom['certainty']} {oom['source']}")


@pytest.mark.fault(
    "F08", "a worker out of memory, exit 0", expected="failed/worker_oom memory.host_oom 0"
)
@pytest.mark.parametrize("limited_to", [1], indirect=True)
def test_a_worker_killed_for_memory_is_no_success(limited_to: Path, home: Path, got: Got) -> None:
    dead = recorded_in(limited_to, home, "worker-eats-memory-exits-0")
    assert b"the parent goes on" in log_bytes(dead.folder)
    got(f"{dead.outcome} {dead.run.cause} {dead.run.exit_code}")


@pytest.mark.fault("F08", "a worker out of memory, exit 1", expected="failed/worker_oom 1")
@pytest.mark.parametrize("limited_to", [1], indirect=True)
def test_a_worker_killed_for_memory_explains_the_failure_after_it(
    limited_to: Path, home: Path, got: Got
) -> None:
    dead = recorded_in(limited_to, home, "worker-eats-memory-exits-1")
    got(f"{dead.outcome} {dead.run.exit_code}")


# --- native crashes ------------------------------------------------------------------------------


def _crashes(ward: Ward, mode: str, words: str, got: Got) -> None:
    dead = ward.dies(mode)
    assert f"Fatal Python error: {words}" in dead.error
    assert "victim.py" in dead.error, "the Python stack belongs to the error"
    got(dead.outcome)


@pytest.mark.fault("F09", "a null pointer", expected="failed/killed_by_SIGSEGV")
def test_a_segmentation_fault_has_its_python_stack(ward: Ward, got: Got) -> None:
    _crashes(ward, "segfault", "Segmentation fault", got)


@pytest.mark.fault("F10", "a truncated mapping", expected="failed/killed_by_SIGBUS")
def test_a_bus_error_has_its_python_stack(ward: Ward, got: Got) -> None:
    _crashes(ward, "bus-error", "Bus error", got)


@pytest.mark.fault("F11", "abort(3)", expected="failed/killed_by_SIGABRT")
def test_an_abort_has_its_python_stack(ward: Ward, got: Got) -> None:
    _crashes(ward, "aborts", "Aborted", got)


@pytest.mark.fault("F12", "kill -FPE and kill -ILL", expected="SIGFPE SIGILL")
def test_other_signals_are_told_by_name_and_meaning(ward: Ward, got: Got) -> None:
    deaths = [killed(ward, number) for number in (signal.SIGFPE, signal.SIGILL)]
    assert [dead.run.exit_code for dead in deaths] == [None, None]
    assert all(dead.error for dead in deaths)
    got(" ".join(str(dead.run.reason).removeprefix("killed_by_") for dead in deaths))


# --- exceptions ----------------------------------------------------------------------------------


@pytest.mark.fault("F13", "an exception with cause and context", expected="failed/exit_code 1")
def test_a_chained_traceback_is_whole(ward: Ward, got: Got) -> None:
    dead = ward.dies("chained")
    parts = ("KeyError: 'label'", "ValueError: the example", "RuntimeError: the batch")
    assert all(part in dead.error for part in parts)
    assert dead.error.startswith("Traceback") and log_bytes(dead.folder).rstrip().endswith(
        dead.error.encode()
    )
    got(f"{dead.outcome} {dead.run.exit_code}")


@pytest.mark.fault("F14", "an exception in a thread", expected="failed/exit0_not_finished 0")
def test_an_exception_in_a_thread_alone_is_no_success(ward: Ward, got: Got) -> None:
    dead = ward.dies("thread-exception")
    assert b"ZeroDivisionError" in log_bytes(dead.folder)
    got(f"{dead.outcome} {dead.run.exit_code}")


@pytest.mark.fault("F15", "a swallowed exception", expected="failed/exit0_not_finished 0")
def test_a_swallowed_exception_is_no_success(ward: Ward, got: Got) -> None:
    dead = ward.dies("swallowed")
    got(f"{dead.outcome} {dead.run.exit_code}")


@pytest.mark.fault("F31", "an import that fails", expected="failed/exit_code deps.missing")
def test_an_import_error_before_the_first_line_is_whole(ward: Ward, got: Got) -> None:
    dead = ward.dies("import-error", counted=False)
    assert "ModuleNotFoundError" in dead.error and "Traceback" in dead.error
    got(f"{dead.outcome} {dead.run.cause}")


@pytest.mark.fault("F22", "a full GPU", expected="failed/exit_code memory.gpu_oom")
def test_a_full_gpu_is_not_a_full_host(ward: Ward, got: Got) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    dead = ward.dies("gpu-oom")
    assert dead.result["oomKilled"] is False and "Tried to allocate 2.00 GiB" in dead.error
    got(f"{dead.outcome} {dead.run.cause}")


# --- what was promised and is not there ----------------------------------------------------------


@pytest.mark.fault("F18", "a truncated adapter", expected="failed/adapter_invalid")
def test_a_truncated_adapter_is_named(ward: Ward, got: Got) -> None:
    dead = ward.dies("finishes-with-truncated-adapter")
    assert "adapter_model.safetensors" in dead.error
    got(dead.outcome)


@pytest.mark.fault("F19", "an adapter of an earlier run", expected="failed/exit0_no_adapter")
def test_an_adapter_that_was_there_before_is_no_result(ward: Ward, got: Got) -> None:
    folder = ward.start("trains")
    ward.bury(folder, counted=False)
    for path in folder.artifacts.iterdir():
        os.utime(path, (0, 0))
    asked = runfolder.read_fact(folder.spec) or {}
    later = runfolder.make_attempt(ward.supervisor.config.home, folder.run_id, 2)
    command = [part.replace("=trains", "=finishes-without-writing") for part in asked["command"]]
    fact = {"command": command, "outputDir": str(folder.artifacts), "attempt": 2}
    runfolder.write_once(later.spec, asked | fact | {"cwd": str(later.path)})
    ward.supervisor.add_attempt(later, asked | fact, Status.QUEUED)
    ward.supervisor.start_queued()
    dead = ward.bury(later, counted=False)
    assert "older than this attempt" in dead.error
    got(dead.outcome)


@pytest.mark.fault("F20", "a shard that is missing", expected="failed/adapter_invalid")
def test_a_missing_shard_is_named(ward: Ward, got: Got) -> None:
    dead = ward.dies("finishes-with-missing-shard")
    assert "adapter_model-00002.safetensors" in dead.error
    got(dead.outcome)


@pytest.mark.fault("F20", "no adapter_config.json", expected="failed/exit0_no_adapter")
def test_a_missing_adapter_is_named(ward: Ward, got: Got) -> None:
    dead = ward.dies("finishes-without-adapter")
    assert "adapter_config.json" in dead.error
    got(dead.outcome)


@pytest.mark.fault(
    "F21", "a loss of NaN from step 3", expected="failed/nan_loss numeric.nan step 3"
)
def test_a_loss_of_nan_is_a_failure_with_its_first_step(ward: Ward, got: Got) -> None:
    dead = ward.dies("loses-nan-at-3")
    step = re.search(r"step \d+", str(dead.run.detail))
    got(f"{dead.outcome} {dead.run.cause} {step and step[0]}")


# --- workers and ranks ---------------------------------------------------------------------------


@pytest.mark.fault("F23", "kill -9 of a data worker", expected="failed/exit_code worker.crash")
def test_a_killed_data_worker_is_named(ward: Ward, got: Got) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    folder = ward.start(COUNTED + "loads-data")
    log = until(lambda: b"ready" in (said := log_bytes(folder)) and said, 120)
    worker = re.search(rb"worker (\d+)", log)
    assert worker is not None
    os.kill(int(worker[1]), signal.SIGKILL)
    dead = ward.bury(folder)
    assert worker[1].decode() in dead.error and "Killed" in dead.error
    assert dead.result["oomKilled"] is False
    got(f"{dead.outcome} {dead.run.cause}")


@pytest.mark.fault("F24", "kill -9 of rank 1", expected="failed/exit_code distributed.peer SIGKILL")
def test_a_killed_rank_is_named_and_not_called_exit_1(ward: Ward, got: Got) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    folder = ward.start(COUNTED + "rank-dies")
    until(lambda: folder.result.exists(), 120)
    dead = ward.bury(folder)
    named = "SIGKILL" if "SIGKILL" in dead.error + dead.explanation.headline else "no signal"
    got(f"{dead.outcome} {dead.run.cause} {named}")


# --- hangs and halts -----------------------------------------------------------------------------


def told(folder: AttemptFolder, notice: str) -> Callable[[], dict[str, Any] | None]:
    return lambda: next((n for n in notices.told(folder) if n["notice"] == notice), None)


def ended_by_us(ward: Ward, folder: AttemptFolder) -> None:
    ward.supervisor.cancel(folder.run_id, "a test")
    ward.bury(folder)


@pytest.mark.fault("F25", "a deadlock", expected="running stalled, stacks in the log")
def test_a_deadlock_is_told_with_every_stack_and_left_alone(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "deadlock", stall_seconds=2.0)
    until(told(folder, "stalled"), 60)
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
    until(told(folder, "stack_dump"), 60)
    says(folder, b"in busy_regex")
    got("stacks in the log")
    ended_by_us(ward, folder)


@pytest.mark.fault("F27", "kill -STOP, then -CONT", expected="stopped_by_signal, continued")
def test_a_halted_process_is_no_hang_and_goes_on(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "trains-for-2s", stall_seconds=2.0)
    says(folder, b"step 3 ")
    processes.send_signal(child_of(folder), signal.SIGSTOP)
    until(told(folder, "stopped_by_signal"), 60)
    time.sleep(3.0)
    assert not told(folder, "stalled")()
    processes.send_signal(child_of(folder), signal.SIGCONT)
    until(told(folder, "continued"), 60)
    assert ward.bury(folder).outcome == "completed/ok"
    got("stopped_by_signal, continued")


@pytest.mark.fault("F28", "quiet, but computing", expected="running, not stalled")
def test_a_quiet_run_that_computes_is_left_in_peace(ward: Ward, got: Got) -> None:
    folder = ward.start(COUNTED + "computes-7s", stall_seconds=2.0)
    dead = ward.bury(folder)
    stalled = told(folder, "stalled")()
    assert dead.result["signal"] is None
    got("running, stalled" if stalled else "running, not stalled")


# --- what cannot be started ----------------------------------------------------------------------


@pytest.mark.fault(
    "F30", "no file, no right, no format, too long", expected="ENOENT EACCES ENOEXEC E2BIG"
)
def test_what_cannot_be_started_says_why_and_never_runs(
    ward: Ward, tmp_path: Path, got: Got
) -> None:
    data, plain = tmp_path / "data", tmp_path / "plain"
    data.write_text("no program")
    plain.write_text("no program")
    data.chmod(0o700)
    commands = [("/no/such/python",), (str(plain),), (str(data),), ("true", "x" * 200_000)]
    said = []
    for command in commands:
        dead = ward.bury(ward.start("any", trainer_command=command), counted=False)
        assert dead.outcome == "failed/launch_failed" and dead.error
        said.append(dead.result["launchError"]["errno"])
    got(" ".join(said))


def test_the_recorder_of_every_row_is_gone(ward: Ward) -> None:
    dead = ward.dies("exits-0")
    assert recorder.strays(dead.folder) == [] and not recorder.is_recorded(dead.folder)
