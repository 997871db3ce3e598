"""Runs whose engine starts their job again: each start is an attempt of the same run.

An attempt that was stopped for that, or whose end nobody could tell, has ended; the next one is
queued until the job begins, and claimed by the same code. What began and told no start is none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lastwords.config import InvalidSetting
from lastwords.executors import Executors
from lastwords.executors.placed import PlacedExecutor
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.facts import ended_with_launcher
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact
from lastwords.records import FINAL, TRAINING, Run, RunNotFound, Status, now, timestamp
from lastwords.store import claims
from lastwords.store.claims import Claim
from lastwords.supervision.unattended import Unattended

_NEEDED = ("kind", "command", "spec")  # of a spec.json, to start it again


class Restarting(Unattended):
    """Makes attempts of the starts of the jobs of one home."""

    def executor_of(self, name: str) -> PlacedExecutor:
        """The executor of an engine. Raises: InvalidSetting."""
        if not isinstance(self.executor, Executors):
            raise InvalidSetting(f"runs cannot be placed on {name} here")
        return self.executor.placed(name)

    def conclude(
        self,
        run: Run,
        folder: AttemptFolder,
        asked: Mapping[str, Any],
        result: Mapping[str, Any],
        facts: Facts,
    ) -> bool:
        """As elsewhere; what its engine starts again waits for that as the next attempt."""
        settled = super().conclude(run, folder, asked, result, facts)
        if settled and run.spec.get("executor") and folder.handle.exists():
            ended = self.store.run(run.id)
            if ended.reason == "requeued" or result.get("startedAgain"):
                with suppress(InvalidSetting):
                    self._queue_start(folder, self.executor_of(str(run.spec["executor"])))
        return settled

    def start_of(self, by: Claim, told: int) -> int:
        """Which start of its job a process is: what it says, if its engine starts any again.

        One that does not may run within a job of one that does, as Ray within one of Slurm.
        """
        with suppress(InvalidSetting):
            return told if self.executor_of(by.engine).engine.starts_again else 0
        return told

    def is_started_again(self, by: Claim, restart: int | None = None) -> bool:
        """Whether the engine says that a job was started again since its code was used last."""
        folder = runfolder.attempt_folder(self.config.home, by.run, by.attempt)
        with suppress(InvalidSetting):
            least = by.restart + 1 if restart is None else restart
            return self.executor_of(by.engine).restarts(folder) >= least
        return False

    def is_begun_anew(self, by: Claim) -> bool:
        """Whether the engine started a job again without counting that, or may have: one whose
        launcher was killed is asked after first.
        """
        folder = runfolder.attempt_folder(self.config.home, by.run, by.attempt)
        with suppress(InvalidSetting, RunNotFound):
            if not folder.is_shipped or self.store.run(by.run).status in FINAL:
                return False
            orphaned = ended_with_launcher(runfolder.read_result(folder) or {})
            return orphaned or self.executor_of(by.engine).is_begun_anew(folder)
        return False

    def begin_start(self, by: Claim, restart: int) -> bool:
        """Have the codes of a job be good for a start that its engine told of; no other one.

        False while the end of the start before is still looked at.

        Raises: RunNotFound.
        """
        folder = runfolder.attempt_folder(self.config.home, by.run, by.attempt)
        executor, run = self.executor_of(by.engine), self.store.run(by.run)
        if folder.is_shipped and run.attempt == by.attempt:
            if run.status not in FINAL and not self.settle_run(run):
                if not executor.end_by_restart(folder) or not self.settle_run(run):
                    return False
            self._queue_start(folder, executor)
        known = claims.claim(self.store, by.digest) or by
        folder = runfolder.attempt_folder(self.config.home, by.run, known.attempt)
        if not folder.is_shipped and known.restart < restart:
            executor.follow(folder, folder, restart)
            claims.move(self.store, by.run, known.attempt, known.attempt, restart)
        return True

    def _queue_start(self, before: AttemptFolder, executor: PlacedExecutor) -> None:
        """List the attempt that is the next start, unless it is, or that was asked to end."""
        with FileLock(self.config.home / "create.lock"):
            with suppress(RunNotFound, UnreadableFact):  # nothing says what is to be started
                run = self.store.run(before.run_id)
                if run.attempt == before.number and run.status in FINAL:
                    if not before.asked_to_stop.exists():
                        self._add_start(run, before, executor)
        self.on_change()

    def _add_start(self, run: Run, before: AttemptFolder, executor: PlacedExecutor) -> None:
        asked = dict(runfolder.read_spec(before) or {})
        if missing := [name for name in _NEEDED if not asked.get(name)]:
            raise UnreadableFact(f"{before.spec} is damaged: {missing[0]} is missing")
        folder = runfolder.make_attempt(self.config.home, run.id, run.attempt + 1)
        restart = executor.next_restart(before)
        if asked["kind"] == TRAINING:
            asked["command"] = self.training_command(folder, asked["spec"], None)
            asked["cwd"] = str(folder.path)
        new = {"attempt": folder.number, "nonce": secrets.token_hex(16)}
        executor.follow(folder, before, restart)
        runfolder.write_once(folder.spec, asked | new | {"createdAt": timestamp(now())})
        with self.store.writing():
            self.add_attempt(folder, asked, Status.QUEUED)
            claims.move(self.store, run.id, before.number, folder.number, restart)
