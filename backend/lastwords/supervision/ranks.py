"""The end of an attempt of several ranks: what each of them came to, and what all of them come to.

It is completed if all are, cancelled if it was stopped, and failed if a rank failed. The words on a
failure are those of the rank that failed first by itself: what others say of a peer that went away
is an echo of that. `members.json` in the attempt's folder keeps what each rank came to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lastwords.diagnosis import RULES_VERSION, Ending, Explanation
from lastwords.folders import members as ranks_on_disk
from lastwords.folders.events import read_facts
from lastwords.folders.facts import LAUNCHER_GONE
from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    attempt_folder,
    read_fact,
    read_result,
    read_shipment,
    read_spec,
    replace_fact,
)
from lastwords.recording import notices
from lastwords.records import Outcome, Run, RunNotFound, Status, parse_timestamp
from lastwords.supervision.columns import blank_attempt, columns_of_words
from lastwords.supervision.completion import judge
from lastwords.supervision.failures import ending_of, explain_attempt
from lastwords.supervision.proving import Prove, prove_here

_ECHO = "distributed.peer"  # a rank that failed because another one had
_ENDED_BY_ENGINE = ("node_failed", "preempted", "engine_out_of_memory")  # and so it stopped others
_STOPPED_BY_ENGINE = {"stopped_by_scheduler", "requeued", "preempted", LAUNCHER_GONE}
_CLOCK_SECONDS = 2.0  # by which a clock may differ before what it says is set right
Explain = Callable[[AttemptFolder, Ending], Explanation]


@dataclass(frozen=True)
class Verdict:
    """What one rank came to. ended, stopped: seconds by the server's clock."""

    rank: int
    host: str
    status: str
    reason: str
    exit_code: int | None
    signal: str | None
    detail: str | None
    cause: str | None
    headline: str | None
    started_at: str | None
    finished_at: str
    log_bytes: int
    ended: float
    stopped: float | None

    @property
    def is_echo(self) -> bool:
        return self.cause == _ECHO


@dataclass(frozen=True)
class End:
    """What an attempt came to, and the folder of the rank that this is told of."""

    folder: AttemptFolder
    result: Mapping[str, Any]
    outcome: Outcome
    detail: str | None


def end_of(
    run: Run,
    folder: AttemptFolder,
    gathered: Mapping[str, Any],
    prove: Prove = prove_here,
    explain: Explain = explain_attempt,
) -> End:
    """What an attempt of several ranks came to; gathered: when they had ended, or why that is
    not waited for any more.

    Raises: OutOfReach; StillExplaining.
    """
    found = verdicts(run, folder, prove, explain)
    if words := ranks_on_disk.words_on_missing(folder):
        _note_missing(folder, words)
    if gathered.get("lost") or gathered.get("stop"):  # by whoever had placed all of them
        return End(folder, gathered, *judge(folder, {}, gathered, read_facts(folder.events)))
    decides = deciding(found)
    _keep(folder, found, decides.rank)
    if decides.status == Status.COMPLETED and words:  # it did not end well as it was looked at
        return End(folder, gathered, Outcome(Status.LOST, "member_missing"), words)
    member = next(each for each in ranks_on_disk.members(folder) if each.member == decides.rank)
    code, signal = decides.exit_code, decides.signal
    outcome = Outcome(Status(decides.status), decides.reason, code, signal)
    return End(member, read_result(member) or gathered, outcome, decides.detail)


def deciding(found: Sequence[Verdict]) -> Verdict:
    """The rank whose end is that of all."""

    def first(verdicts: Sequence[Verdict]) -> Verdict | None:
        return min(verdicts, key=lambda each: (each.ended, each.rank), default=None)

    def of(status: Status) -> list[Verdict]:
        return [each for each in found if each.status == status]

    stopped = min((each.stopped for each in found if each.stopped is not None), default=None)
    failed = [each for each in of(Status.FAILED) if each.reason != LAUNCHER_GONE]
    ended = [each for each in found if each.stopped is not None]
    alone = [each for each in failed if not each.is_echo]
    before = [each for each in failed if stopped is None or each.ended <= stopped]
    return (
        first([each for each in before if not each.is_echo])
        or first(_why_engine_stopped(found))
        or first(before)
        or first(ended)
        or first(alone)
        or first(failed)
        or first(of(Status.LOST))
        or min(found, key=lambda each: each.rank)
    )


def _why_engine_stopped(found: Sequence[Verdict]) -> list[Verdict]:
    """Those whose node or memory was taken, where all others were stopped by the engine for that.

    Nobody else asked for it then.
    """
    stopped = {each.reason for each in found if each.stopped is not None}
    taken = [each for each in found if each.reason in _ENDED_BY_ENGINE]
    return taken if stopped <= _STOPPED_BY_ENGINE else []


def verdicts(
    run: Run,
    folder: AttemptFolder,
    prove: Prove = prove_here,
    explain: Explain | None = explain_attempt,
) -> list[Verdict]:
    """What each rank that has ended came to; without `explain` no cause is looked for."""
    found = []
    for member in ranks_on_disk.members(folder):
        result = read_result(member)
        if result is not None:
            found.append(_verdict(run, member, result, prove, explain))
    return found


