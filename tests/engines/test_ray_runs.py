"""Runs that are placed on a real cluster of Ray: whatever Ray does, the status is the run's own."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.ray_kit import RayCluster
from tests.executors.kit import Site
from tests.real import until

from lastwords.executors.ray import engine
from lastwords.records import Status

SAVES = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("saved", flush=True), sys.exit(0)))
print("on", flush=True)
time.sleep(600)
"""
IGNORES = "trap '' TERM; echo on; while :; do sleep 0.1; done"
BYTES = bytes(range(256)) * 1200 + b"\r50%\r\xff\xfe no end of line"


@pytest.fixture
def site(ray_site: Site) -> Site:
    return ray_site


def job_of(ray: RayCluster, run: str) -> dict[str, object]:
    """What Ray says of the only job of a run."""
    _, told = ray.ask("GET", "/api/jobs/")
    (found,) = [job for job in told if str(job["submission_id"]).startswith(f"lw-{run}-")]
    return dict(found)


def pids(name: str) -> list[int]:
    """The processes that call themselves so."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(name.encode()):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def supervisor_of(spool: Path) -> int:
    """The supervisor, among those of all jobs, of the one that has this spool."""
    known = pids("ray::JobSupervisor")
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            pid = int(path.parent.name)
            if b"LASTWORDS_SPOOL=" + os.fsencode(spool) in path.read_bytes():
                while pid > 1 and pid not in known:
                    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
                    pid = int(stat.rpartition(")")[2].split()[1])
                if pid > 1:
                    return pid
    raise AssertionError(f"no supervisor of {spool} among {known}")


def living(folder: Path) -> list[int]:
    """The processes that have something to do with a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(folder) in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_runs_end_as_their_commands_do(site: Site, ray: RayCluster, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(BYTES)
    exits = site.place(["sh", "-c", f"cat {tmp_path / 'bytes'}; exit 3"])
    signalled = site.place(["sh", "-c", "env; kill -9 $$"])
    written = site.place(["sh", "-c", f"pwd > {tmp_path / 'out'}"], expect=[str(tmp_path / "out")])
    missing = site.place(["/no/such/program"])
    run = site.ended(exits)
    assert (run.status, run.exit_code, run.host is None) == (Status.FAILED, 3, False)
    assert run.engine is not None and run.engine.startswith("Ray")
    assert site.folder(exits).log.read_bytes() == BYTES
    run = site.ended(signalled)
    assert (run.status, run.signal, run.reason) == (Status.FAILED, "SIGKILL", "killed_by_SIGKILL")
    assert not re.search(rb"lwc_\w|a1b2c3d4e5", site.folder(signalled).log.read_bytes())
    assert site.ended(written).status == Status.COMPLETED
    assert (tmp_path / "out").read_text() == f"{Path.cwd()}\n"
    assert site.ended(missing).reason == "launch_failed"
    assert (
        until(lambda: (job := job_of(ray, exits))["status"] == "FAILED" and job)["driver_exit_code"]
        == 3
    )


def test_a_retry_is_placed_on_ray_again(site: Site, ray: RayCluster, tmp_path: Path) -> None:
    went = tmp_path / "went"
    run = site.place(
        ["sh", "-c", f"echo $OMP_NUM_THREADS; [ -e {went} ] || ! touch {went}"], cpus=2
    )
    assert site.ended(run).status == Status.FAILED
    assert site.client.post(f"/api/training/runs/{run}/retry").status_code == 202
    ended = site.ended(run)
    assert (ended.status, ended.attempt) == (Status.COMPLETED, 2)
    logs = [site.folder(run, number).log.read_bytes() for number in (1, 2)]
    assert logs == [b"2\n"] * 2  # which Ray makes of the CPUs
    _, told = ray.ask("GET", "/api/jobs/")
    jobs = [job for job in told if str(job["submission_id"]).startswith(f"lw-{run}-")]
    assert len({job["runtime_env"]["env_vars"]["LASTWORDS_CLAIM"] for job in jobs}) == 2


def test_a_long_log_comes_whole(site: Site) -> None:
    code = (
        "import os\nfor n in range(100): os.write(1, (b'%06d' % n + b'x' * 1017 + b'\\n') * 1024)"
    )
    run = site.ended(site.place([sys.executable, "-c", code]))
    assert (run.status, run.log_bytes) == (Status.COMPLETED, 100 * 1024 * 1024)
    with site.folder(run.id).log.open("rb") as log:
        for number in range(100):
            line = b"%06d" % number + b"x" * 1017 + b"\n"
            assert log.read(1 << 20) == line * 1024


def test_a_stop_is_heeded_with_the_run_s_own_grace(site: Site, ray: RayCluster) -> None:
    run = site.place([sys.executable, "-c", SAVES])
    site.says(run, b"on\n")
    site.services.supervisor.cancel(run, "a test")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    assert site.folder(run).log.read_bytes() == b"on\nsaved\n"


def test_a_stop_by_ray_itself_is_ray_s(site: Site, ray: RayCluster, tmp_path: Path) -> None:
    """One that is ignored is forced by us, before Ray does: nothing outlives it."""
    heeds = site.place([sys.executable, "-c", SAVES])
    ignores = site.place(["sh", "-c", IGNORES])
    for run in (heeds, ignores):
        site.says(run, b"on\n")
        ray.ask("POST", f"/api/jobs/{job_of(ray, run)['submission_id']}/stop")
    ended = site.ended(heeds)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_scheduler")
    assert site.folder(heeds).log.read_bytes() == b"on\nsaved\n"
    ended = site.ended(ignores)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stop_forced")
    until(lambda: job_of(ray, ignores)["status"] == "STOPPED")
    until(lambda: not living(tmp_path / "spool"))


def test_a_supervisor_that_is_killed_takes_its_run_along(
    site: Site, ray: RayCluster, tmp_path: Path
) -> None:
    run = site.place([sys.executable, "-c", SAVES])
    site.says(run, b"on\n")
    os.kill(supervisor_of(tmp_path / "spool"), signal.SIGKILL)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launcher_gone")
    assert site.folder(run).log.read_bytes() == b"on\nsaved\n"
    until(lambda: not living(tmp_path / "spool"))


def test_a_server_that_restarts_while_it_is_placed_places_it_once(
    home: Path, ray_table: dict[str, object], ray: RayCluster
) -> None:
    first = Site(home, lambda url: engine({**ray_table, "url": url}))
    run = first.place(["sh", "-c", "echo once"], cpus=1000)
    first.flag(run, "placed")
    first.close()
    (first.folder(run).path / "placed.json").unlink()
    second = Site(home, lambda url: engine({**ray_table, "url": url}))
    try:
        assert second.flag(run, "placed") == "Ray: waiting for resources"
        until((second.folder(run).path / "placed.json").exists)
        job_of(ray, run)
        second.services.supervisor.cancel(run, "a test")
        assert second.ended(run).status == Status.CANCELLED
    finally:
        second.close()


def test_where_nothing_is_shared_the_worker_is_uploaded(
    home: Path, ray_table: dict[str, object], ray: RayCluster
) -> None:
    site = Site(home, lambda url: engine({**ray_table, "url": url, "upload": True}))
    try:
        run = site.ended(site.place(["sh", "-c", "echo up"]))
        assert run.status == Status.COMPLETED
        assert site.folder(run.id).log.read_bytes() == b"up\n"
        environment = job_of(ray, run.id)["runtime_env"]
        assert str(environment["working_dir"]).startswith("gcs://lastwords_")  # type: ignore[index]
    finally:
        site.close()


def test_where_ray_says_running_and_nothing_moves_a_stall_is_told(site: Site) -> None:
    supervisor = site.services.supervisor
    supervisor.config = replace(supervisor.config, stall_seconds=1)
    run = site.place(["sh", "-c", "echo on; exec sleep 600"])
    assert site.flag(run, "stalled")
    assert site.run(run).status == Status.RUNNING
    supervisor.cancel(run, "a test")
    assert site.ended(run).status == Status.CANCELLED


def test_a_node_that_dies_is_told_by_ray(site: Site, ray: RayCluster, tmp_path: Path) -> None:
    run = site.place([sys.executable, "-c", SAVES])
    site.says(run, b"on\n")
    ray.kill(ray.part_of(supervisor_of(tmp_path / "spool")))
    ended = site.ended(run, 240)  # Ray looks for half a minute, on a busy machine for minutes
    assert (ended.status, ended.reason) == (Status.LOST, "node_failed")
    assert "Ray: JOB_SUPERVISOR_ACTOR_DIED" in str(ended.detail)


def test_a_head_that_is_away_says_nothing_about_its_runs(
    site: Site, ray: RayCluster, tmp_path: Path
) -> None:
    """What ends meanwhile ends as itself. Ray itself ends on its nodes once a head is back that
    does not know them: it kills the launcher, and the recorder sees to the rest."""
    go = tmp_path / "go"
    ends = site.place(["sh", "-c", f"echo on; until [ -e {go} ]; do sleep 0.1; done; echo off"])
    goes_on = site.place([sys.executable, "-c", SAVES])
    for run in (ends, goes_on):
        site.says(run, b"on\n")
    ray.kill("head")
    assert site.flag(ends, "engine_away").startswith("Ray gives no answer: ")
    assert site.run(ends).status == Status.RUNNING
    go.touch()
    assert site.ended(ends).status == Status.COMPLETED
    assert site.folder(ends).log.read_bytes() == b"on\noff\n"
    ray.start_alone()
    ended = site.ended(goes_on)
    assert (ended.status, ended.reason) == (Status.FAILED, "launcher_gone")
    assert site.folder(goes_on).log.read_bytes() == b"on\nsaved\n"
    until(lambda: not living(tmp_path / "spool"))
