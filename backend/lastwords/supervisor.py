"""The supervisor decides: start, cancel, retry, delete, settle. Only it writes a run's status.

Every decision is a compare-and-set in the store, so that it may be taken by any process of the
home: the server's watch, or a command at a shell. Starting what is queued is the leader's alone.
"""

from __future__ import annotations

import json
import logging
import math
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lastwords import environment, runfolder, spec
from lastwords.completion import judge
from lastwords.config import Config
from lastwords.events import Facts, read_facts
from lastwords.executors import EXECUTORS, Executor
from lastwords.failures import ending_of, explain_attempt, explanation_columns
from lastwords.locks import FileLock
from lastwords.metrics import last_loss
from lastwords.recorder import LaunchFailed
from lastwords.records import (
    COMMAND,
    FINAL,
    TRAINING,
    LastwordsError,
    Run,
    RunNotFound,
    Status,
    StoreUnavailable,
    WrongStatus,
    now,
    timestamp,
)
from lastwords.runfolder import AttemptFolder, UnreadableFact
from lastwords.store import Store

_log = logging.getLogger(__name__)


class KeyReused(LastwordsError):
    """An Idempotency-Key came again with another body."""


class Supervisor:
    """Takes the decisions for one home."""

    def __init__(self, config: Config, store: Store, executor: Executor | None = None) -> None:
        self.config = config
        self.store = store
        self.executor = executor or EXECUTORS["local"]()
        self._facts: dict[AttemptFolder, Facts] = {}
        self.on_change: Callable[[], None] = lambda: None
        self._settling = threading.Lock()

    # --- decisions ---------------------------------------------------------------------------

    def create(self, asked: Mapping[str, Any], triggered_by: str, key: str | None = None) -> Run:
        """Queue a training.

        key: an Idempotency-Key; the same key with the same request gives the same run again.

        Raises: InvalidSpec; KeyReused.
        """
        body = json.dumps(asked, sort_keys=True)
        if key and (earlier := self._by_key(key, body)):
            return earlier
        whole = spec.resolve_paths(spec.complete(asked, self.config.defaults), self.config.roots)
        with FileLock(self.config.home / "create.lock"):
            if key and (earlier := self._by_key(key, body)):
                return earlier
            run = self._enqueue(whole, triggered_by)
            if key:
                self.store.claim_key(key, body, run.id)
        self.on_change()
        return run

    def _by_key(self, key: str, body: str) -> Run | None:
        if (bound := self.store.key(key)) is None:
            return None
        if bound[0] != body:
            raise KeyReused(f"Idempotency-Key {key!r} was used before with another request")
        return self.store.run(bound[1])

    def _enqueue(self, whole: dict[str, Any], triggered_by: str) -> Run:
        folder = runfolder.reserve_run(self.config.home, now())
        command = self._training_command(folder, whole, None)
        asked = self._write_spec(folder, command, whole, triggered_by)
        self.add_asked(folder, asked, Status.QUEUED)
        return self.store.run(folder.run_id)

    def add_asked(self, folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> None:
        """List a run whose spec.json says `asked`: queued, or running if a shell started it."""
        whole = asked.get("spec") or {}
        self.store.add_run(
            {
                "id": folder.run_id,
                "name": asked.get("name"),
                "kind": asked["kind"],
                "training_type": whole.get("trainingType"),
                "status": status.value,
                "created_at": asked["createdAt"],
                "started_at": asked["createdAt"] if status == Status.RUNNING else None,
                "triggered_by": asked["triggeredBy"],
                "base_model": whole.get("baseModel"),
                "command": asked["command"],
                "spec": whole,
            }
        )

    def cancel(self, run_id: str, by: str) -> Run:
        """Take a queued run out of the queue, or ask a running one to stop; again changes nothing.

        Raises: RunNotFound; WrongStatus, if the run is final.
        """
        run = self.store.run(run_id)
        if run.status in FINAL and run.status != Status.CANCELLED:
            raise WrongStatus(
                f"{run_id} is {run.status}, and only a queued or running run can stop"
            )
        if run.status == Status.QUEUED:
            self._withdraw(run, by)
            run = self.store.run(run_id)  # which may have been started just now
        if run.status == Status.RUNNING:
            self.store.update_facts(run.id, run.attempt, {"stopping": 1})
            self.executor.stop(self.folder(run), by, "stopped_by_user")
            self.on_change()
        return self.store.run(run_id)

    def _withdraw(self, run: Run, by: str) -> None:
        """Take a run out of the queue, if it still is in it."""
        note = {"by": by, "at": timestamp(now()), "reason": "withdrawn", "signal": None}
        result = {"startedAt": None, "finishedAt": note["at"], "logBytes": 0, "stop": note}
        folder = self.folder(run)
        if self._conclude(run, folder, _asked(run, folder), result, Facts()):
            with suppress(FileNotFoundError):  # a folder deleted by hand has nothing to tell
                runfolder.write_once(folder.result, result)

    def retry(self, run_id: str) -> Run:
        """Queue a new attempt of a finished training; it goes on from the last checkpoint.

        Raises: RunNotFound; WrongStatus, if it is not final or is a recorded command.
        """
        run = self.store.run(run_id)
        if run.status not in FINAL:
            raise WrongStatus(f"{run_id} is {run.status}; cancel it first, or wait for its end")
        if run.kind == COMMAND:
            raise WrongStatus(
                f"{run_id} is a recorded command, whose environment was its shell's: run it again "
                "there with lastwords run"
            )
        with FileLock(self.config.home / "create.lock"):
            if self.store.run(run_id).attempt != run.attempt:
                raise WrongStatus(f"{run_id} was retried by somebody else just now")
            folder = runfolder.make_attempt(self.config.home, run.id, run.attempt + 1)
            command = self._training_command(folder, run.spec, self.folder(run))
            self._write_spec(folder, command, run.spec, run.triggered_by)
            facts = {"command": json.dumps(command), **_blank_attempt()}
            self.store.begin_attempt(run, facts)
        self.on_change()
        return self.store.run(run_id)

    def add_attempt(self, folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> None:
        """List an attempt that has a folder but no row yet, after the one before it."""
        facts = {"command": json.dumps(asked["command"]), **_blank_attempt()}
        self.store.begin_attempt(self.store.run(folder.run_id), facts)
        if status == Status.RUNNING:
            started = {"started_at": asked["createdAt"]}
            self.store.change_status(folder.run_id, folder.number, status, started)

    def delete(self, run_id: str) -> None:
        """Delete a finished run with its folder.

        Raises: RunNotFound; WrongStatus, if it is not final.
        """
        run = self.store.run(run_id)
        if not self.store.remove_run(run_id):
            raise WrongStatus(f"{run_id} is {run.status}; cancel it first")
        runfolder.remove_run(self.config.home, run_id)

    def folder(self, run: Run) -> AttemptFolder:
        return runfolder.attempt_folder(self.config.home, run.id, run.attempt)

    # --- starting ----------------------------------------------------------------------------

    def start_queued(self) -> None:
        """Start queued trainings, oldest first, as far as the limit allows. Leader only."""
        active = self.store.active()
        running = sum(run.kind == TRAINING and run.status == Status.RUNNING for run in active)
        for run in active:
            if run.status == Status.QUEUED and running < self.config.max_running:
                self._start(run)
                running += 1

    def _start(self, run: Run) -> None:
        moment = timestamp(now())
        folder = self.folder(run)
        with suppress(FileNotFoundError):
            os.utime(folder.path)  # a recorder's time to come up counts from here
        if not self.store.change_status(
            run.id, run.attempt, Status.RUNNING, {"started_at": moment}
        ):
            return
        asked = runfolder.read_fact(folder.spec) or {}
        variables = environment.allowed(os.environ) | environment.told(folder, asked)
        try:
            self.executor.launch(folder, variables, subprocess.DEVNULL)
        except LaunchFailed as failure:
            fact = {"finishedAt": timestamp(now()), "logBytes": 0, "launchError": failure.launch}
            with suppress(FileNotFoundError):  # a folder that was deleted settles as lost
                runfolder.write_once(folder.result, fact)
            self.settle_run(self.store.run(run.id))

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
        if before and any((before.path / "checkpoints").glob("*")):
            arguments.append(f"--resume-from={before.path}")
        return arguments

    def _write_spec(
        self,
        folder: AttemptFolder,
        command: Sequence[str],
        whole: Mapping[str, Any],
        triggered_by: str,
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
            "triggeredBy": triggered_by,
            "graceSeconds": self.config.grace_seconds,
            "timeLimitSeconds": whole.get("timeLimitSeconds"),
        }
        runfolder.write_once(folder.spec, fact)
        return fact

    # --- settling ----------------------------------------------------------------------------

    def settle(self) -> None:
        """Bring every run that is not final up to what its folder and the kernel say.

        What is wrong with one run's folder is logged and does not hold up the others.
        """
        with self._settling:
            for run in self.store.active():
                if run.status == Status.RUNNING:
                    self._settle_apart(run)

    def _settle_apart(self, run: Run) -> None:
        try:
            self.settle_run(run)
        except RunNotFound:
            return  # deleted meanwhile
        except StoreUnavailable:
            raise
        except (LastwordsError, OSError) as error:
            _log.error("%s cannot be settled: %s", run.id, error)
        except Exception:
            _log.exception("%s cannot be settled", run.id)
        else:
            return
        self.executor.forget(self.folder(run))  # whose end would wake the watch again and again

    def settle_run(self, run: Run) -> None:
        """Bring one running run up to date; give it its final status if it has ended."""
        folder = self.folder(run)
        asked = _asked(run, folder)
        result = self.executor.ending(folder, float(asked.get("graceSeconds", 10.0)))
        facts = self._facts.setdefault(folder, Facts())
        news = facts.read_more(folder.events)
        if result is None:
            if news:
                self.store.update_facts(run.id, run.attempt, _progress_columns(facts))
            return
        self._conclude(run, folder, asked, result, facts)
        self.executor.forget(folder)
        self._facts.pop(folder, None)

    def _conclude(
        self,
        run: Run,
        folder: AttemptFolder,
        asked: Mapping[str, Any],
        result: Mapping[str, Any],
        facts: Facts,
    ) -> bool:
        outcome, detail = judge(folder, asked, result, facts)
        columns = _progress_columns(facts) | {
            "final_loss": _finite(last_loss(folder, facts)),
            "exit_code": outcome.exit_code,
            "signal": outcome.signal,
            "reason": outcome.reason,
            "detail": detail,
            "started_at": result.get("startedAt", run.started_at),
            "finished_at": result["finishedAt"],
            "log_bytes": result["logBytes"],
            "stopping": 0,
        }
        ended = replace(run, status=outcome.status, **columns)
        words = _words(ended, folder, result, detail)
        return self.store.change_status(run.id, run.attempt, outcome.status, columns | words)

    def earlier_attempt(self, run: Run, number: int) -> Run:
        """The run as it was at the end of an earlier attempt.

        Raises: RunNotFound, if there was no such attempt.
        """
        for attempt in self.store.attempts(run):
            if attempt.number == number:
                facts = {key: value for key, value in vars(attempt).items() if key != "number"}
                then = replace(run, **_blank_attempt() | facts | {"attempt": number})
                return self._explained(then)
        raise RunNotFound(f"{run.id} has no attempt {number}")

    def _explained(self, run: Run) -> Run:
        """A run of a past attempt with words and error by today's rules, not stored."""
        folder = self.folder(run)
        facts = read_facts(folder.events)
        result = runfolder.read_result(folder)
        asked = _asked(run, folder)
        detail = judge(folder, asked, result, facts)[1] if result else None
        run = replace(run, **_progress_columns(facts), detail=detail)
        explanation = explain_attempt(folder, ending_of(run, result, run.spec))
        return replace(run, **explanation_columns(folder, explanation, detail, run.status))

    def refresh_explanation(self, run: Run) -> Run:
        """The run with words by today's rules, where those in its row are older."""
        folder = self.folder(run)
        result = runfolder.read_result(folder)
        explanation = explain_attempt(folder, ending_of(run, result, run.spec))
        words = explanation_columns(folder, explanation, run.detail, run.status)
        self.store.update_facts(run.id, run.attempt, words)
        return self.store.run(run.id)


def _asked(run: Run, folder: AttemptFolder) -> Mapping[str, Any]:
    """What spec.json says; where it is gone or damaged, only the kind of run, from its row."""
    with suppress(UnreadableFact):
        if asked := runfolder.read_fact(folder.spec):
            return asked
    return {"kind": run.kind}


def _words(
    run: Run, folder: AttemptFolder, result: Mapping[str, Any], detail: str | None
) -> dict[str, Any]:
    """An ended run's explanation; where a rule itself breaks, the status is told without it."""
    try:
        explanation = explain_attempt(folder, ending_of(run, result, run.spec))
        return explanation_columns(folder, explanation, detail, run.status)
    except Exception:
        _log.exception("%s cannot be explained", run.id)
        return {}


def _progress_columns(facts: Facts) -> dict[str, Any]:
    progress = facts.progress
    columns: dict[str, Any] = {"stage": facts.stage, "final_loss": _finite(facts.final_loss)}
    if facts.samples is not None:
        columns["dataset_size"] = facts.samples
    if progress:
        columns |= {
            "step": progress.step,
            "total_steps": progress.total_steps,
            "epoch": progress.epoch,
        }
    return columns


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _blank_attempt() -> dict[str, Any]:
    """The columns of a run's row that belong to one attempt, as a new one begins."""
    names = (
        "started_at finished_at exit_code signal reason detail dataset_size final_loss stage step "
        "total_steps epoch cause title headline headline_length error_start error_end error_length "
        "error_preview rules_version fingerprint"
    )
    return dict.fromkeys(names.split()) | {"log_bytes": 0, "stopping": 0}
