"""Logs of before become runs, byte for byte, once each, and of none more is said than is proved."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.kit import Done, cli

FAILURES = Path(__file__).parents[1] / "failures"
ERROR = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n{}\n'
OUT_OF_MEMORY = ERROR.format("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB")
MISSING = ERROR.format("ModuleNotFoundError: No module named 'peft'")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    (folder / "deeper").mkdir(parents=True)
    (folder / "a.log").write_text("step 1: loss 2.5\nstep 2: loss 1.5\n" + OUT_OF_MEMORY)
    (folder / "deeper" / "b.out").write_text(MISSING)
    (folder / "c.txt").write_bytes(b"step 1: loss 2.5\n\xff\x00 no text\n")
    (folder / "notes.md").write_text(OUT_OF_MEMORY)
    return folder


def _import(home: Path, *arguments: object, **environment: str) -> Done:
    return cli(home, "import", *map(str, arguments), **environment)


def _told(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _runs(home: Path) -> dict[str, dict[str, Any]]:
    found = json.loads(cli(home, "ls", "--json", "-n", "200").stdout)
    return {run["name"]: run for run in found}


def test_a_folder_of_logs_becomes_runs_that_are_explained_and_grouped(
    home: Path, logs: Path
) -> None:
    done = _import(home, logs)
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode()
    assert said == "3 logs: 2 failed (memory.gpu_oom 1, deps.missing 1), 1 not known\n"
    runs = _runs(home)
    assert {name: run["status"] for name, run in runs.items()} == {
        "a.log": "failed",
        "b.out": "failed",
        "c.txt": "unknown",
    }
    assert {run["kind"] for run in runs.values()} == {"imported"}
    assert runs["a.log"]["finalLoss"] == 1.5
    assert runs["a.log"]["fingerprint"] and not runs["c.txt"]["fingerprint"]
    for path in (logs / "a.log", logs / "c.txt"):
        assert cli(home, "log", runs[path.name]["id"]).stdout == path.read_bytes()


def test_nothing_is_imported_twice(home: Path, logs: Path) -> None:
    _import(home, logs)
    shutil.copy(logs / "a.log", logs / "copy of a.log")
    done = _import(home, logs, logs / "a.log")
    assert done.stdout == b"0 logs: 0 failed; 4 imported before\n"
    assert len(_runs(home)) == 3


def test_what_was_deleted_can_be_imported_again(home: Path, logs: Path) -> None:
    _import(home, logs / "a.log")
    cli(home, "rm", "latest")
    assert _import(home, logs / "a.log").stdout.startswith(b"1 logs: 1 failed")


def test_the_log_is_a_copy_that_later_writing_does_not_change(home: Path, logs: Path) -> None:
    _import(home, logs / "a.log")
    before = (logs / "a.log").read_bytes()
    with (logs / "a.log").open("ab") as log:
        log.write(b"more\n")
    assert cli(home, "log", "latest").stdout == before


def test_an_error_in_the_middle_of_a_log_proves_no_end(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "restarted.log"
    path.write_text(OUT_OF_MEMORY + "restarting\n" + "step 9: loss 1.0\n" * 2_000)
    _import(home, path)
    (run,) = _runs(home).values()
    assert run["status"] == "unknown"


def test_an_unknown_end_is_no_success(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fine.log"
    path.write_text("step 1: loss 1.0\nsaved the model\n")
    _import(home, path)
    (run,) = _runs(home).values()
    assert (run["status"], run["cause"]) == ("unknown", "unknown")
    shown = cli(home, "explain", "latest").stdout.decode()
    assert "How it ended is not known" in shown and "Nothing failed" not in shown
    assert cli(home, "error", "latest").returncode == 1


def test_times_are_those_of_the_log_or_its_file(home: Path, tmp_path: Path) -> None:
    (tmp_path / "told.log").write_text(
        "2025-03-01T10:00:00Z start\n2025-03-01T11:30:00Z end\n" + MISSING
    )
    (tmp_path / "silent.log").write_text(OUT_OF_MEMORY)
    os.utime(tmp_path / "silent.log", (1_700_000_000, 1_700_000_000))
    _import(home, tmp_path / "told.log", tmp_path / "silent.log")
    runs = _runs(home)
    assert runs["told.log"]["startedAt"] == "2025-03-01T10:00:00.000Z"
    assert runs["told.log"]["finishedAt"] == "2025-03-01T11:30:00.000Z"
    assert runs["silent.log"]["finishedAt"] == "2023-11-14T22:13:20.000Z"
    assert runs["told.log"]["id"].startswith("run_20250301_100000")


def test_one_bad_file_does_not_stop_the_others(home: Path, logs: Path) -> None:
    (logs / "empty.log").touch()
    (logs / "pipe.log").symlink_to("/dev/null")
    done = _import(home, logs, logs / "missing.log", "/dev/null")
    assert done.returncode == 1
    assert done.stdout.startswith(b"3 logs: 2 failed") and b"; 3 not imported" in done.stdout
    said = done.stderr.decode()
    assert f"{logs}/empty.log is empty: there is nothing to import" in said
    assert f"{logs}/missing.log does not exist: check the path" in said
    assert "/dev/null is no regular file: give the log file itself" in said


def test_the_list_is_made_anew_from_the_folders(home: Path, logs: Path) -> None:
    _import(home, logs)
    before = _runs(home)
    for path in home.glob("lastwords.db*"):
        path.unlink()
    assert cli(home, "reconcile").returncode == 0
    assert _runs(home) == before
    assert _import(home, logs).stdout.endswith(b"3 imported before\n")


def test_an_imported_run_is_no_news(home: Path, logs: Path) -> None:
    noted = home / "noted"
    done = _import(home, logs, LASTWORDS_NOTIFY_COMMAND=f"cp /dev/stdin {noted}")
    assert done.returncode == 0
    assert not list((home / "outbox").glob("*")) if (home / "outbox").exists() else True


def test_an_imported_run_cannot_be_retried(home: Path, logs: Path) -> None:
    _import(home, logs / "a.log")
    done = cli(home, "retry", "latest")
    assert done.returncode == 1 and b"Traceback" not in done.stderr


# --- Slurm ----------------------------------------------------------------------------------------


def _sacct(folder: Path, jobs: list[dict[str, Any]]) -> str:
    """A PATH with an accounting that tells of these jobs."""
    program = folder / "bin" / "sacct"
    program.parent.mkdir(exist_ok=True)
    answer = folder / "answer.json"
    answer.write_text(json.dumps({"jobs": jobs}))
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\ncat {answer}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{program.parent}:{os.environ['PATH']}"


def _job(number: int, state: str, code: int, sent: int = 0) -> dict[str, Any]:
    """As Slurm 24 writes it."""
    return {
        "job_id": number,
        "array": {"job_id": 0, "task_id": {"set": False, "number": 0}},
        "state": {"current": [state], "reason": "None"},
        "exit_code": {
            "return_code": {"set": True, "infinite": False, "number": code},
            "signal": {"id": {"set": bool(sent), "infinite": False, "number": sent}},
        },
        "time": {"start": 1_700_000_000, "end": 1_700_003_600},
    }


def test_slurms_accounting_proves_how_jobs_ended(home: Path, tmp_path: Path) -> None:
    for number in range(1, 7):
        (tmp_path / f"slurm-{number}.out").write_text(f"step {number}: loss 1.0\n")
    old = {
        "job_id": 6,
        "state": {"current": "FAILED"},
        "exit_code": {"return_code": 3},
        "time": {"start": 1_700_000_000, "end": 1_700_003_600},
    }
    jobs = [
        _job(1, "COMPLETED", 0),
        _job(2, "FAILED", 2),
        _job(3, "TIMEOUT", 0, 15),
        _job(4, "OUT_OF_MEMORY", 0, 9),
        _job(5, "RUNNING", 0),
        old,
    ]
    done = _import(home, "--slurm", tmp_path, PATH=_sacct(tmp_path, jobs))
    assert b"job 5 as RUNNING, without its end: import it once it has ended" in done.stderr
    runs = {name: run for name, run in _runs(home).items()}
    told = {
        name: (run["status"], run["exitCode"], run["signal"], run["cause"])
        for name, run in runs.items()
    }
    assert told["slurm-1.out"][:3] == ("completed", 0, None)
    assert told["slurm-2.out"][:3] == ("failed", 2, None)
    assert told["slurm-3.out"] == ("failed", None, "SIGTERM", "process.timeout")
    assert told["slurm-4.out"] == ("failed", None, "SIGKILL", "memory.host_oom")
    assert told["slurm-6.out"][:3] == ("failed", 3, None)
    assert "slurm-5.out" not in told
    assert runs["slurm-1.out"]["finishedAt"] == "2023-11-14T23:13:20.000Z"
    assert (tmp_path / "asked").read_text() == "--json --jobs=1,2,3,4,5,6\n"


def test_without_sacct_nothing_is_imported_by_guess(home: Path, tmp_path: Path) -> None:
    (tmp_path / "slurm-1.out").write_text("step 1\n")
    done = _import(home, "--slurm", tmp_path / "slurm-1.out", PATH="/nowhere")
    assert done.returncode == 1 and b"sacct is not installed here" in done.stderr
    assert not _runs(home)


@pytest.mark.parametrize("answer", ["", "{}", '{"jobs": [3]}', '{"jobs": [{"job_id": 1}]}'])
def test_an_answer_of_sacct_that_cannot_be_read_is_said(
    home: Path, tmp_path: Path, answer: str
) -> None:
    (tmp_path / "slurm-1.out").write_text("step 1\n")
    path = _sacct(tmp_path, [])
    (tmp_path / "answer.json").write_text(answer)
    done = _import(home, "--slurm", tmp_path / "slurm-1.out", PATH=path)
    assert done.returncode == 1 and b"the answer of sacct --json cannot be read" in done.stderr


# --- curves ---------------------------------------------------------------------------------------


def _metrics(home: Path, name: str) -> list[tuple[int, float]]:
    from lastwords.folders.runfolder import attempt_folder
    from lastwords.measurements.metrics import read_metrics

    folder = attempt_folder(home, _runs(home)[name]["id"], 1)
    return [(each["step"], each["loss"]) for each in read_metrics(folder) if "loss" in each]


def test_transformers_and_lightnings_tables_beside_a_log_are_its_curves(
    home: Path, tmp_path: Path
) -> None:
    for name in ("t", "l"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.log").write_text(f"{name}\n" + MISSING)
    history = [{"step": 10, "loss": 2.5, "epoch": 0.5}, {"step": 20, "loss": 1.5, "epoch": 1.0}]
    (tmp_path / "t" / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    (tmp_path / "l" / "metrics.csv").write_text("epoch,step,train_loss\n0,1,3.5\n0,2,3.0\n")
    _import(home, tmp_path)
    assert _metrics(home, "t.log") == [(10, 2.5), (20, 1.5)]
    assert _metrics(home, "l.log") == [(1, 3.5), (2, 3.0)]
    assert _runs(home)["t.log"]["finalLoss"] == 1.5


def _event(step: int, tag: str, value: float) -> bytes:
    """A record of an event file as TensorBoard writes it, with checksums of zero."""
    name = tag.encode()
    scalar = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(scalar)]) + scalar
    event = b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary
    return struct.pack("<Q", len(event)) + b"\0" * 4 + event + b"\0" * 4


def test_tensorboards_files_are_read_from_the_folder_that_is_named(
    home: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.log").write_text(f"{name}\n" + MISSING)
        (tmp_path / "tb" / name).mkdir(parents=True)
    first = tmp_path / "tb" / "one" / "events.out.tfevents.1.host"
    first.write_bytes(_event(1, "loss", 2.5) + _event(2, "loss", 1.5) + b"\x09half a record")
    (tmp_path / "tb" / "two" / "events.out.tfevents.2.host").write_bytes(_event(7, "loss", 0.5))
    _import(home, "--tfevents", tmp_path / "tb", tmp_path / "one.log", tmp_path / "two.log")
    assert _metrics(home, "one.log") == [(1, 2.5), (2, 1.5)]
    assert _metrics(home, "two.log") == [(7, 0.5)]


def test_a_table_that_cannot_be_read_costs_no_log(home: Path, tmp_path: Path) -> None:
    (tmp_path / "one.log").write_text(MISSING)
    (tmp_path / "trainer_state.json").write_text('{"log_history": [3, {"step": "x"}]')
    assert _import(home, tmp_path / "one.log").returncode == 0
    assert _runs(home)["one.log"]["cause"] == "deps.missing"


def test_a_log_that_grows_while_it_is_copied_is_not_kept(home: Path, tmp_path: Path) -> None:
    from lastwords.imports.files import NotImported, copy, digest_of

    path = tmp_path / "growing.log"
    path.write_text("step 1\n")
    with path.open("rb") as file:
        sha256 = digest_of(file)
        with path.open("a") as more:
            more.write("step 2\n")
        with pytest.raises(NotImported, match="is still written: import it once it is whole"):
            copy(file, tmp_path / "copy", sha256)


def test_real_logs_of_all_causes_are_imported_with_the_cause_that_each_has(
    home: Path, tmp_path: Path
) -> None:
    wanted: dict[str, str] = {}
    for cause in sorted(FAILURES.iterdir()):
        cases = [case / "output.log" for case in sorted(cause.iterdir()) if case.is_dir()]
        for log in [log for log in cases if log.is_file() and log.stat().st_size][:2]:
            name = f"{cause.name}-{log.parent.name}.log"
            shutil.copy(log, tmp_path / name)
            wanted[name] = cause.name
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", "import", "--home", str(home), str(tmp_path), "--json"],
        capture_output=True,
    )
    runs = _told(done)["runs"]
    told = {run["name"]: run["cause"] for run in runs}
    same = [name for name, cause in told.items() if wanted[name] == cause]
    assert len(told) > 20 and len(same) >= 0.7 * len(told)
    assert not any(run["status"] == "completed" for run in runs)
