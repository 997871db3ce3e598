"""Runs under a scheduler: they end with their job, and say who ended them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.kit import PYTHON, cli, latest
from tests.real import clean_environment, result_of, says, until

from lastwords.cli.schedulers import scheduler
from lastwords.folders.attempt import AttemptFolder
from lastwords.recording import processes, recorder

SLURM = {"SLURM_JOB_ID": "4711"}
# Lines of scontrol(1) of Slurm 22.05.
TIME_LIMIT = "JobId=4711 JobName=train UserId=ada(1000) JobState=COMPLETING Reason=TimeLimit"
CANCELLED = "JobId=4711 JobName=train UserId=ada(1000) JobState=COMPLETING Reason=None"
CONFIG = "KillOnBadExit           = 0\nKillWait                = {} sec\n"
IGNORES = "trap '' TERM; echo ready; while :; do sleep 0.1; done"


@pytest.fixture
def scontrol(tmp_path: Path) -> Path:
    """A folder for PATH with an scontrol that answers with the files beside it."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    program = folder / "scontrol"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/asked"\ncat "{folder}/$2"\n')
    program.chmod(0o755)
    (folder / "job").write_text(CANCELLED)
    (folder / "config").write_text(CONFIG.format(30))
    return folder


@contextmanager
def recorded(
    home: Path, script: str, *options: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], AttemptFolder]]:
    """A shell script under `lastwords run`, which has said `ready`."""
    command = ["run", "--home", str(home), *options, "--", "sh", "-c", script]
    with subprocess.Popen(
        [PYTHON, "-m", "lastwords", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**environment),
        start_new_session=True,
    ) as process:
        try:
            until(lambda: any(home.glob("runs/*/1/child.json")))
            says(latest(home), b"ready")
            until(lambda: any(home.glob("audit/*.jsonl")))  # written once the run is listed
            yield process, latest(home)
        finally:
            process.kill()


def shown(home: Path) -> tuple[str, str]:
    done = cli(home, "show", "latest", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return found["status"], found["reason"]


def with_path(folder: Path) -> dict[str, str]:
    return SLURM | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_under_a_scheduler_a_run_ends_when_its_launcher_is_killed(home: Path) -> None:
    with recorded(home, "echo ready; exec sleep 600", **SLURM) as (launcher, folder):
        launcher.kill()
        stop = result_of(folder)["stop"]
    assert stop["reason"] == "launcher_gone"
    until(lambda: not recorder.strays(folder))
    assert shown(home) == ("failed", "launcher_gone")


def test_a_tether_that_was_asked_for_holds_without_a_scheduler(home: Path) -> None:
    with recorded(home, "echo ready; exec sleep 600", "--tether") as (launcher, folder):
        launcher.kill()
        assert result_of(folder)["stop"]["reason"] == "launcher_gone"


def test_at_a_shell_a_run_outlives_its_launcher(home: Path) -> None:
    with recorded(home, "echo ready; sleep 2; echo done") as (launcher, folder):
        launcher.kill()
        assert result_of(folder)["exitCode"] == 0
    assert folder.log.read_bytes() == b"ready\ndone\n"


def test_a_stop_by_slurm_is_slurm_s(home: Path, scontrol: Path) -> None:
    with recorded(home, "echo ready; exec sleep 600", **with_path(scontrol)) as (launcher, folder):
        launcher.send_signal(signal.SIGTERM)
        assert result_of(folder)["stop"]["by"] == "SIGTERM from Slurm job 4711"
        assert launcher.wait(60) == 128 + signal.SIGTERM
    assert shown(home) == ("cancelled", "stopped_by_scheduler")


def test_a_time_limit_of_slurm_is_a_time_out(home: Path, scontrol: Path) -> None:
    (scontrol / "job").write_text(TIME_LIMIT)
    with recorded(home, "echo ready; exec sleep 600", **with_path(scontrol)) as (launcher, folder):
        launcher.send_signal(signal.SIGTERM)
        result_of(folder)
        launcher.wait(60)
    assert shown(home) == ("failed", "timeout")
    why = json.loads(cli(home, "explain", "latest", "--json").stdout)
    assert why["cause"] == "process.timeout"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (CANCELLED.replace("Reason=None", "Reason=None Requeue=1 Restarts=1"), "requeued"),
        (f"{CANCELLED} Restarts=0 PreemptTime=2026-11-28T08:47:32", "preempted"),
        (f"{CANCELLED} Restarts=0 PreemptTime=None", "stopped_by_scheduler"),
    ],
)
def test_why_slurm_stops_a_job(
    scontrol: Path, monkeypatch: pytest.MonkeyPatch, told: str, reason: str
) -> None:
    (scontrol / "job").write_text(told)
    monkeypatch.setenv("PATH", with_path(scontrol)["PATH"])
    known = scheduler(SLURM)
    assert known and known.whose("SIGTERM")[1] == reason
    again = scheduler(SLURM | {"SLURM_RESTART_COUNT": "1"})
    assert again and again.whose("SIGTERM")[1] != "requeued"


def test_of_an_array_slurm_is_asked_for_the_task_alone(
    scontrol: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", with_path(scontrol)["PATH"])
    task = scheduler(SLURM | {"SLURM_ARRAY_JOB_ID": "4711", "SLURM_ARRAY_TASK_ID": "0"})
    assert task and task.whose("SIGTERM")[0] == "SIGTERM from Slurm job 4711_0"
    assert (scontrol / "asked").read_text() == "show job -o 4711_0\n"


def test_a_ctrl_c_under_slurm_is_the_user_s(home: Path, scontrol: Path) -> None:
    with recorded(home, "echo ready; exec sleep 600", **with_path(scontrol)) as (launcher, folder):
        launcher.send_signal(signal.SIGINT)
        assert result_of(folder)["stop"]["by"] == "SIGINT at the command line"


def test_what_ignores_sigterm_is_killed_before_slurm_kills_us(home: Path, scontrol: Path) -> None:
    (scontrol / "config").write_text(CONFIG.format(4))
    environment = with_path(scontrol) | {"LASTWORDS_GRACE_SECONDS": "100"}
    with recorded(home, IGNORES, **environment) as (launcher, folder):
        begun = time.monotonic()
        launcher.send_signal(signal.SIGTERM)
        result = result_of(folder)
        assert 1.5 < time.monotonic() - begun < 90  # our own grace is longer
    assert result["forced"] and result["stop"]["reason"] == "stopped_by_scheduler"


def test_an_scontrol_that_does_not_answer_holds_no_stop_up(home: Path, scontrol: Path) -> None:
    (scontrol / "scontrol").write_text("#!/bin/sh\nexec sleep 60\n")
    with recorded(home, "echo ready; exec sleep 600", **with_path(scontrol)) as (launcher, folder):
        launcher.send_signal(signal.SIGTERM)
        assert result_of(folder)["stop"]["by"] == "SIGTERM from Slurm job 4711"
        known = recorder.recorder_identity(folder)
        until(lambda: known is None or not processes.is_alive(known))
