"""samples.jsonl: CPU and memory of an attempt's whole tree, about once a second.

One JSON object a line: `time`, `cpuPercent` (100 is one core), `rssBytes`, `processes`, and `gpus`
where nvidia-smi tells of any. The file stays below about 1 MB: when it is full every second line
goes, and from then on lines come half as often, with the mean CPU and the most memory in between.
What is shared between processes counts for each of them. Linux only; standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.basics import now, timestamp
from lastwords.folders.attempt import AttemptFolder, open_regular, open_to_write
from lastwords.recording import processes
from lastwords.recording.cgroups import ControlGroup
from lastwords.recording.gpus import GpuProbe

SECONDS = 1.0
MOST_LINES = 7000  # of about 130 bytes
_SHARE = 0.01  # of one core that looking may cost
_PAGE = os.sysconf("SC_PAGESIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """The tree at one moment; `stopped` are the processes halted by a signal."""

    moment: float
    cpu_seconds: float
    rss_bytes: int
    pids: list[int]
    stopped: list[int]


class Sampler:
    """Looks at the tree of an attempt and writes down what it used."""

    def __init__(self, folder: AttemptFolder, group: ControlGroup) -> None:
        self.peak = 0
        self.pids_seen: set[int] = set()
        self.gpus = GpuProbe()
        self.due = time.monotonic() + SECONDS
        self._path, self._log = folder.samples, folder.log
        self._group = group
        self._stride = self._skipped = self._lines = 0
        self._written: Usage | None = None
        self._most = 0

    def take(self, besides: Collection[int | None] = ()) -> Usage:
        """The tree as it is now, and a line about it, or about the time since the last one."""
        begun, cost = time.monotonic(), time.thread_time()
        usage = usage_of(os.getpid(), self._group, {self.gpus.pid, *besides})
        self.peak = max(self.peak, usage.rss_bytes)
        self._most = max(self._most, usage.rss_bytes)
        self.pids_seen.update(usage.pids[: 100_000 - len(self.pids_seen)])
        self._skipped += 1
        if self._written is None or self._skipped > self._stride:
            with suppress(OSError):  # a sample is not worth a run
                self._write(usage)
            self._written, self._skipped, self._most = usage, 0, 0
        self.due = begun + max(SECONDS, (time.thread_time() - cost) / _SHARE)
        return usage

    def _write(self, usage: Usage) -> None:
        before = self._written
        span = usage.moment - before.moment if before else 0.0
        used = usage.cpu_seconds - before.cpu_seconds if before else 0.0
        sample: dict[str, Any] = {
            "time": timestamp(now()),
            "cpuPercent": round(max(0.0, 100 * used / span), 1) if span > 0 else 0.0,
            "rssBytes": self._most,
            "processes": len(usage.pids),
        }
        if gpus := self.gpus.read():
            sample["gpus"] = gpus
        is_emptied = self._lines and not self._log.exists()  # and nothing is put into it again
        descriptor = open_to_write(self._path, os.O_APPEND | (0 if is_emptied else os.O_CREAT))
        try:
            os.write(descriptor, json.dumps(sample).encode() + b"\n")
        finally:
            os.close(descriptor)
        self._lines += 1
        if self._lines >= MOST_LINES:
            self._lines = thin(self._path)
            self._stride = 2 * self._stride + 1


def thin(path: Path) -> int:
    """Drop every second line; a reader sees the old file or the new one. Returns lines left."""
    temporary = path.with_name(f".{path.name}.thinned")
    left = 0
    temporary.unlink(missing_ok=True)
    written = open_to_write(temporary, os.O_CREAT | os.O_EXCL)
    with os.fdopen(written, "wb") as kept, open_regular(path) as lines:
        for number, line in enumerate(lines):
            if number % 2:
                kept.write(line)
                left += 1
    temporary.replace(path)
    return left


def usage_of(root: int, group: ControlGroup, besides: Collection[int | None] = ()) -> Usage:
    """What the processes below `root` use together; all of them in `group`, if there is one."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, rss = reaped.ru_utime + reaped.ru_stime, 0
    pids, stopped = [], []
    for pid in group.pids() or list(_below(root)):
        fields = processes.stat_fields(pid)
        if fields is None or pid == root or pid in besides:
            continue
        cpu += sum(map(int, fields[11:15])) / _TICKS  # utime stime cutime cstime
        if fields[0] not in "ZX":
            rss += int(fields[21]) * _PAGE
            pids.append(pid)
        if fields[0] == "T":
            stopped.append(pid)
    exact = group.cpu_seconds()
    return Usage(time.monotonic(), cpu if exact is None else exact, rss, pids, stopped)


def _below(root: int) -> Iterator[int]:
    """Every descendant by what the kernel lists for each thread: cheaper than all of /proc."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        with suppress(OSError):
            for thread in os.scandir(f"/proc/{pid}/task"):
                children = list(map(int, Path(thread.path, "children").read_bytes().split()))
                waiting += children
                yield from children
