"""The audit log: who did what, and which requests were refused; append-only JSON lines.

    audit/000001.jsonl, 000002.jsonl …: the highest number is written to, the oldest are dropped
    when there are too many, and an entry says so.

Every process of a home writes here, under a lock. Secrets are masked, control characters escaped.
"""

from __future__ import annotations

import json
import logging
import os
import pwd
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lastwords.config import Config
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import read_regular
from lastwords.records import as_text, now, timestamp
from lastwords.security.known_secrets import secret_values

SEGMENT = 1 << 20  # bytes
MOST_SEGMENTS = 64
LONGEST_TEXT = 500  # characters of one field

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One fact: `outcome` is `ok`, or the slug of what it was refused for.

    who: by which way somebody came. user: the person, where one is known.
    """

    action: str
    outcome: str = "ok"
    who: str | None = None
    address: str | None = None
    run: str | None = None
    detail: str | None = None
    time: str = ""
    user: str | None = None


@dataclass(frozen=True)
class EntryPage:
    """Entries, newest first; `next_cursor` is None on the last page."""

    entries: list[Entry]
    next_cursor: str | None


def shell_user() -> str:
    """The person at this shell: the kernel's word, since a variable may say anything."""
    try:
        return as_text(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:  # a user without an entry, as a container may have
        return f"uid {os.getuid()}"


def write_from_shell(
    config: Config, action: str, run_id: str | None, detail: str | None = None
) -> None:
    """Write down what was done, mostly to a run, at a shell of this machine."""
    who = f"the command line, user {os.getuid()}"
    entry = Entry(action, who=who, user=shell_user(), run=run_id, detail=detail)
    Audit(config).write(entry, is_ours=True)


class Audit:
    """The audit of one home."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._folder = config.home / "audit"

    def write(self, entry: Entry, *, is_ours: bool = False) -> None:
        """Append an entry; if that fails, log it and continue.

        is_ours: nobody else's text is in it, and a shell need not wait for the masks to be read.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with FileLock(self._folder / "lock"):
                self._append(self._dated(entry) if is_ours else self._safe(self._dated(entry)))
        except OSError as error:
            _log.error("%s cannot be written (%s): %s", self._folder, error.strerror, entry.action)

    def _dated(self, entry: Entry) -> Entry:
        return replace(entry, time=entry.time or timestamp(now()))

    def _safe(self, entry: Entry) -> Entry:
        from lastwords.diagnosis.masking import Masker  # whose patterns a start need not wait for

        shown = Masker(secret_values(self._config)).whole
        told = {key: value and shown(value).text for key, value in asdict(entry).items()}
        return replace(entry, **{key: value and _shortened(value) for key, value in told.items()})

    def _append(self, entry: Entry) -> None:
        numbers = self._numbers() or [1]
        path = self._path(numbers[-1])
        if path.exists() and path.stat().st_size >= SEGMENT:
            path = self._path(numbers[-1] + 1)
            self._drop_oldest([*numbers, numbers[-1] + 1], path)
        _write_line(path, entry)

    def _drop_oldest(self, numbers: list[int], current: Path) -> None:
        for number in numbers[:-MOST_SEGMENTS]:
            doomed = self._path(number)
            lines = read_regular(doomed).splitlines()
            doomed.unlink()
            last = _entry(lines[-1]).time if lines else ""
            words = f"{len(lines)} entries, up to {last}, were dropped: the audit log keeps "
            words += f"{MOST_SEGMENTS} files of {SEGMENT >> 20} MiB"
            _write_line(current, Entry("audit_dropped", detail=words, time=timestamp(now())))

    def page(self, limit: int, cursor: str | None = None) -> EntryPage:
        """Entries before a cursor, newest first."""
        found: list[Entry] = []
        last = ""
        for place, entry in self._backwards(cursor):
            if len(found) == limit:
                return EntryPage(found, last)
            found.append(entry)
            last = place
        return EntryPage(found, None)

    def _backwards(self, cursor: str | None) -> Iterator[tuple[str, Entry]]:
        """Every entry before the cursor with its own; a cursor is a segment and a line in it."""
        segment, _, line = (cursor or "").partition("_")
        for number in reversed(self._numbers()):
            if segment and number > int(segment):
                continue
            lines = _lines(self._path(number))
            end = int(line) if segment and number == int(segment) else len(lines)
            for at in range(min(end, len(lines)) - 1, -1, -1):
                yield f"{number}_{at}", _entry(lines[at])

    def _numbers(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        names = [path.stem for path in self._folder.glob("*.jsonl")]
        return sorted(int(name) for name in names if name.isdecimal())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.jsonl"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


def _write_line(path: Path, entry: Entry) -> None:
    fact = {key: value for key, value in asdict(entry).items() if value is not None}
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"  # a full disk cut the last one
        os.write(descriptor, ("\n" if torn else "").encode() + json.dumps(fact).encode() + b"\n")
    finally:
        os.close(descriptor)


def _lines(path: Path) -> list[bytes]:
    try:
        return read_regular(path).split(b"\n")[:-1]
    except FileNotFoundError:
        return []  # dropped meanwhile


def _entry(line: bytes) -> Entry:
    try:
        fact = json.loads(line)
        known = {key: str(fact[key]) for key in Entry.__dataclass_fields__ if key in fact}
        return Entry(**known)
    except (ValueError, TypeError):
        return Entry("unreadable", detail=line[:LONGEST_TEXT].decode("utf-8", "replace"))
