"""Files as one zip archive, made while it is sent: nothing is kept, however large they are.

Stored, not compressed: weights hardly get smaller. Standard library only.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from lastwords.folders.artifacts import Artifacts
from lastwords.folders.attempt import AttemptFolder

_PART = 1 << 20
_YEARS = (1980, 2107)  # that the format knows


class _Sink(io.RawIOBase):
    """Takes what is written, for as long as nobody has come for it; it cannot seek."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]  # what zipfile writes are bytes
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def archived(files: Iterable[tuple[str, float, BinaryIO]]) -> Iterator[bytes]:
    """The parts of an archive of files, each with its name and the time of its last change."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        for name, changed, file in files:
            with file, archive.open(_entry(name, changed), "w", force_zip64=True) as member:
                while part := file.read(_PART):
                    member.write(part)
                    yield sink.taken()
    yield sink.taken()


def _entry(name: str, changed: float) -> ZipInfo:
    """How a file is called in it: below the folder it is unpacked in, on any system."""
    moment = time.gmtime(changed)
    first, last = _YEARS
    when = moment[:6] if first <= moment.tm_year <= last else (first, 1, 1, 0, 0, 0)
    return ZipInfo(name.replace("\\", "_").replace(":", "_"), when)


def artifacts_of(found: Artifacts, folder: AttemptFolder) -> Iterator[tuple[str, float, BinaryIO]]:
    """Each artifact of an attempt, opened when its turn comes; what is gone by then is left out."""
    for name, changed in found.changed(folder):
        if file := found.open(folder, name):
            yield name, changed, file
