"""One attempt's folder: its files by name, and the facts in them, written once and durably.

Files that state a fact are written once: a temporary file, fsync, then link(2), so that the first
writer wins and a reader never sees half a file. Standard library only.
"""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.basics import LastwordsError
from lastwords.folders.regular import open_regular as open_regular
from lastwords.folders.regular import open_to_write as open_to_write
from lastwords.folders.regular import read_regular as read_regular
from lastwords.folders.regular import size_of as size_of
from lastwords.folders.reserved import keep_slot, slot_name

FACT_LIMIT = 16 << 20  # bytes; a spec or a result has a few hundred
FACT_DEPTH = 32  # objects and lists within each other; a result has 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_MEANS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
NO_REACH = (*_NO_MEANS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EINTR)


class UnreadableFact(LastwordsError):
    """A file of a run folder is not the JSON object it should be."""


class OutOfReach(UnreadableFact):
    """A file of a run folder cannot be read at the moment, which says nothing about it."""


@lru_cache(1 << 12)
def _beside(folder: Path, name: str) -> Path:
    """A file of a folder; made once, since every run's are looked at each second."""
    return folder / name


class AttemptFolder(NamedTuple):
    """One attempt's files. Only names are known here, not whether they exist.

    Of an attempt of several ranks this is rank 0, and `ranks/K` has the same files of rank K.
    """

    path: Path

    @property
    def run_id(self) -> str:
        return self.attempt.path.parent.name

    @property
    def number(self) -> int:
        return int(self.attempt.path.name)

    @property
    def member(self) -> int:
        """Its rank among those of its attempt."""
        return int(self.path.name) if self._is_of_a_rank else 0

    @property
    def attempt(self) -> AttemptFolder:
        """The attempt that a rank is of."""
        return AttemptFolder(self.path.parents[1]) if self._is_of_a_rank else self

    @property
    def _is_of_a_rank(self) -> bool:
        return str(self.path).split("/")[-2:-1] == ["ranks"]

    @property
    def ranks(self) -> Path:
        """The ranks but rank 0; it is there where an attempt has several."""
        return _beside(self.attempt.path, "ranks")

    @property
    def home(self) -> Path:
        return self.attempt.path.parents[2]

    @property
    def spec(self) -> Path:
        return _beside(self.path, "spec.json")

    @property
    def log(self) -> Path:
        return _beside(self.path, "output.log")

    @property
    def events(self) -> Path:
        return _beside(self.path, "events.jsonl")

    @property
    def timeline(self) -> Path:
        return _beside(self.path, "timeline")

    @property
    def log_size(self) -> int:
        """Bytes of the log; 0 where there is none, or something else in its place."""
        return size_of(self.log)

    @property
    def lines(self) -> Path:
        return _beside(self.path, "lines")

    @property
    def result(self) -> Path:
        return _beside(self.path, "result.json")

    @property
    def before(self) -> Path:
        """What lay before the start where the run is expected to write a result."""
        return _beside(self.path, "before.json")

    @property
    def artifacts(self) -> Path:
        return _beside(self.path, "artifacts")

    @property
    def child(self) -> Path:
        """Who the child is: pid, start time, boot; written by the recorder."""
        return _beside(self.path, "child.json")

    @property
    def stop(self) -> Path:
        """Who asked to stop this attempt, when and how; written before any signal is sent."""
        return _beside(self.path, "stop.json")

    @property
    def lock(self) -> Path:
        """Held (flock) by the recorder for as long as it lives."""
        return _beside(self.path, "recorder.lock")

    @property
    def recorder_log(self) -> Path:
        return _beside(self.path, "recorder.log")

    @property
    def notices(self) -> Path:
        """Notices of the recorder while the run is alive, one JSON object per line."""
        return _beside(self.path, "notices.jsonl")

    @property
    def environment(self) -> Path:
        """What it was started in (surroundings/taking.py), and fingerprints of its secrets."""
        return _beside(self.path, "environment.json")

    @property
    def changes(self) -> Path:
        """The code that was not committed when the attempt was started, as a unified diff."""
        return _beside(self.path, "changes.diff")

    @property
    def logged(self) -> Path:
        """Metrics that the command wrote into files of its own, kept when it had ended."""
        return _beside(self.path, "metrics.jsonl")

    @property
    def shipment(self) -> Path:
        """Where it runs, if its files are sent here from another machine; written by the server."""
        return _beside(self.path, "shipment.json")

    @property
    def handle(self) -> Path:
        """The name under which an engine was, or is about to be, asked to place it."""
        return _beside(self.path, "handle.json")

    @property
    def contact(self) -> Path:
        """Its time is when that machine was last heard."""
        return _beside(self.path, "contact")

    @property
    def asked_to_stop(self) -> Path:
        """Who asked here to stop what runs there; the answer to its next batch says so."""
        return _beside(self.path, "asked_to_stop.json")

    @property
    def called_lost(self) -> Path:
        """That nobody waits any more for what its ranks tell of its end, and why."""
        return _beside(self.attempt.path, "called_lost.json")

    @property
    def received(self) -> Path:
        """Notices of the server about what it was sent, in the form of `notices`."""
        return _beside(self.path, "received.jsonl")

    @property
    def is_shipped(self) -> bool:
        """Whether another machine sends its files; one of ours holds a lock, and cannot pretend."""
        return bool(size_of(self.shipment)) and not self.lock.exists()

    @property
    def explanation(self) -> Path:
        """Why it failed, kept where the log is long."""
        return _beside(self.path, "explanation.json")

    @property
    def samples(self) -> Path:
        """CPU and memory of the whole tree, about once a second, one JSON object a line."""
        return _beside(self.path, "samples.jsonl")


