"""The name that a program gives its run itself, where a tracker prints it. Standard library only.

Not covered: a wandb run without a network and without an ID of its own, whose name is printed
nowhere; Hydra, which prints no name of its job.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import LogFile
from lastwords.measurements.prefixes import without_prefix
from lastwords.measurements.values import plain
from lastwords.records import as_text

BEGINNING, ENDING = 4 << 20, 256 << 10  # bytes of a log that are looked at
LONGEST = 200  # characters

_NAMED = re.compile(
    "|".join(
        (
            r"wandb: (?:Syncing|Resuming) run (?P<wandb>\S.*)",
            r"wandb: (?:\S{1,8} )?View run (?P<viewed>\S.*?) at: http\S+",
            # The end of the folder is the run's ID: eight letters and digits where nobody gave one.
            r"wandb: Run data is saved locally in .*run-\d{8}_\d{6}-(?![a-z0-9]{8}$)(?P<id>\S+)",
            r"\* (?:Created new|Resumed existing) run: (?P<trackio>\S.*)",
            r"\S{1,4} View run (?P<mlflow>\S.*?) at: http\S+",
        )
    )
)
_HINT = re.compile(rb"wandb(?:\x1b\[0m)?: |run: |View run ")
_MOST_HINTS = 1000
_BEFORE, _AFTER = 300, 1300  # bytes of a line around a hint


def own_name(folder: AttemptFolder) -> str | None:
    """The first such name in the log's beginning, else in its end."""
    with suppress(OSError), LogFile(folder) as log:
        end = max(BEGINNING, log.size - ENDING)
        return _first(log.read(0, BEGINNING)) or _first(log.read(end, log.size))
    return None


def _first(piece: bytes) -> str | None:
    for line in islice(_hinted(piece), _MOST_HINTS):
        if found := _NAMED.fullmatch(without_prefix(plain(line)).rstrip()):
            name = next(name for name in found.groups() if name)
            return as_text(" ".join(name.split())[:LONGEST])
    return None


def _hinted(piece: bytes) -> Iterator[bytes]:
    """The lines, and the states of a bar, in which a name may stand."""
    at = 0
    while hint := _HINT.search(piece, at):
        begin = hint.start()
        before, after = piece[max(at, begin - _BEFORE) : begin], piece[begin : begin + _AFTER]
        rest = re.split(rb"[\r\n]", after, maxsplit=1)[0]
        yield re.split(rb"[\r\n]", before)[-1] + rest
        at = begin + len(rest)
