"""The row of a run that is recorded in the foreground.

The recording does not depend on the database, and neither does the command's exit code. Whatever
goes wrong with it, foreseen or not, is one line: this is a boundary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lastwords.cli.echo import warn
from lastwords.cli.unlisted import Unlisted
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.presentation.runs import run_json
from lastwords.records import FINAL, Status
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


class Listing:
    """Lists a run as running, and its end."""

    def __init__(self, config: Config, folder: AttemptFolder, asked: Mapping[str, Any]) -> None:
        self._config = config
        self._folder = folder
        self._asked = asked
        self._unlisted = Unlisted(folder, asked)
        self._supervisor: Supervisor | None = None
        try:
            self._supervisor = self._list()
        except Exception as error:
            warn(f"recorded in {folder.path}, but not in the database: {error}")

    def _list(self) -> Supervisor:
        config = self._config
        runfolder.check_database_is_not_lost(config.home, config.database, self._folder.run_id)
        supervisor = Supervisor(config, Store(config.database))
        supervisor.add_asked(self._folder, self._asked, Status.RUNNING)
        return supervisor

    def settle(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The ended run as the API lists it, or as much as its result tells."""
        if self._supervisor is None:
            return self._unlisted.settle(result)
        try:
            return self._settled(self._supervisor)
        except Exception as error:
            path = self._folder.path
            warn(f"recorded in {path}, but its end is not in the database: {error}")
            return self._unlisted.settle(result)

    def _settled(self, supervisor: Supervisor) -> dict[str, Any]:
        run = supervisor.store.run(self._folder.run_id)
        if run.status not in FINAL:
            supervisor.settle_run(run)
        shown = run_json(self._config.home, supervisor.store.run(run.id))
        supervisor.store.close()
        return shown
