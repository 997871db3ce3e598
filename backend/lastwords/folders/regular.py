"""Files of a run folder, opened with care: the child may have been there.

Standard library only.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from lastwords.basics import is_run_id
from lastwords.folders.safe_open import open_beneath


def open_regular(path: Path, *, alone: bool = False) -> BinaryIO:
    """Open what the child wrote, but neither through a link nor where an open could hang.

    Of a path in a run folder, no part below the folder of all runs may be a link.

    alone: whether a second name (a hard link, maybe to what the child may not read) is refused.

    Raises: OSError, also for a FIFO, a folder or a device.
    """
    return os.fdopen(_open_checked(path, os.O_RDONLY, alone=alone), "rb")


def open_to_write(path: Path, flags: int = 0, *, alone: bool = True) -> int:
    """A descriptor to write with, as `open_regular` opens to read: the child may have been there.

    Raises: OSError, also for a FIFO, a folder or a device.
    """
    return _open_checked(path, os.O_WRONLY | flags, alone=alone)


def _open_checked(path: Path, flags: int, *, alone: bool) -> int:
    root, parts = _beneath(str(path))  # no Path: this is done many times for every run, each second
    descriptor = open_beneath(root, parts, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if alone and status.st_nlink > 1:
            raise OSError(errno.EMLINK, "has a second name (a hard link)", str(path))
        if alone and not _has_its_name(descriptor, parts):
            raise FileNotFoundError(errno.ENOENT, "lost its name as it was opened", str(path))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _beneath(path: str) -> tuple[str, tuple[str, ...]]:
    """The folder of all runs, and what leads from there to a path; else its own folder."""
    parts = path.split("/")
    held = range(len(parts) - 2, -1, -1)
    at = next((number for number in held if is_run_id(parts[number])), len(parts) - 1)
    root = "/".join(parts[:at]) or ("/" if at else ".")
    return root, tuple(parts[at:])


def _has_its_name(descriptor: int, parts: Sequence[str]) -> bool:
    """Whether an open file still has the name that it was opened by.

    Without it, its one name may be anywhere: a hard link may have been taken away again meanwhile.
    """
    opened_by = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  # or "… (deleted)"
    return opened_by.endswith("/" + "/".join(parts))


def read_regular(path: Path, most: int = -1) -> bytes:
    """The bytes of a file that may not be there, and may be what the child made of it.

    most: how many of them, from the beginning; all where it is not said.

    Raises: FileNotFoundError, also for what is no regular file.
    """
    try:
        with open_regular(path) as file:
            return file.read(most)
    except OSError as error:
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from error


def size_of(path: Path | str) -> int:
    """Bytes of a regular file; 0 where there is none, or nothing that can be looked at."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
