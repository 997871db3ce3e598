"""What the two sides of a shipment agree on: names, limits and the form of a batch.

A batch is one line of JSON, then the bytes of its parts, in their order:

    {"epoch": 1, "parts": [["output.log", 0, 5, 907060870]], "facts": {}}\\nhello

The numbers of a part are offset, length and CRC-32. Standard library only. See docs/shipping.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from lastwords.folders.streams import STREAMS as STREAMS

PROTOCOL = "1"
HEADER = "Lastwords-Protocol"
PREFIX = "/api/training"
ENROL, ATTEMPT = "lwe_", "lwa_"  # how tokens begin

FACTS = ("child", "stop", "environment")  # files of one JSON object, by name without `.json`
STOPS = ("stopped_by_user",)  # reasons for which a server may stop what runs elsewhere

BATCH_BYTES = (
    1000 << 10
)  # of parts and facts; with its line a batch stays below what a server takes
LINE_BYTES = 256 << 10
_HASHED_AT_ONCE = 256 << 10
INTERVAL = 1.0  # seconds between batches while anything grows
BUSY_INTERVAL = 0.05  # while more is there than one batch holds: 20 MB a second beside a run
QUIET_INTERVAL = 5.0


class Malformed(ValueError):
    """A batch that has not the form above."""


class Part(NamedTuple):
    """Bytes of a stream, and where they begin in it; of a batch that came they are a part."""

    stream: str
    offset: int
    data: bytes | memoryview


class Batch(NamedTuple):
    """What is sent at once. behind: bytes of the log that are there and not sent yet."""

    epoch: int
    parts: Sequence[Part]
    facts: Mapping[str, Any]
    cut: Mapping[str, int]
    behind: int = 0


def write_batch(batch: Batch) -> list[bytes | memoryview]:
    """A batch as it is sent, in pieces: its line, then the bytes of its parts, not copied."""
    parts = [[p.stream, p.offset, len(p.data), zlib.crc32(p.data)] for p in batch.parts]
    told = {"facts": batch.facts, "cut": batch.cut, "behind": batch.behind}
    line = {"epoch": batch.epoch, "parts": parts, **told}
    return [json.dumps(line).encode() + b"\n", *(part.data for part in batch.parts)]


def read_batch(body: bytes) -> Batch:
    """A batch as it came. Raises: Malformed; RecursionError."""
    end = body.find(b"\n", 0, LINE_BYTES + 1)
    if end < 0:
        raise Malformed(f"the first {LINE_BYTES:,} bytes hold no whole line")
    try:
        told = json.loads(body[:end].decode())
    except ValueError as error:
        raise Malformed(f"its first line is not JSON: {error}") from None
    if not isinstance(told, dict) or not _is_count(told.get("epoch")):
        raise Malformed("its first line is no object with an epoch")
    facts, cut = told.get("facts") or {}, told.get("cut") or {}
    if not isinstance(facts, dict) or not set(facts) <= set(FACTS):
        raise Malformed(f"facts are objects by name: {', '.join(FACTS)}")
    if not isinstance(cut, dict) or not set(cut) <= set(STREAMS):
        raise Malformed("cut gives sizes by the name of a stream")
    behind = told.get("behind") or 0
    if not _is_count(behind):
        raise Malformed("behind is no number of bytes")
    parts = _parts(told.get("parts"), memoryview(body)[end + 1 :])
    return Batch(told["epoch"], parts, facts, cut, behind)


def _parts(told: object, data: memoryview) -> list[Part]:
    if not isinstance(told, list):
        raise Malformed("parts is no list")
    found, at = [], 0
    for item in told:
        part = _part(item, data, at)
        at += len(part.data)
        found.append(part)
    if at != len(data):
        raise Malformed(f"{len(data):,} bytes follow its line, and its parts have {at:,}")
    return found


def _part(item: object, data: memoryview, at: int) -> Part:
    if not isinstance(item, list) or len(item) != 4 or not all(map(_is_count, item[1:])):
        raise Malformed("a part is [stream, offset, length, CRC-32]")
    stream, offset, length, crc = item
    if stream not in STREAMS:
        raise Malformed(f"there is no stream of this name: {', '.join(STREAMS)}")
    held = data[at : at + length]
    if len(held) != length or zlib.crc32(held) != crc:
        raise Malformed(f"a part of {stream} is not what its length and CRC-32 say")
    return Part(stream, offset, held)


def digest(file: BinaryIO, size: int) -> str:
    """The SHA-256 of the first `size` bytes of a file, which may have fewer, in hexadecimal."""
    found, done = hashlib.sha256(), 0
    room = memoryview(bytearray(min(size, _HASHED_AT_ONCE)))  # new memory for each costs as much
    while got := os.preadv(file.fileno(), [room[: size - done]], done):
        found.update(room[:got])
        done += got
    return found.hexdigest()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
