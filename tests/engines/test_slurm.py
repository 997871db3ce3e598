"""Runs on a real Slurm: what it does to them, and what is told of that."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.cluster import Cluster
from tests.executors.kit import Site
from tests.real import until

from lastwords.executors.slurm import Slurm
from lastwords.folders.runfolder import read_fact
from lastwords.records import Status

ON = "print('on', flush=True)"


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


@pytest.fixture(scope="module")
def limited(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, str]]:
    """A run that reaches the time limit of its partition while the other tests go on."""
    site = Site(tmp_path_factory.mktemp("limited") / "home", cluster.engine)
    yield site, site.place(python(f"import time; {ON}; time.sleep(600)"), partition="short")
    site.close()


@pytest.fixture(autouse=True)
def _begun(limited: tuple[Site, str]) -> None:
    """Begin with the slowest."""


def test_what_ends_by_itself_has_its_code_and_every_byte(site: Site) -> None:
    data = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 1200); sys.exit(3)"
    failed, completed = site.place(python(data)), site.place(["true"])
    run = site.ended(failed)
    assert (run.status, run.exit_code) == (Status.FAILED, 3)
    assert site.folder(failed).log.read_bytes() == bytes(range(256)) * 1200
    assert run.engine == f"Slurm job {_job(site, failed)}"
    assert site.ended(completed).status == Status.COMPLETED


def test_a_signal_is_told_as_one(site: Site) -> None:
    run = site.ended(site.place(python("import os; os.kill(os.getpid(), 9)")))
    assert (run.status, run.reason) == (Status.FAILED, "killed_by_SIGKILL")


def test_scancel_lets_it_save(site: Site, cluster: Cluster) -> None:
    saves = f"""
