"""The last line of a log: what a run that goes on says just now."""

from __future__ import annotations

from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import LogFile

LONGEST = 200  # characters of it that are told
_TAIL = 4096  # bytes in which it is looked for


def last_line(folder: AttemptFolder) -> str | None:
    """The last line with any text, as far as it is printed; a bar's is what it shows now."""
    try:
        with LogFile(folder) as log:
            tail = log.read(max(0, log.size - _TAIL), log.size)
    except OSError:
        return None
    lines = tail.replace(b"\r", b"\n").split(b"\n")
    last = next((line for line in reversed(lines) if line.strip()), None)
    return None if last is None else last.decode("utf-8", errors="replace").strip()[:LONGEST]