def _verdict(
    run: Run,
    folder: AttemptFolder,
    result: Mapping[str, Any],
    prove: Prove,
    explain: Explain | None,
) -> Verdict:
    spec = _spec(run, folder)
    outcome, detail = judge(folder, spec, result, read_facts(folder.events), prove)
    cause = headline = None
    if explain and outcome.status in (Status.FAILED, Status.LOST):
        then = replace(run, **vars(outcome), detail=detail)
        told = explain(folder, ending_of(then, result, run.spec))
        cause, headline = told.cause, told.headline
    stop = result.get("stop") or {}
    is_stopped = outcome.status == Status.CANCELLED or outcome.reason == LAUNCHER_GONE
    ahead = _ahead(folder)
    return Verdict(
        rank=folder.member,
        host=ranks_on_disk.host_of(folder),
        status=outcome.status.value,
        reason=outcome.reason,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        detail=detail,
        cause=cause,
        headline=headline,
        started_at=result.get("startedAt"),
        finished_at=str(result["finishedAt"]),
        log_bytes=int(result["logBytes"]),
        ended=_seconds(result["finishedAt"], ahead),
        stopped=_seconds(stop.get("at") or result["finishedAt"], ahead) if is_stopped else None,
    )


def run_of_rank(run: Run, folder: AttemptFolder) -> Run:
    """The run as it was for one rank: how that ended, and why by today's rules."""
    if not ranks_on_disk.are_several(folder):
        return run
    result = read_result(folder)
    blank = replace(run, **blank_attempt() | {"member": folder.member, "flags": run.flags})
    if result is None:
        return replace(blank, status=Status.RUNNING, started_at=run.started_at)
    outcome, detail = judge(folder, _spec(run, folder), result, read_facts(folder.events))
    ended = {"finished_at": result["finishedAt"], "log_bytes": result["logBytes"]}
    then = replace(blank, **vars(outcome) | ended, detail=detail)
    return replace(then, **columns_of_words(then, folder, result, detail))


def told_verdicts(run: Run, folder: AttemptFolder) -> tuple[list[Verdict], int | None]:
    """What each rank came to, and which of them decides, as it was kept, or as far as it is known.

    What was kept by other rules than today's is made anew.
    """
    with suppress(UnreadableFact, TypeError, KeyError, OSError):
        kept = read_fact(_path(folder)) or {}
        if not kept:
            return verdicts(run, folder, explain=None), None
        ended = sum(member.result.exists() for member in ranks_on_disk.members(folder))
        if kept["rules"] == RULES_VERSION and len(kept["members"]) == ended:
            return [Verdict(**each) for each in kept["members"]], kept["decides"]
        found = verdicts(run, folder)
        _keep(folder, found, kept["decides"])
        return found, kept["decides"]
    return verdicts(run, folder, explain=None), None


def folder_of_rank(
    home: Path, run: Run, number: int | None = None, rank: int | None = None
) -> AttemptFolder:
    """The folder of a rank of an attempt, by default of the current one, and the rank that its
    end is told of.

    Raises: RunNotFound, if it has no such rank.
    """
    number = run.attempt if number is None else number
    whole = attempt_folder(home, run.id, number)
    if rank is None:
        rank = run.member if number == run.attempt else decided_member(whole)
    elif rank and attempt_folder(home, run.id, number, rank) not in ranks_on_disk.members(whole):
        raise RunNotFound(f"{run.id} has no rank {rank}")
    return attempt_folder(home, run.id, number, rank)


def decided_member(folder: AttemptFolder) -> int:
    """The rank that the end of an attempt is told of."""
    with suppress(UnreadableFact):
        return int((read_fact(_path(folder)) or {}).get("decides") or 0)
    return 0


def _keep(folder: AttemptFolder, found: Sequence[Verdict], decides: int) -> None:
    with suppress(OSError):  # it is made again where it is missing
        members = [asdict(each) for each in found]
        told = {"rules": RULES_VERSION, "decides": decides, "members": members}
        replace_fact(_path(folder), told)


def _path(folder: AttemptFolder) -> Path:
    return folder.attempt.path / "members.json"


def _note_missing(folder: AttemptFolder, words: str) -> None:
    if all(notice["notice"] != "member_missing" for notice in notices.told(folder)):
        notices.tell_of_shipment(folder, "member_missing", words)


def _spec(run: Run, folder: AttemptFolder) -> Mapping[str, Any]:
    with suppress(UnreadableFact):
        return (read_spec(folder) or {}) | {"kind": run.kind}
    return {"kind": run.kind}


def _ahead(folder: AttemptFolder) -> float:
    """By how much the clock of a rank is to be set right."""
    with suppress(UnreadableFact):
        told = (read_shipment(folder) or {}).get("clockAhead")
        if isinstance(told, int | float) and abs(told) > _CLOCK_SECONDS:
            return float(told)
    return 0.0


def _seconds(moment: object, ahead: float) -> float:
    try:
        return parse_timestamp(str(moment)).timestamp() - ahead
    except ValueError:
        return 0.0
