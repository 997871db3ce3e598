"""`latest` in the home: a link to what the newest completed training left, for scripts and people.

Nothing here follows it, and a link that cannot be set changes no run.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

from lastwords.folders.runfolder import attempt_folder, read_fact
from lastwords.records import LastwordsError, Run
from lastwords.store.runs import Store
from lastwords.supervision.completion import output_folder

NAME = "latest"

_log = logging.getLogger(__name__)


def point_at_newest(home: Path, store: Store) -> None:
    """Set the link right, by a rename; take it away where no training is completed."""
    link = home / NAME
    try:
        newest = store.newest_completed_training()
        if link.exists() and not link.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(link))
        if newest is None:
            link.unlink(missing_ok=True)
        else:
            _replace(link, _target(home, newest))
    except (OSError, LastwordsError) as error:
        _log.warning("%s could not be pointed to the newest adapter: %s", link, error)


def _target(home: Path, run: Run) -> Path:
    """The folder, by its path from the home where it lies in it, so that a home can be moved."""
    folder = attempt_folder(home, run.id, run.attempt)
    output = output_folder(folder, read_fact(folder.spec) or {})
    return output.relative_to(home) if output.is_relative_to(home) else output


def _replace(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    draft = link.with_name(f".{NAME}-{os.getpid()}-{os.urandom(4).hex()}")
    draft.symlink_to(target)
    try:
        draft.replace(link)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
