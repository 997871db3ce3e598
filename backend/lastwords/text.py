"""Runs and diagnoses in words for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lastwords.records import now, parse_timestamp

_NONE = (None, "")
_FACTS = (
    ("Run", "id"),
    ("Name", "name"),
    ("Status", "status"),
    ("Reason", "reason"),
    ("Exit code", "exitCode"),
    ("Signal", "signal"),
    ("Stage", "stage"),
    ("Why", "title"),
    ("Error", "headline"),
    ("Model", "baseModel"),
    ("Samples", "datasetSize"),
    ("Final loss", "finalLoss"),
    ("Started", "startedAt"),
    ("Finished", "finishedAt"),
    ("Attempt", "attempt"),
    ("Log", "logBytes"),
    ("Output", "outputDir"),
    ("Started by", "triggeredBy"),
)


def table(runs: Sequence[dict[str, Any]], limit: int, filtered: bool) -> str:
    """One line a run, and a word where there may be more than `limit`."""
    if not runs and filtered:
        return "No run matches."
    if not runs:
        return "No runs yet. lastwords run -- COMMAND records one, lastwords serve starts the page."
    rows = [("RUN", "NAME", "STATUS", "STARTED", "TOOK", "WHY")]
    rows += [
        (
            run["id"],
            run["name"] or "-",
            run["status"],
            (run["startedAt"] or "-")[:19].replace("T", " "),
            _took(run),
            _why(run),
        )
        for run in runs
    ]
    more = f"\nThese are the newest {limit}; -n {limit * 5} shows more."
    return _columns(rows) + (more if len(runs) == limit else "")


def facts(run: dict[str, Any]) -> str:
    """A run's facts, those that are there."""
    return _columns(
        [(label, _fact(key, run[key])) for label, key in _FACTS if run[key] not in _NONE]
    )


def _fact(key: str, value: Any) -> str:
    if key == "logBytes":
        return f"{value:,} bytes"
    return f"{value:.4f}" if key == "finalLoss" else str(value)


def diagnosis(found: dict[str, Any]) -> str:
    """Title, headline, evidence, what to do."""
    lines = [found["title"], found["headline"], f"cause: {found['cause']} ({found['confidence']})"]
    if frame := found["userFrame"]:
        lines.append(f"in your code: {frame['file']}:{frame['line']} {frame['function']}")
    if found["evidence"]:
        lines += ["", "Evidence"]
        lines += [f"  line {item['line']}: {item['text']}" for item in found["evidence"]]
    if found["advice"]:
        lines += ["", "What to do"]
        for item in found["advice"]:
            lines.append(f"  - {item['text']}")
            lines += [f"    {item['command']}"] if item["command"] else []
    return "\n".join(line for line in lines if line is not None)


def settings(found: Sequence[dict[str, Any]]) -> str:
    """One line a setting."""
    rows = [("SETTING", "VALUE", "FROM", "VARIABLE")]
    rows += [
        (item["name"], _value(item["value"]), item["source"], item["variable"]) for item in found
    ]
    return _columns(rows)


def findings(found: Sequence[dict[str, Any]]) -> str:
    """One line a check of the doctor, with the command that mends it."""
    return _columns(
        [(item["verdict"], item["name"], f"{item['text']}{_mended_by(item)}") for item in found]
    )


def _mended_by(finding: dict[str, Any]) -> str:
    return f" · run: {finding['command']}" if finding["command"] else ""


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)


def _why(run: dict[str, Any]) -> str:
    if run["status"] == "running" and (progress := run["progress"]):
        return f"step {progress['step']} of {progress['totalSteps']}"
    return (run["headline"] or run["title"] or "") if run["status"] != "completed" else ""


def _took(run: dict[str, Any]) -> str:
    if not run["startedAt"]:
        return "-"
    end: datetime = parse_timestamp(run["finishedAt"]) if run["finishedAt"] else now()
    seconds = max(0, round((end - parse_timestamp(run["startedAt"])).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as aligned columns; control characters made harmless for a terminal."""
    clean = [tuple(_harmless(cell) for cell in row) for row in rows]
    widths = [max(len(row[i]) for row in clean) for i in range(len(clean[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in clean
    )


def _harmless(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
