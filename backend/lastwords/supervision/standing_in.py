"""A copy that stands in for a database that cannot be used, so that runs can be seen all the same.

Of a database on a disk that takes no write it is a copy; of one that is damaged or gone it is made
from the run folders, in the background. It lies in a temporary folder on another disk. What is
decided cannot be kept in it, so starting, retrying and notes are refused; what is told by folders
and the kernel is settled in it. Once the real one can be used, the store goes over to it.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

from lastwords.config import Config
from lastwords.folders.runfolder import check_database_is_not_lost
from lastwords.records import StoreDamaged, StoreNewer, StoreUnavailable
from lastwords.store.database import WITH_IT
from lastwords.store.runs import Store
from lastwords.supervision.proving import Proofs
from lastwords.supervision.supervisor import Supervisor

_SPARE = 16 << 20  # bytes left on the disk of a copy
_LOCKED = "database is locked"

_log = logging.getLogger(__name__)


def open_store(config: Config, *, from_folders: bool) -> Store:
    """The database of a home, or a copy that stands in for it; `trouble` of it says why.

    from_folders: whether one that is damaged or gone is made from the run folders, too.

    Raises: StoreUnavailable, where there is neither.
    """
    try:
        check_database_is_not_lost(config.home, config.database)
        store = Store(config.database)
        if from_folders:
            store.check()
        return store
    except StoreNewer:
        raise
    except StoreUnavailable as error:
        copy = None if _LOCKED in str(error) else _stand_in(config, error, from_folders)
        if copy is None:
            raise
        return copy


def _stand_in(config: Config, trouble: StoreUnavailable, from_folders: bool) -> Store | None:
    damaged = isinstance(trouble, StoreDamaged) or not config.database.exists()
    if not damaged and (copied := _opened(config.database, str(trouble), _journaled(config))):
        return copied
    if from_folders and (made := _opened(config.database, str(trouble), [])):
        name = "stand-in"
        threading.Thread(target=_fill, args=(config, made), name=name, daemon=True).start()
        return made
    return None


def _journaled(config: Config) -> list[Path]:
    """The database with the journal of what was written last."""
    journal = config.database.with_name(config.database.name + WITH_IT[0])
    return [file for file in (config.database, journal) if file.exists()]


def _opened(real: Path, trouble: str, files: list[Path]) -> Store | None:
    """A copy of these files in a folder of our own; None where it cannot be had."""
    folder = None
    with suppress(OSError, StoreUnavailable):
        folder = _folder_for(sum(file.stat().st_size for file in files))
        for file in files:
            shutil.copyfile(file, folder / file.name)
        store = Store(folder / real.name)
        store.stand_in_for(real, trouble)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return store
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _folder_for(size: int) -> Path:
    """A new folder where there is room for a database of this size and its journal.

    Raises: OSError, where there is none.
    """
    import tempfile  # which a start that finds its database never needs

    for place in ("/dev/shm", tempfile.gettempdir()):
        with suppress(OSError):
            if shutil.disk_usage(place).free > 2 * size + _SPARE:
                return Path(tempfile.mkdtemp(prefix="lastwords-", dir=place))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _fill(config: Config, store: Store) -> None:
    from lastwords.supervision.reconcile import list_folders

    supervisor = Supervisor(config, store)
    supervisor.proofs = Proofs()
    try:
        done = list_folders(supervisor)
        _log.info("%s runs are listed from their folders", done.added)
    except StoreUnavailable as error:  # the real one is back, or the copy cannot be used either
        _log.warning("runs are no longer listed from their folders: %s", error)
    finally:
        supervisor.proofs.stop()
        store.close()
