"""Deleting runs: the folder first, which needs no room, and the row after, which may.

The folder is emptied under another name; that name stays as a mark until the row is gone, so that a
full disk is cleared even where the database takes nothing, and no interruption leaves half a run.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lastwords.config import Config
from lastwords.executors import Executor
from lastwords.folders import runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import is_shortage
from lastwords.records import (
    FINAL,
    Run,
    RunNotFound,
    Status,
    StoreUnavailable,
    WrongStatus,
    now,
    timestamp,
)
from lastwords.store.runs import Store
from lastwords.supervision.settling import Settler

TAKES_NOTHING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

_log = logging.getLogger(__name__)


class Deleter(Settler):
    """Deletes runs of one home.

    rows_left: whether a deleted run has its row still.
    """

    def __init__(self, config: Config, store: Store, executor: Executor | None = None) -> None:
        super().__init__(config, store, executor)
        self.rows_left = False

    def delete(self, run_id: str) -> None:
        """Delete a finished run with its folder, or one that cannot be looked at for what it did.

        Raises: RunNotFound; WrongStatus, if it is not final.
        """
        run = self.store.run(run_id)
        if run.status == Status.RUNNING:
            self._give_up(run)
        with _deletable(run_id), FileLock(self.config.home / "create.lock"):  # against a retry
            run = self.store.run(run_id)
            if run.status not in FINAL:
                raise WrongStatus(f"{run_id} is {run.status}; cancel it first")
            mark = runfolder.empty_run(self.config.home, run_id)
        try:
            self.store.recover()  # for which the folder may have made the room
            self._remove_row(run_id, mark)
            self._relink(run)
        except StoreUnavailable as error:
            if mark is None:
                raise
            self.rows_left = True
            _log.warning("%s is deleted, but not its row yet: %s", run_id, error)

    def _remove_row(self, run_id: str, mark: Path | None) -> None:
        """Delete the row of a run whose folder is gone, then the mark that says so.

        The mark stays where the row is only a copy's, or not final in the real database yet.
        """
        listed = not self.store.remove_run(run_id) and self.store.has_run(run_id)
        if listed or self.store.trouble:
            self.rows_left = True
        elif mark:
            _remove(mark)

    def sweep(self) -> None:
        """Finish deletions that were interrupted: folders first, then rows.

        Raises: StoreUnavailable, and then `rows_left` has it tried again soon.
        """
        marks = list(runfolder.removed_runs(self.config.home))
        self.rows_left = False
        try:
            for run_id, mark in marks:
                runfolder.empty(mark)
                if runfolder.attempts_of(self.config.home, run_id):  # put back by hand
                    _remove(mark)
                else:
                    self._remove_row(run_id, mark)
        except StoreUnavailable:
            self.rows_left = True
            raise

    def _give_up(self, run: Run) -> None:
        """End what cannot be looked at, and call it lost; what can be is left as it is found.

        Raises: WrongStatus, where it is we who cannot look just now.
        """
        try:
            with self._settling:
                self.settle_run(run)
        except (RunNotFound, StoreUnavailable):
            raise
        except Exception as error:
            if is_shortage(error):
                raise WrongStatus(f"{run.id} cannot be looked at just now: {error}") from error
            self.executor.kill(self.folder(run))
            lost = {"reason": "result_damaged", "detail": f"It could not be looked at: {error}"}
            ended = {"finished_at": timestamp(now()), "stopping": 0}
            self.store.change_status(run.id, run.attempt, Status.LOST, lost | ended)


def _remove(mark: Path) -> None:
    with suppress(OSError):  # not empty: what cannot be deleted now is swept up later
        mark.rmdir()


@contextmanager
def _deletable(run_id: str) -> Iterator[None]:
    """Say in words that a home takes no change at all."""
    try:
        yield
    except OSError as error:
        if error.errno not in TAKES_NOTHING:
            raise
        raise StoreUnavailable(f"{run_id} cannot be deleted: {error}") from error
