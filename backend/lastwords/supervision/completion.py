"""Completion is proved, not assumed: from how an attempt ended to the status it earned.

A training is completed only with exit code 0, the finish marker of this attempt (its nonce), an
adapter that opens whole and holds finite numbers, and a finite loss. A recorded command is
completed on exit code 0, with `--expect` only if each path was written during the attempt.

The judge is total: a run that has ended gets a final status, whatever its folder holds. Only where
we cannot look just now (OutOfReach) is there no verdict yet.
Standard library only.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lastwords.folders.events import Facts
from lastwords.folders.facts import LAUNCHER_GONE
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    is_shortage,
    read_before,
    read_spec,
)
from lastwords.recording.oom import is_worker_kill
from lastwords.records import IMPORTED, TRAINING, Outcome, Status, as_text, parse_timestamp
from lastwords.supervision.adapter_check import Unproved as Unproved
from lastwords.supervision.adapter_check import prove_adapter as prove_adapter
from lastwords.supervision.adapter_check import prove_header as prove_header
from lastwords.supervision.adapter_check import prove_safetensors as prove_safetensors
from lastwords.supervision.expected import Noted, is_new, prove_written
from lastwords.supervision.proving import Prove, prove_here

_log = logging.getLogger(__name__)

_LOST = {
    "host_rebooted": "The host restarted during the run, so its exit status is unknown.",
    "recorder_lost": "The run and its recorder both died, so the exit status is unknown.",
    "child_damaged": "child.json, which identifies the run's process, is damaged.",
    "requeued": "Its job was started again before it told how it ended.",
    "folder_missing": "The run's folder, with its log, was deleted while it was running.",
}


_NOT_RECORDED = "How it ended is not known: the log was imported, and does not say it."


def judge(
    folder: AttemptFolder,
    spec: Mapping[str, Any],
    result: Mapping[str, Any],
    facts: Facts,
    prove: Prove = prove_here,
) -> tuple[Outcome, str | None]:
    """The status an ended attempt earned, and a sentence if the log itself cannot tell why.

    spec, result: as `folders/facts.py` reads them.

    Raises: OutOfReach, and nothing else.
    """
    try:
        outcome, sentence = _judge(folder, spec, result, facts, prove)
    except OutOfReach:
        raise
    except Exception as error:
        if is_shortage(error):
            raise OutOfReach(f"{folder.run_id} cannot be judged just now: {error}") from error
        _log.exception("%s cannot be judged", folder.run_id)
        outcome = Outcome(Status.LOST, "result_damaged")
        sentence = f"It ended, but could not be judged ({type(error).__name__}: {error})."
    return outcome, sentence and as_text(sentence)


def _judge(
    folder: AttemptFolder,
    spec: Mapping[str, Any],
    result: Mapping[str, Any],
    facts: Facts,
    prove: Prove,
) -> tuple[Outcome, str | None]:
    code, signal = result.get("exitCode"), result.get("signal")
    if lost := result.get("lost"):
        return Outcome(Status.LOST, str(lost)), _why_lost(str(lost), result)
    if spec.get("kind") == IMPORTED:
        return _imported(result)
    if launch := result.get("launchError"):
        return Outcome(Status.FAILED, "launch_failed"), str(launch["message"])
    stop = _stop_in_time(result)
    if stop and stop.get("reason") == "withdrawn":
        sentence = f"Removed from the queue by {stop['by']} before it started."
        return Outcome(Status.CANCELLED, "stopped_by_user"), sentence
    if stop and (limited := _limited(stop, spec, result)):
        reason, sentence = limited
        return Outcome(Status.FAILED, reason, code, signal), sentence
    if stop and not _finished_anyway(code, facts, spec):
        reason = str(stop["reason"])
        if reason == LAUNCHER_GONE:  # which nobody asked for
            return Outcome(Status.FAILED, reason, code, signal), f"Stopped by {stop['by']}."
        if result.get("forced") and reason != "requeued":
            reason = "stop_forced"
        return Outcome(Status.CANCELLED, reason, code, signal), f"Stopped by {stop['by']}."
    if memory := _out_of_memory(result):
        reason, sentence = memory
        return Outcome(Status.FAILED, reason, code, signal), sentence
    if signal:
        return Outcome(Status.FAILED, f"killed_by_{signal}", None, signal), _hint(result)
    if code != 0:
        return Outcome(Status.FAILED, "exit_code", code), None
    try:
        _prove(folder, spec, result, facts, prove)
    except Unproved as unproved:
        return Outcome(Status.FAILED, unproved.reason, code), str(unproved)
    return Outcome(Status.COMPLETED, "ok", code), None


def _imported(result: Mapping[str, Any]) -> tuple[Outcome, str | None]:
    """What was proved of a log's run as it was imported."""
    told = result.get("imported") or {}
    status = Status(told.get("status", Status.UNKNOWN))
    ended = result.get("exitCode"), result.get("signal")
    sentence = told.get("proof") or (_NOT_RECORDED if status == Status.UNKNOWN else None)
    return Outcome(status, str(told.get("reason")), *ended), sentence


