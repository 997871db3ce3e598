"""What a recorder senses beside the end: memory counters, samples, stalls, halts, the clock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.real import clean_environment, new_attempt, record, result_of, says, start, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import cgroup_paths, cgroups, notices, oom, recorder, samples
from lastwords.recording.cgroups import ControlGroup, MemoryGroup
from lastwords.recording.checks import Checks
from lastwords.recording.process_tree import Tree
from lastwords.recording.reserve import LogReserve
from lastwords.recording.startup import host_kills
from lastwords.records import is_timestamp

NO_GROUP = ControlGroup(None, None)


# --- memory counters -----------------------------------------------------------------------------


def test_the_counters_of_version_2_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    (tmp_path / "memory.events.local").write_text("low 0\nhigh 3\nmax 9\noom 2\noom_kill 1\n")
    (tmp_path / "memory.peak").write_text("1048576\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert MemoryGroup(tmp_path, 2).counts() == (1, 1 << 20, None)
    (tmp_path / "memory.max").write_text("2097152\n")
    assert MemoryGroup(tmp_path, 2).counts() == (1, 1 << 20, 2 << 20)


def test_the_counters_of_version_1_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n")
    (tmp_path / "memory.max_usage_in_bytes").write_text("4096\n")
    (tmp_path / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert MemoryGroup(tmp_path, 1).counts() == (4, 4096, None)


def test_a_group_that_is_gone_counts_nothing(tmp_path: Path) -> None:
    assert MemoryGroup(tmp_path / "gone", 2).counts() is None


def test_an_attempts_own_group_is_removed_with_it(home: Path) -> None:
    folder = record(home, "exits-0")
    fact = (runfolder.read_fact(folder.child) or {})["controlGroup"]
    if not any((fact["memory"], fact["unified"])):
        pytest.skip("no control group can be made here")
    result_of(folder)
    group = ControlGroup.from_json(fact)
    until(lambda: not any(path.exists() for path in group.folders))


def test_the_group_that_a_dead_recorder_left_is_removed_by_a_later_one(home: Path) -> None:
    fact = (runfolder.read_fact(_ended(home).child) or {})["controlGroup"]
    group = ControlGroup.from_json(fact)
    if not group.folders:
        pytest.skip("no control group can be made here")
    left = group.folders[0].with_name("lastwords-run_20200101_000000-1-4194305")
    left.mkdir()
    _ended(home)
    until(lambda: not left.exists())


def _ended(home: Path) -> AttemptFolder:
    folder = record(home, "exits-0")
    result_of(folder)
    return folder


def test_a_child_is_born_in_its_group_and_the_recorder_is_not_in_it(home: Path) -> None:
    folder = record(home, "hangs")
    says(folder, b"ready")
    fact = runfolder.read_fact(folder.child) or {}
    group = ControlGroup.from_json(fact["controlGroup"])
    if not group.folders:
        pytest.skip("no control group can be made here")
    assert until(lambda: group.pids() == [fact["pid"]])
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


class Counting:
    """A real folder with version 2 counters that a test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.set(0)

    def set(self, kills: int) -> None:
        (self.folder / "memory.events.local").write_text(f"oom_kill {kills}\n")

    def watch(self) -> oom.OomWatch:
        return oom.OomWatch(ControlGroup(MemoryGroup(self.folder, 2), None), host_kills(), None)


KILLED = {"exitCode": None, "signal": "SIGKILL"}


def test_a_kill_that_the_counter_saw_long_before_is_not_the_main_processs(tmp_path: Path) -> None:
    """A worker ran out of memory, and an hour later somebody killed the run."""
    counting = Counting(tmp_path)
    watch = counting.watch()
    counting.set(1)
    watch.look()
    verdict = watch.verdict(1, KILLED, time.monotonic() + 3600, ())
    assert verdict["oomKilled"] is False and verdict["oom"]["main"] is False


def test_a_worker_killed_an_hour_before_explains_success_but_no_other_failure(
    tmp_path: Path,
) -> None:
    counting = Counting(tmp_path)
    watch = counting.watch()
    counting.set(1)
    later = time.monotonic() + 3600
    watch.look()
    assert watch.verdict(1, {"exitCode": 0, "signal": None}, later, ())["oomKilled"] is True
    assert watch.verdict(1, {"exitCode": 1, "signal": None}, later, ())["oomKilled"] is False


def test_an_own_group_that_counted_nothing_rules_memory_out(tmp_path: Path) -> None:
    verdict = Counting(tmp_path).watch().verdict(1, KILLED, time.monotonic(), ())
    assert verdict == {"oomKilled": False, "oom": None}


