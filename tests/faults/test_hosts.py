"""Rows of FAULTS.md: reboots, clocks, units, containers, and what a run leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import TOKEN, TRAINER
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.injection import needs_namespaces, scene
from tests.faults.machine import needs_machine, scene_on_machine
from tests.faults.scenes import begin, child_of, ended, kill_recorder, outcome
from tests.faults.test_servers import LONG, flags_of, folder_of
from tests.real import Server, says, until

from lastwords.folders import runfolder
from lastwords.recording import processes, recorder
from lastwords.records import Status, parse_timestamp
from lastwords.supervision.supervisor import Supervisor


@pytest.mark.fault("F42", "host reboot", expected="lost/host_rebooted, the innocent lives")
def test_after_a_reboot_nobody_is_signalled(supervisor: Supervisor, got: Got) -> None:
    """The noted pids belong to an innocent process now, as they may after a reboot."""
    run, folder = begin(supervisor, "counts-99999-then-hangs")
    child = child_of(folder)
    until(lambda: folder.log.stat().st_size > 1000)
    kill_recorder(folder)
    processes.send_signal(child, signal.SIGKILL)
    until(lambda: not recorder.strays(folder))
    with subprocess.Popen(["sleep", "60"]) as innocent:
        now = processes.identify(innocent.pid)
        assert now is not None
        then = now.to_json() | {"boot_id": "00000000-0000-0000-0000-000000000000"}
        fact = json.loads(folder.child.read_text())
        folder.child.write_text(json.dumps(fact | then | {"recorder": then}))
        runfolder.write_once(folder.stop, {"by": "us", "at": "x", "reason": "y", "signal": 15})
        ended(supervisor, run)
        found = invariants(supervisor.config.home, run.id)
        lives = innocent.poll() is None
        innocent.kill()
    assert every_byte_is_kept(folder) > 0
    got(f"{outcome(found)}, the innocent {'lives' if lives else 'was killed'}")


@needs_namespaces
@pytest.mark.fault(
    "F43", "PID reused by an innocent", expected="lost/recorder_lost, the innocent lives"
)
def test_a_reused_pid_is_somebody_else(tmp_path: Path, got: Got) -> None:
    got(scene("reused_pid", tmp_path / "home", "--pid", "--fork", "--mount-proc"))


@pytest.mark.fault("F44", "zombie child, init reaps nothing", expected="failed/exit_code 7")
def test_a_zombie_has_ended_with_its_code(tmp_path: Path, got: Got) -> None:
    got(scene("zombie", tmp_path / "home"))


@pytest.mark.fault(
    "F48",
    "clock of the next server a day ahead",
    expected="running; completed/ok, 1 start, < 10 min",
)
def test_a_clock_that_jumps_times_nobody_out(server: Server, tmp_path: Path, got: Got) -> None:
    run_id = server.train("counts-100-then-waits-then-trains", timeLimitSeconds=3600)
    folder = folder_of(server.home, run_id)
    until(folder.log.exists)
    server.end(signal.SIGKILL)
    (tmp_path / "sitecustomize.py").write_text(
        "import datetime, time\nfrom lastwords import records\n"
        "real, now = time.time, records.now\n"
        "time.time = lambda: real() + 86400\n"
        "records.now = lambda: now() + datetime.timedelta(days=1)\n"
    )
    server.settings = {**server.settings, "PYTHONPATH": str(tmp_path)}
    server.start()
    seen = until(lambda: server.run(run_id)["status"])
    (folder.path / "go").touch()
    server.ended(run_id, LONG)
    run = invariants(server.home, run_id, server)
    assert every_byte_is_kept(folder) == 100 and run.started_at and run.finished_at
    took = parse_timestamp(run.finished_at) - parse_timestamp(run.started_at)
    length = "< 10 min" if timedelta() < took < timedelta(minutes=10) else str(took)
    got(f"{seen}; {outcome(run)}, {run.attempt} start, {length}")


@pytest.mark.fault(
    "F48", "clock set back under a launch that died", expected="running; failed/launch_failed"
)
def test_a_clock_that_was_set_back_keeps_no_run_alive(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    """Its launcher died before there was a recorder, by the clock an hour from now."""
    monkeypatch.setattr("lastwords.executors.local.LAUNCH_PATIENCE", timedelta(seconds=0.5))
    run = supervisor.create({"baseModel": "trains"}, "a test")
    supervisor.store.change_status(run.id, run.attempt, Status.RUNNING, {})
    later = time.time() + 3600
    os.utime(supervisor.folder(run).path, (later, later))
    supervisor.settle()
    seen = supervisor.store.run(run.id).status
    got(f"{seen}; {outcome(ended(supervisor, run))}")


def web_unit(home: Path, path: str, mode: str = "control-group") -> dict[str, str]:
    """The server of a home as a unit; what it says is in web.log."""
    settings = {"trainer_command": list(TRAINER), "grace_seconds": 0.3}
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    (home / "lastwords.toml").write_text("".join(lines) + '[defaults]\ndataFile = "data.jsonl"\n')
    command = f'"{sys.executable}" -m lastwords serve --home "{home}" --port 0'
    text = (
        f"[Unit]\nDefaultDependencies=no\n[Service]\nExecStart={command}\nKillMode={mode}\n"
        f"Environment=PATH={path} PYTHONDONTWRITEBYTECODE=1\n"
        f"StandardOutput=append:{home}/web.log\nStandardError=append:{home}/web.log\n"
    )
    return {"web.service": text}


@needs_machine
def test_a_scene_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(AssertionError, match="KeyError: 'no-such-scene'"):
        scene_on_machine("no-such-scene", home, {})


@needs_machine
@pytest.mark.fault(
    "F49", "systemctl restart of the web unit", expected="completed/ok, attempt 1; same bytes"
)
def test_a_restart_of_the_unit_ends_no_run(home: Path, got: Got) -> None:
    seen = scene_on_machine("restarted_unit", home, web_unit(home, os.environ["PATH"]))
    (run_id,) = runfolder.all_run_ids(home)
    invariants(home, run_id)
    assert every_byte_is_kept(folder_of(home, run_id)) == 200
    assert "KillMode" not in (home / "web.log").read_text()
    got(f"{seen}; same bytes")


@needs_machine
@pytest.mark.fault("F49", "the same where no scope is to be had", expected="warned, not completed")
def test_where_no_scope_is_to_be_had_the_server_says_what_a_restart_ends(
    home: Path, got: Got
) -> None:
    programs = home / "programs"
    programs.mkdir()
    (programs / "systemctl").symlink_to("/usr/bin/systemctl")
    seen = scene_on_machine("restarted_unit", home, web_unit(home, str(programs)))
    said = (home / "web.log").read_text()
    warned = "restarting web.service will end its runs unless" in said and "KillMode" in said
    got(f"{'warned' if warned else said}, {'not ' * ('completed' not in seen)}completed")


@needs_namespaces
@pytest.mark.fault(
    "F50", "SIGTERM to init of a container", expected="cancelled/host_shutdown, saving"
)
def test_the_end_of_a_container_gives_its_runs_their_grace(home: Path, got: Got) -> None:
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    settings = {
        "LASTWORDS_TRAINER_COMMAND": " ".join(TRAINER),
        "LASTWORDS_TOKEN": TOKEN,
        "LASTWORDS_GRACE_SECONDS": "5",
    }
    server = Server(home, settings, prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    server.start()
    assert server.process is not None
    run_id = server.train("catches-sigterm")
    folder = folder_of(home, run_id)
    says(folder, b"ready")
    (init,) = processes.descendants(server.process.pid)[:1]
    processes.send_signal(init, signal.SIGTERM)
    server.process.wait(LONG)
    server.end()
    run = invariants(home, run_id)
    got(f"{outcome(run)}, {folder.log.read_text().split()[-1]}")


@pytest.mark.fault(
    "F51",
    "grandchild left the session",
    expected="failed/exit0_not_finished+orphans_killed, 0 left",
)
def test_what_a_run_leaves_behind_is_ended_and_told(supervisor: Supervisor, got: Got) -> None:
    run, folder = begin(supervisor, "leaks-stdout")
    ended(supervisor, run)
    found = invariants(supervisor.config.home, run.id)
    left = len(recorder.strays(folder))
    got(f"{outcome(found)}+{','.join(flags_of(found))}, {left} left")


@pytest.mark.fault("F53", "GPU process left behind", expected="completed/ok+gpu_leak")
def test_what_stays_on_the_gpu_is_told(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    """What a daemon started for a run, as that of a container does, is not below its recorder."""
    listed = tmp_path / "listed"
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncase $1 in *apps*) cat {listed};; *) exec sleep 60;; esac\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    run, folder = begin(supervisor, "trains-for-2s")
    cookie = {recorder.COOKIE: recorder.cookie(folder)}
    with subprocess.Popen(["sleep", "60"], env={**os.environ, **cookie}) as outlives:
        listed.write_text(f"{outlives.pid}\n{os.getpid()}\n")  # ours is nobody's of that run
        found = ended(supervisor, run)
        outlives.kill()
    (leak,) = [flag for flag in found.flags if flag["flag"] == "gpu_leak"]
    assert leak["detail"] == f"Processes still using the GPU: {outlives.pid}."
    invariants(supervisor.config.home, run.id)
    got(f"{outcome(found)}+{','.join(flags_of(found))}")
