"""Which files are imported, and copying one byte for byte."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedRandom, BufferedReader
from pathlib import Path

from lastwords.records import LastwordsError, as_text

SUFFIXES = (".log", ".out", ".err", ".txt")
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file, where the disk can
_PIECE = 1 << 20


class NotImported(LastwordsError):
    """A file that is not imported; the text names it, and says what to do."""


def logs_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that are named, and in a folder all that are called like logs; in order, once."""
    seen: set[Path] = set()
    for path in paths:
        found = _in_folder(path) if path.is_dir() else [path]
        for file in found:
            whole = file.absolute()
            if whole not in seen:
                seen.add(whole)
                yield whole


def _in_folder(folder: Path) -> list[Path]:
    """Hidden folders are not entered, links are not followed."""
    found: list[Path] = []
    for place, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        logs = [name for name in files if name.endswith(SUFFIXES) and not name.startswith(".")]
        found += [Path(place, name) for name in sorted(logs)]
    return [path for path in found if not path.is_symlink()]


def opened(path: Path, source: str) -> BufferedReader:
    """The file, if it can be a log. Raises: NotImported."""
    shown = as_text(source)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotImported(f"{shown} is no regular file: give the log file itself")
        file = path.open("rb")
    except FileNotFoundError:
        raise NotImported(f"{shown} does not exist: check the path") from None
    except OSError as error:
        raise NotImported(f"{shown} cannot be read ({error.strerror}): chmod u+r it") from error
    if not os.fstat(file.fileno()).st_size:
        file.close()
        raise NotImported(f"{shown} is empty: there is nothing to import")
    return file


def digest_of(file: BufferedReader | BufferedRandom) -> str:
    """SHA-256 of the whole file."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def copy(file: BufferedReader, target: Path, sha256: str) -> None:
    """Copy a log, sharing its blocks where the file system can, and see that it is the same.

    No hard link: a log with a second name can be changed by that, and is not believed.

    Raises: NotImported, if it is written meanwhile; OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, 0o600), "w+b") as copied:
        try:
            fcntl.ioctl(copied, _FICLONE, file.fileno())
        except OSError:  # another file system, or one that cannot share
            file.seek(0)
            while data := file.read(_PIECE):
                copied.write(data)
            copied.flush()
        if digest_of(copied) != sha256:
            raise NotImported(
                f"{as_text(str(file.name))} is still written: import it once it is whole"
            )
    with suppress(OSError):
        status = os.fstat(file.fileno())
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
