"""What a run is expected to write: noted before its start, compared after its end.

A path counts as written if it is a file that holds a byte and is new, or not the one that was noted
(other content, by inode, size and times; a later change of nothing but rights, owner or links is no
write), or a folder that holds such a file at any depth. The clock's time decides nothing.

Covered: files that are moved or copied here with old dates, dates in the future, a clock that is
set back, files rewritten in place, in folders too; patterns as in a shell (`*`, `?`, `[…]`).
Not covered: touch(1), and chmod(1) to the rights that are there, which the kernel does not tell
from a write; FIFOs, sockets and devices.
Standard library only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from glob import iglob
from itertools import islice
from pathlib import Path

from lastwords.folders.attempt import OutOfReach, is_shortage
from lastwords.records import LastwordsError
from lastwords.supervision.adapter_check import Unproved

MOST_FILES = 50_000  # that are noted; an expectation of more is refused
MOST_LOOKED_AT = 200_000  # files, and folders, after the end

Version = list[str]  # content, moment of the last change, rights
Noted = Mapping[str, object] | float  # versions by path; or the start, where it is all we know
_TICK = 0.02  # seconds that a file's time may be behind the clock that we read


class TooMany(LastwordsError):
    """An expected path holds more files than can be noted."""


def note(folder: Path, expected: Sequence[str]) -> dict[str, Version]:
    """The version of every file that is there already, by its path.

    folder: what the expected paths and patterns are relative to.

    Raises: TooMany.
    """
    noted: dict[str, Version] = {}
    for wanted in expected:
        for path, status in _files(folder, wanted):
            if len(noted) >= MOST_FILES:
                raise TooMany(
                    f"--expect {wanted}: more than {MOST_FILES:,} files are there already, too "
                    "many to tell later which were written; name a file, or a pattern of fewer"
                )
            noted[str(path)] = version_of(status)
    return noted


def prove_written(folder: Path, expected: Sequence[str], noted: Noted) -> None:
    """See that each expected path, or something that a pattern names, was written.

    Raises: Unproved, which names all that were not; OutOfReach, where we have not the means to
    look.
    """
    missed = [found for wanted in expected if (found := _fault_of(folder, wanted, noted))]
    if missed:
        words = "; ".join(sentence for _, sentence in missed)
        raise Unproved(missed[0][0], f"Exit code 0, but {words}.")


def _fault_of(folder: Path, wanted: str, noted: Noted) -> tuple[str, str] | None:
    """Why something expected does not count as written, as slug and words."""
    whole = Path(folder, wanted)
    seen = empty = 0
    for path, status in islice(_files(folder, wanted), MOST_LOOKED_AT):
        seen += 1
        if is_new(path, status, noted):
            if status.st_size:
                return None
            empty += 1
    if empty:
        return "expected_empty", f"{whole} was written, but is empty"
    if seen:
        return "expected_stale", f"{whole} is what it was before this attempt"
    return "expected_missing", f"{whole} {_why_missing(whole)}"


def _why_missing(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "was not written"
    except OSError as error:
        return f"was not written ({error.strerror})"
    return "is a folder without a file" if stat.S_ISDIR(mode) else "is no file"


def is_new(path: Path, status: os.stat_result, noted: Noted) -> bool:
    """Whether a file was written since it was noted, if it was.

    Of a run without a note, one of 0.1.0, the time of the last change has to do.
    """
    if isinstance(noted, float):
        return status.st_ctime >= noted - _TICK
    version, before = version_of(status), noted.get(str(path))
    if not isinstance(before, list) or len(before) != len(version):
        return True
    (content, changed, rights), (old_content, old_changed, old_rights) = version, before
    return bool(content != old_content or (changed != old_changed and rights == old_rights))


def version_of(status: os.stat_result) -> Version:
    """What tells a file from what it was before, in texts: an inode's number may take 64 bits."""
    content = f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
    rights = f"{status.st_mode:o} {status.st_uid} {status.st_gid} {status.st_nlink}"
    return [content, str(status.st_ctime_ns), rights]


def _files(folder: Path, wanted: str) -> Iterator[tuple[Path, os.stat_result]]:
    """Every file that a path or a pattern names, and every file in a folder that it names."""
    whole = Path(folder, wanted)
    if (status := _status(whole)) is not None:
        yield from _files_of(whole, status)
    elif any(sign in wanted for sign in "*?["):
        for name in iglob(wanted, root_dir=folder):  # noqa: PTH207 (Path.glob goes down in **)
            if (status := _status(Path(folder, name))) is not None:
                yield from _files_of(Path(folder, name), status)


def _files_of(path: Path, status: os.stat_result) -> Iterator[tuple[Path, os.stat_result]]:
    if stat.S_ISREG(status.st_mode):
        yield path, status
    elif stat.S_ISDIR(status.st_mode):  # the walk enters no linked folder
        for place, _, names in islice(os.walk(path, onerror=_unless_short), MOST_LOOKED_AT):
            for name in names:
                inner = Path(place, name)
                if (found := _status(inner)) is not None and stat.S_ISREG(found.st_mode):
                    yield inner, found


def _status(path: Path) -> os.stat_result | None:
    """The status of what a path leads to; None where nothing can be looked at there.

    Raises: OutOfReach, where it is we who cannot look.
    """
    try:
        return path.stat()
    except OSError as error:
        _unless_short(error)
        return None


def _unless_short(error: OSError) -> None:
    if is_shortage(error):
        raise OutOfReach(f"{error.filename} cannot be looked at: {error.strerror}") from error
