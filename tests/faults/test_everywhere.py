"""Crashes at every step, histories that hypothesis makes up, and a soak: samples of each.

The whole of it: `python -m tests.faults.sweep`, `python -m tests.faults.soak`.
"""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.injection import needs_strace
from tests.faults.scenes import supervisor_of
from tests.faults.soak import soak
from tests.faults.sweep import steps, wrong_after
from tests.real import until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder
from lastwords.records import FINAL, Run, Status, WrongStatus, now
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

SAMPLE = random.Random(7).sample(list(steps(10)), 5)


@needs_strace
@pytest.mark.parametrize("step", SAMPLE, ids=str)
def test_a_crash_or_error_at_a_step_leaves_the_truth(
    step: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastwords.executors.local.LAUNCH_PATIENCE", timedelta(seconds=1))
    assert wrong_after(step, tmp_path) is None  # type: ignore[arg-type]


def test_many_short_runs_with_faults_end_as_they_earned(tmp_path: Path) -> None:
    found = soak(tmp_path / "home", runs=10, seed=3)
    assert (found["wrong"], found["left"]) == ([], 0)


class History(RuleBasedStateMachine):
    """One home, several supervisors of it, and everything that can happen to its runs."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="lastwords-history-"))
        self.supervisors: list[Supervisor] = []
        self.final: dict[tuple[str, int], tuple[Status, str | None]] = {}

    @initialize()
    def begin(self) -> None:
        self.supervisors = [supervisor_of(self.home, max_running=2) for _ in range(2)]

    @property
    def supervisor(self) -> Supervisor:
        return self.supervisors[0]

    def _runs(self) -> list[Run]:
        return [self.supervisor.store.run(run_id) for run_id in runfolder.all_run_ids(self.home)]

    def _some(self, place: int, *statuses: Status) -> Run | None:
        found = [run for run in self._runs() if run.status in statuses]
        return found[place % len(found)] if found else None

    def _running(self, place: int) -> AttemptFolder | None:
        run = self._some(place, Status.RUNNING)
        return self.supervisor.folder(run) if run else None

    @precondition(lambda self: len(self._runs()) < 4)
    @rule(mode=st.sampled_from(["exits-3", "hangs", "trains"]), lines=st.integers(1, 60))
    def create(self, mode: str, lines: int) -> None:
        self.supervisor.create({"baseModel": f"counts-{lines}-then-{mode}"}, "a history")

    @rule(which=st.integers(0, 1))
    def start(self, which: int) -> None:
        self.supervisors[which].start_queued()

    @rule(which=st.integers(0, 1))
    def settle(self, which: int) -> None:
        self.supervisors[which].settle()

    @rule(place=st.integers(0, 3), which=st.integers(0, 1))
    def cancel(self, place: int, which: int) -> None:
        if run := self._some(place, Status.QUEUED, Status.RUNNING):
            with suppress(WrongStatus):  # it ended in this very moment
                self.supervisors[which].cancel(run.id, "a history")

    @rule(place=st.integers(0, 3))
    def retry(self, place: int) -> None:
        if run := self._some(place, *FINAL):
            self.supervisor.retry(run.id)

    @rule(place=st.integers(0, 3))
    def kill_child(self, place: int) -> None:
        folder = self._running(place)
        if folder and (fact := runfolder.read_fact(folder.child)):
            processes.send_signal(processes.Identity.from_json(fact), signal.SIGKILL)

    @rule(place=st.integers(0, 3), number=st.sampled_from([signal.SIGKILL, signal.SIGTERM]))
    def signal_recorder(self, place: int, number: int) -> None:
        folder = self._running(place)
        if folder and (identity := recorder.recorder_identity(folder)):
            processes.send_signal(identity, number)

    @rule()
    def restart(self) -> None:
        """The supervisor is gone with all that it held, and another one comes."""
        self.supervisors[0] = Supervisor(self.supervisor.config, Store(self.home / "lastwords.db"))

    @rule(hours=st.sampled_from([-1, 24]))
    def clock_jumps(self, hours: int) -> None:
        """What the supervisors read of the wall's clock jumps while they settle."""
        with pytest.MonkeyPatch.context() as patch:
            for module in ("lastwords.supervision.settling", "lastwords.executors.local"):
                then = timedelta(hours=hours)
                patch.setattr(f"{module}.now", lambda then=then: now() + then)
            self.supervisor.settle()

    @invariant()
    def final_statuses_stay(self) -> None:
        for run in self._runs() if self.supervisors else []:
            key, told = (run.id, run.attempt), (run.status, run.reason)
            if run.status in FINAL:
                assert self.final.setdefault(key, told) == told
            else:
                assert key not in self.final, f"{key} was {self.final[key]} and is {run.status}"

    def teardown(self) -> None:
        try:
            for run in self._runs() if self.supervisors else []:
                if run.status not in FINAL:
                    self.cancel_and_wait(run)
                found = invariants(self.home, run.id)
                for attempt in runfolder.attempts_of(self.home, found.id):
                    if (attempt.path / "witness").exists():
                        every_byte_is_kept(attempt)
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def cancel_and_wait(self, run: Run) -> None:
        with suppress(WrongStatus):
            self.supervisor.cancel(run.id, "the end")

        def look() -> bool:
            self.supervisor.settle()
            return self.supervisor.store.run(run.id).status in FINAL

        until(look)


def test_every_history_keeps_the_invariants() -> None:
    few = settings(
        max_examples=12,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(History, settings=few)
