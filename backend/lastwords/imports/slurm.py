"""How jobs of Slurm ended, as its accounting tells: `sacct --json`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lastwords.records import LastwordsError, timestamp

_SECONDS = 120
_AT_ONCE = 500  # jobs of one command line
_IN_NAME = re.compile(r"(?:^|[^0-9])(\d{1,10}(?:_\d{1,7})?)(?:\.(?:log|out|err|txt))?$")
_IN_LOG = re.compile(rb"\bSLURM_JOB_ID[=:]\s*(\d{1,10})\b|\*\*\* JOB (\d{1,10}) ON ")
_ENDED = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "TIMEOUT": "failed",
    "DEADLINE": "failed",
    "OUT_OF_MEMORY": "failed",
    "NODE_FAIL": "failed",
    "BOOT_FAIL": "failed",
    "PREEMPTED": "cancelled",
    "CANCELLED": "cancelled",
}
_REASONS = {"OUT_OF_MEMORY": "oom_killed", "TIMEOUT": "timeout", "DEADLINE": "timeout"}


@dataclass(frozen=True)
class Job:
    """What the accounting knows of a job's end; status None while it has none."""

    id: str
    state: str
    status: str | None
    exit_code: int | None
    signal: str | None
    started_at: str | None
    finished_at: str | None

    @property
    def reason(self) -> str:
        return _REASONS.get(self.state, "scheduler")

    @property
    def proof(self) -> str:
        """How it ended, in words."""
        ends = {"exit code": self.exit_code, "signal": self.signal}
        told = [f"{name} {value}" for name, value in ends.items() if value is not None]
        return f"Slurm's accounting of job {self.id}: {', '.join([self.state, *told])}."


def job_of(name: str, head: bytes, tail: bytes) -> str | None:
    """The job that wrote a log, by its file's name (slurm-123_4.out) or by what it says."""
    if match := _IN_NAME.search(name):
        return match[1]
    said = _IN_LOG.search(head) or _IN_LOG.search(tail)
    return next(filter(None, said.groups())).decode() if said else None


def ask(jobs: Iterable[str]) -> dict[str, Job]:
    """What is known of these jobs. Raises: LastwordsError, where sacct does not tell."""
    wanted, found = sorted(set(jobs)), {}
    for first in range(0, len(wanted), _AT_ONCE):
        found.update(_asked(wanted[first : first + _AT_ONCE]))
    return found


def _asked(jobs: list[str]) -> dict[str, Job]:
    command = ["sacct", "--json", f"--jobs={','.join(jobs)}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS)
    except FileNotFoundError:
        raise LastwordsError("sacct is not installed here: import where Slurm is") from None
    except subprocess.TimeoutExpired:
        raise LastwordsError(f"sacct did not answer within {_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise LastwordsError(f"sacct --json ended with exit code {done.returncode}: {said}")
    try:
        answer = json.loads(done.stdout)
        jobs_told = [_job(told) for told in answer["jobs"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LastwordsError(f"the answer of sacct --json cannot be read: {error!r}") from None
    return {job.id: job for job in jobs_told}


def _job(told: Mapping[str, Any]) -> Job:
    """One job of the answer, whose form changed between versions 21 and 24."""
    state = told["state"]["current"]
    state = str(state[0] if isinstance(state, list) else state).split()[0]
    ended, times = told.get("exit_code") or {}, told.get("time") or {}
    number = _number(
        (ended.get("signal") or {}).get("id", (ended.get("signal") or {}).get("signal_id"))
    )
    name = signal.Signals(number).name if number in {int(each) for each in signal.Signals} else None
    code = None if name else _number(ended.get("return_code"))
    status = _ENDED.get(state)
    proves = code is not None or name is not None
    if status == "completed" and not (proves and code == 0):
        status = None
    return Job(
        _id(told),
        state,
        status,
        code,
        name,
        _moment(times.get("start")),
        _moment(times.get("end")),
    )


def _id(told: Mapping[str, Any]) -> str:
    """12, or 12_3 for a task of an array."""
    array = told.get("array") or {}
    task = _number(array.get("task_id"), of=array.get("task_id"))
    if array.get("job_id") and task is not None:
        return f"{_number(array['job_id'])}_{task}"
    return str(_number(told["job_id"]))


def _number(value: Any, of: Any = None) -> int | None:
    """A number as it is, or as newer versions write it; None where none is set."""
    if isinstance(value, Mapping):
        return int(value["number"]) if value.get("set") and not value.get("infinite") else None
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: Any) -> str | None:
    seconds = _number(value)
    return timestamp(datetime.fromtimestamp(seconds, UTC)) if seconds else None
