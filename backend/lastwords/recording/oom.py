"""Whether the kernel killed something of an attempt for want of memory: evidence, before and after.

Proof is the counter of the attempt's own control group, or the kernel's log naming a process of
it. The counter of a group that others are in too, or of the whole machine, is only a hint: somebody
else's process may be the one it counts. Linux only; standard library only.

Not covered: systemd-oomd and earlyoom, which kill from user space and leave no counter.
Source: docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files; mm/oom_kill.c
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Mapping
from typing import Any

from lastwords.recording import cgroups
from lastwords.recording.cgroups import ControlGroup, Counts
from lastwords.recording.startup import host_kills

AT_ONCE_SECONDS = 2.0  # a rise of the counter this long before an end belongs to that end
SOON_SECONDS = 60.0  # how long others need to notice that one of them was killed
# Facility 0 is the kernel's own; others may write into its log with another.
_VICTIM = re.compile(rb"^[0-7],[^;]*;.*(?:oom-kill:.*,pid=|Killed process )(\d+)")


class OomWatch:
    """Looks at the counters from before an attempt's start until after its end."""

    def __init__(
        self, group: ControlGroup, host_before: int | None, kernel_log: int | None
    ) -> None:
        self._own = group.memory
        self._shared = None if self._own else cgroups.shared_memory_group()
        self._kernel_log = kernel_log
        self._before = (self._shared.kills() or 0) if self._shared else 0
        self._host_before = host_before
        self._seen = self._kills()
        self._rose: float | None = None
        self.victims: set[int] = set()

    def look(self) -> None:
        """Note when the counter rose, and whom the kernel named; about once a second."""
        if (kills := self._kills()) > self._seen:
            self._seen, self._rose = kills, time.monotonic()
        if self._kernel_log is not None:
            self.victims |= _victims(self._kernel_log)

    def close(self) -> None:
        if self._kernel_log is not None:
            os.close(self._kernel_log)
            self._kernel_log = None

    def verdict(
        self, pid: int, ending: Mapping[str, Any], ended: float, tree: Collection[int]
    ) -> dict[str, Any]:
        """`oomKilled` and `oom` of result.json, once all of the attempt has ended.

        ending: exitCode and signal. ended: time.monotonic() at the main process's end. tree: pids
        known to be the attempt's.
        """
        self.look()
        named = self.victims & {pid, *tree}
        kills = self._kills() if self._own else 0
        killed = ending["signal"] == "SIGKILL"
        if not kills and not named:
            return self._hint(killed)
        since = 0.0 if self._rose is None else max(0.0, ended - self._rose)
        source = f"cgroup_v{self._own.version}" if self._own and kills else "kmsg"
        oom = self._fact(source, "proven") | {
            "kills": max(kills, len(named)),
            "main": killed and (pid in named or (not named and since < AT_ONCE_SECONDS)),
            "secondsBeforeEnd": round(since, 1),
        }
        ended_of_it = oom["main"] or is_worker_kill(oom, ending["exitCode"] != 0)
        return {"oomKilled": ended_of_it, "oom": oom}

    def _hint(self, killed: bool) -> dict[str, Any]:
        host, shared = host_kills(), self._kills()
        if self._own or host == self._host_before is not None:
            return {"oomKilled": False, "oom": None}
        if not killed:
            return {"oomKilled": None, "oom": None}
        if self._shared and shared:
            oom = self._fact(f"cgroup_v{self._shared.version}", "inferred") | {"kills": shared}
        elif host is not None and self._host_before is not None:
            oom = self._fact("vmstat", "inferred") | {"kills": host - self._host_before}
        else:
            return {"oomKilled": None, "oom": None}
        return {"oomKilled": None, "oom": oom | {"main": True, "secondsBeforeEnd": 0.0}}

    def _fact(self, source: str, certainty: str) -> dict[str, Any]:
        counts = self._counts()
        return {
            "source": source,
            "certainty": certainty,
            "peakBytes": counts.peak if counts else None,
            "limitBytes": counts.limit if counts else None,
        }

    def _counts(self) -> Counts | None:
        group = self._own or self._shared
        return group.counts() if group else None

    def _kills(self) -> int:
        """How many were killed since the start, in our own group or in the one that we share."""
        group = self._own or self._shared
        kills = group.kills() if group else None
        return 0 if kills is None else kills - self._before


def is_worker_kill(oom: object, failed: bool) -> bool:
    """Whether a proven kill of a worker, not of the main process, is what the attempt ended of.

    failed: whether the main process itself ended badly, and may have had its own reason.
    """
    if not isinstance(oom, dict) or oom.get("certainty") != "proven" or oom.get("main"):
        return False
    return not failed or float(oom.get("secondsBeforeEnd") or 0.0) < SOON_SECONDS


def _victims(kernel_log: int) -> set[int]:
    """The pids that new lines of the kernel's log say were killed. One read is one line."""
    found: set[int] = set()
    while True:
        try:
            line = os.read(kernel_log, 8192)
        except BrokenPipeError:  # lines were overwritten before they were read
            continue
        except OSError:  # nothing more
            return found
        if not line:
            return found
        if match := _VICTIM.search(line):
            found.add(int(match[1]))
