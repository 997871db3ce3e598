"""The recorder's own process: the monitor of one attempt.

It starts the child, marks the time of the log's growth, passes on a stop, clears up the tree, and
writes how the attempt ended into result.json. Only the start may fail; afterwards no failing system
call but that of the result itself keeps it from witnessing, and that one is tried again.

Covered: death of the server, of the child, of grandchildren that left the session; stop with grace;
a full disk; a kill for want of memory, with proof where the kernel gives one.
Not covered: loss of power between a write of the child and the next fdatasync (2 s).
Standard library only, and it must stay small: it lives as long as the longest training.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.basics import now, timestamp, timestamp_from_unix
from lastwords.folders.attempt import (
    AttemptFolder,
    UnreadableFact,
    read_fact,
    release_fact,
    write_once,
)
from lastwords.recording import cgroups, notices
from lastwords.recording.cgroups import ControlGroup
from lastwords.recording.checks import Checks, Stop
from lastwords.recording.facts import note_child, tell_launcher, write_result
from lastwords.recording.oom import OomWatch
from lastwords.recording.process_tree import Tree
from lastwords.recording.recorder import STARTED, describe_wait_status, launch_error
from lastwords.recording.reserve import LogReserve
from lastwords.recording.restoring import Keeper
from lastwords.recording.startup import Started

TICK_SECONDS = 0.1
GRACE_SECONDS = 10.0
OWN_END_SECONDS = 1.0  # for processes left behind to end by themselves
ORPHANS_KNOWN = 1000  # the last ones, whose pids may be told of by the kernel a moment later
OWN_OOM_SCORE = b"-900"
SYNC_SECONDS = 2.0


def record(attempt: str, spec: str, started: Started, end_to: int | None) -> None:
    """Record an attempt whose command was just started, or could not be.

    spec: what spec.json says, which the child may have taken away by now.
    """
    recorder = Recorder(AttemptFolder(Path(attempt)), json.loads(spec), started, end_to)
    try:
        recorder.record()
    finally:
        group = ControlGroup.from_json(started.group)
        group.remove()
        cgroups.sweep(group)


class Recorder:
    """Sees one attempt through: from before its child starts until nothing of it is left."""

    def __init__(
        self,
        folder: AttemptFolder,
        spec: Mapping[str, Any],
        started: Started,
        end_to: int | None = None,
    ) -> None:
        self.folder = folder
        self.started = started
        self.log = started.log
        self.end_to = end_to
        grace = spec.get("graceSeconds")
        self.grace = GRACE_SECONDS if grace is None else float(grace)
        self.keeps_children = spec.get("keepChildren") is True
        self.tether = end_to if spec.get("tether") is True else None
        self.time_limit: float | None = spec.get("timeLimitSeconds")
        group = ControlGroup.from_json(started.group)
        self.oom = OomWatch(group, started.host_kills, started.kernel_log)
        self.reserve = LogReserve(self.log, started.is_reserved)
        self.pump = started.pump
        self.tree = Tree(group, self.pump)
        self.keeper = Keeper(folder, started)
        self.keeper.keep(folder.spec, spec)
        self.checks = Checks(folder, spec, self.tree, self.oom, self.reserve)
        self.synced = 0.0
        self.stops = 0
        self.is_noted = False  # whether somebody left a note, with or without a signal
        self.goes_on = False
        self.forced = False
        self.stop_note: Mapping[str, Any] | None = None
        self.deadline: float | None = None
        self.ended: tuple[int, Any] | None = None  # the child's wait status and resource usage
        self.orphans: deque[int] = deque(maxlen=ORPHANS_KNOWN)
        self.orphans_reaped = 0

    def record(self) -> None:
        """Start the child, wait for its end, clear up after it, and write result.json."""
        self.wake, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCONT, self._on_continue)
        started = timestamp_from_unix(self.started.moment)
        if failure := self._note_child():
            self._step_aside()
            self._finish({"launchError": failure}, started, started, 0.0)
            self._handshake()
            return
        self._find_stop()
        self._handshake()
        self._step_aside()
        assert self.started.child is not None
        status, usage = self._wait(self.started.child)
        finished, ended = timestamp(now()), time.monotonic()
        ending = describe_wait_status(status) | {
            "userSeconds": usage.ru_utime,
            "systemSeconds": usage.ru_stime,
            "peakMemoryBytes": usage.ru_maxrss * 1024,
        }
        self.oom.look()
        self.checks.sampler.gpus.stop()
        cleared = self._clear_tree()
        pids = {*self.orphans, *self.checks.sampler.pids_seen}
        oom = self.oom.verdict(self.started.child, ending, ended, pids)
        self._finish(ending | cleared | oom, started, finished, ended - self.started.clock)

    # --- the start ---------------------------------------------------------------------------

    def _note_child(self) -> dict[str, Any] | None:
        """Write child.json; returns what is wrong where there is no child that may go on."""
        if self.started.failure:
            return launch_error(*self.started.failure)
        assert self.started.child is not None
        try:
            self.keeper.keep(self.folder.child, note_child(self.folder, self.started))
        except OSError as error:  # nobody could stop or adopt it: better that it does not run
            os.kill(self.started.child, signal.SIGKILL)
            self.tree.clear(self._reap)
            return launch_error(error.errno or errno.EIO, str(self.folder.child), "note")
        return None

    def _handshake(self) -> None:
        """Tell the launcher, and let go of its pipe and of the stdin that is the child's."""
        with suppress(OSError):
            os.write(1, STARTED + b"\n")
        with suppress(OSError):
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            os.dup2(nothing, 1)

    def _step_aside(self) -> None:
        """Leave the child's control group, and be the last one that the kernel ends for memory."""
        self.tree.group = cgroups.leave(self.tree.group)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_bytes(OWN_OOM_SCORE)

    # --- the wait ----------------------------------------------------------------------------

    def _wait(self, pid: int) -> tuple[int, Any]:
        """Wait for the child while marking time, syncing, looking, and carrying out stops."""
        poller = select.poll()
        poller.register(self.wake, select.POLLIN)
        with suppress(OSError):  # without one its end is seen a tick later
            poller.register(os.pidfd_open(pid), select.POLLIN)
        if self.tether is not None:
            poller.register(self.tether, 0)  # POLLERR, once nobody can read the pipe any more
        while True:
            with suppress(OSError):
                if any(ready == self.tether for ready, _ in poller.poll(TICK_SECONDS * 1000)):
                    poller.unregister(self.tether or -1)
                    self._stop("the end of what had started it", "launcher_gone")
                os.read(self.wake, 512)
            self._mark_time()
            self._reap()  # before a stop that came after the end could be taken for its reason
            if self.ended:
                return self.ended
            self._look()
            self._escalate(pid)

    def _look(self) -> None:
        if self.goes_on:
            self.goes_on = False
            self.checks.resume(more=True)
        stop = self._check_log()
        if time.monotonic() >= self.checks.sampler.due:
            stop = self.checks.look() or stop
            self._find_stop()
        if self.time_limit and time.monotonic() - self.started.clock > self.time_limit:
            stop = Stop("time limit", "timeout")
        if stop:
            self._stop(stop.by, stop.reason)

    def _stop(self, by: str, reason: str) -> None:
        """Stop it ourselves, unless it is being stopped already."""
        if not self.stops:
            self._note_stop(by, reason)  # kept in mind too: its disk may be gone
            self.stops += 1

    def _find_stop(self) -> None:
        """Heed the note of somebody who could not signal us, or is about to."""
        with suppress(OSError):
            self.is_noted = self.is_noted or self.folder.stop.exists()

    def _check_log(self) -> Stop | None:
        if self.keeper.look():
            self.reserve.end = 0  # what was kept ahead of the log was cut off with it
        with suppress(OSError):
            return self.checks.check_log(os.fstat(self.log).st_size)
        return None

    def _reap(self) -> None:
        """Take in every dead child, ours and orphans handed to us, with its status."""
        with suppress(OSError):
            while (taken := os.wait4(-1, os.WNOHANG))[0]:
                pid, status, usage = taken
                if pid == self.started.child:
                    self.ended = status, usage
                elif not (self.pump and self.pump.took(pid, status)):
                    self.orphans.append(pid)
                    self.orphans_reaped += 1
        if self.pump:
            self.pump.follow()

    def _mark_time(self) -> None:
        """Note the log's growth, and bring it to the disk now and then."""
        before = self.started.marked
        self.started.mark_time()
        if self.started.marked == before:
            return
        with suppress(OSError):
            if time.monotonic() - self.synced > SYNC_SECONDS:
                self.synced = time.monotonic()
                os.fdatasync(self.started.named)

    # --- the stop ----------------------------------------------------------------------------

    def _on_stop(self, number: int, _frame: object) -> None:
        self.stops += 1

    def _on_continue(self, number: int, _frame: object) -> None:
        self.goes_on = True

    def _escalate(self, pid: int) -> None:
        """SIGTERM (or the noted signal) at the first stop; SIGKILL when its grace is over."""
        if not self.stops and not self.is_noted:
            return
        clock = time.monotonic()
        if self.deadline is None:
            self.deadline = clock + self.grace
            self.first_stops = max(1, self.stops)  # that of whoever left the note may be to come
            self._note_stop("a signal to the recorder", "host_shutdown")
            self.checks.resume()
            with suppress(OSError):
                os.kill(pid, int((self.stop_note or {}).get("signal", signal.SIGTERM)))
        elif clock >= self.deadline or self.stops > self.first_stops:
            self.forced = True
            fact = {"at": timestamp(now()), "graceSeconds": self.grace}
            with suppress(OSError):
                write_once(self.folder.path / "forced.json", fact)
            self.tree.kill()

    def _note_stop(self, by: str, reason: str) -> None:
        """Say who stops it, unless somebody has said so already."""
        note: dict[str, Any] = {"by": by, "at": timestamp(now())}
        note |= {"reason": reason, "signal": int(signal.SIGTERM)}
        with suppress(OSError):
            write_once(self.folder.stop, note)
        with suppress(UnreadableFact):
            note = read_fact(self.folder.stop) or note
        self.stop_note = self.stop_note or note
        self.keeper.keep(self.folder.stop, self.stop_note)

    # --- the end -----------------------------------------------------------------------------

    def _clear_tree(self) -> dict[str, Any]:
        self.checks.resume()
        left = self.tree.await_end(self._reap, 0 if self.stop_note else OWN_END_SECONDS)
        if self.keeps_children and not self.stop_note:
            return {"childrenKept": [identity.pid for identity in left]}
        ended, survivors = self.tree.clear(self._reap)
        self._reap()
        if ended or survivors:
            words = f"Leftover processes killed: {len(ended)}."
            notices.tell(self.folder, "orphans_killed", words, pids=ended, survivors=survivors)
        told = {"killed": ended, "orphansKilled": len(ended), "survivors": survivors}
        return told | {"gpuLeak": self.checks.gpu_leak({*self.orphans, *ended}, survivors)}

    def _finish(self, ending: dict[str, Any], started: str, finished: str, seconds: float) -> None:
        if self.pump:
            self.pump.drain(self._reap)
            self.checks.tell_loss(is_over=True)
        self._check_log()
        self.keeper.finish()
        self._mark_time()
        if not ending.get("survivors") and not ending.get("childrenKept"):
            with suppress(OSError):
                self.reserve.release()
        fact = {
            "startedAt": started,
            "finishedAt": finished,
            "seconds": round(seconds, 6),
            "logBytes": self.keeper.log.size,
            "stop": self.stop_note,
            "stopHeeded": self.stop_note is not None,
            "forced": self.forced,
            "logGap": self.reserve.gap or not self.keeper.log.is_whole or self.checks.has_lost,
            "logLoss": self.pump and self.pump.loss(),
            "logTampering": self.keeper.tampering,
            "factsRestored": self.keeper.restored,
            "stacksAskedOf": self.checks.asked,
            "orphansReaped": self.orphans_reaped,
            "logQuota": self.checks.quota,
            "hang": self.checks.hang,
            "peakTreeBytes": max(self.checks.sampler.peak, ending.get("peakMemoryBytes", 0)),
            **ending,
        }
        tell_launcher(self.end_to, fact)
        write_result(self.folder, self.keeper.log, fact)
        for path in (self.folder.child, self.folder.stop, self.folder.result):
            release_fact(path)
        self.oom.close()
