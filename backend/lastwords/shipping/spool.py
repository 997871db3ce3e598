"""A run folder as it is read to be sent: files that grow, and what is to be done if one is cut.

Standard library only.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.shipping.wire import BATCH_BYTES, STREAMS, Part, digest

if TYPE_CHECKING:
    from concurrent.futures import Future

MUCH = 16 << 20  # bytes that take longer to be sent than a thread to be started


class Stream:
    """One file that only grows, or is taken for a new one that follows.

    base: how much had been sent of what was cut off since; at: how far its file was sent.
    """

    def __init__(self, path: Path, base: int = 0) -> None:
        self.name = path.name
        self.base, self.at = base, 0
        self._path = path
        self._file: BinaryIO | None = None  # held: it may lose its name while it runs
        self._summed: tuple[int, Future[str]] | None = None

    @property
    def sent(self) -> int:
        return self.base + self.at

    @property
    def size(self) -> int:
        self._look()
        return os.fstat(self._file.fileno()).st_size if self._file else 0

    def go_on(self, have: int) -> None:
        """Go on where the server is, which may be before where we were."""
        if have >= self.base:
            self.at = have - self.base
        else:  # it lost what is not here any more
            self.base, self.at = have, 0

    def is_cut(self) -> bool:
        """Whether the file is shorter than what was sent of it; it follows as a new one then."""
        if self.size >= self.at:
            return False
        self.begin_anew()
        return True

    def begin_anew(self) -> None:
        """Have all that the file holds follow what was sent."""
        self.base, self.at = self.sent, 0

    def read(self, into: memoryview) -> memoryview:
        """What comes next, as much as there is room for."""
        self._look()
        return into[: os.preadv(self._file.fileno(), [into], self.at) if self._file else 0]

    def digest(self) -> str | None:
        """The SHA-256 of what was sent; None where that is not here any more."""
        self._look()
        if self.base or (self._file is None and self.at):
            return None
        if self._summed and self._summed[0] == self.at:
            return self._summed[1].result()
        return digest(self._file, self.at) if self._file else hashlib.sha256().hexdigest()

    def sum_beside(self) -> None:
        """Begin to sum what the file of an ended run holds, if much of it is still to be sent."""
        size = self.size
        if self._file and self._summed is None and not self.base and size - self.at > MUCH:
            from concurrent.futures import ThreadPoolExecutor  # with a large log alone

            held = os.fdopen(os.dup(self._file.fileno()), "rb")
            beside = ThreadPoolExecutor(1)
            self._summed = size, beside.submit(_closing_digest, held, size)
            beside.shutdown(wait=False)

    def _look(self) -> None:
        """Open the file; the one that has its name now, if that is another one."""
        with suppress(OSError):
            named = self._path.lstat()
            if self._file and _same(named, os.fstat(self._file.fileno())):
                return
            opened = open_regular(self._path, alone=True)
            if self._file:
                self._file.close()
            self._file, self._summed = opened, None

    def close(self) -> None:
        if self._file:
            self._file.close()


def _closing_digest(file: BinaryIO, size: int) -> str:
    with file:
        return digest(file, size)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


class Spool:
    """All streams of an attempt."""

    def __init__(self, folder: AttemptFolder, bases: dict[str, int]) -> None:
        self.streams = {name: Stream(folder.path / name, bases.get(name, 0)) for name in STREAMS}
        self.cut: dict[str, int] = {}
        self._room = memoryview(bytearray(BATCH_BYTES))

    def go_on(self, have: dict[str, int]) -> None:
        for name, stream in self.streams.items():
            stream.go_on(have.get(name, 0))

    def look_for_cuts(self) -> bool:
        """Whether a file was cut just now; the times of a log that was mean nothing any more."""
        found = {s.name: s.size for s in self.streams.values() if s.is_cut()}
        self.cut |= found
        return bool(found)

    def next_parts(self, taken: int = 0) -> list[Part]:
        """What comes next of all of them, the log first; as much as a batch takes beside `taken`.

        Its bytes are those of the spool until it is asked again.
        """
        parts, room = [], self._room[taken:]
        for stream in self.streams.values():
            if room and not (stream.name == "timeline" and self._has_cut_log()):
                if data := stream.read(room):
                    parts.append(Part(stream.name, stream.sent, data))
                    room = room[len(data) :]
        return parts

    def behind(self, parts: list[Part]) -> int:
        """Bytes of the log that come after these parts."""
        log = self.streams["output.log"]
        going = sum(len(part.data) for part in parts if part.stream == log.name)
        return max(0, log.size - log.at - going)

    @property
    def is_sent(self) -> bool:
        """Whether nothing comes next."""
        kept = (s for s in self.streams.values() if s.name != "timeline" or not self._has_cut_log())
        return all(stream.size <= stream.at for stream in kept)

    def _has_cut_log(self) -> bool:
        return bool(self.streams["output.log"].base or self.streams["timeline"].base)

    @property
    def bases(self) -> dict[str, int]:
        return {name: stream.base for name, stream in self.streams.items() if stream.base}

    def sums(self) -> dict[str, tuple[int, str | None]]:
        """Size and digest of what was sent of each."""
        return {n: (s.sent, s.digest()) for n, s in self.streams.items() if s.sent}

    def close(self) -> None:
        for stream in self.streams.values():
            stream.close()