def write_once(path: Path, fact: Mapping[str, Any]) -> bool:
    """Write a fact durably unless it is there already; whether this call, the first one, did.

    On a full disk it goes into the place that `reserve_fact` kept for it.
    Source: link(2) fails with EEXIST atomically, rename(2) would replace.
    """
    text = json.dumps(fact, ensure_ascii=True, allow_nan=False, indent=1).encode()
    try:
        return write_whole_once(path, text)
    except OSError as error:
        if error.errno not in _NO_ROOM or not _slot(path).exists():
            raise
        return _write_into_slot(path, text)


def write_whole_once(path: Path, data: bytes) -> bool:
    """Write a file durably unless it is there; it is whole or not. Whether this call wrote it."""
    return _link_once(_write_new(path.with_name(f".{path.name}.{os.urandom(6).hex()}"), data), path)


def reserve_fact(path: Path) -> None:
    """Keep a file and its blocks for a fact that may have to be written on a full disk.

    Raises: OSError, if there is no room for it even now.
    """
    keep_slot(str(_slot(path)))


def release_fact(path: Path) -> None:
    """Give back what `reserve_fact` took, written or not."""
    with suppress(OSError):
        _slot(path).unlink()


def _slot(path: Path) -> Path:
    return path.with_name(slot_name(path.name))


def _write_new(temporary: Path, text: bytes) -> Path:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _write_whole(descriptor, text)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return temporary


def replace_fact(path: Path, fact: Mapping[str, Any]) -> None:
    """Replace, durably and as a whole, a fact that may change. Raises: OSError."""
    text = json.dumps(dict(fact), indent=1).encode()
    temporary = _write_new(path.with_name(f".{path.name}.{os.urandom(6).hex()}"), text)
    try:
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def _write_into_slot(path: Path, text: bytes) -> bool:
    """Write into blocks that are there already; one writer at a time, and none after the first."""
    slot = _slot(path)
    descriptor = open_to_write(slot, alone=False)  # a writer before us may be giving it its name
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():
            return False
        _write_whole(descriptor, text)
        os.ftruncate(descriptor, len(text))
        os.fsync(descriptor)
        return _link_once(slot, path)
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]
    os.fsync(descriptor)


def _link_once(temporary: Path, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def read_fact(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or None where there is no file.

    Raises: UnreadableFact, if it is something else, or holds what we write into no fact.
    """
    try:
        with open_regular(path) as file:
            text = file.read(FACT_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        kind = OutOfReach if error.errno in NO_REACH else UnreadableFact
        raise kind(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > FACT_LIMIT:
        raise UnreadableFact(f"{path} is damaged: it is larger than {FACT_LIMIT:,} bytes")
    try:
        fact = json.loads(text.decode("utf-8"))
        _check_sound(fact, FACT_DEPTH)
    except UnicodeDecodeError as error:
        raise UnreadableFact(f"{path} is not UTF-8: {error}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFact(f"{path} is not JSON: {error}") from error
    if not isinstance(fact, dict):
        raise UnreadableFact(f"{path} is not a JSON object")
    return fact


def _check_sound(value: object, depth: int) -> None:
    """Refuse what no fact of ours holds, and what not every reader could take.

    Raises: ValueError.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds NaN or infinity")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError("it holds a number of more than 64 bits")
    if not depth:
        raise ValueError(f"it is nested more than {FACT_DEPTH} deep")
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _check_sound(item, depth - 1)


def is_shortage(error: BaseException | None) -> bool:
    """Whether what failed did so for want of our own memory or file descriptors.

    It says nothing of what was looked at, and the next look may well succeed.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, OSError) and error.errno in _NO_MEANS:
            return True
        error = error.__cause__
    return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
