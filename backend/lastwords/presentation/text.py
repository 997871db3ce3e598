"""Runs and diagnoses in words for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lastwords import spec
from lastwords.presentation.runs import Json, without_middle
from lastwords.records import now, parse_timestamp

_NONE = (None, "")
_LONGEST_NAME = 40  # of a command that stands for one
_FACTS = (
    ("Run", "id"),
    ("Name", "name"),
    ("Status", "status"),
    ("Reason", "reason"),
    ("Exit code", "exitCode"),
    ("Signal", "signal"),
    ("Stage", "stage"),
    ("Cause", "title"),
    ("Error", "headline"),
    ("Model", "baseModel"),
    ("Samples", "datasetSize"),
    ("Final loss", "finalLoss"),
    ("Started", "startedAt"),
    ("Finished", "finishedAt"),
    ("Took", "seconds"),
    ("Attempt", "attempt"),
    ("Log", "logBytes"),
    ("Output", "outputDir"),
    ("Runs on", "host"),
    ("Engine", "engine"),
    ("Last heard", "contactAt"),
    ("User", "user"),
    ("Started by", "triggeredBy"),
    ("Note", "note"),
)


def table(runs: Sequence[dict[str, Any]], limit: int, filtered: bool) -> str:
    """One line per run, and a note if there may be more than `limit`."""
    if not runs and filtered:
        return "No runs match."
    if not runs:
        return "No runs yet. Record one with lastwords run -- COMMAND, or run lastwords serve."
    rows = [("RUN", "NAME", "STATUS", "STARTED", "TOOK", "WHY")]
    rows += [
        (
            run["id"],
            run["name"] or without_middle(run["shortCommand"] or "-", _LONGEST_NAME),
            ", ".join([run["status"], *_flags(run)]),
            (run["startedAt"] or "-")[:19].replace("T", " "),
            _took(run),
            _why(run),
        )
        for run in runs
    ]
    more = f"\nShowing the newest {limit}; use -n {limit * 5} for more."
    return _columns(rows) + (more if len(runs) == limit else "")


def facts(run: dict[str, Any]) -> str:
    """A run's facts, those that are there."""
    told = [(label, key, run.get(key)) for label, key in _FACTS]
    rows = [(label, _fact(key, value)) for label, key, value in told if value not in _NONE]
    rows += _labels(run)
    if run["status"] == "running" and run["progress"]:
        rows.append(("Progress", _progress(run["progress"])))
    rows += [(item["flag"], f"{item['detail']} ({item['since']})") for item in run["flags"]]
    rows += [(f"Rank {member['rank']}", _member(member)) for member in run.get("members") or []]
    return _columns(rows)


def _member(member: dict[str, Any]) -> str:
    """`failed on node7, exit code 1: ValueError: …`."""
    where = f" on {member['host']}" if member["host"] else ""
    end = member["signal"] or (
        f"exit code {member['exitCode']}" if member["exitCode"] is not None else ""
    )
    words = ", ".join(filter(None, [f"{member['status']}{where}", end]))
    first = " (the end of the run is told of it)" if member["decides"] else ""
    return f"{words}: {member['headline']}{first}" if member["headline"] else f"{words}{first}"


def labels(run: dict[str, Any]) -> str:
    """What a run is called."""
    star = " (starred)" if run["starred"] else ""
    rows = [("Run", f"{run['id']}{star}"), ("Name", run["name"] or "-"), *_labels(run)]
    return _columns([*rows, ("Note", _fact("note", run["note"]))] if run["note"] else rows)


def _labels(run: dict[str, Any]) -> list[tuple[str, str]]:
    told = run["labels"]
    rows = [("Project", told["project"]), ("Tags", ", ".join(told["tags"]))]
    return [(name, value) for name, value in rows if value]


def _progress(progress: dict[str, Any]) -> str:
    """`step 45 of 100, 0:08 left`, as far as it is known."""
    total, left = progress["totalSteps"], progress["secondsLeft"]
    words = f"step {progress['step']}" + (f" of {total}" if total else "")
    return words if left is None else f"{words}, {_clock(left)} left"


