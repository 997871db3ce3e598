"""The end of a run that has no row: as much as its result tells. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import Outcome, Status
from lastwords.supervision.completion import judge


class Unlisted:
    """A run of which only its folder knows."""

    def __init__(self, folder: AttemptFolder, asked: Mapping[str, Any]) -> None:
        self._folder = folder
        self._asked = asked

    def settle(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The ended run, as much as its result tells; whatever goes wrong: this is a boundary."""
        try:
            facts = read_facts(self._folder.events)
            outcome, detail = judge(self._folder, self._asked, result, facts)
        except Exception as error:  # what was to be proved is not
            outcome, detail = Outcome(Status.LOST, "result_damaged"), str(error)
        return {"id": self._folder.run_id} | shown_outcome(outcome, detail)


def shown_outcome(outcome: Outcome, detail: str | None) -> dict[str, Any]:
    """What is shown of a run that has no row."""
    return {
        "status": outcome.status.value,
        "reason": outcome.reason,
        "exitCode": outcome.exit_code,
        "signal": outcome.signal,
        "headline": detail,
    }
