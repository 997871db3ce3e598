"""Retrying without anybody asking, by the setting `retry`: decided as a run ends, done when due.

The decision stands in the run's row, with when it is due and in words as a flag, so that it
survives a restart; the leading server carries it out. It ends at once where the same error comes
back without a step gained, and where nothing is left to change that keeps the result.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lastwords.config import Config
from lastwords.records import (
    SHELL,
    TRAINING,
    LastwordsError,
    Run,
    Status,
    now,
    parse_timestamp,
    timestamp,
)
from lastwords.security.audit import Audit, Entry
from lastwords.supervision import flags
from lastwords.supervision.retrying import Retrier, fixes_of

WHO = "the retry policy"
PLANNED, STOPPED = "retry_planned", "retry_stopped"
LONGEST_BACK_OFF = 86_400.0
STALE = timedelta(days=1)  # an end that was found out later is news of nothing

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """When a run is retried, and with which fix (its number); or, without a time, why not."""

    words: str
    at: str | None = None
    fix: int | None = None

    def columns(self, run: Run) -> dict[str, Any]:
        """What the row of the run says of it."""
        flag = flags.make(PLANNED if self.at else STOPPED, timestamp(now()), self.words)
        others = [item for item in run.flags if item["flag"] not in (PLANNED, STOPPED)]
        return {"retry_at": self.at, "flags": [*others, flag]}


def decide(config: Config, run: Run) -> Decision | None:
    """What is done of itself about a run that has just ended; None where the policy says nothing.

    What was started at a shell is left to its shell, what ran on another machine to that.
    """
    most = config.retry.times(run.cause)
    if not most or run.status != Status.FAILED or run.kind != TRAINING:
        return None
    if run.triggered_by == SHELL or run.host is not None or run.finished_at is None:
        return None
    ended = parse_timestamp(run.finished_at)
    if now() - ended > STALE:
        return None
    used = _used(run)
    if why := _why_not(run, used, most):
        return Decision(f"Not retried: {why}")
    fixes = fixes_of(run)
    number = next((place for place, fix in enumerate(fixes, start=1) if fix.keeps), None)
    if fixes and number is None:
        return Decision(
            f"Not retried: the change that is left ({fixes[0].label}) changes the result."
        )
    wait = min(config.retry.back_off_seconds * 2**used, LONGEST_BACK_OFF)
    at = timestamp(ended + timedelta(seconds=wait))
    what = fixes[number - 1].label if number else "the same settings"
    words = f"Will be retried at {at} with {what}: number {used + 1} of {most} for {run.cause}."
    return Decision(words, at, number)


def _before(run: Run) -> Mapping[str, Any]:
    """How the attempt before an unattended one had ended, and how many there were."""
    return (run.changed or {}).get("unattended") or {}


def _used(run: Run) -> int:
    """How often in a row it was retried of itself for this cause."""
    return int((_before(run).get("counts") or {}).get(run.cause, 0))


def _why_not(run: Run, used: int, most: int) -> str | None:
    before = _before(run)
    same = run.fingerprint is not None and before.get("fingerprint") == run.fingerprint
    if same and (run.step or 0) <= (before.get("step") or 0):
        return "the same error came back without a step gained."
    if used >= most:
        return f"it was retried {used} times for {run.cause}, as often as the policy allows."
    return None


class Unattended(Retrier):
    """Decides, and carries out what was decided."""

    def next_step(self, ended: Run) -> dict[str, Any]:
        """When a run that has just ended is retried, or why it is not."""
        decision = decide(self.config, ended)
        return decision.columns(ended) if decision else {}

    def retry_planned(self, audit: Audit) -> list[Run]:
        """Retry what is due; returns the runs that were. Leader only."""
        moment = timestamp(now())
        due = [run for run in self.store.planned() if (run.retry_at or "") <= moment]
        return [run for run in due if self._retry(run, audit)]

    def _retry(self, run: Run, audit: Audit) -> bool:
        """Retry one run; where it cannot be, say why, and leave it at that."""
        try:
            decision = decide(self.config, run)
            if decision is None or decision.at is None:
                words = decision.words if decision else "Not retried: the policy no longer says so."
                raise LastwordsError(words)
            self.retry(run.id, None, decision.fix, WHO, {"unattended": _carried(run)})
        except (LastwordsError, OSError) as error:
            _log.error("%s is not retried: %s", run.id, error)
            self.call_off(run, str(error))
            audit.write(Entry("retry", "not-retried", who=WHO, run=run.id, detail=str(error)))
            return False
        audit.write(Entry("retry", who=WHO, run=run.id, detail=decision.words))
        return True

    def call_off(self, run: Run, words: str) -> None:
        """Give up what was planned for a run."""
        self.store.update_facts(run.id, run.attempt, Decision(words).columns(run))


def _carried(run: Run) -> dict[str, Any]:
    """What the next attempt is compared with, and how many there were of each cause."""
    counts = {**(_before(run).get("counts") or {}), str(run.cause): _used(run) + 1}
    return {"counts": counts, "fingerprint": run.fingerprint, "step": run.step}
