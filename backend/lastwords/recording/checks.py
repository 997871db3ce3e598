"""The checks a recorder makes once a second while its attempt is alive.

Samples of the tree, the memory counters, stalls and halts, the log's quota, the clock. What it
finds is told in notices.jsonl; what must end the attempt is returned as a stop. Nothing here may
end the recorder. Standard library only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from lastwords.basics import TRAINING, timestamp_from_unix
from lastwords.folders.attempt import AttemptFolder
from lastwords.recording import gpus, notices, stalls
from lastwords.recording.oom import OomWatch
from lastwords.recording.process_tree import Tree
from lastwords.recording.recorder import COOKIE, cookie
from lastwords.recording.reserve import LogReserve
from lastwords.recording.samples import Sampler, Usage

CLOCK_JUMP_SECONDS = 5.0


class Stop(NamedTuple):
    """An end that the recorder itself decides on."""

    by: str
    reason: str


class Checks:
    """Looks at one attempt, from its child's start to its end."""

    def __init__(
        self,
        folder: AttemptFolder,
        spec: Mapping[str, Any],
        tree: Tree,
        oom: OomWatch,
        reserve: LogReserve,
    ) -> None:
        self.folder = folder
        self.tree = tree
        self.oom = oom
        self.reserve = reserve
        self.sampler = Sampler(folder, tree.group)
        self.paused = False
        self.hang: dict[str, Any] | None = None
        self.quota: dict[str, Any] | None = None
        self.asked: list[int] = []  # whom SIGUSR1 was sent to
        self._is_training = spec.get("kind") == TRAINING
        self._kills_hangs = spec.get("stallAction") == "kill"
        self._quota_ends = spec.get("logQuotaAction") == "end"
        self._limit: int | None = spec.get("maxLogBytes")
        self._allowed = self._limit
        seconds = spec.get("stallSeconds")
        self._stalls = stalls.StallWatch(float(seconds), time.monotonic()) if seconds else None
        self.has_lost = False  # whether bytes of a terminal could not be written into the log
        self._told: set[str] = set()
        self._clock = time.time() - time.monotonic()

    def check_log(self, size: int) -> Stop | None:
        """Keep room ahead of the log, and hold it to its quota; as often as can be had cheaply."""
        self.reserve.keep_ahead(size)
        self.tell_loss()
        self._say_while(
            "log_reserve_used",
            self.reserve.no_room,
            "The disk is full; the log continues in space reserved for it.",
            logBytes=size,
        )
        if self._allowed is None or size <= self._allowed or self.paused:
            return None
        self.quota = {"limitBytes": self._limit, "action": "end" if self._quota_ends else "pause"}
        if self._quota_ends:
            self._tell(
                "log_quota", f"The log exceeded {self._limit:,} bytes; the run is being stopped."
            )
            return Stop("the log size limit", "log_quota")
        self._pause(size)
        return None

    def look(self) -> Stop | None:
        """One round; returns a stop that has become due."""
        with suppress(OSError):
            self._check_clock()
            self.oom.look()
            usage = self.sampler.take(self.tree.own)
            self.tree.helper = self.sampler.gpus.pid
            self._check_halted(usage)
            return self._check_forsaken() or self._check_stall(usage)
        return None

    def tell_loss(self, is_over: bool = False) -> None:
        """Say when the log first takes no bytes of a terminal, and at the end how many."""
        words = self.tree.pump.loss() if self.tree.pump else None
        if words and (is_over or not self.has_lost):
            self.has_lost = True
            self._tell("log_gap", words)

    def gpu_leak(self, dead: set[int], survivors: list[int]) -> list[int]:
        """The pids of the ended attempt that still hold a GPU; asked only where it had any."""
        if not self.sampler.gpus.is_there:
            return []
        known = f"{COOKIE}={cookie(self.folder)}"
        left = gpus.leak(dead | self.sampler.pids_seen, survivors, known)
        if left:
            words = f"Processes still using the GPU: {', '.join(map(str, left[:10]))}."
            self._tell("gpu_leak", words, pids=left)
        return left

    # --- the log's quota ---------------------------------------------------------------------

    def _pause(self, size: int) -> None:
        self.paused = True
        self.tree.halt(True)
        detail = (
            f"The log exceeded {self._limit:,} bytes; the run is paused. Cancel it, or allow it "
            f"as many bytes again with: kill -CONT {os.getpid()}"
        )
        self._tell("log_quota", detail, logBytes=size)

    def _check_forsaken(self) -> Stop | None:
        """A paused run whose folder is gone: nobody can find it to let it go on, or to end it."""
        if self.paused and not self.folder.path.exists():
            return Stop("the log size limit", "log_quota")
        return None

    def resume(self, more: bool = False) -> None:
        """Let a paused tree go on: to be ended, or, with `more`, for another quota's length."""
        if not self.paused:
            return
        self.paused = False
        self._allowed = None
        if more and self._limit is not None:
            self._allowed = os.fstat(self.reserve.log).st_size + self._limit
            words = f"The log exceeded {self._limit:,} bytes; the run was paused, and continues."
            self._tell("log_quota", words, logBytes=self._allowed - self._limit)
        self.tree.halt(False)
        if self._stalls:
            self._stalls.pardon(time.monotonic())

    # --- halts and stalls --------------------------------------------------------------------

    def _check_halted(self, usage: Usage) -> None:
        halted = usage.stopped if not self.paused else []
        pids = ", ".join(map(str, halted[:10]))
        words = f"Process {pids} was paused by a signal (SIGSTOP); kill -CONT resumes it."
        self._say_while("stopped_by_signal", bool(halted), words, over="continued", pids=halted)
        if halted and self._stalls:
            self._stalls.pardon(usage.moment)

    def _check_stall(self, usage: Usage) -> Stop | None:
        watch, moment = self._stalls, usage.moment
        if watch is None or self.paused:
            return None
        watch.look(moment, self._sizes(), usage.cpu_seconds, self.sampler.gpus.busy)
        if watch.answers(moment):
            return None
        if watch.quiet_for(moment) < watch.seconds:
            self._told.discard("quiet")
            self._say_while("stalled", False, "", over="stall_over")
            return None
        patience = stalls.patience(watch.seconds, self.folder.events)
        idle, quiet = watch.idle_for(moment), watch.quiet_for(moment)
        words = f"No output or activity for {idle:.0f} s."
        if self._say_while("stalled", idle >= patience, words, over="stall_over", seconds=idle):
            asked = self._dump(usage, watch, "")
            since = timestamp_from_unix(time.time() - idle)
            self.hang = {"since": since, "seconds": round(idle, 1), "stacksOf": asked}
        elif idle >= patience and self._kills_hangs:
            return Stop("stall detection", "hang")
        elif idle < patience <= quiet and self._is_training and "quiet" not in self._told:
            self._told.add("quiet")
            self._dump(usage, watch, f"Busy, but no output for {quiet:.0f} s. ")
        return None

    def _dump(self, usage: Usage, watch: stalls.StallWatch, why: str) -> list[int]:
        """Tell where its threads stand, and ask those for their stacks that say they print them."""
        watch.ignore(usage.moment)
        asked = stalls.ask_for_stacks(usage.pids)
        words = "Its threads are waiting in:"
        if asked:
            self.asked = sorted({*self.asked, *asked})
            words = "The stacks of all Python threads are in the log."
            self._tell("stacks_asked", stalls.asked_words(self.asked))
        self._tell("stack_dump", why + words, pids=asked, threads=stalls.threads(usage.pids))
        return asked

    def _sizes(self) -> tuple[int, ...]:
        sizes = [os.fstat(self.reserve.log).st_size]
        with suppress(OSError):
            sizes.append(self.folder.events.stat().st_size)
        return tuple(sizes)

    # --- words -------------------------------------------------------------------------------

    def _check_clock(self) -> None:
        clock = time.time() - time.monotonic()
        if abs(jump := clock - self._clock) > CLOCK_JUMP_SECONDS:
            words = f"The system clock jumped by {jump:+.0f} s; durations are not affected."
            self._tell("clock_jump", words, seconds=round(jump, 1))
        self._clock = clock

    def _say_while(
        self, notice: str, holds: bool, detail: str, over: str | None = None, **more: Any
    ) -> bool:
        """Tell something when it begins to hold, and its end; whether it began just now."""
        began = holds and notice not in self._told
        if began:
            self._told.add(notice)
            self._tell(notice, detail, **more)
        elif not holds and notice in self._told:
            self._told.discard(notice)
            if over:
                self._tell(over, "It continues.")
        return began

    def _tell(self, notice: str, detail: str, **more: Any) -> None:
        notices.tell(self.folder, notice, detail, **more)
