"""What the two sides of a shipment agree on: names, limits and the form of a batch.

A batch is one line of JSON, then the bytes of its parts, in their order:

    {"epoch": 1, "parts": [["output.log", 0, 5, 907060870]], "facts": {}}\\nhello

The numbers of a part are offset, length and CRC-32. Standard library only. See docs/shipping.md.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

PROTOCOL = "1"
HEADER = "Lastwords-Protocol"
PREFIX = "/api/training"
ENROL, ATTEMPT = "lwe_", "lwa_"  # how tokens begin

# Files that only grow, and are the same on both sides, byte for byte.
STREAMS = (
    "output.log",
    "timeline",
    "events.jsonl",
    "samples.jsonl",
    "notices.jsonl",
    "recorder.log",
    "metrics.jsonl",
    "changes.diff",
)
FACTS = ("child", "stop", "environment")  # files of one JSON object, by name without `.json`
STOPS = ("stopped_by_user",)  # reasons for which a server may stop what runs elsewhere

BATCH_BYTES = 900 << 10  # of parts; with its line a batch stays below what a server takes
LINE_BYTES = 256 << 10
INTERVAL = 1.0  # seconds between batches while anything grows
QUIET_INTERVAL = 5.0


class Malformed(ValueError):
    """A batch that has not the form above."""


class Part(NamedTuple):
    """Bytes of a stream, and where they begin in it."""

    stream: str
    offset: int
    data: bytes


class Batch(NamedTuple):
    """What is sent at once. behind: bytes of the log that are there and not sent yet."""

    epoch: int
    parts: Sequence[Part]
    facts: Mapping[str, Any]
    cut: Mapping[str, int]
    behind: int = 0


def write_batch(batch: Batch) -> bytes:
    """A batch as it is sent."""
    parts = [[p.stream, p.offset, len(p.data), zlib.crc32(p.data)] for p in batch.parts]
    told = {"facts": batch.facts, "cut": batch.cut, "behind": batch.behind}
    line = {"epoch": batch.epoch, "parts": parts, **told}
    return b"".join([json.dumps(line).encode(), b"\n", *(part.data for part in batch.parts)])


def read_batch(body: bytes) -> Batch:
    """A batch as it came. Raises: Malformed; RecursionError."""
    line, newline, _ = body[: LINE_BYTES + 1].partition(b"\n")
    if not newline:
        raise Malformed(f"the first {LINE_BYTES:,} bytes hold no whole line")
    try:
        told = json.loads(line.decode())
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
    parts = _parts(told.get("parts"), body[len(line) + 1 :])
    return Batch(told["epoch"], parts, facts, cut, behind)


def _parts(told: object, data: bytes) -> list[Part]:
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


def _part(item: object, data: bytes, at: int) -> Part:
    if not isinstance(item, list) or len(item) != 4 or not all(map(_is_count, item[1:])):
        raise Malformed("a part is [stream, offset, length, CRC-32]")
    stream, offset, length, crc = item
    if stream not in STREAMS:
        raise Malformed(f"there is no stream of this name: {', '.join(STREAMS)}")
    held = data[at : at + length]
    if len(held) != length or zlib.crc32(held) != crc:
        raise Malformed(f"a part of {stream} is not what its length and CRC-32 say")
    return Part(stream, offset, held)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
