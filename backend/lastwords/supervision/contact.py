"""Runs of other machines that are not heard: told once when that lasts, and when they are again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from lastwords import notifications
from lastwords.config import Config
from lastwords.executors import shipped
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import Run

LOST, REGAINED = "run.contact_lost", "run.contact_regained"
_TOLD = "contact_lost"  # in the folder of an attempt, once somebody was told

_log = logging.getLogger(__name__)


def watch_contact(
    config: Config, running: Iterable[Run], folder_of: Callable[[Run], AttemptFolder]
) -> None:
    """Note that we listen, and leave letters about those that were silent too long. Leader only."""
    there = [run for run in running if run.host is not None]
    if there:
        shipped.listen(config.home)
    for run in there:
        try:
            _look(config, run, folder_of(run))
        except OSError as error:
            _log.error("%s: its contact cannot be noted: %s", run.id, error)


def _look(config: Config, run: Run, folder: AttemptFolder) -> None:
    told: Path = folder.path / _TOLD
    since = shipped.out_of_contact_since(folder, 60 * config.contact_minutes)
    if since is not None and not told.exists():
        told.touch(0o600)
        notifications.post(config, run, LOST)
    elif told.exists() and shipped.out_of_contact_since(folder) is None:
        told.unlink()
        notifications.post(config, run, REGAINED)
