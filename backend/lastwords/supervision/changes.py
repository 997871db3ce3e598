"""What changed from the last run like this one that completed, or from any other.

Everything is read from the two run folders; only what lies between two commits is asked of the
repository. The answer is remembered while the folders stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.comparing.comparison import LARGEST_DIFF, Comparison, Kept, compared
from lastwords.comparing.suspicion import Error
from lastwords.comparing.table import Row, table
from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.frames import deepest_own
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact, attempt_folder, read_spec
from lastwords.logs.logfile import LogFile
from lastwords.records import Run, now, parse_timestamp
from lastwords.store.runs import Store
from lastwords.supervision.failures import GROUPED
from lastwords.supervision.last_good import last_completed_like
from lastwords.surroundings.reading import between_commits, surroundings_of, version_of

_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
_ERROR_END = 256 << 10  # bytes of an error that its frames are looked for in
_MOST_FRAMES = 400
_REMEMBERED = 32
_TAKING_SECONDS = 60.0  # within which what is not there yet may still come
_MOST_NAMED = 4  # changes in a sentence


class Changes(NamedTuple):
    """A comparison, with which run, and why with that one; None where somebody chose it."""

    good: Run
    likeness: str | None
    comparison: Comparison
    pending: bool  # whether more of it is just being taken

    def sentence(self) -> str:
        """What has changed, in one line."""
        return in_one_line([(item.words, item.note) for item in self.comparison.items])


def in_one_line(told: Sequence[tuple[str, str | None]]) -> str:
    """Changes and the notes on them in one sentence, the first few by name."""
    if not told:
        return "Nothing that was kept has changed."
    named = [words + (f" ({note})" if note else "") for words, note in told[:_MOST_NAMED]]
    more = len(told) - len(named)
    return " · ".join([*named, *([f"and {more} more"] if more else [])])


def changes_since_good(store: Store, home: Path, run: Run) -> Changes | None:
    """For a failed or lost run: what is different from the last one like it that completed.

    None where no run like it has completed before.
    """
    if run.status not in GROUPED:
        return None
    return changes_from(store, home, None, run)


def changes_from(store: Store, home: Path, earlier: Run | None, run: Run) -> Changes | None:
    """What is different from an earlier run; None chosen: from the last like it that completed.

    None where no run like it has completed before.
    """
    if earlier is not None:
        return changes_between(home, earlier, run)
    found = last_completed_like(store, home, run)
    return found and changes_between(home, found.run, run, found.likeness)


def changes_between(home: Path, good: Run, bad: Run, likeness: str | None = None) -> Changes:
    """What is different in `bad` from `good`."""
    folders = [attempt_folder(home, run.id, run.attempt, run.member) for run in (good, bad)]
    versions = tuple(map(version_of, folders))
    comparison, is_complete = _compared(folders[0], folders[1], versions, _error_of(home, bad))
    pending = not is_complete and _seconds_since_start(bad) < _TAKING_SECONDS
    return Changes(good, likeness, comparison, pending)


def rows_of(home: Path, runs: Sequence[Run]) -> list[Row]:
    """What several runs were started with, side by side."""
    return table([_kept(attempt_folder(home, run.id, run.attempt, run.member)) for run in runs])


@lru_cache(maxsize=_REMEMBERED)
def _compared(
    good: AttemptFolder, bad: AttemptFolder, _versions: object, error: Error
) -> tuple[Comparison, bool]:
    one, two = _kept(good), _kept(bad)
    comparison = compared(one, two, _between(one, two), error)
    return comparison, two.environment.get("complete") is True


def _seconds_since_start(run: Run) -> float:
    started = parse_timestamp(run.started_at or run.created_at)
    return (now() - started).total_seconds()


def _kept(folder: AttemptFolder) -> Kept:
    asked: dict[str, Any] = {}
    try:
        asked = read_spec(folder) or {}
    except UnreadableFact as error:
        return Kept(asked, {"missing": [str(error)]})
    return Kept(asked, *surroundings_of(folder, LARGEST_DIFF))


def _between(good: Kept, bad: Kept) -> bytes | None:
    """What lies between the two commits; nothing where there are none, or one is the other."""
    one, two = good.code.get("commit"), bad.code.get("commit")
    if one == two:
        return b""
    if not one or not two:
        return None
    return between_commits(str(bad.code.get("top")), one, two, LARGEST_DIFF)


def _error_of(home: Path, run: Run) -> Error:
    """What a failed run's error points at; of any other run nothing."""
    if run.status not in GROUPED:
        return Error("", "", (), None)
    found = _FRAME.findall(_end_of_error(home, run))[-_MOST_FRAMES:]
    frames = [Frame(file, int(line), "") for file, line in found]
    own = deepest_own(frames)
    place = None if own is None else max(n for n, frame in enumerate(frames) if frame is own)
    places = tuple((frame.file, frame.line) for frame in frames)
    return Error(run.cause or "", run.headline or "", places, place)


def _end_of_error(home: Path, run: Run) -> str:
    if run.error_start is None or run.error_end is None:
        return ""
    with LogFile(attempt_folder(home, run.id, run.attempt, run.member)) as log:
        end = log.read(max(run.error_start, run.error_end - _ERROR_END), run.error_end)
    return end.decode("utf-8", errors="replace")
