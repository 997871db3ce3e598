"""Retrying: a new attempt of a run, as it was or with changes; what is changed is kept with it.

What an engine placed is placed there again; whatever else ran at a shell is left to that.

An attempt's spec.json says under `changed` what it changed of the one before it, who asked for
that, and how that one had ended, so that it can be counted whether it helped.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lastwords import spec
from lastwords.config import Config
from lastwords.executors import Executor
from lastwords.folders import runfolder
from lastwords.folders.labels import take_labels
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact, read_spec
from lastwords.records import (
    COMMAND,
    FINAL,
    IMPORTED,
    SHELL,
    TRAINING,
    HomeUnwritable,
    InvalidSpec,
    Run,
    RunNotFound,
    Status,
    WrongStatus,
    now,
    timestamp,
)
from lastwords.store.runs import Store
from lastwords.supervision.columns import blank_attempt, where_columns
from lastwords.supervision.deleting import TAKES_NOTHING, Deleter

if TYPE_CHECKING:
    from lastwords.repairing.fix import Fix

_PATHS = ("dbPath", "dataFile", "baseModel")
_PLACED = tuple(field.name for field in spec.PLACEMENT)
_OF_A_COMMAND = ("timeLimitSeconds", *_PLACED[1:])  # what a retry may change of it
_OF_AN_ATTEMPT = ("changed", "resumesFrom")
_FIXED = ("name", "project", "tags", "trainingType")  # of the run, whatever its attempts change


def fixes_of(run: Run, cause: str | None = None) -> list[Fix]:
    """What could mend a run that failed, the mildest first; of another cause where one is given."""
    if run.status != Status.FAILED and run.reason != "engine_out_of_memory":
        return []
    from lastwords.repairing import commands, trainings  # no start of a run needs them

    cause = cause or run.cause
    if run.kind == TRAINING:
        return trainings.fixes(cause, run.spec, run.stage)
    of_job = trainings.fixes_of_job(cause, run.spec) if run.spec.get("executor") else []
    return of_job + commands.fixes(cause, run.command)


def chosen_fix(run: Run, number: int) -> Fix:
    """The fix of this number, from 1, as the diagnosis lists them.

    Raises: InvalidSpec, which says which there are.
    """
    found = fixes_of(run)
    if not found:
        raise InvalidSpec("fix", f"no change is known that could mend {run.cause or run.status}")
    if not 1 <= number <= len(found):
        known = "; ".join(f"{place} ({fix.label})" for place, fix in enumerate(found, start=1))
        raise InvalidSpec("fix", f"{number} is none of the fixes of {run.id}: {known}")
    return found[number - 1]


class Retrier(Deleter):
    """Makes new attempts of the runs of one home."""

    def __init__(self, config: Config, store: Store, executor: Executor | None = None) -> None:
        super().__init__(config, store, executor)
        self.on_change: Callable[[], None] = lambda: None

    def retry(
        self,
        run_id: str,
        changes: Mapping[str, Any] | None = None,
        fix: int | None = None,
        by: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Run:
        """Queue a new attempt of a finished run: of a training, which goes on from the last
        checkpoint, or of a command that an engine placed, which is placed there again.

        changes: other values for fields of its spec, over those of the fix of this number. With a
        change that makes another training of it, it begins anew. more: kept with the change.

        Raises: RunNotFound; WrongStatus, if it is not final or is a command recorded at a shell;
        InvalidSpec, if its model may not be trained from any more, its engine is not configured any
        more, or for a change that cannot be made.
        """
        self.store.require()
        run = self.store.run(run_id)
        self._check_retriable(run)
        wanted = chosen_fix(run, fix) if fix is not None else None
        asked = {**(wanted.changes if wanted else {}), **(changes or {})}
        whole = self._changed(run, asked)
        changed = _difference(run, whole, wanted, by, more) if asked or wanted or more else None
        words = wanted.command if wanted else None
        with writable(self.config.home), FileLock(self.config.home / "create.lock"):
            if self.store.run(run_id).attempt != run.attempt:
                raise WrongStatus(f"{run_id} has just been retried by someone else")
            try:
                command = self._prepare_attempt(run, whole, changed, words)
            except FileNotFoundError:
                raise RunNotFound(f"the folder of {run_id} was deleted") from None
            kept = whole | expected(run.spec)
            self.store.begin_attempt(run, _begun(command, kept, changed))
        self.on_change()
        return self.store.run(run_id)

    def _check_retriable(self, run: Run) -> None:
        if run.status not in FINAL:
            raise WrongStatus(f"{run.id} is {run.status}; cancel it first, or wait until it ends")
        if run.kind == IMPORTED:
            raise WrongStatus(f"{run.id} is an imported log: there is nothing to run again")
        attempts = runfolder.attempts_of(self.config.home, run.id)
        if run.host is not None and not any(map(_was_asked_here, attempts)):
            raise WrongStatus(f"{run.id} ran on {run.host}: run it again there")
        if run.kind == COMMAND and not run.spec.get("executor"):
            raise WrongStatus(
                f"{run.id} is a recorded command and needs its shell's environment: run it again "
                "there with lastwords run"
            )

    def _changed(self, run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The spec of the next attempt. Raises: InvalidSpec."""
        if run.kind == COMMAND:
            return _placed_otherwise(run, changes)
        if refused := next((name for name in _FIXED if name in changes), None):
            raise InvalidSpec(refused, "belongs to the run; a retry cannot change it")
        whole = spec.changed(run.spec, changes) if changes else run.spec
        if "executor" in changes and not whole.get("executor"):  # what it wanted of its engine goes
            whole = {name: whole[name] for name in whole if name in changes or name not in _PLACED}
        if changes:
            take_labels(whole)  # which are the run's
        if any(name in changes for name in _PATHS):
            return spec.resolve_paths(whole, self.config.roots, self.config.models)
        if run.triggered_by != SHELL:
            spec.check_model(whole["baseModel"], self.config.models)
        return whole

    def _prepare_attempt(
        self,
        run: Run,
        whole: dict[str, Any],
        changed: Mapping[str, Any] | None,
        words: Sequence[str] | None,
    ) -> list[str]:
        """The folder of the next attempt, which goes on from the last checkpoint; its command.

        words: of a placed command the one that a fix makes of it.
        """
        if run.kind == COMMAND:
            return self._prepare_command(run, whole, changed, words)
        folder = runfolder.make_attempt(self.config.home, run.id, run.attempt + 1)
        before = self._last_with_checkpoint(run, whole)
        command = self.training_command(folder, whole, before)
        begun: dict[str, Any] = {"triggeredBy": run.triggered_by, "user": run.user}
        begun |= {"resumesFrom": before.number} if before else {}
        begun |= {"changed": changed} if changed else {}
        self.write_spec(folder, command, whole, begun)
        return command

    def _prepare_command(
        self,
        run: Run,
        whole: dict[str, Any],
        changed: Mapping[str, Any] | None,
        words: Sequence[str] | None,
    ) -> list[str]:
        """The folder of the next attempt of a placed command, as it was asked for; its command.

        Raises: InvalidSpec, for a fix of another command line than was asked for here: a machine
        that sends an attempt names its command, and may not have ours be another one.
        """
        asked = self._asked_for(run)
        if words and asked["command"] != run.command:
            raise InvalidSpec("fix", "is of a command that was not asked for here")
        folder = runfolder.make_attempt(self.config.home, run.id, run.attempt + 1)
        fact = {name: asked[name] for name in asked if name not in _OF_AN_ATTEMPT}
        fact |= {"attempt": folder.number, "nonce": secrets.token_hex(16), "spec": whole}
        fact |= {"command": list(words or asked["command"])}
        fact |= {"createdAt": timestamp(now()), **self.config.limits}
        fact |= {"timeLimitSeconds": whole.get("timeLimitSeconds")}
        fact |= {"changed": changed} if changed else {}
        runfolder.write_once(folder.spec, fact)
        return list(fact["command"])

    def _asked_for(self, run: Run) -> dict[str, Any]:
        """What spec.json says of the last attempt that was asked for here.

        Raises: WrongStatus, where none can be read.
        """
        for folder in reversed(runfolder.attempts_of(self.config.home, run.id)):
            with suppress(UnreadableFact):
                asked = read_spec(folder) or {}
                if _was_asked_here(folder) and asked.get("command") and asked.get("cwd"):
                    return asked
        raise WrongStatus(f"{run.id} cannot be placed again: its spec.json is gone or damaged")

    def _last_with_checkpoint(self, run: Run, whole: Mapping[str, Any]) -> AttemptFolder | None:
        """The newest attempt that left one this training can go on from.

        The last attempt may have died before its first; another may have been another training.
        """
        from lastwords.repairing.trainings import goes_on

        for folder in reversed(runfolder.attempts_of(self.config.home, run.id)):
            if any((folder.path / "checkpoints").glob("checkpoint-*")):
                asked = read_spec(folder) or {}
                if goes_on(asked.get("spec") or run.spec, whole):
                    return folder
        return None

    def add_attempt(self, folder: AttemptFolder, asked: Mapping[str, Any], status: Status) -> None:
        """List an attempt that has a folder but no row yet, after the one before it."""
        run = self.store.run(folder.run_id)
        whole = (asked.get("spec") or run.spec) | expected(asked)
        facts = _begun(asked["command"], whole, asked.get("changed"))
        self.store.begin_attempt(run, facts | where_columns(folder), folder.number)
        if status == Status.RUNNING:
            started = {"started_at": asked["createdAt"]}
            self.store.change_status(folder.run_id, folder.number, status, started)

    def training_command(
        self, folder: AttemptFolder, whole: Mapping[str, Any], before: AttemptFolder | None
    ) -> list[str]:
        """What starts a training in an attempt's folder."""
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

    def write_spec(
        self,
        folder: AttemptFolder,
        command: Sequence[str],
        whole: Mapping[str, Any],
        begun: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Write spec.json, before anything of the attempt starts; begun: who wanted it, and how."""
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
            **begun,
        }
        runfolder.write_once(folder.spec, fact)
        return fact


def _was_asked_here(folder: AttemptFolder) -> bool:
    """Whether we wrote what an attempt is to run, rather than somebody who sent it."""
    return folder.handle.exists() or not folder.is_shipped


def expected(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a command must write: its row keeps it, for a spec.json that is damaged meanwhile."""
    return {"expect": asked["expect"]} if asked.get("expect") else {}


def _placed_otherwise(run: Run, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a placed command wants of its engine now. Raises: InvalidSpec."""
    whole = {name: value for name, value in run.spec.items() if name in spec.BY_NAME}
    for name, value in changes.items():
        if name not in _OF_A_COMMAND:
            known = ", ".join(_OF_A_COMMAND)
            raise InvalidSpec(name, f"cannot be changed of a command that was placed, but {known}")
        whole[name] = spec.as_kept(spec.BY_NAME[name], value)
        if value is not None:
            spec.check(spec.BY_NAME[name], whole[name])
    return {name: value for name, value in whole.items() if value is not None}


def _difference(
    run: Run,
    whole: Mapping[str, Any],
    fix: Fix | None,
    by: str | None,
    more: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What a new attempt changes of the one before it, for its spec.json and its row."""
    names = [name for name in whole if _old(run, name) != whole[name]]
    then: Mapping[str, Any] = {}
    before: Mapping[str, Any] = {}
    if fix and fix.command:
        from lastwords.repairing.commands import difference

        then, before = difference(run.command, fix.command)
    return {
        "set": {**{name: whole[name] for name in names}, **then},
        "before": {**{name: _old(run, name) for name in names}, **before},
        "fix": fix.name if fix else None,
        "cause": run.cause,
        "by": by,
        **(more or {}),
    }


def _old(run: Run, name: str) -> Any:
    """A spec that is older than a field had its default."""
    return run.spec.get(name, spec.BY_NAME[name].default) if name in spec.BY_NAME else None


def _begun(
    command: Sequence[str], whole: Mapping[str, Any], changed: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The columns of a run's row as a new attempt of it begins."""
    model = {"base_model": whole["baseModel"]} if whole.get("baseModel") else {}
    blank = {"command": list(command), "spec": dict(whole), **model, **blank_attempt()}
    blank |= {"host": None, "engine": None}  # of this attempt nothing is known yet
    return blank | {"changed": dict(changed) if changed else None}


@contextmanager
def writable(home: Path) -> Iterator[None]:
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
