"""From an ended attempt to its failure: the explanation, and the whole error as bytes of its log.

Diagnosis is pure and works on bytes; here it meets the run folder. The error is never a copy: it
is a span of output.log, or, where the log says nothing, the sentence that tells how it ended.
"""

from __future__ import annotations

import codecs
import errno
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from lastwords.diagnosis import RULES_VERSION, Ending, Explanation, explain
from lastwords.folders.runfolder import AttemptFolder, attempt_folder, read_result
from lastwords.logs.logfile import LogFile
from lastwords.records import FINAL, Run, Status, tame
from lastwords.supervision import kept_explanation
from lastwords.supervision.bounded_explanation import explain_within_bounds

PREVIEW = 160  # characters of an error that a list carries
HEADLINE = 1000  # characters of a headline that a list carries; the diagnosis has it whole
_REMEMBERED = 64
_LONGEST = 100_000  # characters of an explanation that is remembered
GROUPED = (Status.FAILED, Status.LOST, Status.UNKNOWN)  # what is found again in other runs

LARGE = 4 << 20  # bytes of a log that is explained in a process of its own
_ENDS = 256 << 10  # bytes of an error that its fingerprint is made of


@dataclass
class _Remembered:
    """An explanation, once it is made; who wants the same one waits for it, and nobody else."""

    turn: Lock = field(default_factory=Lock)
    explanation: Explanation | None = None


_known: OrderedDict[tuple[AttemptFolder, object, str], _Remembered] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Error:
    """The whole error of an attempt: a span of the log, or a sentence where there is none."""

    start: int | None
    end: int | None
    sentence: str

    def chunks(self, log: LogFile) -> Iterator[bytes]:
        """The error's bytes, exactly as printed."""
        if self.start is None or self.end is None:
            yield self.sentence.encode()
        else:
            yield from log.chunks(self.start, self.end)


def explain_attempt(folder: AttemptFolder, ending: Ending) -> Explanation:
    """Why this attempt ended as it did, from its log as it is now.

    Each is explained once while its log and its ending stay the same.
    """
    key = (folder, _version(folder.log), repr(ending))
    with _lock:
        remembered = _known.setdefault(key, _Remembered())
        _known.move_to_end(key)
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    with remembered.turn:
        if remembered.explanation is None:
            remembered.explanation = _explain(folder, ending)
    if _length(remembered.explanation) > _LONGEST:
        with _lock:
            _known.pop(key, None)
    return remembered.explanation


def _explain(folder: AttemptFolder, ending: Ending) -> Explanation:
    with LogFile(folder) as log:
        if log.size <= LARGE or ending.status == Status.COMPLETED:
            explanation = explain(log.whole(), ending)
        else:
            explanation = _explain_long(folder, log, ending)
    detail = ending.facts.get("detail")
    return as_ended(explanation, ending, str(detail) if detail else None)


def as_ended(explanation: Explanation, ending: Ending, detail: str | None) -> Explanation:
    """The explanation, with what is known of the end where the log shows no error.

    Of an end that is unknown it says so: that nothing failed would be a guess.
    """
    if explanation.error is not None:
        return explanation
    if ending.status == Status.UNKNOWN:
        title = "How it ended is not known"
        explanation = replace(explanation, cause="unknown", title=title, confidence="unknown")
    return replace(explanation, headline=detail) if detail else explanation


def _explain_long(folder: AttemptFolder, log: LogFile, ending: Ending) -> Explanation:
    """The explanation of a long log, made once; its lines are counted then, too."""
    version = _version(folder.log)
    known = kept_explanation.read(folder, version, ending)
    if known is None:
        known = explain_within_bounds(log, ending)
        log.count_lines()
        kept_explanation.keep(folder, version, ending, known)
    return known


def ending_of(
    run: Run, result: Mapping[str, Any] | None = None, spec: Mapping[str, Any] | None = None
) -> Ending:
    """How a run's current attempt ended, in diagnosis's words."""
    launch = (result or {}).get("launchError") or {}
    return Ending(
        status=run.status.value,
        exit_code=run.exit_code,
        signal=run.signal,
        reason=run.reason,
        stage=run.stage,
        facts={
            **tame(spec or {}),
            **(result or {}),
            "command": tame(run.command),
            "detail": run.detail,
            "launchErrno": getattr(errno, str(launch.get("errno")), None),
        },
    )


def explain_run(home: Path, run: Run) -> Explanation:
    """Why a run's current attempt ended as it did."""
    folder = attempt_folder(home, run.id, run.attempt, run.member)
    return explain_attempt(folder, ending_of(run, read_result(folder), run.spec))


def _version(log: Path) -> tuple[int, int, int] | None:
    try:
        status = log.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _length(explanation: Explanation) -> int:
    """About how many characters it holds."""
    messages = sum(len(link.message) for link in explanation.chain)
    return messages + sum(len(item.text) for item in explanation.evidence)


def error_of(run: Run) -> Error | None:
    """A failed, cancelled or lost run's whole error, None for a run that has none."""
    if run.status not in FINAL or run.status == Status.COMPLETED:
        return None
    if run.status == Status.UNKNOWN and run.error_start is None:
        return None
    return Error(run.error_start, run.error_end, sentence_of(run))


def sentence_of(run: Run) -> str:
    """What is said of an ending of which the log says nothing; never empty."""
    return run.detail or run.headline or run.reason or run.status.value


def read_error(home: Path, run: Run) -> str | None:
    """The whole error as text; bytes that are not UTF-8 become U+FFFD."""
    error = error_of(run)
    if error is None:
        return None
    with LogFile(attempt_folder(home, run.id, run.attempt, run.member)) as log:
        return b"".join(error.chunks(log)).decode("utf-8", errors="replace")


def explanation_columns(
    folder: AttemptFolder, explanation: Explanation, sentence: str | None, status: Status
) -> dict[str, Any]:
    """What the store keeps of an explanation: the words for the list, and the error's span."""
    span = explanation.error
    columns: dict[str, Any] = {
        "cause": explanation.cause,
        "title": explanation.title,
        "headline": explanation.headline[:HEADLINE],
        "headline_length": len(explanation.headline),
        "error_start": span.start if span else None,
        "error_end": span.end if span else None,
        "error_length": None,
        "error_preview": None,
        "rules_version": RULES_VERSION,
        "fingerprint": None,
    }
    if status == Status.COMPLETED or (status == Status.UNKNOWN and span is None):
        return columns | {"error_start": None, "error_end": None}
    error = Error(columns["error_start"], columns["error_end"], sentence or explanation.headline)
    with LogFile(folder) as log:
        length, first, last = _measured(error.chunks(log))
    if status in GROUPED:
        from lastwords.diagnosis.fingerprint import fingerprint  # with the rules, on first use

        columns["fingerprint"] = fingerprint(explanation, first + last)
    preview = first.decode("utf-8", errors="replace")[:PREVIEW]
    return columns | {"error_length": length, "error_preview": preview}


def _measured(chunks: Iterator[bytes]) -> tuple[int, bytes, bytes]:
    """How many characters there are, their first bytes, and the last ones of the rest."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    length, first, last = 0, b"", b""
    for chunk in chunks:
        length += len(decoder.decode(chunk))
        room = max(0, _ENDS - len(first))
        first += chunk[:room]
        last = (last + chunk[room:])[-_ENDS:]
    return length + len(decoder.decode(b"", final=True)), first, last