import signal, sys, time
def save(*_):
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
{ON}
time.sleep(600)
"""
    run = site.place(python(saves))
    site.says(run, b"on\n")
    cluster.ask("scancel", _job(site, run))
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_scheduler")
    assert site.folder(run).log.read_bytes() == b"on\nsaved\n"


def test_cancelled_on_the_page_it_is_stopped_by_who_asked(site: Site, cluster: Cluster) -> None:
    ignores = f"import signal, time; signal.signal(15, signal.SIG_IGN); {ON}; time.sleep(600)"
    run = site.place(python(ignores))
    site.says(run, b"on\n")
    site.client.post(f"/api/training/runs/{run}/cancel")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stop_forced")
    until(lambda: _state(cluster, site, run) not in ("RUNNING", "COMPLETING"))


def test_what_waits_says_why_and_is_taken_back(site: Site, cluster: Cluster) -> None:
    busy = site.place(python(f"import time; {ON}; time.sleep(600)"), cpus=8, partition="second")
    site.says(busy, b"on\n")
    waits = site.place(["true"], cpus=8, partition="second")
    reasons = ("Slurm: Resources", "Slurm: Priority")  # first it has not looked for a place yet
    until(lambda: site.flag(waits, "placed") in reasons)
    assert site.run(waits).status == Status.QUEUED
    job = _job(site, waits)
    site.client.post(f"/api/training/runs/{waits}/cancel")
    assert site.run(waits).status == Status.CANCELLED
    until(lambda: "CANCELLED" in cluster.ask("scontrol", "show", "job", job))
    site.services.supervisor.cancel(busy, "a test")
    site.ended(busy)


def test_what_slurm_refuses_fails_in_its_words(site: Site) -> None:
    run = site.ended(site.place(["true"], partition="nowhere"))
    assert (run.status, run.reason) == (Status.FAILED, "launch_failed")
    assert "invalid partition" in str(run.headline)


def test_a_job_finds_nothing_of_the_server_in_its_environment(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTWORDS_TOKEN", "secret-of-the-server")
    run = site.ended(site.place(["env"]))
    log = site.folder(run.id).log.read_bytes()
    assert b"SLURM_JOB_ID=" in log
    assert b"secret-of-the-server" not in log
    assert b"lwc_" not in log


def test_it_does_not_outlive_what_slurm_started(site: Site, cluster: Cluster) -> None:
    run = site.place(python(f"import time; {ON}; time.sleep(600)"))
    site.says(run, b"on\n")
    (launcher,) = _launchers(cluster, site, run)
    os.kill(launcher, signal.SIGKILL)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launcher_gone")


def test_where_requeueing_is_refused_it_harms_nothing(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    _never_again(site)
    stop = tmp_path / "stop"
    run = site.place(["sh", "-c", f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"])
    site.says(run, b"on\n")
    cluster.ask("scontrol", "requeue", _job(site, run))
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED


def test_a_controller_that_dies_is_no_verdict(site: Site, cluster: Cluster, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    run = site.place(["sh", "-c", f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"])
    site.says(run, b"on\n")
    cluster.kill("slurmctld")
    assert "squeue" in site.flag(run, "engine_away")
    cluster.begin_controller()
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED
    assert site.folder(run).log.read_bytes() == b"on\n"


def test_a_start_that_the_controller_had_not_noted_is_followed_by_the_next(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    """It comes back with the job PENDING, has the one that runs killed, and starts it once more."""
    stop = tmp_path / "stop"
    saved = cluster.place / "state" / "job_state"
    words = f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"
    cluster.ask("scontrol", "update", "PartitionName=second", "State=DOWN")
    run = site.place(["sh", "-c", words], partition="second")
    before = until(lambda: f"lw-{run}-".encode() in (kept := saved.read_bytes()) and kept)
    cluster.ask("scontrol", "update", "PartitionName=second", "State=UP")
    site.says(run, b"on\n")
    cluster.kill("slurmctld")
    saved.write_bytes(before)
    saved.with_suffix(".old").write_bytes(before)
    cluster.begin_controller()
    until(lambda: site.run(run).attempt == 2)
    (first, *_) = site.services.store.attempts(site.run(run))
    assert (first.status, first.reason) == (Status.CANCELLED, "requeued")
    log = site.folder(run, 2).log
    assert until(lambda: log.exists() and log.read_bytes()) == b"on\n"
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED


def test_a_server_that_died_before_it_noted_the_job_finds_it(site: Site, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    run = site.place(["sh", "-c", f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"])
    site.says(run, b"on\n")
    placed = site.folder(run).path / "placed.json"
    name = (read_fact(site.folder(run).handle) or {})["name"]
    job = _job(site, run)
    assert site.engine.look_up("lw-of-nobody") is None
    placed.unlink()
    assert site.engine.look_up(name) == job
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED


def test_a_job_that_slurm_forgot_is_no_verdict(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    run = site.place(["sh", "-c", f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"])
    site.says(run, b"on\n")
    placed = site.folder(run).path / "placed.json"
    placed.write_text('{"engine": "slurm", "jobId": "999999"}')
    assert "does not know job 999999" in site.flag(run, "engine_forgot")
    assert site.run(run).status == Status.RUNNING
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED


def test_a_node_that_dies_is_told_by_slurm_and_loses_nothing(
    site: Site, cluster: Cluster, tmp_path: Path
) -> None:
    command = f"echo on; while [ ! -e {tmp_path}/go ]; do sleep 0.1; done; echo rest; sleep 600"
    _never_again(site)
    run = site.place(["sh", "-c", command], partition="second")
    site.says(run, b"on\n")
    job = _job(site, run)
    for pid in _shippers(cluster, job):  # what comes now it does not send any more
        os.kill(pid, signal.SIGSTOP)
    (tmp_path / "go").touch()
    until(lambda: [log for log in _spooled(cluster) if log.read_bytes() == b"on\nrest\n"])
    assert site.folder(run).log.read_bytes() == b"on\n"
    cluster.kill("n2")
    for pid in cluster.of_job(job):  # those first that would tell of the others
        os.kill(pid, signal.SIGKILL)
    try:
        cluster.ask("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=died")
        ended = site.ended(run)
        assert (ended.status, ended.reason) == (Status.LOST, "node_failed")
        assert "NODE_FAIL" in str(ended.detail)
        assert site.folder(run).log.read_bytes() == b"on\nrest\n"  # from the spool, which is seen
    finally:
        cluster.begin_node("n2")
        cluster.ask("scontrol", "update", "NodeName=n2", "State=RESUME")


def test_a_time_limit_of_slurm_is_told_as_one(limited: tuple[Site, str]) -> None:
    site, run = limited
    ended = site.ended(run, 240)
    assert (ended.status, ended.reason) == (Status.FAILED, "timeout")
    assert site.folder(run).log.read_bytes() == b"on\n"


def _never_again(site: Site) -> None:
    """Have Slurm start no job of this site twice."""
    assert isinstance(site.engine, Slurm)
    site.engine.settings = replace(site.engine.settings, requeue=False)


def _job(site: Site, run: str) -> str:
    from lastwords.executors.placed import job_of

    return until(lambda: job_of(site.folder(run)))


def _state(cluster: Cluster, site: Site, run: str) -> str:
    told = cluster.ask("scontrol", "show", "job", "-o", _job(site, run))
    return next((word[9:] for word in told.split() if word.startswith("JobState=")), "")


def _shippers(cluster: Cluster, job: str) -> list[int]:
    """What sends the run of a job."""
    sends = [
        pid
        for pid in cluster.of_job(job)
        if b"shipping.entry" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert sends
    return sends


def _spooled(cluster: Cluster) -> list[Path]:
    """The logs in the spool of the nodes."""
    return list((cluster.place / "jobs").glob("runs/*/1/output.log"))


def _launchers(cluster: Cluster, site: Site, run: str) -> list[int]:
    """The process that Slurm started."""
    ours = set(cluster.of_job(_job(site, run)))
    return [pid for pid in cluster.workers("lw.pyz\0place") if pid in ours]
