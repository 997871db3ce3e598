"""Flags: what is unusual about a run, besides its status, from its recorder's notices.

A flag is `{"flag", "since", "detail"}`. While a run is running, its flags say what is true now: a
stall that is over is dropped. After its end, those that still matter to a reader stay.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lastwords.records import as_text, is_timestamp

Flag = dict[str, str]

_GAP = "A write to the log failed; the output of that moment is missing."
MOST_TEXT = 300  # characters of a detail; the child can write into its folder too

# A notice that ends what another one began.
_ENDS = {"stall_over": "stalled", "continued": "stopped_by_signal"}
# What is told of a running run and means nothing any more once it has ended.
_WHILE_RUNNING = {"stalled", "stopped_by_signal", "disk_low", "supervisor_stalled", "unknown"}
_WHILE_RUNNING |= {"on_another_host", "out_of_contact", "clock_differs"}
_WHILE_RUNNING |= {"placed", "engine_away", "engine_forgot"}
# What stays said of a run that has ended.
_LASTING = {"adopted", "clock_jump", "log_gap", "log_quota", "log_reserve_used"}
_LASTING |= {"orphans_killed", "children_kept", "survivors", "gpu_leak", "partly_read"}
_LASTING |= {"log_cut", "came_back", "claimed_twice", "member_missing", "checkpoint_missing"}
_LASTING |= {"stacks_asked", "log_tampered", "facts_restored"}


def holding(notices: Iterable[Mapping[str, Any]]) -> list[Flag]:
    """The flags of a running run, oldest first, each since its first notice."""
    held: dict[str, Flag] = {}
    for notice in notices:
        name = str(notice.get("notice"))
        if name in _ENDS:
            held.pop(_ENDS[name], None)
        elif name in _WHILE_RUNNING | _LASTING and is_timestamp(notice.get("time")):
            flag = make(name, str(notice["time"]), str(notice.get("detail", "")))
            held[name] = flag | {"since": held[name]["since"]} if name in held else flag
    return list(held.values())


def lasting(notices: Iterable[Mapping[str, Any]], result: Mapping[str, Any]) -> list[Flag]:
    """The flags of an ended run, whose end is `result`."""
    kept = [_over(flag, result) for flag in holding(notices) if flag["flag"] in _LASTING]
    names = {flag["flag"] for flag in kept}
    told = _of_result(result)
    return kept + [make(*flag) for flag in told if flag[0] not in names]


def _over(flag: Flag, result: Mapping[str, Any]) -> Flag:
    """A flag reworded after the end: a run that has ended is no longer paused."""
    if flag["flag"] != "log_quota":
        return flag
    quota = result.get("logQuota")
    limit = quota.get("limitBytes") if isinstance(quota, dict) else None
    size = f"{limit:,} bytes" if isinstance(limit, int) else "its limit"
    return make("log_quota", flag["since"], f"The log exceeded {size}.")


def partly_read(skipped: Mapping[str, int], since: str) -> list[Flag]:
    """The flag of a run of whose files, by name, so many bytes were not read, if any were not."""
    names = [f"{count:,} bytes of {name}" for name, count in skipped.items() if count]
    if not names:
        return []
    words = "There is more than is read of it: the middle was left out."
    return [make("partly_read", since, f"Not read: {' and '.join(names)}. {words}")]


def make(name: str, since: str, detail: str) -> Flag:
    return {"flag": name, "since": since, "detail": as_text(detail[:MOST_TEXT])}


def _of_result(result: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    ended = str(result.get("finishedAt"))
    if result.get("adopted"):
        yield "adopted", ended, "The recorder died; the server watched the run to its end."
    if result.get("logGap"):
        yield (
            "log_gap",
            ended,
            str(result.get("logLoss") or _GAP),
        )
    if tampering := result.get("logTampering"):
        yield "log_tampered", ended, _tampering(tampering)
    if restored := result.get("factsRestored"):
        yield "facts_restored", ended, f"Removed while it ran, and restored: {_list(restored)}."
    if asked := result.get("stacksAskedOf"):
        yield "stacks_asked", ended, f"Stalled: SIGUSR1 was sent to process {_list(asked)}."
    if killed := result.get("orphansKilled"):
        yield "orphans_killed", ended, f"Leftover processes killed: {killed}."
    if kept := result.get("childrenKept"):
        yield "children_kept", ended, f"Processes left running, as asked: {kept}."
    if survivors := result.get("survivors"):
        yield "survivors", ended, f"Processes that could not be killed: {survivors}."
    if leak := result.get("gpuLeak"):
        yield "gpu_leak", ended, f"Processes still using the GPU: {leak}."


def _list(items: list[object]) -> str:
    return ", ".join(map(str, items))


def _tampering(told: object) -> str:
    """What was done to the log while the run wrote it."""
    acts = [act for act in told if isinstance(act, dict)] if isinstance(told, list) else []
    if had := sum(act["had"] for act in acts if isinstance(act.get("had"), int)):
        return f"The log was truncated while the run wrote it: up to {had:,} bytes are missing."
    return "The log was removed or replaced while the run wrote it, and was restored."
