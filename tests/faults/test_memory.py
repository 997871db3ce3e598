"""Rows of FAULTS.md: the kernel ends a process for want of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.ward import COUNTED, LIMIT, VICTIM, Dead
from tests.real import clean_environment, log_bytes, result_of, until

from lastwords.folders import runfolder
from lastwords.recording import cgroup_paths

LAUNCH = 'echo $$ > "$1/cgroup.procs" || exit 99; shift; exec "$@"'


def limited_group(version: int) -> Path:
    """A control group of ours with a memory limit; skips where this machine allows none."""
    home = cgroup_paths.own_groups().get(
        cgroup_paths.UNIFIED if version == 2 else cgroup_paths.MEMORY
    )
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
    assert oom["peakBytes"] > LIMIT // 2 and "out of memory" in dead.error
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
    assert dead.result["oomKilled"] is None and "possibly this one" in dead.error
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
