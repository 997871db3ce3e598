"""Settling: the run's row is updated from the attempt's folder and the kernel.

A run gets its final status here by compare-and-set (or, deleted before it could be judged, in
supervisor.py), so that the server's watch and a command at a shell may settle the same run at once.
What cannot be looked at just now changes nothing but a flag: silence and errors are no verdict. A
run that is known to have ended is judged whatever it left; one that could not be looked at for a
while keeps no other from its place.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lastwords import notifications
from lastwords.config import Config
from lastwords.executors import Executor, Executors
from lastwords.folders import runfolder
from lastwords.folders.events import Facts, read_facts
from lastwords.folders.members import are_several
from lastwords.folders.runfolder import AttemptFolder, OutOfReach, UnreadableFact, read_fact
from lastwords.folders.unchanged import Unchanged
from lastwords.recording import notices
from lastwords.records import (
    IMPORTED,
    TRAINING,
    Attempt,
    LastwordsError,
    Outcome,
    Progress,
    Run,
    RunNotFound,
    Status,
    StoreUnavailable,
    now,
    timestamp,
)
from lastwords.store.runs import Store
from lastwords.supervision import flags, latest
from lastwords.supervision.columns import (
    as_far_as_told,
    blank_attempt,
    columns_of_words,
    facts_columns,
    lasting_flags,
    partly_read,
    progress_columns,
    seconds_of,
    since_first_seen,
)
from lastwords.supervision.completion import Unproved, judge
from lastwords.supervision.explaining_apart import Explaining, StillExplaining
from lastwords.supervision.failures import explain_attempt
from lastwords.supervision.proving import Proofs, Prove, StillChecking, prove_here
from lastwords.supervision.ranks import End, decided_member, end_of

if TYPE_CHECKING:
    from lastwords.measurements.reading import Tail

UNSEEN_SECONDS = 60.0  # how long a run that cannot be looked at holds its place in the queue
GRACE_SECONDS = 10.0
_TOLD_OF_PAST = {
    "started_at": "startedAt",
    "finished_at": "finishedAt",
    "seconds": "seconds",
    "log_bytes": "logBytes",
}

_log = logging.getLogger(__name__)


class Settler:
    """Updates the rows of one home from its folders and the kernel."""

    def __init__(self, config: Config, store: Store, executor: Executor | None = None) -> None:
        self.config = config
        self.store = store
        self.executor = executor or Executors(config.executors)
        self.proofs: Proofs | None = None  # where a large adapter must not hold up the others
        self.explanations: Explaining | None = None  # nor a long log
        self._facts: dict[AttemptFolder, Facts] = {}
        self._tails: dict[AttemptFolder, Tail] = {}
        self._asked = Unchanged[dict[str, Any]]()
        self._unseen: dict[AttemptFolder, float] = {}  # since when a look at it fails
        self._looked_at: set[tuple[str, int]] = set()  # attempts, at the last look
        self._settling = threading.Lock()

    def folder(self, run: Run) -> AttemptFolder:
        return runfolder.attempt_folder(self.config.home, run.id, run.attempt)

    def told_folder(self, run: Run) -> AttemptFolder:
        """The folder of the rank that a run's end is told of."""
        return runfolder.attempt_folder(self.config.home, run.id, run.attempt, run.member)

    def settle(self) -> list[Run]:
        """Settle every run that is not final; those that still are not, oldest first.

        What is wrong with one run's folder is logged and does not hold up the others.
        """
        with self._settling:
            active = self.store.active()
            self._release_others(active)
            return [
                run for run in active if run.status != Status.RUNNING or not self.settle_apart(run)
            ]

    def _release_others(self, active: Sequence[Run]) -> None:
        """Let go of what somebody else, a shell or another server, gave its final status."""
        looked_at, self._looked_at = self._looked_at, {(run.id, run.attempt) for run in active}
        for run_id, attempt in looked_at - self._looked_at:
            self._release(runfolder.attempt_folder(self.config.home, run_id, attempt))

    def _release(self, folder: AttemptFolder) -> None:
        """Let go of all that is held of an attempt: nobody looks at it any more."""
        self.executor.forget(folder)
        for known in (self._facts, self._tails, self._unseen):
            known.pop(folder, None)
        if self.explanations:
            self.explanations.forget(folder)
        if self.proofs:
            self.proofs.forget(folder)

    def settle_apart(self, run: Run) -> bool:
        """Settle one run; True if it is running no more. An error is no verdict on it."""
        folder = self.folder(run)
        try:
            ended = self.settle_run(run)
        except RunNotFound:  # deleted meanwhile
            self._release(folder)
            return True
        except StoreUnavailable:
            raise
        except Exception as error:
            self._keep_unseen(run, folder, error)
            return False
        self._unseen.pop(folder, None)
        return ended

    def _keep_unseen(self, run: Run, folder: AttemptFolder, error: Exception) -> None:
        """Say once that a run cannot be looked at, and why."""
        if folder not in self._unseen:
            self._unseen[folder] = time.monotonic()
            known = isinstance(error, LastwordsError | OSError | MemoryError)
            _log.error("%s cannot be settled: %s", run.id, error, exc_info=not known)
        self._flag_unknown(run, error)
        self.executor.forget(folder)  # whose end would wake the watch again and again

    def holds_place(self, run: Run) -> bool:
        """Whether a running training keeps another one waiting.

        One that cannot be looked at does so for a while, and as long as a process of it is seen.
        """
        since = self._unseen.get(self.folder(run))
        if since is None or time.monotonic() - since < UNSEEN_SECONDS:
            return True
        return self.executor.has_processes(self.folder(run))

    def _flag_unknown(self, run: Run, error: Exception) -> None:
        if "unknown" in {flag["flag"] for flag in run.flags}:
            return
        detail = f"Cannot check whether it is still running: {error}"
        flag = flags.make("unknown", timestamp(now()), detail)
        self.store.update_facts(run.id, run.attempt, {"flags": [*run.flags, flag]})

    def settle_run(self, run: Run) -> bool:
        """Bring one running run up to date; True if it has ended and has its final status now."""
        folder = self.folder(run)
        asked = self._asked.get(folder.spec, lambda: asked_of(run, folder))
        grace = asked.get("graceSeconds")
        result = self.executor.ending(folder, GRACE_SECONDS if grace is None else float(grace))
        facts = self._facts.setdefault(folder, Facts())
        facts.read_more(folder.events)
        if result is None:
            remarks = [*notices.told(folder), *self.executor.remarks(folder)]
            held = since_first_seen(run, flags.holding(remarks) + partly_read(folder, facts))
            progress = facts.progress or self._printed_progress(folder, facts)
            columns = progress_columns(facts, progress) | {"flags": held}
            if any(getattr(run, name) != value for name, value in columns.items()):
                self.store.update_facts(run.id, run.attempt, columns)
            return False
        try:
            self.conclude(run, folder, asked_of(run, folder), result, facts)
        except StillChecking as checking:
            self._flag_checking(run, folder, str(checking))
            self.executor.forget(folder)  # whose end would wake the watch again and again
            return False
        except StillExplaining:
            self.executor.forget(folder)
            return False
        self._release(folder)
        return True

    def _printed_progress(self, folder: AttemptFolder, facts: Facts) -> Progress | None:
        """How far a program that writes no events came, as its log tells."""
        if facts.metrics or facts.stages:
            return None
        from lastwords.measurements.reading import Tail  # with its patterns, on first use

        with suppress(OSError):  # a log that cannot be read tells nothing
            return self._tails.setdefault(folder, Tail()).progress(folder)
        return None

    def _flag_checking(self, run: Run, folder: AttemptFolder, detail: str) -> None:
        flag = flags.make("checking_adapter", timestamp(now()), detail)
        held = since_first_seen(run, [*flags.holding(notices.told(folder)), flag])
        if held != run.flags:
            self.store.update_facts(run.id, run.attempt, {"flags": held})

    def is_checking(self, run: Run) -> bool:
        """Whether a running run has ended, and only its adapter or its log is still looked at."""
        folder = self.folder(run)
        return any(
            (
                self.proofs is not None and self.proofs.is_checking(folder),
                self.explanations is not None and self.explanations.is_explaining(folder),
            )
        )

    def conclude(
        self,
        run: Run,
        folder: AttemptFolder,
        asked: Mapping[str, Any],
        result: Mapping[str, Any],
        facts: Facts,
    ) -> bool:
        """Give a run the final status that its ending earned; False if it has another one by now.

        What was queued as it was looked at may run meanwhile, and has not ended then.
        """
        if self.explanations and self.explanations.is_explaining(folder):
            raise StillExplaining
        prove = self.proofs.prove if self.proofs else prove_here
        explain = self.explanations.explain if self.explanations else explain_attempt
        if are_several(folder):
            end = end_of(run, folder, result, prove, explain)
        else:
            end = End(folder, result, *judge(folder, asked, result, facts, prove))
        outcome, detail = end.outcome, end.detail
        told = as_far_as_told(
            run, lambda: facts_columns(run, folder, end.result, facts, outcome.status)
        )
        columns = told | {
            "exit_code": outcome.exit_code,
            "signal": outcome.signal,
            "reason": outcome.reason,
            "detail": detail,
            "started_at": result.get("startedAt", run.started_at),
            "finished_at": result["finishedAt"],
            "seconds": seconds_of(result),
            "log_bytes": end.result["logBytes"],
            "member": end.folder.member,
            "stopping": 0,
        }
        ended = replace(run, status=outcome.status, **columns)
        explained = columns_of_words(ended, end.folder, end.result, detail, explain)
        explained |= self.next_step(replace(ended, **explained))
        settled = self.store.change_status(
            run.id, run.attempt, outcome.status, columns | explained, run.status
        )
        if settled and not self.store.trouble:  # else it is settled again, and told then
            self._relink(ended)
        if settled and not self.store.trouble and not _is_no_news(run, outcome, result):
            notifications.post(self.config, replace(ended, **explained))
        return settled

    def next_step(self, _ended: Run) -> dict[str, Any]:
        """Columns that say what is done of itself about a run that has just ended."""
        return {}

    def _relink(self, run: Run) -> None:
        """Set the home's `latest` right, after a completed training has come or gone."""
        if run.kind == TRAINING and run.status == Status.COMPLETED:
            latest.point_at_newest(self.config.home, self.store)

    def earlier_attempt(self, run: Run, number: int) -> Run:
        """The run as it was at the end of an earlier attempt.

        Raises: RunNotFound, if there was no such attempt.
        """
        for attempt in self.store.attempts(run):
            if attempt.number == number:
                facts = {key: value for key, value in vars(attempt).items() if key != "number"}
                then = replace(run, **blank_attempt() | facts | {"attempt": number})
                then = replace(then, member=decided_member(self.folder(then)))
                return self._explained(self._as_asked(then))
        raise RunNotFound(f"{run.id} has no attempt {number}")

    def list_past(self, run: Run, folder: AttemptFolder) -> None:
        """List an attempt that came after a later one, once it has ended."""
        result = self.executor.ending(folder, GRACE_SECONDS)
        known = {attempt.number for attempt in self.store.attempts(run)}
        if result is None or folder.number >= run.attempt or folder.number in known:
            return
        if are_several(folder):
            end = end_of(run, folder, result)
        else:
            facts = read_facts(folder.events)
            end = End(folder, result, *judge(folder, asked_of(run, folder), result, facts))
        told: dict[str, Any] = {key: end.result.get(name) for key, name in _TOLD_OF_PAST.items()}
        past = Attempt(folder.number, **vars(end.outcome), **told, changed=None)
        self.store.add_past_attempt(run.id, past)

    def _as_asked(self, run: Run) -> Run:
        """A run of a past attempt with the spec and command of then."""
        asked = asked_of(run, self.folder(run))
        given = {"spec": asked.get("spec"), "command": asked.get("command")}
        return replace(run, **{name: value for name, value in given.items() if value})

    def _explained(self, run: Run) -> Run:
        """A run of a past attempt with words and error by today's rules, not stored."""
        folder = self.told_folder(run)
        facts = read_facts(folder.events)
        result = read_fact(folder.called_lost) or runfolder.read_result(folder)
        asked = asked_of(run, folder)
        detail = judge(folder, asked, result, facts, _as_found(run))[1] if result else None
        lasting = lasting_flags(folder, result or {}, facts, run.status)
        run = replace(run, **progress_columns(facts, facts.progress), detail=detail, flags=lasting)
        return replace(run, **columns_of_words(run, folder, result, detail))

    def refresh_explanation(self, run: Run) -> Run:
        """The run with words by today's rules, where those in its row are older."""
        folder = self.told_folder(run)
        words = columns_of_words(run, folder, runfolder.read_result(folder), run.detail)
        self.store.update_facts(run.id, run.attempt, words)
        return self.store.run(run.id)


def _is_no_news(run: Run, outcome: Outcome, result: Mapping[str, Any]) -> bool:
    """Whether an end is a log's of long ago, or that of an attempt that goes on as the next one."""
    goes_on = outcome.reason == "requeued" or result.get("startedAgain")
    return run.kind == IMPORTED or bool(goes_on)


def _as_found(run: Run) -> Prove:
    """The verdict on a past attempt's adapter: checking it again may take minutes."""

    def prove(_folder: AttemptFolder, output: Path) -> None:
        if run.status == Status.FAILED:
            raise Unproved(
                str(run.reason), f"Exit code 0, but the adapter in {output} is not whole."
            )

    return prove


def asked_of(run: Run, folder: AttemptFolder) -> dict[str, Any]:
    """What spec.json says; what the run's row has of it counts, whatever became of the file.

    Where it is gone or damaged, `damage` says so.

    Raises: OutOfReach, if it cannot be looked at just now.
    """
    known = {"kind": run.kind}
    try:
        return (runfolder.read_spec(folder) or {"expect": run.spec.get("expect")}) | known
    except OutOfReach:
        raise
    except UnreadableFact as error:
        return known | {"expect": run.spec.get("expect"), "damage": str(error)}
