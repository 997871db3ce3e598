"""Importing: looks at logs, makes the folders of their runs, and lists them, in this order.

A megabyte takes 60 ms to be explained and kept, so processes share that; what is listed, one lists.
A log is in the home or it is not: its folder is whole before its run is listed (`lastwords
reconcile` lists one that was not), and one that fails takes nothing of the others with it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from lastwords.diagnosis import Ending, Explanation
from lastwords.folders import runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.log_ends import ends_of
from lastwords.folders.runfolder import AttemptFolder
from lastwords.imports import curves, files, moments, slurm
from lastwords.imports.files import NotImported
from lastwords.presentation.any_log import explain_file
from lastwords.records import IMPORTED, Run, Status, as_text, parse_timestamp
from lastwords.store.imports import imported_digests
from lastwords.supervision.failures import as_ended
from lastwords.supervision.supervisor import Supervisor

T = TypeVar("T")
FAILED, UNKNOWN = "log_ends_in_error", "end_not_recorded"  # reasons
TRIGGER = "import"
_AFTER = 16 << 10  # bytes that may follow the error that ended a run: a tracker's summary, echo
_FEW = 4  # logs that need no other process
_AT_ONCE = 8  # logs that go to a process, or are listed, at once


@dataclass(frozen=True)
class Options:
    """slurm: whether Slurm's accounting is asked. metrics: where the curves of the logs lie."""

    slurm: bool = False
    metrics: Path | None = None


@dataclass(frozen=True)
class Named:
    """A file, what its run will be called, and where it is said to come from."""

    path: Path
    name: str
    source: str


@dataclass(frozen=True)
class Log:
    """A log as it was looked at; nothing is kept of it yet."""

    named: Named
    sha256: str
    size: int
    began_at: str
    ended_at: str
    job: str | None
    metrics: Path | None = None  # where its curves lie
    deep: bool = False  # and whether in folders below, too


@dataclass(frozen=True)
class Made:
    """The folder of a run that is to be listed, and why it ended so."""

    folder: AttemptFolder
    asked: dict[str, Any]
    explanation: Explanation


@dataclass
class Report:
    """What became of the logs: runs that are new, those that were there, what was not imported."""

    runs: list[Run] = field(default_factory=list)
    known: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def causes(self) -> Counter[str]:
        """How many of those that failed for each cause."""
        return Counter(str(run.cause) for run in self.runs if shows_failure(run))


def shows_failure(run: Run) -> bool:
    """Whether it failed, or its log shows an error whose cause is known."""
    return run.status == Status.FAILED or run.cause not in (None, "ok", "unknown")


def import_logs(
    supervisor: Supervisor,
    paths: Iterable[Path],
    options: Options = Options(),  # noqa: B008  # frozen
    tell: Callable[[int], None] = lambda _: None,
) -> Report:
    """Import files, and what is called like logs in folders; tell: hears how many are done.

    Raises: LastwordsError, where nothing at all can be imported.
    """
    found = list(files.logs_below(paths))
    cores = len(os.sched_getaffinity(0))
    named = [Named(path, path.name, str(path)) for path in found]
    many = len(found) > _FEW and cores > 1
    with ProcessPoolExecutor(cores) if many else nullcontext() as pool:
        return import_files(supervisor, named, options, tell, pool)


def import_files(
    supervisor: Supervisor,
    named: Sequence[Named],
    options: Options = Options(),  # noqa: B008  # frozen
    tell: Callable[[int], None] = lambda _: None,
    pool: ProcessPoolExecutor | None = None,
) -> Report:
    """Import files under the names that they are to have."""
    report = Report()
    share: Any = partial(pool.map, chunksize=_AT_ONCE) if pool else map
    with FileLock(supervisor.config.home / "import.lock"):
        looked = _sorted_out(share(_look_or_say, named), report)
        new = list(_unknown(looked, imported_digests(supervisor.store), report))
        jobs = slurm.ask([log.job for log in new if log.job]) if options.slurm else {}
        placed = [_with_metrics(log, options, alone=len(looked) == 1) for log in new]
        home = supervisor.config.home
        asked = [(log, jobs.get(log.job or "")) for log in placed]
        making = iter(share(partial(_make_or_say, home), asked))
        while batch := list(islice(making, _AT_ONCE)):
            _list(supervisor, _sorted_out(batch, report), report)
            tell(len(report.runs))
    return report


def _sorted_out(found: Iterable[T | str], report: Report) -> list[T]:
    """What came of each; where nothing did, the report gets the reason."""
    kept = []
    for each in found:
        if isinstance(each, str):
            report.failures.append(each)
        else:
            kept.append(each)
    return kept


def _unknown(looked: list[Log], known: dict[str, str], report: Report) -> Iterator[Log]:
    """The logs that are not there yet, each once, the oldest first."""
    seen = set(known)
    for log in sorted(looked, key=lambda log: (log.began_at, log.named.source)):
        if log.sha256 in seen:
            report.known += 1
        else:
            seen.add(log.sha256)
            yield log


def _said(source: str, error: NotImported | OSError) -> str:
    """Why a file is not imported."""
    return as_text(str(error) if isinstance(error, NotImported) else f"{source}: {error.strerror}")


# --- looking --------------------------------------------------------------------------------------


def _look_or_say(named: Named) -> Log | str:
    try:
        return _look(named)
    except (NotImported, OSError) as error:
        return _said(named.source, error)


