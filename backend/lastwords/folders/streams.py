"""The files of an attempt that only grow: the same on whatever machine they are, byte for byte."""

from __future__ import annotations

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
