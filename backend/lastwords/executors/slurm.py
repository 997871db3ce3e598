"""The engine `slurm`: sbatch, squeue, scancel, on a machine that may submit jobs.

The script is a constant, given by stdin; names and values go as an argument list or in the
environment, so that no text of a user is a word of a shell. No log of Slurm's is read: it loses the
tail. Time limits get no `--signal`: SIGTERM at the limit comes with Reason=TimeLimit and KillWait
seconds, one before it could not be told from scancel.

Source: sbatch(1), srun(1), squeue(1), slurm.conf(5); Slurm 22.05 and 23.11 differ in the JSON of
states and exit codes.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from lastwords.executors import tables
from lastwords.executors.engines import (
    CALL_SECONDS,
    Ended,
    EngineAway,
    EngineRefused,
    JobState,
    Resources,
    Word,
)

SCRIPT = b'#!/bin/sh\nexec "$LW_PYTHON" "$LW_PYZ" place\n'
# One of them on each node. The first that fails ends the others, which get KillWait to save.
SCRIPT_ON_NODES = b"""#!/bin/sh
exec srun --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" --ntasks-per-node=1 \\
    ${SLURM_CPUS_PER_TASK:+"--cpus-per-task=$SLURM_CPUS_PER_TASK"} \\
    --kill-on-bad-exit=1 --wait=0 --export=ALL --input=none --output=none --error=none \\
    "$LW_PYTHON" "$LW_PYZ" place
"""
_REQUEUE = {None: [], True: ["--requeue"], False: ["--no-requeue"]}
SPARE_SECONDS = 120  # that a job gets beyond the time limit of its run, which our recorder holds
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ")
_QUEUED = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD"}
_QUEUED |= {"SPECIAL_EXIT"}
_ENDED: dict[str, Ended] = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "NODE_FAIL": "node_failed",
    "PREEMPTED": "preempted",
    "OUT_OF_MEMORY": "out_of_memory",
    "TIMEOUT": "timeout",
    "DEADLINE": "timeout",
    "BOOT_FAIL": "engine_failed",
    "REVOKED": "engine_failed",
}
_AWAY = re.compile(
    r"Unable to contact slurm controller|Socket timed out|Connection refused|Munge|"
    r"Zero Bytes were transmitted|Communication connection failure|Unexpected message received",
    re.IGNORECASE,
)
_KINDS: tables.Kinds = {
    **tables.WORKER,
    "requeue": (bool, "whether Slurm may start a job again; without it, as the cluster is set"),
}
_NO_JOB = re.compile(r"Invalid job id|Job/step already completing or completed", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """The table of an engine in lastwords.toml."""

    python: str
    pyz: str
    url: str
    spool: str | None = None
    ca: str | None = None
    plain_http: bool = False
    environment: Mapping[str, str] | None = None
    requeue: bool | None = None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Settings:
        """Raises: InvalidSetting, which names the key."""
        tables.check("slurm", table, _KINDS, tables.NEEDED)
        return cls(**table)


def engine(table: Mapping[str, Any]) -> Slurm:
    """The engine of these settings. Raises: InvalidSetting."""
    return Slurm(Settings.of(table))


class Slurm:
    """One cluster: the one whose commands are found in PATH."""

    name = "slurm"
    starts_again = True

    def __init__(self, settings: Settings, prefix: Sequence[str] = ()) -> None:
        """prefix: a command that runs those of Slurm, such as nsenter(1)."""
        self.settings = settings
        self._prefix = prefix
        self._places: dict[str, tuple[int, str]] = {}  # restarts of a job, and its nodes then
        self._before: dict[str, tuple[int, Ended]] = {}  # how the start before these ended

    def submit(self, name: str, environment: Mapping[str, str], wanted: Resources) -> str:
        variables = self.variables(environment)
        words = ["sbatch", "--parsable", "--open-mode=append", "--output=/dev/null"]
        words += _REQUEUE[self.settings.requeue]
        words += [f"--export={','.join(sorted(variables))}", f"--job-name={name}"]
        words += [f"--comment=lastwords {name}", "--chdir=/", *_flags(wanted)]
        script = SCRIPT if wanted.nodes == 1 else SCRIPT_ON_NODES
        said = self._ask(words, script, variables)
        job = said.strip().partition(";")[0]
        if not job.isdecimal():
            raise EngineAway(f"sbatch answered {said[:200]!r}, which names no job")
        return job

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What a job finds in its environment; nobody else can read it there."""
        found = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**found, **tables.variables(asdict(self.settings)), **environment}

    def look_up(self, name: str) -> str | None:
        found = [job for job in self._queue("--name", name) if job.get("name") == name]
        return str(found[0]["job_id"]) if found else None

    def jobs(self) -> Mapping[str, JobState]:
        ours = [job for job in self._queue("--me") if str(job.get("name")).startswith("lw-")]
        states = {
            str(job["job_id"]): replace(
                state_of(job), name=str(job["name"]), restarts=_number(job.get("restart_cnt")) or 0
            )
            for job in ours
        }
        for job in ours:
            self._note_place(str(job["job_id"]), states[str(job["job_id"])], job)
        for known in (self._places, self._before):
            for gone in known.keys() - states.keys():
                known.pop(gone)
        return {
            job: replace(state, before=self._before[job][1]) if job in self._before else state
            for job, state in states.items()
        }

    def _note_place(self, job: str, state: JobState, told: Mapping[str, Any]) -> None:
        """Keep where a job runs; once it is started again, whether it is because of its nodes."""
        restarts, nodes = self._places.get(job, (state.restarts, ""))
        if state.restarts > restarts and self._before.get(job, (0,))[0] < state.restarts:
            fell = any(map(_is_down, self._states_of(nodes)))
            self._before[job] = state.restarts, "node_failed" if fell else "requeued"
        if state.word == "running" and told.get("nodes"):
            self._places[job] = state.restarts, str(told["nodes"])

    def _states_of(self, nodes: str) -> list[str]:
        """In which state nodes are; none where Slurm does not tell, as of one that was removed."""
        with suppress(EngineRefused):
            return self._ask(["sinfo", "--noheader", f"--nodes={nodes}", "--format=%T"]).split()
        return []

    def cancel(self, job: str) -> None:
        self._ask(["scancel", "--", job])

    def _queue(self, *words: str) -> list[dict[str, Any]]:
        said = self._ask(["squeue", "--json", "--states=all", *words])
        try:
            found = json.loads(said)["jobs"]
            return [job for job in found if isinstance(job, dict) and "job_id" in job]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineAway(f"squeue answered what is no list of jobs: {error!r}") from None

    def _ask(
        self, words: Sequence[str], stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> str:
        """What a command of Slurm prints. Raises: EngineAway; EngineRefused."""
        program = words[0]
        try:
            done = subprocess.run(
                [*self._prefix, *words],
                input=stdin,
                capture_output=True,
                timeout=CALL_SECONDS,
                check=False,
                env=_outside() | dict(variables or {}),
            )
        except subprocess.TimeoutExpired:
            raise EngineAway(f"{program} gave no answer within {CALL_SECONDS:g} s") from None
        except OSError as error:
            raise EngineAway(f"{program} cannot be started: {error.strerror}") from None
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "replace")
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:500]
        if _AWAY.search(said) or done.returncode < 0:
            raise EngineAway(f"{program}: {said}")
        raise EngineRefused(f"{program}: {said or f'exit code {done.returncode}'}")


