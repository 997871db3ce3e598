"""Trainings that end as `victim.py MODE` does, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.scenes import child_of
from tests.real import says, until

from lastwords.diagnosis import Explanation
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes
from lastwords.records import Run
from lastwords.supervision.failures import explain_run, read_error
from lastwords.supervision.supervisor import Supervisor

VICTIM = Path(__file__).with_name("victim.py")
COUNTED = "counts-40-then-"
LIMIT = 96 << 20


@dataclass
class Dead:
    """A run that has ended, and all that is said of it."""

    folder: AttemptFolder
    run: Run
    result: dict[str, Any]

    @property
    def outcome(self) -> str:
        return f"{self.run.status}/{self.run.reason}"

    @property
    def home(self) -> Path:
        return self.folder.path.parent.parent.parent

    @property
    def explanation(self) -> Explanation:
        return explain_run(self.home, self.run)

    @property
    def error(self) -> str:
        return read_error(self.home, self.run) or ""


class Ward:
    """Starts trainings that end as `victim.py MODE` does, and buries them."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor

    def start(self, mode: str, **settings: Any) -> AttemptFolder:
        self.supervisor.config = replace(self.supervisor.config, **settings)
        run = self.supervisor.create({"baseModel": mode}, "a test")
        self.supervisor.start_queued()
        return self.supervisor.folder(run)

    def bury(self, folder: AttemptFolder, counted: bool = True) -> Dead:
        """Wait for its end, and see that the bytes are there and the invariants hold."""
        result = until(lambda: runfolder.read_fact(folder.result))
        run = invariants(self.supervisor.config.home, folder.run_id)
        if counted:
            every_byte_is_kept(folder)
        return Dead(folder, run, result)

    def dies(self, mode: str, counted: bool = True) -> Dead:
        return self.bury(self.start(COUNTED + mode if counted else mode), counted)


def killed(ward: Ward, number: int) -> Dead:
    folder = ward.start(COUNTED + "hangs")
    says(folder, b"ready")
    processes.send_signal(child_of(folder), number)
    return ward.bury(folder)
