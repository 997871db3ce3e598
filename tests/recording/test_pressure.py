"""The recorder under pressure: full and failing disks, a log without end, failing system calls.

Disks are small tmpfs mounts, and failing calls are injected by strace into a real recorder; what
needs root or strace is skipped without them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.real import log_bytes, new_attempt, orphaned, record, result_of, says, start, until

from lastwords.executors.local import LocalExecutor
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices, processes, recorder
from lastwords.recording.reserve import RESERVE, keep_ahead
from lastwords.supervision import flags
from lastwords.supervision.completion import judge

FILLS = """
import os, sys
print("ready", flush=True)
with open("filler", "wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(65536))
    except OSError:
        {then}
"""


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def told(folder: AttemptFolder) -> set[str]:
    return {notice["notice"] for notice in notices.told(folder)}


def verdict(folder: AttemptFolder, spec: dict[str, Any] | None = None) -> str:
    outcome, _ = judge(folder, spec or {"kind": "command"}, result_of(folder), Facts())
    return f"{outcome.status}/{outcome.reason}"


# --- a full disk ---------------------------------------------------------------------------------


def test_the_last_words_of_a_full_disk_are_kept_and_the_result_too(small_disk: Path) -> None:
    words = "print('x' * 300_000, flush=True); raise"
    folder = start(new_attempt(small_disk / "home", python(FILLS.format(then=words))))
    result = result_of(folder)
    log = log_bytes(folder)
    assert log.startswith(b"ready\n" + b"x" * 300_000 + b"\nTraceback (most recent call last):")
    assert log.endswith(b"OSError: [Errno 28] No space left on device\n")
    assert result["exitCode"] == 1 and result["logGap"] is False
    assert result["logBytes"] == len(log)


def test_a_log_that_could_not_grow_is_said_to_have_a_gap(small_disk: Path) -> None:
    words = f"print('x' * {2 * RESERVE}, flush=True)"
    folder = start(new_attempt(small_disk / "home", python(FILLS.format(then=words))))
    result = result_of(folder)
    assert result["logGap"] is True and result["exitCode"] == 1
    assert len(log_bytes(folder)) >= RESERVE // 2


def test_a_run_on_a_full_disk_can_be_stopped_by_a_person_who_is_named(small_disk: Path) -> None:
    then = "import time; time.sleep(60)"
    folder = start(new_attempt(small_disk / "home", python(FILLS.format(then=then))))
    until(lambda: shutil.disk_usage(small_disk).free < 100_000)
    recorder.request_stop(folder, "a person", reason="stopped_by_user")
    assert result_of(folder)["stop"]["by"] == "a person"
    assert verdict(folder) == "cancelled/stopped_by_user"


def test_blocks_are_kept_ahead_of_a_log_and_given_back(home: Path) -> None:
    folder = record(home, "catches-sigterm")
    says(folder, b"ready")
    taken = folder.log.stat().st_blocks * 512
    if taken < RESERVE and not _reserves(home / "probe"):
        pytest.skip("this file system reserves no blocks")
    assert taken >= RESERVE
    recorder.request_stop(folder, "a test", reason="x")
    size = result_of(folder)["logBytes"]
    assert size == len(b"ready\nsaving\n")
    assert folder.log.stat().st_blocks * 512 <= 2 * 4096


def _reserves(probe: Path) -> bool:
    with probe.open("wb") as file:
        return keep_ahead(file.fileno(), 0) == 0


def test_nothing_kept_for_a_full_disk_is_left_in_the_folder(home: Path) -> None:
    folder = record(home, "exits-0")
    result_of(folder)
    until(lambda: not recorder.is_recorded(folder))
    assert not [path.name for path in folder.path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("small_disk", ["size=8m,nr_inodes=12"], indirect=True)
def test_without_a_free_inode_a_launch_is_refused_with_the_reason(small_disk: Path) -> None:
    folder = new_attempt(small_disk / "home", ["true"])
    with pytest.raises(OSError, match="No space"):
        for number in range(100):
            (small_disk / str(number)).touch()
    with pytest.raises(recorder.LaunchFailed, match="No space left on device"):
        start(folder)
    os.utime(folder.path, (0, time.time() - 60))
    ending = LocalExecutor().ending(folder, 1.0)
    assert ending is not None and ending["launchError"], "never running for ever"


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """An ext4 disk, and the file that has the kernel find an error on it and make it read-only."""
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(32 << 20)
    make = ["mkfs.ext4", "-q", str(image)]
    mount = ["mount", "-o", "loop,errors=remount-ro", str(image), str(disk)]
    if os.getuid() != 0 or shutil.which(make[0]) is None:
        pytest.skip("a disk is made and mounted by root only, with mkfs.ext4")
    subprocess.run(make, check=True)
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no loop device can be mounted here")
    device = disk.stat().st_dev
    name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    yield disk, Path(f"/sys/fs/ext4/{name}/trigger_fs_error")
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_disk_that_became_read_only_leaves_no_run_running(
    failing_disk: tuple[Path, Path], tmp_path: Path
) -> None:
    disk, trigger = failing_disk
    home, go = disk / "home", tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; exit 5"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    says(folder, b"ready")
    executor = LocalExecutor()
    assert executor.descriptor(folder) is not None
    if not trigger.exists():
        pytest.skip("this kernel makes no errors on request")
    trigger.write_text("1")
    go.touch()
    ending = until(lambda: executor.ending(folder, 1.0))
    executor.forget(folder)
    assert ending.get("exitCode") == 5 or ending["lost"] == "recorder_lost"
    assert log_bytes(folder) == b"ready\n" and not recorder.strays(folder)


# --- a log that grows too much -------------------------------------------------------------------

SAYS_A_LOT = "for number in range(3000): print(f'line {number:06d} ' + '.' * 87, flush=True)"
WHOLE = b"".join(b"line %06d %b\n" % (number, b"." * 87) for number in range(3000))


def test_a_log_past_its_quota_pauses_the_run_and_loses_nothing_when_it_goes_on(home: Path) -> None:
    slow = f"import time\n{SAYS_A_LOT}; time.sleep(0.001)"
    folder = start(new_attempt(home, python(slow), maxLogBytes=100_000))
    until(lambda: "log_quota" in told(folder))
    until(lambda: (size := folder.log.stat().st_size) and _stays(folder, size))
    assert folder.log.stat().st_size < len(WHOLE)
    until(lambda: _gone_on(folder))
    result = result_of(folder)
    assert result["exitCode"] == 0 and log_bytes(folder) == WHOLE
    assert result["logQuota"] == {"limitBytes": 100_000, "action": "pause"}
    (flag,) = flags.holding(notices.told(folder))
    assert flag["detail"] == "The log exceeded 100,000 bytes; the run was paused, and continues."


def _stays(folder: AttemptFolder, size: int) -> bool:
    time.sleep(0.3)
    return folder.log.stat().st_size == size


def _gone_on(folder: AttemptFolder) -> bool:
    """Let it go on whenever it is paused, until it has ended."""
    if (identity := recorder.recorder_identity(folder)) and not folder.result.exists():
        processes.send_signal(identity, signal.SIGCONT)
        time.sleep(0.1)
    return folder.result.exists()


def test_a_paused_run_can_be_cancelled(home: Path) -> None:
    folder = start(new_attempt(home, python(f"while True:\n {SAYS_A_LOT}"), maxLogBytes=10_000))
    until(lambda: "log_quota" in told(folder))
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    assert verdict(folder) == "cancelled/stopped_by_user"
    assert result_of(folder)["logBytes"] == len(log_bytes(folder))


def test_a_log_past_its_quota_ends_the_run_where_that_was_asked_for(home: Path) -> None:
    script = f"while True:\n {SAYS_A_LOT}"
    asked = {"maxLogBytes": 10_000, "logQuotaAction": "end"}
    folder = start(new_attempt(home, python(script), **asked))
    assert verdict(folder, {"kind": "command", **asked}) == "failed/log_quota"
    assert result_of(folder)["logBytes"] == len(log_bytes(folder)) > 10_000


# --- system calls that fail ----------------------------------------------------------------------

FAULTS = [
    f"{calls}:error={error}:when={when}"
    for calls, error in (
        ("write,pwrite64", "EIO"),
        ("fsync,fdatasync", "EIO"),
        ("openat", "ENOSPC"),
        ("openat", "EMFILE"),
        ("link,linkat", "EIO"),
        ("read,poll,wait4", "EINTR"),
        ("ftruncate,fallocate", "ENOSPC"),
    )
    for when in (1, 2, 3, 5)
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_system_call_hides_no_end(home: Path, tmp_path: Path, fault: str) -> None:
    folder, go = _waiting(home, tmp_path)
    with _injected(folder, fault):
        go.touch()
        result = result_of(folder)
    assert result["exitCode"] == 5 and log_bytes(folder) == b"ready\nlast\n"
    assert result["logBytes"] == len(b"ready\nlast\n")


def test_a_result_that_can_never_be_written_is_told_by_the_kernel(
    home: Path, tmp_path: Path
) -> None:
    folder, go = _waiting(home, tmp_path)
    executor = LocalExecutor()
    executor.descriptor(folder)
    with _injected(folder, "fsync:error=EIO"):
        go.touch()
        ending = until(lambda: executor.ending(folder, 1.0))
    executor.forget(folder)
    assert ending.get("exitCode") == 5 or ending["lost"] == "recorder_lost"
    assert verdict(folder).split("/")[0] in ("failed", "lost")


def _waiting(home: Path, tmp_path: Path) -> tuple[AttemptFolder, Path]:
    go = tmp_path / "go"
    script = f"echo ready; while [ ! -e {go} ]; do sleep 0.02; done; echo last; exit 5"
    folder = start(new_attempt(home, ["sh", "-c", script]))
    says(folder, b"ready")
    return folder, go


class _injected:
    """strace on the recorder alone, failing its calls as told."""

    def __init__(self, folder: AttemptFolder, fault: str) -> None:
        identity = recorder.recorder_identity(folder)
        assert identity is not None
        if shutil.which("strace") is None:
            pytest.skip("strace is not installed")
        calls = fault.partition(":")[0]
        self.command = ["strace", "-p", str(identity.pid), "-e", f"trace={calls}", "-e"]
        self.command.append(f"inject={fault}")

    def __enter__(self) -> None:
        self.tracer = subprocess.Popen(self.command, stderr=subprocess.PIPE)
        assert self.tracer.stderr
        line = self.tracer.stderr.readline()
        if b"attached" not in line:
            self.tracer.kill()
            self.tracer.communicate()
            pytest.skip(f"strace may not trace here: {line!r}")

    def __exit__(self, *_: object) -> None:
        self.tracer.send_signal(signal.SIGINT)
        self.tracer.communicate(timeout=60)


# --- an adopted run ------------------------------------------------------------------------------


def _ended(folder: AttemptFolder) -> dict[str, Any]:
    executor = LocalExecutor()
    ending = until(lambda: executor.ending(folder, 0.3))
    executor.forget(folder)
    return ending


def test_the_time_limit_of_an_adopted_run_holds(home: Path) -> None:
    folder = orphaned(home, "echo ready; sleep 60", timeLimitSeconds=1)
    ending = _ended(folder)
    assert ending["adopted"] and ending["stop"]["reason"] == "timeout"
    assert verdict(folder) == "failed/timeout"


def test_an_adopted_run_that_hears_no_stop_is_told_to_have_been_forced(home: Path) -> None:
    folder = orphaned(home, "trap '' TERM; echo ready; while :; do sleep 0.02; done")
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    ending = _ended(folder)
    assert ending["forced"] and recorder.strays(folder) == []


def test_the_quota_of_an_adopted_run_holds(home: Path) -> None:
    script = "echo ready; while :; do echo 0123456789; sleep 0.01; done"
    asked = {"maxLogBytes": 300, "logQuotaAction": "end"}
    folder = orphaned(home, script, **asked)
    _ended(folder)
    assert verdict(folder, {"kind": "command", **asked}) == "failed/log_quota"


def test_the_log_of_an_adopted_run_past_its_quota_is_halted(home: Path) -> None:
    script = "echo ready; while :; do echo 0123456789; sleep 0.01; done"
    folder = orphaned(home, script, maxLogBytes=300)
    executor = LocalExecutor()
    until(lambda: executor.ending(folder, 0.3) or "log_quota" in told(folder))
    assert until(lambda: _stays(folder, folder.log.stat().st_size))
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    ending = until(lambda: executor.ending(folder, 0.3))
    executor.forget(folder)
    assert ending["logBytes"] == len(log_bytes(folder))


def test_nothing_of_an_adopted_run_is_left_on_the_disk_or_in_the_kernel(home: Path) -> None:
    folder = orphaned(home, "echo ready; sleep 0.3")
    fact = (runfolder.read_fact(folder.child) or {})["controlGroup"]
    _ended(folder)
    assert folder.log.stat().st_blocks * 512 <= 4096
    for path in (fact["memory"], fact["unified"]):
        assert path is None or not Path(path).exists()
    assert not [path.name for path in folder.path.iterdir() if path.name.startswith(".")]
