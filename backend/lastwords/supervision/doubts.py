"""What makes a completed run doubtful: its exit code says well, its log or its numbers do not.

The status stays what the exit code says, and a flag says what speaks against it. Doubtful are a
loss that ended as no number, a loss or a gradient that was nothing but zero, and a traceback as the
last words, as of a pipeline that passes only the exit code of its last command on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from lastwords.folders.attempt import AttemptFolder
from lastwords.folders.events import Facts
from lastwords.logs.logfile import LogFile
from lastwords.measurements.metrics import read_metrics
from lastwords.supervision import flags
from lastwords.supervision.flags import Flag

_TAIL = 1 << 18  # bytes of a log in which its last words are looked for
_AFTER = 2  # lines that a script may still print after a traceback: echo done
_PLAIN_WORDS = re.compile(rb"[^0-9:]{1,40}")  # and not a result, which has a number
_FEW = 2  # losses that say something

# What frameworks print as they give up early: Keras, Lightning, timm, detectron2.
_GAVE_UP = re.compile(
    rb"(?i)invalid loss, terminating training"
    rb"|monitored metric \S{1,80} = -?(?:nan|inf) is not finite"
    rb"|loss is (?:nan|inf), stopping"
    rb"|loss became infinite or nan"
)

Metric = Mapping[str, Any]


def doubts(folder: AttemptFolder, facts: Facts, ended: str) -> list[Flag]:
    """The flags of an attempt that ended well: `ended` is when."""
    metrics = [metric for metric in read_metrics(folder, facts) if _of_training(metric)]
    with LogFile(folder) as log:
        tail = log.read(max(0, log.size - _TAIL), log.size)
    found = {
        "loss_not_a_number": not_a_number(metrics) or _gave_up(tail),
        "nothing_learnt": nothing_learnt(metrics),
        "traceback_in_log": _last_traceback(tail),
    }
    return [flags.make(name, ended, words) for name, words in found.items() if words]


def _of_training(metric: Metric) -> bool:
    names = {"loss", "gradNorm"}
    return bool(names & metric.keys() or names & set(metric.get("nonFinite", ())))


def not_a_number(metrics: Sequence[Metric]) -> str | None:
    """From where the loss was NaN or infinite to the end; one that recovered is no doubt."""
    lost = list(takewhile(_is_lost, reversed(metrics)))
    if not lost:
        return None
    step = lost[-1].get("step")
    where = f"logged value {len(metrics) - len(lost) + 1}" if step is None else f"step {step:,.0f}"
    return f"The loss was not a number from {where} to the end."


def _is_lost(metric: Metric) -> bool:
    """Whether a loss is no number; transformers prints 0 for it, beside such a gradient."""
    lost = metric.get("nonFinite", ())
    return "loss" in lost or ("gradNorm" in lost and metric.get("loss") in (0, None))


def nothing_learnt(metrics: Sequence[Metric]) -> str | None:
    """That every loss, or every gradient, was zero: there was nothing to learn from."""
    for name, words in (("loss", "loss"), ("gradNorm", "gradient norm")):
        values = [metric[name] for metric in metrics if metric.get(name) is not None]
        if len(values) >= _FEW and not any(values):
            return f"Every logged {words} was 0: no label counts, or no weight is trained."
    return None


def _gave_up(tail: bytes) -> str | None:
    match = _GAVE_UP.search(tail)
    if match is None:
        return None
    start, end = tail.rfind(b"\n", 0, match.start()) + 1, tail.find(b"\n", match.end())
    line = tail[start : end if end >= 0 else len(tail)]
    return f"Training stopped early: {line.decode('utf-8', 'replace').strip()}"


def _last_traceback(tail: bytes) -> str | None:
    """The error that the log ends with, but for a few words of the script around it."""
    lines = [line for line in tail.splitlines(keepends=True) if line.strip()]
    for after in range(_AFTER + 1):
        kept = len(lines) - after
        said = b"".join(lines[:kept])
        if b"Traceback" in said and (headline := _ends_with_traceback(said)):
            return f"The log ends with: {headline}"
        if not kept or not _PLAIN_WORDS.fullmatch(lines[kept - 1].strip()):
            return None
    return None


def _ends_with_traceback(text: bytes) -> str | None:
    """The headline of a traceback at the very end, which would be called a failure there."""
    from lastwords.diagnosis import Ending, explain  # most commands end without needing the rules

    found = explain(text, Ending())
    if not found.is_traceback or found.cause == "ok" or found.error is None or not found.chain:
        return None
    return None if text[found.error.end :].strip() else found.headline
