"""Runs on a real Slurm that holds jobs to `--mem` by control groups."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.engines.cluster import Cluster, missing
from tests.executors.kit import Site

from lastwords.executors.placed import job_of
from lastwords.records import Status

GROUPS = Path("/sys/fs/cgroup/memory")  # the controller of version 1
LIMIT = 200 << 20
CONTROL = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
"""
GROWS = "print('on'); held = []\nwhile True: held.append(b'x' * 1_000_000)"
# Grows for as long as a process lives that is named in a file, once there is one.
GROWS_BESIDE = """
import pathlib, sys, time
print("on")
while not (told := pathlib.Path(sys.argv[1])).exists():
    time.sleep(0.1)
beside, held = pathlib.Path("/proc", told.read_text(), "cmdline"), []
while beside.exists() and beside.read_bytes():
    held.append(b"x" * 100_000)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def limiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of its own: in the other one a job has all memory of a node."""
    if lacks := missing():
        pytest.skip(f"Slurm is not installed ({', '.join(lacks)})")
    if os.geteuid() or not (GROUPS / "memory.limit_in_bytes").exists():
        pytest.skip(f"no root, or no memory controller of version 1 at {GROUPS}")
    place = tmp_path_factory.mktemp("slurm")
    (place / "cgroup.conf").write_text(CONTROL)
    cluster = Cluster(place, TaskPlugin="task/cgroup", SelectTypeParameters="CR_CPU_Memory")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.end()
        for name in ("n1", "n2"):
            remove_groups(GROUPS / f"slurm_{name}")


def remove_groups(top: Path) -> None:
    for folder, _, _ in os.walk(top, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()


@pytest.fixture
def site(limiting: Cluster, home: Path) -> Iterator[Site]:
    found = Site(home, limiting.engine, spool=limiting.place / "jobs")
    yield found
    found.close()


def test_what_exceeds_its_memory_is_told_by_the_kernels_counters(site: Site) -> None:
    run = site.ended(site.place([sys.executable, "-u", "-c", GROWS], memory=LIMIT))
    assert (run.status, run.reason, run.signal) == (Status.FAILED, "oom_killed", "SIGKILL")
    assert run.cause == "memory.host_oom"
    assert "of 210 MB allowed" in str(run.detail)
    assert site.folder(run.id).log.read_bytes() == b"on\n"


def test_what_is_retried_with_more_memory_has_it(site: Site) -> None:
    code = "print('on'); held = b'x' * (300 << 20)"
    run = site.ended(site.place([sys.executable, "-u", "-c", code], memory=LIMIT)).id
    assert site.run(run).reason == "oom_killed"
    site.services.supervisor.retry(run, fix=1)
    ended = site.ended(run)
    assert (ended.status, ended.spec["memory"]) == (Status.COMPLETED, 2 * LIMIT)


def test_where_the_launcher_is_killed_for_memory_slurm_says_so(
    site: Site, limiting: Cluster, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    run = site.place([sys.executable, "-u", "-c", GROWS_BESIDE, str(told)], memory=LIMIT)
    site.says(run, b"on\n")
    job = str(job_of(site.folder(run)))
    (launcher,) = set(limiting.workers("lw.pyz\0place")) & set(limiting.of_job(job))
    Path(f"/proc/{launcher}/oom_score_adj").write_text("1000")
    draft = told.with_suffix(".draft")
    draft.write_text(str(launcher))
    draft.rename(told)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.LOST, "engine_out_of_memory")
    assert ended.cause == "memory.host_oom"
    assert "OUT_OF_MEMORY (OutOfMemory)" in str(ended.detail)
    assert site.folder(run).log.read_bytes() == b"on\n"
    log = (limiting.place / "slurmd.n1.log").read_text()
    assert f"Detected 1 oom-kill event(s) in StepId={job}.batch" in log