def _look(named: Named) -> Log:
    """What tells whether and how a log is imported. Raises: NotImported; OSError."""
    with files.opened(named.path, named.source) as file:
        status = os.fstat(file.fileno())
        size, changed = status.st_size, status.st_mtime
        sha256 = files.digest_of(file)
        head = os.pread(file.fileno(), moments.LOOKED_AT, 0)
        tail = os.pread(file.fileno(), moments.LOOKED_AT, max(0, size - len(head)))
    began, ended = moments.period_of(head, tail, changed)
    return Log(named, sha256, size, began, ended, slurm.job_of(named.name, head, tail))


def _with_metrics(log: Log, options: Options, alone: bool) -> Log:
    """The log with the place of its curves: beside it, if no other log is there, or where they are
    said to be: in a folder called as the log, or for a single log in all of it."""
    if options.metrics is not None:
        own = options.metrics / log.named.path.stem
        place = own if own.is_dir() else options.metrics if alone else None
        return replace(log, metrics=place, deep=True)
    beside = log.named.path.parent
    is_told = any((beside / name).exists() for name in (curves.STATE, curves.TABLE))
    is_own = is_told and len(list(files.logs_below([beside]))) == 1
    return replace(log, metrics=beside) if is_own else log


# --- making ---------------------------------------------------------------------------------------


def _make_or_say(home: Path, asked: tuple[Log, slurm.Job | None]) -> Made | str:
    try:
        return _make(home, *asked)
    except (NotImported, OSError) as error:
        return _said(asked[0].named.source, error)


def _make(home: Path, log: Log, job: slurm.Job | None) -> Made:
    """Make the folder of a log's run. Raises: NotImported; OSError."""
    if job and job.status is None:
        has = f"Slurm's accounting has job {job.id} as {job.state}, without its end"
        raise NotImported(f"{log.named.source}: {has}: import it once it has ended")
    folder = runfolder.reserve_run(home, parse_timestamp(_begun(log, job)))
    try:
        with files.opened(log.named.path, log.named.source) as file:
            files.copy(file, folder.log, log.sha256)
        asked = _spec(folder, log, _begun(log, job))
        runfolder.write_once(folder.spec, asked)
        _keep_metrics(folder, log)
        with folder.log.open("rb") as kept:
            found = explain_file(folder.log, kept, _ending(job))
            ends = ends_of(kept.fileno(), log.size)
        runfolder.write_once(folder.result, _result(log, job, found, ends))
    except (NotImported, OSError):
        runfolder.remove_run(home, folder.run_id)  # nobody was told of it
        raise
    return Made(folder, asked, found)


def _ending(job: slurm.Job | None) -> Ending:
    if job is None:
        return Ending(status=Status.UNKNOWN.value)
    return Ending(job.status, job.exit_code, job.signal, job.reason)


def _begun(log: Log, job: slurm.Job | None) -> str:
    return (job and job.started_at) or log.began_at


def _spec(folder: AttemptFolder, log: Log, began: str) -> dict[str, Any]:
    source = log.named.source
    return {
        "runId": folder.run_id,
        "attempt": folder.number,
        "kind": IMPORTED,
        "name": as_text(log.named.name),
        "command": [source],
        "cwd": str(log.named.path.parent),
        "createdAt": began,
        "triggeredBy": TRIGGER,
        "spec": {"importedFrom": as_text(source), "sha256": log.sha256},
    }


def _result(log: Log, job: slurm.Job | None, found: Explanation, ends: str) -> dict[str, Any]:
    """How it ended, as far as anything proves it."""
    told = {
        "startedAt": _begun(log, job),
        "finishedAt": (job and job.finished_at) or log.ended_at,
        "logBytes": log.size,
        "logEnds": ends,
    }
    if job is None or job.status is None:
        is_proved = _ends_in_error(found, log.size)
        status, reason = (Status.FAILED, FAILED) if is_proved else (Status.UNKNOWN, UNKNOWN)
        return told | {"imported": {"status": status.value, "reason": reason}}
    told |= {"exitCode": job.exit_code, "signal": job.signal}
    return told | {"imported": {"status": job.status, "reason": job.reason, "proof": job.proof}}


def _ends_in_error(found: Explanation, size: int) -> bool:
    """Whether the log itself proves a failure: its last words are an error."""
    if found.error is None or found.cause == "ok":
        return False
    is_known = found.cause != "unknown" or found.is_traceback
    return is_known and size - found.error.end <= _AFTER


def _keep_metrics(folder: AttemptFolder, log: Log) -> None:
    """Keep the curves as the events of the run, which its charts are drawn of."""
    if log.metrics is not None and (metrics := curves.metrics_in(log.metrics, log.deep)):
        lines = [json.dumps({"event": "metric", **metric}) + "\n" for metric in metrics]
        folder.events.write_text("".join(lines), encoding="utf-8")


# --- listing --------------------------------------------------------------------------------------


def _list(supervisor: Supervisor, made: list[Made], report: Report) -> None:
    """List runs with their ends, a few in one transaction."""
    with supervisor.store.writing():
        for each in made:
            supervisor.add_asked(each.folder, each.asked, Status.RUNNING)
            supervisor.explanations = _Known(each.explanation)
            supervisor.settle_run(supervisor.store.run(each.folder.run_id))
    report.runs += [supervisor.store.run(each.folder.run_id) for each in made]


class _Known:
    """The explanation that is made already, for who settles the run."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation

    def is_explaining(self, folder: AttemptFolder) -> bool:
        return False

    def explain(self, folder: AttemptFolder, ending: Ending) -> Explanation:
        detail = ending.facts.get("detail")
        return as_ended(self._explanation, ending, str(detail) if detail else None)

    def forget(self, folder: AttemptFolder) -> None:
        """Nothing is remembered of it."""
