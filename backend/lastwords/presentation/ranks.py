"""The ranks of a run in JSON, for the API and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lastwords.executors import shipped
from lastwords.folders.members import are_several, group_size, host_of, members
from lastwords.folders.runfolder import AttemptFolder, attempt_folder
from lastwords.records import FINAL, Run, timestamp_from_unix
from lastwords.supervision.ranks import Verdict, told_verdicts

MOST_TEXT = 300  # characters of a headline
_ALIKE = ("host", "status", "reason", "signal", "cause")
_CAMEL = {"exitCode": "exit_code", "startedAt": "started_at", "finishedAt": "finished_at"}


def members_json(home: Path, run: Run) -> list[dict[str, Any]]:
    """Each rank of a run's current attempt, come or not; nothing of a run that has only one."""
    folder = attempt_folder(home, run.id, run.attempt)
    if run.host is None or not are_several(folder):
        return []
    ended, decides = told_verdicts(run, folder)
    verdicts = {verdict.rank: verdict for verdict in ended}
    came = {member.member: member for member in members(folder)}
    return [
        _member(run, rank, came.get(rank), verdicts.get(rank)) | {"decides": rank == decides}
        for rank in range(max(group_size(folder), *came, 0))
    ]


def _member(
    run: Run, rank: int, folder: AttemptFolder | None, verdict: Verdict | None
) -> dict[str, Any]:
    names = (*_ALIKE, *_CAMEL, "headline", "contactAt")
    told: dict[str, Any] = dict.fromkeys(names) | {"rank": rank, "outOfContact": False}
    told |= {"status": "missing", "logBytes": 0}
    if folder is None:
        return told
    heard = shipped.last_contact(folder)
    silent = verdict is None and shipped.silent_since(folder) is not None
    told |= {
        "host": host_of(folder),
        "status": "running" if run.status not in FINAL else "lost",
        "logBytes": folder.log_size,
        "contactAt": None if heard is None else timestamp_from_unix(heard),
        "outOfContact": silent,
    }
    if verdict is None:
        return told
    told |= {name: getattr(verdict, name) for name in _ALIKE}
    told |= {name: getattr(verdict, attribute) for name, attribute in _CAMEL.items()}
    return told | {"headline": verdict.headline and verdict.headline[:MOST_TEXT]}
