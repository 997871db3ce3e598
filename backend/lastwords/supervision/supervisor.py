"""The supervisor decides: start, cancel, retry, delete, settle. Only it writes a run's status.

Every decision is a compare-and-set in the store, so that it may be taken by any process of the
home: the server's watch, or a command at a shell. Starting what is queued is the leader's alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from lastwords import spec
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.labels import label_columns, take_labels
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import environment
from lastwords.recording.recorder import LaunchFailed
from lastwords.records import (
    FINAL,
    TRAINING,
    LastwordsError,
    Run,
    Status,
    StoreUnavailable,
    WrongStatus,
    now,
    timestamp,
)
from lastwords.security.run_secrets import note_secrets
from lastwords.supervision.columns import where_columns
from lastwords.supervision.placing import Placing, engine_of
from lastwords.supervision.retrying import expected, writable
from lastwords.supervision.settling import asked_of

ENDING_SECONDS = 5.0  # beyond its grace, for a tree to be killed and its result to be written


class KeyReused(LastwordsError):
    """An Idempotency-Key came again with another body."""


class Supervisor(Placing):
    """Takes the decisions for one home."""

    # --- decisions ---------------------------------------------------------------------------

    def create(
        self,
        asked: Mapping[str, Any],
        triggered_by: str,
        key: str | None = None,
        user: str | None = None,
    ) -> Run:
        """Queue a training; `user` is the person who wants it.

        key: an Idempotency-Key; the same key with the same request gives the same run again.

        Raises: InvalidSpec; KeyReused; HomeUnwritable.
        """
        self.store.require()
        body = json.dumps(asked, sort_keys=True)
        if key and (earlier := self._by_key(key, body)):
            return earlier
        complete = spec.complete(asked, self.config.defaults)
        self.check_placement(complete)
        whole = spec.resolve_paths(complete, self.config.roots, self.config.models)
        begun = {"triggeredBy": triggered_by, "user": user} | take_labels(whole)
        with writable(self.config.home), FileLock(self.config.home / "create.lock"):
            if key and (earlier := self._by_key(key, body)):
                return earlier
            run = self._enqueue(whole, begun, (key, body) if key else None)
        self.on_change()
        return run

    def _by_key(self, key: str, body: str) -> Run | None:
        if (bound := self.store.key(key)) is None:
            return None
        if bound[0] != body:
            raise KeyReused(f"Idempotency-Key {key!r} was already used for a different request")
        return self.store.run(bound[1])

    def _enqueue(
        self, whole: dict[str, Any], begun: Mapping[str, Any], key: tuple[str, str] | None
    ) -> Run:
        folder = runfolder.reserve_run(self.config.home, now())
        try:
            command = self.training_command(folder, whole, None)
            asked = self.write_spec(folder, command, whole, begun)
            with self.store.writing():  # both or neither: a key without its run, or a run twice
                self.add_asked(folder, asked, Status.QUEUED)
                if key:
                    self.store.claim_key(*key, folder.run_id)
        except (OSError, StoreUnavailable):
            runfolder.remove_run(self.config.home, folder.run_id)  # nobody was told of it
            raise
        return self.store.run(folder.run_id)

    def add_asked(self, folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> None:
        """List a run whose spec.json says `asked`: queued, or running if a shell started it.

        Whoever started it and a rebuild of the list that finds its folder may both be about to.
        """
        where = where_columns(folder)
        with self.store.writing():
            if not self.store.has_run(folder.run_id):
                labels = label_columns(self.config.home, folder.run_id, asked)
                self.store.add_run(_row(folder, asked, status) | labels | where)

    def cancel(self, run_id: str, by: str) -> Run:
        """Take a queued run out of the queue, or ask a running one to stop; again changes nothing.

        Of a failed run that is to be retried of itself, the retry is called off.

        Raises: RunNotFound; WrongStatus, if the run is final.
        """
        run = self.store.run(run_id)
        if run.status == Status.FAILED and run.retry_at:
            self.call_off(run, f"Not retried: called off by {by}.")
            return self.store.run(run_id)
        if run.status in FINAL and run.status != Status.CANCELLED:
            raise WrongStatus(
                f"{run_id} is {run.status}; only queued or running runs can be cancelled"
            )
        if run.status == Status.QUEUED:
            if engine_of(run):
                self.executor.stop(self.folder(run), by, "stopped_by_user")
            self._withdraw(run, by)
            run = self.store.run(run_id)  # which may have been started just now
        if run.status == Status.RUNNING:
            self.store.update_facts(run.id, run.attempt, {"stopping": 1})
            self.executor.stop(self.folder(run), by, "stopped_by_user")
            self.on_change()
        return self.store.run(run_id)

    def give_up(self, run_id: str, by: str) -> Run:
        """Call a run lost that runs on another machine: what happens there is not seen from here.

        Raises: RunNotFound; WrongStatus, if it is not running, or runs on this machine.
        """
        run = self.store.run(run_id)
        if run.status != Status.RUNNING:
            raise WrongStatus(f"{run_id} is {run.status}; only a running run can be called lost")
        folder = self.folder(run)
        if not self.executor.is_out_of_sight(folder):
            raise WrongStatus(f"{run_id} runs on this machine, which sees how it ends; cancel it")
        result = {
            "startedAt": run.started_at,
            "finishedAt": timestamp(now()),
            "logBytes": folder.log_size,
            "lost": "given_up",
            "givenUpBy": by,
        }
        runfolder.write_once(folder.called_lost if folder.ranks.is_dir() else folder.result, result)
        self.settle()
        return self.store.run(run_id)

    def _withdraw(self, run: Run, by: str) -> None:
        """Remove a run from the queue, if it is still in it."""
        note = {"by": by, "at": timestamp(now()), "reason": "withdrawn", "signal": None}
        result = {"startedAt": None, "finishedAt": note["at"], "logBytes": 0, "stop": note}
        folder = self.folder(run)
        if self.conclude(run, folder, {"kind": run.kind}, result, Facts()):
            with suppress(FileNotFoundError):  # a folder deleted by hand has nothing to tell
                runfolder.write_once(folder.result, result)

    def end_all(self, by: str) -> None:
        """Stop what runs, with its grace, because nothing will outlive us: the host shuts down."""
        for run in self.store.active():
            if run.status == Status.RUNNING and not _is_elsewhere(run):
                self.executor.stop(self.folder(run), by, "host_shutdown")
        deadline = time.monotonic() + self.config.grace_seconds + ENDING_SECONDS
        while time.monotonic() < deadline:
            if all(run.status == Status.QUEUED or _is_elsewhere(run) for run in self.settle()):
                return
            time.sleep(0.05)

    # --- starting ----------------------------------------------------------------------------

    def start_queued(self, active: Sequence[Run] | None = None) -> list[Run]:
        """Start queued trainings, oldest first, as far as the limit allows. Leader only.

        active: what is not final, oldest first, where it is known already.
        Returns: what runs now.
        """
        active = self.store.active() if active is None else active
        running = [run for run in active if run.status == Status.RUNNING]
        active = self.see_to_placed(active)
        ours = [run for run in running if run.kind == TRAINING and not _is_elsewhere(run)]
        trainings = [run for run in ours if not self.is_checking(run)]
        room = self.config.max_running - sum(map(self.holds_place, trainings))
        for run in active:
            if room > 0 and run.status == Status.QUEUED and self._start(run):
                running.append(run)
                room -= 1
        return running

    def _start(self, run: Run) -> bool:
        """Start a queued run; False if somebody took it out of the queue, or it cannot start."""
        folder = self.folder(run)
        with suppress(FileNotFoundError):
            os.utime(folder.path)  # a recorder's time to come up counts from here
        asked = asked_of(run, folder)
        started = {"started_at": timestamp(now())}
        if not self.store.change_status(run.id, run.attempt, Status.RUNNING, started):
            return False
        variables = environment.allowed(os.environ)
        variables |= environment.told(folder, asked, variables)
        note_secrets(self.config.home, folder, variables)
        try:
            self.executor.launch(folder, variables, subprocess.DEVNULL)
        except LaunchFailed as failure:
            fact: dict[str, Any] = {"finishedAt": timestamp(now()), "logBytes": folder.log_size}
            fact |= failure.ending
            try:
                runfolder.write_once(folder.result, fact)
            except FileNotFoundError:  # a folder that was deleted settles as lost
                return not self.settle_run(self.store.run(run.id))
            except OSError:  # the disk that kept it from starting takes no result either
                self.conclude(self.store.run(run.id), folder, asked, fact, Facts())
                return False
            return not self.settle_run(self.store.run(run.id))
        return True


def _is_elsewhere(run: Run) -> bool:
    """Whether a running run has its processes on another machine."""
    return run.host is not None or engine_of(run) is not None


def _row(folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> dict[str, Any]:
    """What the store keeps of a run that is listed."""
    whole = asked.get("spec") or {}
    return {
        "id": folder.run_id,
        "attempt": folder.number,
        "kind": asked["kind"],
        "training_type": whole.get("trainingType"),
        "status": status.value,
        "created_at": asked["createdAt"],
        "started_at": asked["createdAt"] if status == Status.RUNNING else None,
        "triggered_by": asked["triggeredBy"],
        "user": asked.get("user"),
        "base_model": whole.get("baseModel"),
        "command": asked["command"],
        "spec": whole | expected(asked),
    }
