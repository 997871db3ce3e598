"""Crash and break the recorder, the launcher and the settling loop at every step.

    python -m tests.faults.sweep [--steps N] [--json]

At each Nth call of each kind the process is killed, or the call fails with ENOSPC, EIO or EINTR;
afterwards a fresh supervisor must tell a truthful end, with no process and no byte lost. Ends with
1 if anything was wrong. A sample of it is a test.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.injection import TRUE_ENDS, broken_recording, injected_scene, scene
from tests.faults.scenes import outcome, supervisor_of

KINDS = (
    "write",
    "fsync,fdatasync",
    "link,linkat",
    "unlink,unlinkat",
    "openat,openat2",
    "fallocate",
    "wait4",
)
HOWS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO", "error=EINTR")
LOOP_KINDS = ("pwrite64", "fsync,fdatasync", "link,linkat", "openat,openat2", "rename", "flock")
# What a run under a settling loop that broke may truthfully be called.
LOOP_ENDS = ("failed/exit_code 3", "failed/launch_failed None")


@dataclass(frozen=True)
class Step:
    """One place to break: whose calls, which, how."""

    whose: str
    calls: str
    how: str

    def __str__(self) -> str:
        return f"{self.whose}: {self.calls} {self.how}"


def steps(most: int) -> Iterator[Step]:
    for number in range(1, most + 1):
        for how in HOWS:
            yield from (Step("recorder", calls, f"{how}:when={number}") for calls in KINDS)
            yield from (Step("loop", calls, f"{how}:when={number}") for calls in LOOP_KINDS)


def told_after(step: Step, folder: Path) -> str:
    """What is said of a run after this step broke; raises where an invariant does not hold."""
    supervisor = supervisor_of(folder / "home")
    try:
        if step.whose == "recorder":
            return broken_recording(supervisor, folder, step.calls, step.how)
        run = supervisor.create({"baseModel": "counts-20-then-exits-3"}, "a sweep")
        injected_scene("run_to_end", supervisor.config.home, step.calls, step.how)
        scene("run_to_end", supervisor.config.home)
        found = invariants(supervisor.config.home, run.id)
        attempt = supervisor.folder(run)
        if (attempt.path / "witness").exists():
            every_byte_is_kept(attempt)
        return f"{outcome(found)} {found.exit_code}"
    finally:
        supervisor.store.close()


def wrong_after(step: Step, folder: Path) -> str | None:
    """What is wrong after a step, or None."""
    try:
        told = told_after(step, folder)
    except (AssertionError, TimeoutError) as error:
        return f"{step}: {type(error).__name__} {error}"
    right = TRUE_ENDS if step.whose == "recorder" else (*LOOP_ENDS, TRUE_ENDS[2])
    return None if told in right else f"{step}: {told}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    done, wrong = Counter[str](), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lastwords.executors.local.LAUNCH_PATIENCE", timedelta(seconds=1))
        for step in steps(asked.steps):
            folder = Path(tempfile.mkdtemp(prefix="lastwords-sweep-"))
            if words := wrong_after(step, folder):
                wrong.append(words)
                print(words, file=sys.stderr, flush=True)
            done[step.whose] += 1
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"steps": done, "wrong": wrong}) if asked.json else f"{dict(done)}, {wrong=}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