def _outside() -> dict[str, str]:
    """Our own environment, but for what makes sbatch start several jobs: a run is one."""
    return {name: value for name, value in os.environ.items() if name != "SBATCH_ARRAY_INX"}


def _flags(wanted: Resources) -> list[str]:
    """What is wanted, as words of sbatch; the values were checked."""
    found = [f"--nodes={wanted.nodes}", "--ntasks-per-node=1"]
    if wanted.gpusPerNode:
        found.append(f"--gpus-per-node={wanted.gpusPerNode}")
    if wanted.cpus:
        found.append(f"--cpus-per-task={wanted.cpus}")
    if wanted.memory:
        found.append(f"--mem={-(-wanted.memory // (1 << 20))}M")
    if wanted.timeLimitSeconds:
        found.append(f"--time={-(-(wanted.timeLimitSeconds + SPARE_SECONDS) // 60)}")
    found += [f"--partition={wanted.partition}"] if wanted.partition else []
    return found + ([f"--account={wanted.account}"] if wanted.account else [])


def state_of(job: Mapping[str, Any]) -> JobState:
    """What squeue says of a job."""
    told = job.get("job_state")
    flags = [str(flag) for flag in told] if isinstance(told, list) else str(told).split()
    state = flags[0].upper() if flags else ""
    reason = str(job.get("state_reason") or "None")
    started = math.inf if state == "PENDING" else _number(job.get("start_time"))
    if state in _QUEUED:
        return JobState("queued", reason, started=started)
    if state not in _ENDED:  # RUNNING, SUSPENDED …: it has not ended
        word: Word = "ending" if state == "COMPLETING" else "running"
        return JobState(word, state, started=started)
    words = state if reason == "None" else f"{state} ({reason})"
    return JobState("ended", words, _exit_code(job.get("exit_code")), _ENDED[state])


def _exit_code(told: Any) -> int | None:
    """The exit code of a job: a wait status in 22.05, an object later."""
    if isinstance(told, dict):
        return _number(told.get("return_code"))
    return told >> 8 if isinstance(told, int) and not told & 0x7F else None


def _number(told: Any) -> int | None:
    """A number: itself, or an object that holds it."""
    told = told.get("number") if isinstance(told, dict) else told
    return told if isinstance(told, int) else None


def _is_down(word: str) -> bool:
    """Whether a node in this state runs nothing any more, or does not answer."""
    return word.lower().startswith("down") or word.endswith("*")
