"""Retention: which finished runs may be deleted, how much space they use, and deleting them.

Nothing goes by itself unless `keep_runs` or `keep_days` is set. A run that is queued or running is
never deleted, and the newest failed one stays whatever the settings say, because somebody may
still have to read it.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import all_run_ids, attempt_folder
from lastwords.records import FINAL, Run, Status, now, timestamp
from lastwords.store.filters import Filters
from lastwords.store.runs import Store

LARGEST = 20
COUNT_SECONDS = 60.0  # how old a count of the home may be
DELETED_AT_ONCE = 20  # by the watch, each time it looks, so that it never stays away for long
LOOK_SECONDS = 600.0


@dataclass(frozen=True)
class Policy:
    """How many of the newest finished runs to keep, and for how many days; None keeps all."""

    keep_runs: int | None = None
    keep_days: float | None = None

    @classmethod
    def of(cls, config: Config) -> Policy:
        return cls(config.keep_runs, config.keep_days)

    @property
    def keeps_all(self) -> bool:
        return self.keep_runs is None and self.keep_days is None


def doomed(store: Store, policy: Policy) -> Iterator[Run]:
    """The finished runs that a policy deletes, newest first; none that somebody starred."""
    if policy.keeps_all:
        return
    limit = timestamp(now() - timedelta(days=policy.keep_days)) if policy.keep_days else None
    spared = False
    for place, run in enumerate(_finished(store)):
        newest_failed = run.status in (Status.FAILED, Status.LOST) and not spared
        spared = spared or newest_failed
        too_many = policy.keep_runs is not None and place >= policy.keep_runs
        too_old = limit is not None and (run.finished_at or run.created_at) < limit
        if (too_many or too_old) and not newest_failed and not run.starred:
            yield run


def _finished(store: Store) -> Iterator[Run]:
    filters, cursor = Filters(statuses=sorted(FINAL)), None
    while True:
        page = store.page(filters, 200, cursor)
        yield from page.runs
        if page.next_cursor is None:
            return
        cursor = int(page.next_cursor)


def size_of(home: Path, run_id: str) -> int:
    """Bytes that a run's folder takes up on the disk."""
    return _blocks(attempt_folder(home, run_id, 1).path.parent)


def _blocks(folder: Path) -> int:
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    total += _blocks(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


class Usage:
    """The disk space a home uses, counted in the background and at most once a minute."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._counted: dict[str, Any] | None = None
        self._due = 0.0
        self._counting = threading.Lock()

    def look(self) -> dict[str, Any] | None:
        """`homeBytes` and the largest `runs` as last counted, at `countedAt`; None at first.

        Never waits: whoever asks when the count is old has it made anew, for the next one.
        """
        if time.monotonic() >= self._due and self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_and_release, name="usage", daemon=True).start()
        return self._counted

    def _count_and_release(self) -> None:
        try:
            self._counted = count(self.home)
            self._due = time.monotonic() + COUNT_SECONDS
        finally:
            self._counting.release()


def count(home: Path) -> dict[str, Any]:
    """The disk space used by a home and its largest runs; walks every folder."""
    sizes = {run_id: size_of(home, run_id) for run_id in all_run_ids(home)}
    largest = sorted(sizes, key=lambda run_id: (-sizes[run_id], run_id))[:LARGEST]
    beside = sum(path.stat().st_blocks * 512 for path in _files(home))
    return {
        "homeBytes": sum(sizes.values()) + beside,
        "runs": [{"id": run_id, "bytes": sizes[run_id]} for run_id in largest],
        "countedAt": timestamp(now()),
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


def _without_deleted(home: Path, seen: dict[str, Any]) -> dict[str, Any]:
    """A count without the runs that were deleted since it was made."""
    gone = [
        run for run in seen["runs"] if not attempt_folder(home, run["id"], 1).path.parent.exists()
    ]
    if not gone:
        return seen
    left = seen["homeBytes"] - sum(run["bytes"] for run in gone)
    return seen | {"homeBytes": left, "runs": [run for run in seen["runs"] if run not in gone]}


def usage(config: Config, counted: Usage) -> dict[str, Any]:
    """Used and free disk space, and the retention policy; `homeBytes` is None until counted."""
    seen = counted.look() or {"homeBytes": None, "runs": [], "countedAt": None}
    seen = _without_deleted(config.home, seen)
    policy = Policy.of(config)
    return seen | {
        "freeBytes": shutil.disk_usage(config.home).free,
        "retention": {"keep": policy.keep_runs, "olderThanDays": policy.keep_days},
    }
