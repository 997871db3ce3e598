"""The supervisor decides: start, cancel, retry, delete, settle. Only it writes a run's status.

Every decision is a compare-and-set in the store, so that it may be taken by any process of the
home: the server's watch, or a command at a shell. Starting what is queued is the leader's alone.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lastwords import spec
from lastwords.config import Config
from lastwords.executors import Executor
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.labels import label_columns, take_labels
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import environment
from lastwords.recording.recorder import LaunchFailed
from lastwords.records import (
    COMMAND,
    FINAL,
    SHELL,
    TRAINING,
    HomeUnwritable,
    LastwordsError,
    Run,
    RunNotFound,
    Status,
    StoreUnavailable,
    WrongStatus,
    now,
    timestamp,
)
from lastwords.security.run_secrets import note_secrets
from lastwords.store.runs import Store
from lastwords.supervision.columns import blank_attempt
from lastwords.supervision.deleting import TAKES_NOTHING, Deleter
from lastwords.supervision.settling import asked_of

ENDING_SECONDS = 5.0  # beyond its grace, for a tree to be killed and its result to be written


class KeyReused(LastwordsError):
    """An Idempotency-Key came again with another body."""


class Supervisor(Deleter):
    """Takes the decisions for one home."""

    def __init__(self, config: Config, store: Store, executor: Executor | None = None) -> None:
        super().__init__(config, store, executor)
        self.on_change: Callable[[], None] = lambda: None

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
        whole = spec.resolve_paths(complete, self.config.roots, self.config.models)
        begun = {"triggeredBy": triggered_by, "user": user} | take_labels(whole)
        with _writable(self.config.home), FileLock(self.config.home / "create.lock"):
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
            command = self._training_command(folder, whole, None)
            asked = self._write_spec(folder, command, whole, begun)
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
        where = _where(folder)
        with self.store.writing():
            if not self.store.has_run(folder.run_id):
                labels = label_columns(self.config.home, folder.run_id, asked)
                self.store.add_run(_row(folder, asked, status) | labels | where)

    def cancel(self, run_id: str, by: str) -> Run:
        """Take a queued run out of the queue, or ask a running one to stop; again changes nothing.

        Raises: RunNotFound; WrongStatus, if the run is final.
        """
        run = self.store.run(run_id)
        if run.status in FINAL and run.status != Status.CANCELLED:
            raise WrongStatus(
                f"{run_id} is {run.status}; only queued or running runs can be cancelled"
            )
        if run.status == Status.QUEUED:
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
        runfolder.write_once(folder.result, result)
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
            if run.status == Status.RUNNING and run.host is None:
                self.executor.stop(self.folder(run), by, "host_shutdown")
        deadline = time.monotonic() + self.config.grace_seconds + ENDING_SECONDS
        while time.monotonic() < deadline:
            if all(run.status == Status.QUEUED or run.host for run in self.settle()):
                return
            time.sleep(0.05)

    def retry(self, run_id: str) -> Run:
        """Queue a new attempt of a finished training; it goes on from the last checkpoint.

        Raises: RunNotFound; WrongStatus, if it is not final or is a recorded command; InvalidSpec,
        if its model may not be trained from any more.
        """
        self.store.require()
        run = self.store.run(run_id)
        if run.status not in FINAL:
            raise WrongStatus(f"{run_id} is {run.status}; cancel it first, or wait until it ends")
        if run.host is not None:
            raise WrongStatus(f"{run_id} ran on {run.host}: run it again there")
        if run.kind == COMMAND:
            raise WrongStatus(
                f"{run_id} is a recorded command and needs its shell's environment: run it again "
                "there with lastwords run"
            )
        if run.triggered_by != SHELL:
            spec.check_model(run.spec["baseModel"], self.config.models)
        with _writable(self.config.home), FileLock(self.config.home / "create.lock"):
            if self.store.run(run_id).attempt != run.attempt:
                raise WrongStatus(f"{run_id} has just been retried by someone else")
            try:
                command = self._prepare_attempt(run)
            except FileNotFoundError:
                raise RunNotFound(f"the folder of {run_id} was deleted") from None
            self.store.begin_attempt(run, {"command": command, **blank_attempt()})
        self.on_change()
        return self.store.run(run_id)

    def _prepare_attempt(self, run: Run) -> list[str]:
        """The folder of the next attempt, which goes on from the last checkpoint; its command."""
        folder = runfolder.make_attempt(self.config.home, run.id, run.attempt + 1)
        before = self._last_with_checkpoint(run)
        command = self._training_command(folder, run.spec, before)
        begun = {"triggeredBy": run.triggered_by, "user": run.user}
        resumes = {"resumesFrom": before.number} if before else {}
        self._write_spec(folder, command, run.spec, begun | resumes)
        return command

    def _last_with_checkpoint(self, run: Run) -> AttemptFolder | None:
        """The newest attempt that left one; the last attempt may have died before its first."""
        for folder in reversed(runfolder.attempts_of(self.config.home, run.id)):
            if any((folder.path / "checkpoints").glob("checkpoint-*")):
                return folder
        return None

    def add_attempt(self, folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> None:
        """List an attempt that has a folder but no row yet, after the one before it."""
        facts = {"command": asked["command"], **blank_attempt()}
        self.store.begin_attempt(self.store.run(folder.run_id), facts)
        if status == Status.RUNNING:
            started = {"started_at": asked["createdAt"]}
            self.store.change_status(folder.run_id, folder.number, status, started)

    # --- starting ----------------------------------------------------------------------------

    def start_queued(self, active: Sequence[Run] | None = None) -> list[Run]:
        """Start queued trainings, oldest first, as far as the limit allows. Leader only.

        active: what is not final, oldest first, where it is known already.
        Returns: what runs now.
        """
        active = self.store.active() if active is None else active
        running = [run for run in active if run.status == Status.RUNNING]
        ours = [run for run in running if run.kind == TRAINING and run.host is None]
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

    def _training_command(
        self, folder: AttemptFolder, whole: Mapping[str, Any], before: AttemptFolder | None
    ) -> list[str]:
        arguments = [
            *self.config.trainer_command,
            f"--run-id={folder.run_id}",
            f"--run-directory={folder.path}",
            f"--output-dir={folder.artifacts}",
            *spec.trainer_arguments(whole),
        ]
        if before:
            arguments.append(f"--resume-from={before.path}")
        return arguments

    def _write_spec(
        self,
        folder: AttemptFolder,
        command: Sequence[str],
        whole: Mapping[str, Any],
        more: Mapping[str, Any],
    ) -> dict[str, Any]:
        fact = {
            "runId": folder.run_id,
            "attempt": folder.number,
            "kind": TRAINING,
            "name": whole.get("name"),
            "command": list(command),
            "cwd": str(folder.path),
            "spec": dict(whole),
            "nonce": secrets.token_hex(16),
            "createdAt": timestamp(now()),
            **self.config.limits,
            "timeLimitSeconds": whole.get("timeLimitSeconds"),
            **more,
        }
        runfolder.write_once(folder.spec, fact)
        return fact


def _expected(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a command must write: its row keeps it, for a spec.json that is damaged meanwhile."""
    return {"expect": asked["expect"]} if asked.get("expect") else {}


