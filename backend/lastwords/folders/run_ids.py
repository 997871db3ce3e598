"""Run ids: made of the second in UTC, and each given only once, whatever is deleted since.

    run_20260102_030405  run_20260102_030405_2  run_20260102_030405_3 …

Which folders there are does not tell: a link to a deleted run, or half of its log in somebody's
download, would lead to another one. So `.ids` beside the runs keeps the newest id and the largest
number that was ever given; it is written over in place, which a full disk allows too.
Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

NAME = ".ids"
_PARTS = re.compile(r"(run_[0-9]{8}_[0-9]{6})(?:_([0-9]+))?")
_RECORD = "{second} {number:010d} {most:010d}\n"
_RECORDED = re.compile(r"(run_[0-9]{8}_[0-9]{6}) ([0-9]{10}) ([0-9]{10})\n")
_BYTES = 64  # more than a record has
_CAREFUL = os.O_NOFOLLOW | os.O_NONBLOCK  # what runs is in the same folder


class Given(NamedTuple):
    """The newest second with the last number given in it, and the largest number of any second."""

    second: str = ""
    number: int = 0
    most: int = 0

    def following(self, second: str) -> Given:
        """What is given next; in a second before the newest, as the clock went back, any number up
        to the largest may have been given."""
        if second < self.second:
            return self._replace(most=self.most + 1)
        number = self.number + 1 if second == self.second else 1
        return Given(second, number, max(self.most, number))

    def id_in(self, second: str) -> str:
        """The id that was given last, in this second."""
        number = self.most if second < self.second else self.number
        return second if number == 1 else f"{second}_{number}"


def make_folder(runs: Path, moment: datetime) -> Path:
    """Make the folder of a new run under an id that no run had before.

    Raises: OSError.
    """
    second = moment.strftime("run_%Y%m%d_%H%M%S")
    with _mark(runs) as mark:
        given = (_read(mark) if mark is not None else None) or _newest_in(runs)
        while True:
            given = given.following(second)
            folder = runs / given.id_in(second)
            with suppress(FileExistsError):  # put there by hand, or by who has no mark either
                folder.mkdir(mode=0o700)
                break
        if mark is not None:
            with suppress(OSError):  # not even a block for the first record
                os.pwrite(mark, _RECORD.format(**given._asdict()).encode(), 0)
        return folder


@contextmanager
def _mark(runs: Path) -> Iterator[int | None]:
    """The file that keeps what was given, held by nobody else; None where it cannot be had."""
    try:
        descriptor = os.open(runs / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | _CAREFUL, 0o600)
    except OSError:  # then the folders have to tell
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _read(mark: int) -> Given | None:
    try:
        found = _RECORDED.match(os.pread(mark, _BYTES, 0).decode("ascii", errors="replace"))
    except OSError:
        return None
    return Given(found[1], int(found[2]), int(found[3])) if found else None


def _newest_in(runs: Path) -> Given:
    """What the folders tell, those that are being deleted too; of a home of before."""
    found = [_PARTS.search(entry.name) for entry in os.scandir(runs)]
    given = [(match[1], int(match[2] or 1)) for match in found if match]
    if not given:
        return Given()
    return Given(*max(given), max(number for _, number in given))
