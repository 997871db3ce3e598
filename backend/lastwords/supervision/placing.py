"""Runs that an engine places: asked for, handed over to it, and told of by it while they wait.

They have no place in the queue of this machine: the engine has a queue of its own. Whoever runs
there claims the attempt by a code that is good once, see `receiving/claiming.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from lastwords.config import InvalidSetting
from lastwords.executors import Executors
from lastwords.executors.engines import Resources
from lastwords.executors.placed import PlacedExecutor
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import (
    InvalidSpec,
    Run,
    RunNotFound,
    Status,
    now,
    timestamp,
)
from lastwords.security.register import digest_of, new_token
from lastwords.spec import PLACEMENT
from lastwords.store import claims
from lastwords.store.claims import CLAIM, Claim
from lastwords.supervision import flags
from lastwords.supervision.columns import since_first_seen, where_columns
from lastwords.supervision.restarting import Restarting
from lastwords.supervision.settling import asked_of

CLAIM_SECONDS = 3600  # that a code is good for, once the engine has begun
_NAMES = tuple(field.name for field in PLACEMENT)


def engine_of(run: Run) -> str | None:
    """The engine that a run is placed by; None for this machine, and for what is only sent here."""
    name = run.spec.get("executor")
    return str(name) if name and (run.status == Status.QUEUED or run.host is None) else None


class Placing(Restarting):
    """Places the runs of one home that want an engine."""

    @property
    def engines(self) -> list[str]:
        """The names of the engines that runs can be placed on."""
        return self.executor.engines if isinstance(self.executor, Executors) else []

    def check_placement(self, whole: Mapping[str, Any]) -> None:
        """Refuse what no engine could place. Raises: InvalidSpec."""
        name = whole.get("executor")
        if not name:
            if given := [field for field in _NAMES if whole.get(field) is not None]:
                raise InvalidSpec(
                    given[0], "is for runs that an engine places: name one (executor)"
                )
            return
        try:
            self.executor_of(str(name))
        except InvalidSetting as error:
            raise InvalidSpec("executor", str(error)) from None
        Resources.of(whole)

    def _changed(self, run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
        whole = super()._changed(run, changes)
        self.check_placement(whole)
        return whole

    def see_to_placed(self, active: Sequence[Run]) -> list[Run]:
        """Hand over what waits for an engine, and note what it says. Leader only.

        Returns: those that no engine places.
        """
        others = []
        for run in active:
            if (name := engine_of(run)) is None:
                others.append(run)
            else:
                self._see_to(run, self.folder(run), name)
        return others

    def _see_to(self, run: Run, folder: AttemptFolder, name: str) -> None:
        try:
            executor = self.executor_of(name)
            if executor.is_forgotten(folder):
                self._end_forgotten(run, folder, executor)
                return
            if run.status != Status.QUEUED:
                return
            if (why := executor.refusal(folder)) is None:
                self._advance(run, folder, executor)
                return
        except InvalidSetting as error:
            why = str(error)
        except (RunNotFound, OSError) as error:  # deleted meanwhile, or just now not to be read
            self._flag(run, [flags.make("unknown", timestamp(now()), str(error))])
            return
        self._refuse(run, folder, why)

    def _advance(self, run: Run, folder: AttemptFolder, executor: PlacedExecutor) -> None:
        if executor.needs_launch(folder):
            if not folder.path.is_dir():  # each try would leave a claim
                self._refuse(run, folder, "the folder of the run was deleted")
                return
            executor.launch(folder, {"LASTWORDS_CLAIM": self._claim(run, executor)}, None)
        state = executor.state(folder)
        if state is not None and state.word in ("running", "ended"):
            until = timestamp(now() + timedelta(seconds=CLAIM_SECONDS))
            claims.expire(self.store, run.id, run.attempt, until)
            self.begin_placed(run.id, folder)
            return
        held = flags.holding(executor.remarks_of_engine(folder))
        self._flag(run, held)

    def _flag(self, run: Run, held: list[flags.Flag]) -> None:
        if (held := since_first_seen(run, held)) != run.flags:
            self.store.update_facts(run.id, run.attempt, {"flags": held})

    def _claim(self, run: Run, executor: PlacedExecutor) -> str:
        """A new code for an attempt; only its hash is kept."""
        code = new_token(CLAIM)
        made = Claim(run.id, run.attempt, executor.engine.name)
        claims.add_claim(self.store, made, digest_of(code))
        return code

    def begin_placed(self, run_id: str, folder: AttemptFolder) -> None:
        """Note that it runs there, and where, as far as is known."""
        where = where_columns(folder)
        begun = {"started_at": timestamp(now()), "flags": []} | where
        changed = self.store.change_status(
            run_id, folder.number, Status.RUNNING, begun, Status.QUEUED
        )
        if not changed and where:
            self.store.update_facts(run_id, folder.number, where)
        self.on_change()

    def _end_forgotten(self, run: Run, folder: AttemptFolder, executor: PlacedExecutor) -> None:
        """End what its engine forgot before anybody came for it.

        Its code is void first, and the end is written under the lock of whoever claims: so it can
        never start after that.
        """
        with FileLock(self.config.home / "create.lock"):
            if folder.is_shipped:  # claimed just now
                return
            claims.end(self.store, run.id, run.attempt)
            fact = executor.conclude_forgotten(folder)
        self.conclude(run, folder, asked_of(run, folder), fact, Facts())
        self.executor.forget(folder)

    def _refuse(self, run: Run, folder: AttemptFolder, why: str) -> None:
        """End what no engine takes, with its reason."""
        error = {"message": why, "errno": None}
        fact = {"finishedAt": timestamp(now()), "logBytes": 0, "launchError": error}
        if self.conclude(run, folder, asked_of(run, folder), fact, Facts()):
            with suppress(FileNotFoundError):  # a folder deleted by hand has nothing to tell
                runfolder.write_once(folder.result, fact)
        self.executor.forget(folder)