def _why_lost(reason: str, result: Mapping[str, Any]) -> str | None:
    if damage := result.get("damage"):
        return f"How it ended is not known: {damage}."
    if reason == "given_up":
        by = result.get("givenUpBy")
        return f"Called lost by {by}: it runs on another machine, out of sight."
    if word := result.get("engineWord"):
        return f"How it ended is not known; its engine ended it and says: {word}."
    return _LOST.get(reason)


def _limited(
    stop: Mapping[str, Any], spec: Mapping[str, Any], result: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Reason and sentence for a run that a limit ended."""
    reason, by = str(stop.get("reason")), stop.get("by")
    if reason == "timeout":
        limit = spec.get("timeLimitSeconds")
        if limit is None:  # a scheduler's own
            return reason, f"Stopped by {by}."
        return reason, f"Stopped: it ran longer than its time limit of {limit} s."
    if reason == "log_quota":
        limit = spec.get("maxLogBytes")
        return reason, f"Stopped: its log exceeded the limit of {limit} bytes."
    if reason == "hang":
        hang = result.get("hang") or {}
        printed = "; the stack of each thread is at the end of the log"
        where = printed if hang.get("stacksOf") else ""
        return "hang_killed", f"No output or activity for {hang.get('seconds')} s{where}."
    return None


def _out_of_memory(result: Mapping[str, Any]) -> tuple[str, str] | None:
    """Only where the kernel's own counters or log prove it."""
    oom = result.get("oom")
    if not isinstance(oom, dict) or oom.get("certainty") != "proven":
        return None
    if oom.get("main"):
        return "oom_killed", f"Killed by the kernel: out of memory{_memory(oom)}."
    if is_worker_kill(oom, result.get("exitCode") != 0):
        kills = oom.get("kills")
        words = f"The kernel killed {kills} of its processes: out of memory{_memory(oom)}"
        return "worker_oom", f"{words}; the main process itself was not killed."
    return None


def _hint(result: Mapping[str, Any]) -> str | None:
    """Evidence for running out of memory that is not proof."""
    oom = result.get("oom")
    if not isinstance(oom, dict) or oom.get("certainty") != "inferred":
        return None
    in_group = str(oom.get("source")).startswith("cgroup")
    whole = "in its control group" if in_group else "on this machine"
    return (
        "Killed by SIGKILL from an unknown sender. While it ran, the kernel killed a process "
        f"{whole} that was out of memory, possibly this one{_memory(oom)}."
    )


def _memory(oom: Mapping[str, Any]) -> str:
    peak, limit = oom.get("peakBytes"), oom.get("limitBytes")
    if not isinstance(peak, int) or not isinstance(limit, int):
        return ""
    return f" ({peak / 1e6:,.0f} MB used of {limit / 1e6:,.0f} MB allowed)"


def _finished_anyway(code: int | None, facts: Facts, spec: Mapping[str, Any]) -> bool:
    """Whether it finished before it was stopped: a training says so, a command cannot."""
    return code == 0 and spec.get("kind") == TRAINING and facts.finished is not None


def _stop_in_time(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The requested stop, unless it came after the end."""
    stop = result.get("stop")
    if result.get("stopHeeded"):
        return stop
    return stop if stop and str(stop.get("at", "")) <= result["finishedAt"] else None


def _prove(
    folder: AttemptFolder,
    spec: Mapping[str, Any],
    result: Mapping[str, Any],
    facts: Facts,
    prove: Prove,
) -> None:
    if folder.is_shipped:
        _prove_told(spec, result)
        return
    if spec.get("kind") != TRAINING:
        _prove_expected(folder, spec, result)
        return
    if _is_led(spec):
        return
    damage = f" {spec['damage']}." if spec.get("damage") else ""
    if facts.finished is None or facts.finished.get("nonce") != spec.get("nonce"):
        raise Unproved(
            "exit0_not_finished",
            "Exit code 0, but it never reported that it finished." + damage,
        )
    loss = facts.finished.get("finalLoss")
    if not isinstance(loss, int | float) or not math.isfinite(loss):
        raise Unproved("nan_loss", f"The final loss is NaN or infinite{_since_step(facts)}.")
    output = output_folder(folder, spec)
    prove(folder, output)
    if spec.get("outputDir"):  # its own folder began empty
        _prove_new(output, _noted(folder, result, "exit0_no_adapter"))


def _is_led(spec: Mapping[str, Any]) -> bool:
    """Whether a node is one of several of a training, and not rank 0, which alone writes."""
    nodes = (spec.get("spec") or {}).get("nodes") or 1
    return nodes > 1 and bool((spec.get("join") or {}).get("rank"))


def proved_here(
    folder: AttemptFolder, result: Mapping[str, Any], facts: Facts
) -> dict[str, Any] | None:
    """What had to be written and was, for a machine that cannot look; None where it failed anyway.

    `reason` is None where everything was.

    Raises: OutOfReach.
    """
    if result.get("exitCode") != 0:
        return None
    try:
        _prove(folder, read_spec(folder) or {}, result, facts, prove_here)
    except (Unproved, UnreadableFact) as error:
        reason = getattr(error, "reason", "result_damaged")
        return {"reason": reason, "detail": as_text(str(error))}
    return {"reason": None}


def _prove_told(spec: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """What was found where it ran; nothing that it had to write is on this machine."""
    proved = result.get("proved") or {}
    if proved.get("reason"):
        raise Unproved(str(proved["reason"]), str(proved.get("detail")))
    if "proved" not in result and spec.get("kind") == TRAINING:
        sentence = "Exit code 0, but its adapter was not checked on the machine where it ran."
        raise Unproved("exit0_no_adapter", sentence)


def _prove_expected(
    folder: AttemptFolder, spec: Mapping[str, Any], result: Mapping[str, Any]
) -> None:
    expect = spec.get("expect") or []
    expected = [expect] if isinstance(expect, str) else expect
    if not expected:
        return
    if "cwd" not in spec:  # whoever lists a run keeps what it expects, but not its folder
        words = spec.get("damage") or f"{folder.spec} is missing"
        named = ", ".join(expected)
        sentence = f"Exit code 0, but whether {named} was written cannot be told: {words}."
        raise Unproved("expected_missing", sentence)
    prove_written(Path(spec["cwd"]), expected, _noted(folder, result, "expected_missing"))


def _noted(folder: AttemptFolder, result: Mapping[str, Any], reason: str) -> Noted:
    """What was there before the start. Raises: Unproved, where that cannot be read."""
    try:
        noted = read_before(folder)
    except OutOfReach:
        raise
    except UnreadableFact as error:
        raise Unproved(reason, f"Exit code 0, but what is new cannot be told: {error}.") from None
    started = result.get("startedAt")
    return noted if noted is not None else parse_timestamp(started).timestamp() if started else 0.0


def output_folder(folder: AttemptFolder, spec: Mapping[str, Any]) -> Path:
    """Where a training leaves its adapter: its artifacts, or what --output-dir named."""
    named = None if folder.is_shipped else spec.get("outputDir")  # which names a path there
    return Path(named or folder.artifacts)


def _since_step(facts: Facts) -> str:
    """Where the loss first became NaN or infinite."""
    steps = [m.get("step") for m in facts.metrics if "loss" in m.get("nonFinite", ())]
    return f", for the first time at step {steps[0]}" if steps else ""


def _prove_new(output: Path, noted: Noted) -> None:
    """A folder that was there before may hold what an earlier training left."""
    for path in (output / "adapter_config.json", *sorted(output.glob("*.safetensors"))):
        if not is_new(path, path.stat(), noted):
            sentence = f"Exit code 0, but {path} is what it was before this attempt: it wrote none."
            raise Unproved("exit0_no_adapter", sentence)
