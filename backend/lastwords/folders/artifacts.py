"""The artifacts of a training: its files, found by a walk that follows no links.

A file is named by its path below the folder, as the walk found it; what somebody asks for is looked
up among those names and never joined to a path. Standard library only.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.records import timestamp_from_unix

MOST = 10_000  # files that one list names
HASHED = 512 << 20  # bytes that one call reads for checksums that are not known yet
_KNOWN: dict[tuple[int, int, int, int], str] = {}  # checksums by a file's version


@dataclass(frozen=True)
class Artifact:
    """A file; `sha256` is None while the run is running, and until it is calculated."""

    path: str
    bytes: int
    sha256: str | None
    modified_at: str


@dataclass(frozen=True)
class _File:
    """A file as the walk found it."""

    name: str
    place: Path
    status: os.stat_result

    @property
    def version(self) -> tuple[int, int, int, int]:
        status = self.status
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def list_artifacts(folder: AttemptFolder, *, final: bool) -> tuple[list[Artifact], int]:
    """The files of an attempt by name, at most MOST of them, and how many there are.

    final: whether nothing writes to them any more, so that they have a checksum. Checksums are
        remembered; of large artifacts one call counts a part, and the next one goes on.
    """
    left = HASHED if final else -1
    found: list[Artifact] = []
    files = _files(folder)
    for file in files[:MOST]:
        digest, read = _digest(file, left)
        left -= read
        moment = timestamp_from_unix(file.status.st_mtime)
        found.append(Artifact(file.name, file.status.st_size, digest, moment))
    return found, len(files)


def open_artifact(folder: AttemptFolder, name: str) -> BinaryIO | None:
    """The file of this name; None if the walk finds none."""
    for file in _files(folder):
        if file.name == name:
            try:
                return open_regular(file.place, alone=True)
            except OSError:
                return None  # no longer what the walk saw
    return None


def _files(folder: AttemptFolder) -> list[_File]:
    return sorted(_walk(folder.artifacts), key=lambda file: file.name)


def _walk(top: Path) -> Iterator[_File]:
    if top.is_symlink():
        return
    for place, _, names in os.walk(top):  # it enters no linked folder
        for name in names:
            path = Path(place) / name
            try:
                status = path.lstat()
            except OSError:
                continue  # gone since
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                relative = os.fsencode(path.relative_to(top))
                yield _File(relative.decode("utf-8", errors="replace"), path, status)


def _digest(file: _File, most: int) -> tuple[str | None, int]:
    """A file's checksum, and how many bytes were read for it."""
    if most < 0:
        return None, 0
    if known := _KNOWN.get(file.version):
        return known, 0
    if file.status.st_size > most and most < HASHED:
        return None, 0
    try:
        with open_regular(file.place, alone=True) as opened:
            digest = hashlib.file_digest(cast(io.BufferedReader, opened), "sha256").hexdigest()
    except OSError:
        return None, 0
    if len(_KNOWN) > MOST:
        _KNOWN.clear()
    _KNOWN[file.version] = digest
    return digest, file.status.st_size
