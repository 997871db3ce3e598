"""SHA-256 of files, counted in the background a piece at a time.

Nobody waits for a large one: the file with the least left to read is always next, so that a small
one passes a terabyte by, and a stop is heard within a piece. Standard library only.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from lastwords.folders.runfolder import open_regular

PIECE = 4 << 20
MOST_KNOWN = 50_000
MOST_WAITING = 20_000
Version = tuple[int, int, int, int]  # device, inode, size and time of a file's content


def version_of(status: os.stat_result) -> Version:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(order=True)
class _Job:
    """A file that is being counted; the one with the least left is the smallest."""

    left: int
    number: int
    place: Path = field(compare=False)
    version: Version = field(compare=False)
    digest: hashlib._Hash = field(compare=False, default_factory=hashlib.sha256)


class Checksums:
    """Counts each version of a file once, by one thread that ends when there is nothing to do."""

    def __init__(self) -> None:
        self._known: OrderedDict[Version, str] = OrderedDict()
        self._jobs: list[_Job] = []
        self._asked: set[Version] = set()
        self._numbers = count()
        self._changed = threading.Condition()
        self._is_counting = False
        self._stopped = False

    def known(self, files: Sequence[tuple[str, Version]]) -> list[str | None]:
        """The checksum of each file by its path, if it is counted; else it will be."""
        with self._changed:
            for place, version in files:
                if version not in self._known:
                    self._ask(place, version)
            return [self._known.get(version) for _, version in files]

    def _ask(self, place: str, version: Version) -> None:
        if version in self._asked or len(self._asked) >= MOST_WAITING:
            return
        self._asked.add(version)
        heapq.heappush(self._jobs, _Job(version[2], next(self._numbers), Path(place), version))
        if not self._is_counting and not self._stopped:
            self._is_counting = True
            threading.Thread(target=self._count, name="checksums", daemon=True).start()

    def wait(self, versions: set[Version], seconds: float) -> None:
        """Wait until these are counted, but never for long."""
        with self._changed:
            self._changed.wait_for(lambda: versions.isdisjoint(self._asked), seconds)

    def stop(self) -> None:
        """Count no further; does not wait for the piece that is being read."""
        with self._changed:
            self._stopped = True

    def _count(self) -> None:
        while job := self._next():
            try:
                is_whole = _read_piece(job)
            except OSError:
                self._finish(job, None)  # gone, or no longer what was asked for
                continue
            if is_whole:
                self._finish(job, job.digest.hexdigest())
            else:
                with self._changed:
                    heapq.heappush(self._jobs, job)

    def _next(self) -> _Job | None:
        with self._changed:
            if self._jobs and not self._stopped:
                return heapq.heappop(self._jobs)
            self._is_counting = False
            return None

    def _finish(self, job: _Job, digest: str | None) -> None:
        with self._changed:
            self._asked.discard(job.version)
            if digest:
                self._known[job.version] = digest
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            self._changed.notify_all()


def _read_piece(job: _Job) -> bool:
    """Count one piece more; whether that was the last.

    Raises: OSError, also where the file is another one by now.
    """
    with open_regular(job.place, alone=True) as file:
        if version_of(os.fstat(file.fileno())) != job.version:
            raise FileNotFoundError(f"{job.place} was written to")
        data = os.pread(file.fileno(), PIECE, job.version[2] - job.left)
    job.digest.update(data)
    job.left -= len(data)
    if job.left and not data:
        raise FileNotFoundError(f"{job.place} was cut")
    return not job.left
