"""The ends of the logs of several ranks as one, by time: for display, as no such log exists.

A line has the time at which its bytes were seen to be written, to about a tenth of a second; those
of one moment stand by rank, and those of one rank as they were printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lastwords.folders.attempt import AttemptFolder
from lastwords.logs.logfile import Line, open_checked

_LEAST = 20  # lines of each rank, however many there are


class RankLine(NamedTuple):
    """A line, and whose it is."""

    rank: int
    line: Line


def merged_end(folders: Sequence[AttemptFolder], count: int) -> list[RankLine]:
    """The last lines of all of them, at most so many. Raises: LogUnreadable."""
    most = min(count, max(_LEAST, 4 * count // max(1, len(folders))))
    found: list[tuple[str, int, int, RankLine]] = []
    for folder in folders:
        moment = ""
        for line in _last_lines(folder, most):
            moment = max(moment, line.time or "")
            place = moment, folder.member, line.offset
            found.append((*place, RankLine(folder.member, line)))
    return [each for *_, each in sorted(found, key=lambda each: each[:3])[-count:]]


def _last_lines(folder: AttemptFolder, most: int) -> list[Line]:
    if not folder.log.exists():
        return []
    with open_checked(folder) as log:
        return log.lines(max(1, log.count_lines() - most + 1), most)
