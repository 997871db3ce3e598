"""What an attempt's folder keeps room for, and the form of a timeline's record.

Loaded before a child's first byte: nothing but `os` and `struct`.
"""

from __future__ import annotations

import os
import struct

SLOT_BYTES = 64 << 10  # bytes kept for a fact
SLOTS = ("child.json", "stop.json", "result.json")
# Unix time in seconds, bytes of log at that time. Below zero: the log was cut at that time to so
# many bytes, and when they were written is not known.
TIMELINE_RECORD = struct.Struct("<dQ")


def slot_name(name: str) -> str:
    """The file that keeps room for a fact."""
    return f".{name}.slot"


def keep_slot(path: str) -> None:
    """Keep a file and its blocks. Raises: OSError, if there is no room even now."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, SLOT_BYTES)
    finally:
        os.close(descriptor)
