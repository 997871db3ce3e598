"""Explaining a long log in a process of its own, which gets so much time and memory and no more.

A log is what a program printed, and may hold what takes long to read. In a process of its own it
holds up nobody: this process's interpreter stays free, and what is not explained in time is given
up, with the error as it stands in the log.
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Protocol

from lastwords.diagnosis import (
    Advice,
    Alternative,
    Ending,
    Evidence,
    Explanation,
    Frame,
    Link,
    Span,
    explain,
)
from lastwords.diagnosis.lines import HEADER, clean
from lastwords.logs.filebytes import FileBytes

SECONDS = 10.0
BYTES_A_SECOND = 256 << 20  # a log of gigabytes takes its time to be read at all
MEMORY = 512 << 20
_AT_ONCE = 3
_RAW_BYTES = 1 << 20  # of a log's end in which an error is looked for that was not explained
_RAW_LINES = 50
_HEADLINE = 1000
_NO_MEMORY = 71
_UNEXPLAINED = "The log was not explained: "

_log = logging.getLogger(__name__)
_places = BoundedSemaphore(_AT_ONCE)


class OpenLog(Protocol):
    """A log that is open: an attempt's, or any file."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    def fileno(self) -> int: ...
    def read(self, start: int, end: int) -> bytes: ...
    def line_number(self, offset: int) -> int: ...


def explain_within_bounds(log: OpenLog, ending: Ending) -> Explanation:
    """Why the program ended as it did; else what is known without its log, and why only that."""
    seconds = SECONDS + log.size / BYTES_A_SECOND
    try:
        with _places:
            done = subprocess.run(
                _command(log, seconds),
                input=json.dumps(asdict(ending), default=str).encode(),
                capture_output=True,
                timeout=seconds,
                pass_fds=[log.fileno()],
            )
    except subprocess.TimeoutExpired:
        return _unexplained(log, ending, f"it took more than {seconds:.0f} s")
    except OSError as error:
        return _unexplained(log, ending, f"no process could be started: {error.strerror}")
    if done.returncode == 0:
        return explanation_from_json(json.loads(done.stdout))
    if done.returncode == _NO_MEMORY:
        return _unexplained(log, ending, f"it took more than {MEMORY >> 20} MiB of memory")
    _log.error("%s cannot be explained: %s", log.path, done.stderr.decode(errors="replace"))
    return _unexplained(log, ending, "the explanation itself failed")


def main(descriptor: int, size: int, memory: int, seconds: int) -> None:
    """Explain the log of this size that is open here; the ending comes on stdin, as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # should nobody wait any more
    try:
        explanation = explain(FileBytes(descriptor, size), Ending(**json.load(sys.stdin)))
        json.dump(asdict(explanation), sys.stdout)
    except MemoryError:
        sys.exit(_NO_MEMORY)


def _command(log: OpenLog, seconds: float) -> list[str]:
    package_root = str(Path(__file__).parents[2])
    limits = map(str, (log.fileno(), log.size, MEMORY, int(seconds) + 1))
    code = (
        f"import sys; sys.path.insert(0, {package_root!r}); "
        f"from {__name__} import main; main(*map(int, sys.argv[1:]))"
    )
    return [sys.executable, "-I", "-S", "-c", code, *limits]


def explanation_from_json(found: dict[str, Any]) -> Explanation:
    """The explanation that `asdict` made this of."""
    error, frame = found["error"], found["user_frame"]
    return Explanation(
        **found
        | {
            "error": Span(**error) if error else None,
            "user_frame": Frame(**frame) if frame else None,
            "chain": tuple(Link(**link) for link in found["chain"]),
            "evidence": tuple(Evidence(**item) for item in found["evidence"]),
            "advice": tuple(Advice(**item) for item in found["advice"]),
            "alternatives": tuple(Alternative(**item) for item in found["alternatives"]),
        }
    )


def was_explained(explanation: Explanation) -> bool:
    """Whether the log was read, if not all of it; one that ran out of time may be the next time."""
    return not (explanation.cut_short or "").startswith(_UNEXPLAINED)


def _unexplained(log: OpenLog, ending: Ending, why: str) -> Explanation:
    """What the ending alone tells, with the last error as it stands in the log."""
    known = explain(b"", ending)
    span = _last_error(log)
    headline = known.headline if known.confidence == "proven" else _last_line(log)
    return replace(
        known,
        headline=headline or known.headline,
        error=span,
        is_traceback=HEADER.encode() in log.read(span.start, span.start + _RAW_BYTES),
        cut_short=f"{_UNEXPLAINED}{why}. The error is shown as it was printed.",
    )


def _last_error(log: OpenLog) -> Span:
    """From the last traceback on, or the last lines where none is near the log's end."""
    floor = max(0, log.size - _RAW_BYTES)
    data = log.read(floor, log.size)
    end = len(data.rstrip(b"\r\n")) or len(data)
    header = data.rfind(HEADER.encode())
    start = data.rfind(b"\n", 0, header) + 1 if header >= 0 else _last_lines(data, end)
    first, last = log.line_number(floor + start), log.line_number(floor + end)
    return Span(floor + start, floor + end, first, last)


def _last_lines(data: bytes, end: int) -> int:
    start = end
    for _ in range(_RAW_LINES):
        start = data.rfind(b"\n", 0, max(0, start - 1)) + 1
        if not start:
            break
    return start


def _last_line(log: OpenLog) -> str:
    tail = log.read(log.size - _RAW_BYTES // 16, log.size).decode("utf-8", "replace")
    said = (clean(line).strip() for line in reversed(tail.split("\n")))
    return next(filter(None, said), "")[:_HEADLINE]
