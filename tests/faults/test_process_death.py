"""Section A: death of the training process, by every way it really dies.

Each test starts a real child under a real recorder, does the fault to it, sees that every byte that
write(2) took is in the log, that the invariants hold, and says what the run was called.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.ward import COUNTED, Ward, killed
from tests.real import Server, log_bytes, result_of, says, until

from lastwords.folders import runfolder
from lastwords.recording import recorder
from lastwords.records import Status

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
    assert "is what it was before this attempt" in dead.error
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


@pytest.mark.fault("F24", "kill -9 of rank 1", expected="failed/exit_code process.signal SIGKILL")
def test_a_killed_rank_is_named_and_not_called_exit_1(ward: Ward, got: Got) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    folder = ward.start(COUNTED + "rank-dies")
    until(lambda: folder.result.exists(), 120)
    dead = ward.bury(folder)
    named = "SIGKILL" if "SIGKILL" in dead.error + dead.explanation.headline else "no signal"
    got(f"{dead.outcome} {dead.run.cause} {named}")


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
