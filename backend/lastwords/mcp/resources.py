"""Logs and reports as resources: what a person can hand to an agent as a whole."""

from __future__ import annotations

import re
from typing import Any

from lastwords.mcp import arguments as args
from lastwords.mcp import reading
from lastwords.mcp.desk import Desk
from lastwords.mcp.quoting import marked
from lastwords.records import FINAL, Run, RunNotFound
from lastwords.store.filters import Filters
from lastwords.supervision.changes import changes_since_good

_LISTED = 20  # runs
_URI = re.compile(r"lastwords://runs/([\w.-]{1,100})/(log|report)")
_KINDS = {
    "log": ("text/plain", "The last lines of the log, at most 64 KiB, secrets masked."),
    "report": ("text/markdown", "The bug report, secrets masked."),
}


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Logs of the newest runs, and reports of those that ended otherwise than well."""
    runs = desk.store.page(Filters(), _LISTED).runs
    return [_described(run, kind) for run in runs for kind in _kinds_of(run)]


def _kinds_of(run: Run) -> list[str]:
    return ["report", "log"] if run.status in FINAL else ["log"]


def _described(run: Run, kind: str) -> dict[str, Any]:
    media, description = _KINDS[kind]
    return {
        "uri": f"lastwords://runs/{run.id}/{kind}",
        "name": f"{run.id} {kind}",
        "title": f"{kind.capitalize()} of {run.id} ({run.status.value})",
        "description": description,
        "mimeType": media,
        "annotations": {"audience": ["user", "assistant"], "priority": 0.5},
    }


def templates() -> list[dict[str, Any]]:
    """The same for any run."""
    return [
        {
            "uriTemplate": f"lastwords://runs/{{run}}/{kind}",
            "name": f"run_{kind}",
            "title": f"{kind.capitalize()} of a run",
            "description": description,
            "mimeType": media,
        }
        for kind, (media, description) in _KINDS.items()
    ]


def read(desk: Desk, uri: object) -> list[dict[str, Any]] | None:
    """The contents of a resource; None if there is no such one."""
    match = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        return None
    try:
        run = desk.store.find(match[1])
    except RunNotFound:
        return None
    text = _log(desk, run) if match[2] == "log" else _report(desk, run)
    return [{"uri": uri, "mimeType": _KINDS[match[2]][0], "text": marked(text)}]


def _log(desk: Desk, run: Run) -> str:
    asked = args.ReadLog(run=run.id, line=None, byte=None, count=args.MOST_LINES)
    return reading.read_log(desk, asked).quoted or ""


def _report(desk: Desk, run: Run) -> str:
    from lastwords.presentation.changes import changes_json
    from lastwords.presentation.report_process import report_of

    since = changes_since_good(desk.store, desk.config.home, run)
    return report_of(desk.config, run, since and changes_json(desk.config, run, since)).text
