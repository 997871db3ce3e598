"""The end of an attempt as its engine tells it, where the attempt itself could not, or not why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lastwords.executors.engines import JobState
from lastwords.folders.runfolder import AttemptFolder, read_fact
from lastwords.records import now, timestamp

_REASONS = {
    "node_failed": "node_failed",
    "out_of_memory": "engine_out_of_memory",
    "preempted": "preempted",
    "requeued": "requeued",
}
# What an engine does to a job by killing what it had started there.
_STOPS = {
    "requeued": ("requeued", ", which started its job again"),
    "cancelled": ("stopped_by_scheduler", ""),
    "timeout": ("timeout", ", at its time limit"),
}


def end_by(engine: str, folder: AttemptFolder, state: JobState) -> dict[str, Any]:
    """The end of one that told none."""
    fact: dict[str, Any] = {"finishedAt": timestamp(now()), "logBytes": folder.log_size}
    fact |= {"engineWord": f"{engine.capitalize()}: {state.reason or state.ended}"}
    stop = read_fact(folder.attempt.asked_to_stop)
    if stop is not None and state.ended in ("cancelled", "failed", "engine_failed"):
        fact |= {"stop": stop, "stopHeeded": True}
    else:
        fact |= {"lost": _REASONS.get(str(state.ended), "engine_failed")}
    return fact


def told_of_killing(
    engine: str, folder: AttemptFolder, stop: Mapping[str, Any], state: JobState
) -> dict[str, Any]:
    """What an engine adds to an end that came as what it had started was killed; nothing where
    that was not its doing.
    """
    known, ended = end_by(engine, folder, state), str(state.ended)
    if "stop" in known:  # which was asked for here
        return {name: known[name] for name in ("stop", "stopHeeded")}
    if ended in _STOPS:
        reason, words = _STOPS[ended]
        by = f"{engine.capitalize()}{words}"
        return {"stop": {**stop, "by": by, "reason": reason}, "stopHeeded": True}
    return {name: known[name] for name in ("lost", "engineWord") if ended in _REASONS}
