"""Opening what lies below a folder, and nothing that a link could lead to.

O_NOFOLLOW guards the last part of a path only; openat2(2) guards every part, and no part can be
exchanged between a check and the opening, since there is no check. Where the kernel has no openat2
(before Linux 5.6) or a sandbox forbids it, the path is walked folder by folder. Standard library
only.

Source: openat2(2); its number is the same on every architecture of Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from contextlib import suppress
from pathlib import Path

_SYS_OPENAT2 = 437
_RESOLVE = 0x02 | 0x04 | 0x08  # no magic links, no symbolic links, beneath
_ABSENT = (errno.ENOSYS, errno.EPERM)  # EPERM: from a seccomp filter that does not know it
_ALWAYS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_OURS = 0o600
_libc = ctypes.CDLL(None, use_errno=True)


def open_beneath(root: Path | str, parts: tuple[str, ...], flags: int = os.O_RDONLY) -> int:
    """A descriptor on what `parts` lead to below `root`, which itself may be a link of the admin's.

    What it makes (O_CREAT) is its owner's alone.

    Raises: OSError; ELOOP (or ENOTDIR) where a part is a link.
    """
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            return _openat2(folder, "/".join(parts), flags | _ALWAYS)
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
        return walk(folder, parts, flags | _ALWAYS)
    finally:
        os.close(folder)


def make_beneath(root: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of the folder that `parts` lead to below `root`, made where it is missing.

    What it makes is its owner's alone. Raises: OSError; ENOTDIR where a part is a link or a file.
    """
    held = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            with suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=held)
            flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            below = os.open(part, flags, dir_fd=held)
        finally:
            os.close(held)
        held = below
    return held


def _openat2(folder: int, path: str, flags: int) -> int:
    how = struct.pack("=QQQ", flags, _OURS if flags & os.O_CREAT else 0, _RESOLVE)
    descriptor: int = _libc.syscall(
        ctypes.c_long(_SYS_OPENAT2),
        ctypes.c_int(folder),
        ctypes.c_char_p(os.fsencode(path)),
        ctypes.c_char_p(how),
        ctypes.c_size_t(len(how)),
    )
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return descriptor


def walk(folder: int, parts: tuple[str, ...], flags: int) -> int:
    """The same by opening each folder of the path in the one before it, never through a link."""
    if not parts or any(part in ("", ".", "..") or "/" in part for part in parts):
        raise OSError(errno.EXDEV, "leads out of its folder", "/".join(parts))
    held = os.dup(folder)
    try:
        for part in parts[:-1]:
            below = os.open(
                part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=held
            )
            os.close(held)
            held = below
        return os.open(parts[-1], flags, _OURS, dir_fd=held)
    finally:
        os.close(held)
