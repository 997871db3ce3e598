"""A run as JSON, the same for the API and the command line."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lastwords.basics import TRAINING
from lastwords.diagnosis import Explanation
from lastwords.executors import shipped
from lastwords.folders.attempt import AttemptFolder, size_of
from lastwords.folders.runfolder import attempt_folder
from lastwords.logs.last_line import last_line
from lastwords.logs.logfile import LogFile
from lastwords.records import FINAL, Run, Status, as_text, timestamp_from_unix

Json = dict[str, Any]

LONGEST_COMMAND = 100  # characters of it that stand for a name
OUTPUT = "--output-dir="  # the recorder's own word to a trainer, after every other

_AS_THEY_ARE = {
    "id": "id",
    "runIdentifier": "id",
    "name": "name",
    "kind": "kind",
    "trainingType": "training_type",
    "createdAt": "created_at",
    "startedAt": "started_at",
    "finishedAt": "finished_at",
    "seconds": "seconds",
    "datasetSize": "dataset_size",
    "baseModel": "base_model",
    "finalLoss": "final_loss",
    "triggeredBy": "triggered_by",
    "user": "user",
    "note": "note",
    "noteUser": "note_user",
    "starred": "starred",
    "attempt": "attempt",
    "exitCode": "exit_code",
    "signal": "signal",
    "reason": "reason",
    "cause": "cause",
    "title": "title",
    "headline": "headline",
    "stage": "stage",
    "errorPreview": "error_preview",
    "stopping": "stopping",
    "fingerprint": "fingerprint",
    "flags": "flags",
    "host": "host",
    "engine": "engine",
    "changed": "changed",
    "retryAt": "retry_at",
}


def run_json(home: Path, run: Run, queue_position: int | None = None) -> Json:
    """A run as in a list; never the full error, always its length."""
    folder = attempt_folder(home, run.id, run.attempt)
    output = _output(folder, run)
    metadata = os.path.join(output, "training_run.json")  # noqa: PTH118  # of each run of a list
    progress = run.progress
    return {name: getattr(run, attribute) for name, attribute in _AS_THEY_ARE.items()} | {
        "status": run.status.value,
        "labels": {"project": run.project, "tags": run.tags},
        "shortCommand": None if run.kind == TRAINING else _in_short(run.command),
        "outputDir": as_text(output),
        "metadataPath": as_text(metadata) if size_of(metadata) else None,
        "logBytes": run.log_bytes if run.status in FINAL else folder.log_size,
        "progress": progress
        and {
            "step": progress.step,
            "totalSteps": progress.total_steps,
            "epoch": progress.epoch,
            "secondsLeft": progress.seconds_left,
        },
        "headlineLength": run.headline_length or 0,
        "errorLength": run.error_length or 0,
        "queuePosition": queue_position,
        "lastLine": last_line(folder) if run.status == Status.RUNNING else None,
        "values": {},
        "executor": run.spec.get("executor"),
        **_contact(folder, run),
    }


def _contact(folder: AttemptFolder, run: Run) -> Json:
    """When a run of another machine was last heard, and of how much of its log how much is here."""
    heard = None if run.host is None else shipped.last_contact_of_any(folder)
    goes_on = heard is not None and run.status not in FINAL
    whole = {"logBytes": folder.log_size + shipped.bytes_behind(folder)} if goes_on else {}
    return whole | {
        "contactAt": None if heard is None else timestamp_from_unix(heard),
        "outOfContact": any(flag["flag"] == "out_of_contact" for flag in run.flags),
        "shippedBytes": None if run.host is None else folder.log_size,
    }


def _in_short(command: Sequence[str]) -> str:
    """A command on one line; of a long one the program and the last arguments."""
    return without_middle(as_text(" ".join(shlex.join(command).split())), LONGEST_COMMAND)


def without_middle(text: str, most: int) -> str:
    """A text of at most so many characters: of a longer one both ends."""
    if len(text) <= most:
        return text
    end = most // 2
    return f"{text[: most - end - 1]}…{text[-end:]}"


def _output(folder: AttemptFolder, run: Run) -> str:
    """Where this attempt writes its adapter: its artifacts, or the folder given at the shell."""
    if run.kind == TRAINING and run.host is None:
        named = [word for word in run.command if word.startswith(OUTPUT)]
        if named:
            return str(Path(named[-1].removeprefix(OUTPUT)))
    return str(folder.artifacts)


def diagnosis_json(
    home: Path,
    run: Run,
    explanation: Explanation,
    similar: Sequence[str],
    worked: Mapping[str, tuple[int, int]] | None = None,
) -> Json:
    """Why a run ended as it did, with its full traceback.

    similar: runs with the same error. worked: by fix, how often it was tried and how often it
    helped; without it no changes are proposed, since only the newest attempt can be retried.
    """
    from lastwords.presentation.fixes import advice_json  # which a list has no need of

    with LogFile(attempt_folder(home, run.id, run.attempt, run.member)) as log:
        span = explanation.error
        error = b"".join(log.chunks(span.start, span.end)) if span else b""
    found = explanation_json(explanation, error)
    if worked is not None:
        found["advice"] = advice_json(run, explanation, worked)
    return found | {
        "status": run.status.value,
        "exitCode": run.exit_code,
        "signal": run.signal,
        "reason": run.reason,
        "similar": list(similar),
    }


def explanation_json(explanation: Explanation, error: bytes) -> Json:
    """What an explanation says of any log; `error` is the span's bytes."""
    span, frame = explanation.error, explanation.user_frame
    return {
        "status": None,
        "cause": explanation.cause,
        "title": explanation.title,
        "means": explanation.means,
        "why": explanation.why,
        "confidence": explanation.confidence,
        "stage": explanation.stage,
        "exitCode": None,
        "signal": None,
        "reason": None,
        "headline": explanation.headline,
        "userFrame": frame and {"file": frame.file, "line": frame.line, "function": frame.function},
        "traceback": span
        and {
            "firstLine": span.first_line,
            "lastLine": span.last_line,
            "text": error.decode("utf-8", errors="replace"),
        },
        "chain": [
            {"type": link.type, "message": link.message, "relation": link.relation}
            for link in explanation.chain
        ],
        "evidence": [{"line": item.line, "text": item.text} for item in explanation.evidence],
        "advice": [
            {"text": item.text, "command": item.command, "fix": None, "worked": None}
            for item in explanation.advice
        ],
        "alternatives": [
            {"cause": item.cause, "title": item.title, "why": item.why, "line": item.line}
            for item in explanation.alternatives
        ],
        "cutShort": explanation.cut_short,
        "similar": [],
    }