@contextmanager
def _writable(home: Path) -> Iterator[None]:
    """Say in words that a home is full or read-only."""
    try:
        yield
    except OSError as error:
        if error.errno not in TAKES_NOTHING:
            raise
        raise HomeUnwritable(
            f"cannot create a run in {home} ({error.strerror}): lastwords doctor finds the cause, "
            "lastwords rm deletes old runs"
        ) from error


def _where(folder: AttemptFolder) -> dict[str, Any]:
    """The machine that an attempt runs on, and what placed it there, if that is not this one."""
    if not folder.is_shipped:
        return {}
    shipment = runfolder.read_shipment(folder) or {}
    engine = shipment.get("engine") or {}
    placed = " job ".join(str(engine[key]) for key in ("kind", "job") if engine.get(key))
    return {
        "host": str((shipment.get("host") or {}).get("name") or "another machine"),
        "engine": placed or None,
    }


def _row(folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> dict[str, Any]:
    """What the store keeps of a run that is listed."""
    whole = asked.get("spec") or {}
    return {
        "id": folder.run_id,
        "kind": asked["kind"],
        "training_type": whole.get("trainingType"),
        "status": status.value,
        "created_at": asked["createdAt"],
        "started_at": asked["createdAt"] if status == Status.RUNNING else None,
        "triggered_by": asked["triggeredBy"],
        "user": asked.get("user"),
        "base_model": whole.get("baseModel"),
        "command": asked["command"],
        "spec": whole | _expected(asked),
    }
