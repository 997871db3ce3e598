"""The scheduler that a command line runs under, and what it says of a stop.

Slurm and Ray are known by the variables that they set. Slurm says through scontrol(1) whether a
time limit was reached, or the job is started again or gives way, and how long it waits between
SIGTERM and SIGKILL.

Source: slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES, scontrol(1),
slurm.conf(5) KillWait
"""

from __future__ import annotations

import os
import re
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ASKED_SECONDS = 2.0  # that scontrol gets: a stop waits for its answer
_SLURM, _RAY = "SLURM_JOB_ID", "RAY_JOB_CONFIG_JSON_ENV_VAR"
_OF_SLURM = {
    "cluster": "SLURM_CLUSTER_NAME",
    "job": "SLURM_JOB_ID",
    "step": "SLURM_STEP_ID",
    "restart": "SLURM_RESTART_COUNT",
}
_OF_ARRAY = ("SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID")
_NO_STEP = 0xFFFFFFF0  # from which on step ids have other meanings: a batch script, say
_LIMIT_REACHED = re.compile(r"\b(?:JobState=TIMEOUT|Reason=TimeLimit)\b")
_RESTARTS = re.compile(r"\bRestarts=(\d{1,6})\b")
_PREEMPTED = re.compile(r"\bPreemptTime=\d")
_KILL_WAIT = re.compile(r"^KillWait\s*=\s*(\d{1,6}) sec", re.MULTILINE)
_HASTE = 2.0  # seconds before a scheduler's SIGKILL, at which ours must have come


@dataclass(frozen=True)
class Scheduler:
    """A scheduler, and the job that we are in."""

    name: str  # "Slurm job 12"
    job: str = ""
    restarts: int = 0

    def whose(self, signal_name: str) -> tuple[str, str]:
        """Who stops a run by this signal, and the reason."""
        told = _scontrol("show", "job", "-o", self.job) if self.job else ""
        if _LIMIT_REACHED.search(told):
            return f"the time limit of {self.name}", "timeout"
        if (found := _RESTARTS.search(told)) and int(found[1]) > self.restarts:
            return f"{self.name}, which is started again", "requeued"
        if _PREEMPTED.search(told):
            return f"the preemption of {self.name}", "preempted"
        return f"{signal_name} from {self.name}", "stopped_by_scheduler"

    def grace(self) -> float | None:
        """Seconds from its first signal in which everything must have ended; None if not known."""
        found = _KILL_WAIT.search(_scontrol("show", "config")) if self.job else None
        return max(0.1, int(found[1]) - _HASTE) if found else None


def scheduler(variables: Mapping[str, str] = os.environ) -> Scheduler | None:
    """The one that we run under, if any."""
    if job := _array(variables) or variables.get(_SLURM):  # the id of one is that of all of them
        told = variables.get(_OF_SLURM["restart"], "")
        return Scheduler(f"Slurm job {job}", job, int(told) if told.isdecimal() else 0)
    return Scheduler("Ray") if _RAY in variables else None


def _array(variables: Mapping[str, str]) -> str | None:
    """The task of a job array that we are, as Slurm writes it: `123_4`."""
    named = [variables.get(name) for name in _OF_ARRAY]
    return "_".join(map(str, named)) if all(named) else None


def engine(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What placed us here, for a server that is told of it; nothing where nobody did."""
    if _SLURM in variables:
        told = {name: variables.get(of) for name, of in _OF_SLURM.items()}
        told["array"] = _array(variables)
        return {"kind": "Slurm", **{name: value for name, value in told.items() if value}}
    return {"kind": "Ray"} if _RAY in variables else {}


def join(command: Sequence[str], variables: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Which run this is part of, where Slurm tells that: a rank of a step, or a job's command.

    The same command of a job that was started again is the same run. A batch script has the
    variables of tasks, too, and is none: only srun starts a step.
    """
    job = variables.get(_SLURM)
    if not job:
        return {}
    named = f"slurm/{variables.get('SLURM_CLUSTER_NAME', '')}/{job}"
    step = variables.get("SLURM_STEP_ID", "")
    tasks = variables.get("SLURM_STEP_NUM_TASKS") or variables.get("SLURM_NTASKS") or "1"
    rank = variables.get("SLURM_PROCID", "")
    is_step = step.isdecimal() and int(step) < _NO_STEP
    if is_step and tasks.isdecimal() and int(tasks) > 1 and rank.isdecimal():
        return {"key": f"{named}/{step}", "rank": int(rank), "size": int(tasks)}
    place = f"{step}/{rank}" if is_step else "batch"
    words = "\0".join(command).encode("utf-8", "surrogateescape")
    return {"key": f"{named}/{place}/{zlib.crc32(words):08x}", "rank": 0, "size": 1}


def _scontrol(*words: str) -> str:
    """What Slurm answers; nothing where it does not, in time."""
    try:
        done = subprocess.run(
            ["scontrol", *words], capture_output=True, timeout=ASKED_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