@pytest.mark.parametrize(
    ("line", "victims"),
    [
        (b"6,1,1,-;oom-kill:constraint=CONSTRAINT_NONE,task=python3,pid=77,uid=0", {77}),
        (b"3,2,1,-;Out of memory: Killed process 78 (python3) total-vm:1kB", {78}),
        (b"12,3,1,-;Killed process 79 (forged from user space)", set()),
        (b"6,4,1,-;something else about process 80", set()),
    ],
)
def test_only_the_kernels_own_words_name_a_victim(
    tmp_path: Path, line: bytes, victims: set[int]
) -> None:
    (tmp_path / "kmsg").write_bytes(line)
    descriptor = os.open(tmp_path / "kmsg", os.O_RDONLY)
    assert oom._victims(descriptor) == victims
    os.close(descriptor)


def test_own_groups_are_found_where_a_hierarchy_is_mounted() -> None:
    found = cgroup_paths.own_groups()
    assert all(Path(folder, "cgroup.procs").exists() for folder in found.values())


# --- samples -------------------------------------------------------------------------------------


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def test_samples_tell_cpu_and_memory_of_the_whole_tree(home: Path) -> None:
    busy = 'import os\nwhile not os.path.exists("go"): sum(range(9999))'
    folder = start(new_attempt(home, ["sh", "-c", f"{sys.executable} -c '{busy}'; exit 0"]))
    until(lambda: len(lines_of(folder.samples)) > 1)
    (folder.path / "go").touch()
    result = result_of(folder)
    found = lines_of(folder.samples)
    assert found and all(is_timestamp(sample["time"]) for sample in found)
    assert max(sample["cpuPercent"] for sample in found) > 10
    assert {sample["processes"] for sample in found} <= {1, 2}
    assert result["peakTreeBytes"] >= max(sample["rssBytes"] for sample in found) > 1_000_000


def test_no_sample_is_put_into_a_folder_that_is_being_emptied(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    folder.log.touch()
    sampler = samples.Sampler(folder, NO_GROUP)
    sampler.take()
    folder.samples.unlink()
    sampler.take()
    assert len(lines_of(folder.samples)) == 1, "the log is there"
    folder.log.unlink()
    folder.samples.unlink()
    sampler.take()
    assert not folder.samples.exists()


def test_a_full_file_of_samples_keeps_every_second_line(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text("".join(f"{number}\n" for number in range(10)))
    assert samples.thin(path) == 5
    assert path.read_text().split() == ["1", "3", "5", "7", "9"]


def test_the_tree_is_found_without_a_group() -> None:
    def both(shell: int) -> samples.Usage | None:
        usage = samples.usage_of(shell, NO_GROUP)
        return usage if len(usage.pids) == 2 and usage.rss_bytes > 0 else None

    script = "sleep 60 & sleep 60 & wait"
    with subprocess.Popen(["sh", "-c", script], start_new_session=True) as shell:
        usage = until(lambda: both(shell.pid))
        os.killpg(shell.pid, signal.SIGKILL)
    assert usage.stopped == []


def test_gpus_are_told_where_nvidia_smi_tells_of_them(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    words = "0, 87, 1024\\n1, [N/A], 5"
    script = f"import time\nwhile True:\n print('{words}', flush=True)\n time.sleep(1)\n"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(0o700)
    folder = new_attempt(home, ["sh", "-c", "while [ ! -e go ]; do sleep 0.02; done"])
    path = f"{tmp_path}:{os.environ['PATH']}"
    recorder.start(folder, clean_environment(PATH=path), subprocess.DEVNULL)
    gpus = until(lambda: [s["gpus"] for s in lines_of(folder.samples) if "gpus" in s])
    assert gpus[-1] == [{"index": 0, "utilPercent": 87, "memoryBytes": 1 << 30}]
    (folder.path / "go").touch()
    result = result_of(folder)
    assert result["killed"] == [] and result["exitCode"] == 0
    until(lambda: not recorder.strays(folder))


# --- the clock, and notices ----------------------------------------------------------------------


def test_a_jump_of_the_clock_is_told_and_costs_no_duration(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_attempt(home, ["true"])
    with folder.log.open("wb") as log:
        watch = oom.OomWatch(NO_GROUP, None, None)
        lookout = Checks(folder, {}, Tree(NO_GROUP), watch, LogReserve(log.fileno()))
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        lookout._check_clock()
        lookout._check_clock()
    told = notices.told(folder)
    assert [notice["notice"] for notice in told] == ["clock_jump"]
    assert told[0]["seconds"] == pytest.approx(-3600, abs=1)


def test_a_line_that_is_no_notice_is_passed_over(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    notices.tell(folder, "stalled", "It stalled.", seconds=3)
    with folder.notices.open("ab") as file:
        file.write(b'[]\n{"notice": 3}\nnot json\n{"notice": "torn')
    assert [notice["notice"] for notice in notices.told(folder)] == ["stalled"]


def test_leaving_a_group_that_cannot_be_left_gives_up_its_kill(tmp_path: Path) -> None:
    stuck = ControlGroup(None, tmp_path / "group")
    assert cgroups.leave(stuck).unified is None