def _clock(duration: float) -> str:
    minutes, seconds = divmod(max(0, round(duration)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _flags(run: dict[str, Any]) -> list[str]:
    return [str(item["flag"]) for item in run["flags"]]


def _fact(key: str, value: Any) -> str:
    if key == "logBytes":
        return f"{value:,} bytes"
    if key == "note":
        return " ".join(str(value).split())
    if key == "seconds":
        return _clock(value)
    return f"{value:.4f}" if key == "finalLoss" else str(value)


def removed(runs: Sequence[dict[str, Any]], dry_run: bool) -> str:
    """What was deleted, or would be, with what that frees where it is known."""
    if not runs:
        return "Nothing to delete."
    verb = "would be deleted" if dry_run else "deleted"
    lines = [f"{run['id']} {verb}{_freed(run['bytes'])}" for run in runs]
    total = sum(run["bytes"] or 0 for run in runs)
    return "\n".join([*lines, f"{len(runs)} runs, {total:,} bytes"] if len(runs) > 1 else lines)


def _freed(size: int | None) -> str:
    return "" if size is None else f", {size:,} bytes"


def diagnosis(found: dict[str, Any]) -> str:
    """Title, headline, evidence, next steps."""
    lines = [found["title"], found["headline"], f"cause: {found['cause']} ({found['confidence']})"]
    lines += [f"{found['means']} {found['why']}"] if found["means"] else []
    if frame := found["userFrame"]:
        from lastwords.diagnosis.explanation import frame_words  # which a list has no need of

        lines.append(f"in your code: {frame_words(frame)}")
    if found["evidence"]:
        lines += ["", "Evidence"]
        lines += map(_evidence, found["evidence"])
    if found["advice"]:
        from lastwords.presentation.fixes import with_fix  # which a list has no need of

        lines += ["", "Next steps"]
        for item in found["advice"]:
            lines.append(f"  - {with_fix(item)}")
            lines += [f"    {item['command']}"] if item["command"] else []
    if found["cutShort"]:
        lines += ["", found["cutShort"]]
    return "\n".join(line for line in lines if line is not None)


def _evidence(item: dict[str, Any]) -> str:
    """A line of the log, or what is known of how the run ended, which stands in none."""
    return f"  line {item['line']}: {item['text']}" if item["line"] else f"  {item['text']}"


def trainer_flags(program: Sequence[str]) -> str:
    """The usage of `lastwords train`: the flags for users; Lastwords adds the rest."""
    fields = [field for field in spec.FIELDS if field.flag]
    rows = [(f"  {field.flag} {_value_of(field)}", _explained(field)) for field in fields]
    ours = [
        ("  --output-dir DIR", "folder for the adapter; default: the run's folder"),
        ("  --quiet", "record only; do not print the output"),
        ("  --home DIR", "folder for the database and the runs"),
        ("  --json", "print the run as one line of JSON on stdout, its output on stderr"),
    ]
    head = "Usage: lastwords train (--db-path FILE | --data-file FILE) [FLAGS]\n\n"
    head += "Run and record a training in the foreground, and exit with its exit code.\n\n"
    more = f"\n\nOther flags are passed to the trainer; list all with: {' '.join(program)} --help"
    return head + _columns([*rows, *ours]) + more


def _value_of(field: spec.Field) -> str:
    if field.choices:
        return "|".join(field.choices)
    words = {"integer": "N", "number": "X", "strings": "NAME,NAME"}
    return words.get(field.kind, "FILE" if field.name in ("dbPath", "dataFile") else "TEXT")


def _explained(field: spec.Field) -> str:
    unit = f" ({field.unit})" if field.unit else ""
    default = f"; default {field.default}" if field.default not in (None, "") else ""
    return f"{field.help.rstrip('.')}{unit}{default}"


def settings(found: Sequence[dict[str, Any]]) -> str:
    """One line per setting."""
    rows = [("SETTING", "VALUE", "FROM", "VARIABLE")]
    rows += [
        (item["name"], _value(item["value"]), item["source"], item["variable"]) for item in found
    ]
    return _columns(rows)


def findings(found: Sequence[dict[str, Any]]) -> str:
    """One line per check of the doctor, with the command that fixes the problem."""
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
    if run["queuePosition"]:
        return f"queued, number {run['queuePosition']} in line"
    if run["status"] == "running" and (progress := run["progress"]):
        return _progress(progress)
    return (run["headline"] or run["title"] or "") if run["status"] != "completed" else ""


def _took(run: dict[str, Any]) -> str:
    if not run["startedAt"]:
        return "-"
    end: datetime = parse_timestamp(run["finishedAt"]) if run["finishedAt"] else now()
    by_the_wall = (end - parse_timestamp(run["startedAt"])).total_seconds()
    counted = run.get("seconds")  # an older server does not tell it
    return _clock(by_the_wall if counted is None else counted)


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


def enrolments(found: Sequence[Json]) -> str:
    """Tokens as a table, without the tokens."""
    if not found:
        return "there are no tokens; lastwords token create --name NAME makes one"
    heads = ("NAME", "CREATED", "EXPIRES", "RUNS", "BYTES", "STATE")
    rows = [heads, *(_enrolment_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _enrolment_row(each: Json) -> tuple[str, ...]:
    def of(count: int, most: int | None) -> str:
        return f"{count:,}" if most is None else f"{count:,} of {most:,}"

    state = "revoked" if each["revokedAt"] else "expired" if each["isVoid"] else "good"
    return (
        each["name"],
        each["createdAt"][:10],
        (each["expiresAt"] or "never")[:16],
        of(each["runs"], each["maxRuns"]),
        of(each["bytes"], each["maxBytes"]),
        state,
    )
