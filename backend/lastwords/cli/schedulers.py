"""The scheduler that a command line runs under, and what it says of a stop.

Slurm and Ray are known by the variables that they set. Slurm says through scontrol(1) whether a
time limit was reached, and how long it waits between SIGTERM and SIGKILL.

Source: slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES, scontrol(1),
slurm.conf(5) KillWait
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

ASKED_SECONDS = 2.0  # that scontrol gets: a stop waits for its answer
_SLURM, _RAY = "SLURM_JOB_ID", "RAY_JOB_CONFIG_JSON_ENV_VAR"
_LIMIT_REACHED = re.compile(r"\b(?:JobState=TIMEOUT|Reason=TimeLimit)\b")
_KILL_WAIT = re.compile(r"^KillWait\s*=\s*(\d{1,6}) sec", re.MULTILINE)
_HASTE = 2.0  # seconds before a scheduler's SIGKILL, at which ours must have come


@dataclass(frozen=True)
class Scheduler:
    """A scheduler, and the job that we are in."""

    name: str  # "Slurm job 12"
    job: str = ""

    def whose(self, signal_name: str) -> tuple[str, str]:
        """Who stops a run by this signal, and the reason."""
        if self.job and _LIMIT_REACHED.search(_scontrol("show", "job", "-o", self.job)):
            return f"the time limit of {self.name}", "timeout"
        return f"{signal_name} from {self.name}", "stopped_by_scheduler"

    def grace(self) -> float | None:
        """Seconds from its first signal in which everything must have ended; None if not known."""
        found = _KILL_WAIT.search(_scontrol("show", "config")) if self.job else None
        return max(0.1, int(found[1]) - _HASTE) if found else None


def scheduler(variables: Mapping[str, str] = os.environ) -> Scheduler | None:
    """The one that we run under, if any."""
    if job := variables.get(_SLURM):
        return Scheduler(f"Slurm job {job}", job)
    return Scheduler("Ray") if _RAY in variables else None


def _scontrol(*words: str) -> str:
    """What Slurm answers; nothing where it does not, in time."""
    try:
        done = subprocess.run(
            ["scontrol", *words], capture_output=True, timeout=ASKED_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
