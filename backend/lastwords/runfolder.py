"""The run folder: the source of truth from which the database can be rebuilt.

    runs/<run id>/<attempt>/  spec.json  output.log  events.jsonl  timeline  lines  result.json

Files that state a fact are written once: a temporary file, fsync, then link(2), so that the first
writer wins and a reader never sees half a file. Standard library only.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from lastwords.records import (
    LastwordsError,
    StoreUnavailable,
    is_run_id,
    is_timestamp,
    timestamp_from_unix,
)

FACT_LIMIT = 16 << 20  # bytes; a spec or a result has a few hundred


class UnreadableFact(LastwordsError):
    """A file of a run folder is not the JSON object it should be."""


@dataclass(frozen=True)
class AttemptFolder:
    """One attempt's files. Only names are known here, not whether they exist."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.parent.name

    @property
    def number(self) -> int:
        return int(self.path.name)

    @property
    def spec(self) -> Path:
        return self.path / "spec.json"

    @property
    def log(self) -> Path:
        return self.path / "output.log"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def timeline(self) -> Path:
        return self.path / "timeline"

    @property
    def lines(self) -> Path:
        return self.path / "lines"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def child(self) -> Path:
        """Who the child is: pid, start time, boot; written by the recorder."""
        return self.path / "child.json"

    @property
    def stop(self) -> Path:
        """Who asked to stop this attempt, when and how; written before any signal is sent."""
        return self.path / "stop.json"

    @property
    def lock(self) -> Path:
        """Held (flock) by the recorder for as long as it lives."""
        return self.path / "recorder.lock"

    @property
    def recorder_log(self) -> Path:
        return self.path / "recorder.log"


def runs_folder(home: Path) -> Path:
    return home / "runs"


def attempt_folder(home: Path, run_id: str, number: int) -> AttemptFolder:
    """The folder of one attempt.

    Raises: ValueError, if the id has not a run id's form, so that no user text becomes a path.
    """
    if not is_run_id(run_id):
        raise ValueError(f"not a run id: {run_id!r}")
    return AttemptFolder(runs_folder(home) / run_id / str(int(number)))


def attempts_of(home: Path, run_id: str) -> list[AttemptFolder]:
    """All attempts of a run that are on disk, oldest first."""
    folder = attempt_folder(home, run_id, 1).path.parent
    if not folder.is_dir():
        return []
    numbers = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal())
    return [AttemptFolder(folder / str(number)) for number in numbers]


def all_run_ids(home: Path) -> Iterator[str]:
    """Every run id on disk, oldest first."""
    folder = runs_folder(home)
    if folder.is_dir():
        yield from sorted(entry.name for entry in folder.iterdir() if is_run_id(entry.name))


def make_home(home: Path) -> None:
    """Make the home folder for its owner alone; an empty one of ours is made so.

    Raises: LastwordsError, if others could read what is in it, or it is not a folder.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        status, empty = home.stat(), not any(home.iterdir())
    except OSError as error:
        raise LastwordsError(f"{home} cannot be a home: {error.strerror}") from error
    if empty and status.st_uid == os.getuid():
        home.chmod(0o700)
    elif stat.S_IMODE(status.st_mode) & 0o077:
        raise LastwordsError(
            f"{home} can be read by other users and will hold logs and tokens: run chmod 700 {home}"
        )
    runs_folder(home).mkdir(mode=0o700, exist_ok=True)


def check_database_is_not_lost(home: Path, database: Path, besides: str = "") -> None:
    """See that a home in which runs have ended still has its database.

    besides: a run that nobody has listed yet.

    Raises: StoreUnavailable, with the command that makes it anew.
    """
    if database.exists():
        return
    run_ids = (run_id for run_id in all_run_ids(home) if run_id != besides)
    if any(attempt_folder(home, run_id, 1).result.exists() for run_id in run_ids):
        raise StoreUnavailable(
            f"{database} is missing, but there are runs beside it: run lastwords reconcile, which "
            "makes it anew from their folders"
        )


def reserve_run(home: Path, moment: datetime) -> AttemptFolder:
    """Make the folder of a new run's first attempt; mkdir decides who gets a name."""
    base = moment.strftime("run_%Y%m%d_%H%M%S")
    number = 1
    while True:
        run_id = base if number == 1 else f"{base}_{number}"
        try:
            (runs_folder(home) / run_id).mkdir(mode=0o700)
        except FileExistsError:
            number += 1
            continue
        return make_attempt(home, run_id, 1)


def make_attempt(home: Path, run_id: str, number: int) -> AttemptFolder:
    """Make the folder of an attempt that no row knows yet.

    What is there already was left by a process that died before it could list the attempt; it is
    moved aside, not deleted.
    """
    folder = attempt_folder(home, run_id, number)
    with suppress(FileNotFoundError):
        folder.path.rename(folder.path.with_name(f".{number}-{secrets.token_hex(4)}"))
    folder.path.mkdir(mode=0o700)
    folder.artifacts.mkdir(mode=0o700)
    return folder


def remove_run(home: Path, run_id: str) -> None:
    """Delete a run's folder; under another name first, so that half a run is never listed."""
    folder = attempt_folder(home, run_id, 1).path.parent
    doomed = folder.with_name(f".removed-{run_id}-{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        folder.rename(doomed)
        shutil.rmtree(doomed)


def write_once(path: Path, fact: Mapping[str, Any]) -> bool:
    """Write a fact durably unless it is there already; the first writer wins.

    Returns: whether this call wrote it.
    Source: link(2) fails with EEXIST atomically, rename(2) would replace.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(fact, file, ensure_ascii=True, allow_nan=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def read_fact(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or None where there is no file.

    Raises: UnreadableFact, if it is something else.
    """
    try:
        with open_regular(path) as file:
            text = file.read(FACT_LIMIT).decode("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFact(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFact(f"{path} is not UTF-8: {error}") from error
    try:
        fact = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFact(f"{path} is not JSON: {error}") from error
    if not isinstance(fact, dict):
        raise UnreadableFact(f"{path} holds no JSON object")
    return fact


def open_regular(path: Path) -> BinaryIO:
    """Open what the child wrote, but neither through a link nor where an open could hang.

    Raises: OSError, also for a FIFO, a folder or a device.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path) -> bytes:
    """All bytes of a file that may not be there, and may be what the child made of it.

    Raises: FileNotFoundError, also for what is no regular file.
    """
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from error


def read_result(folder: AttemptFolder) -> dict[str, Any] | None:
    """How an attempt ended, from its result.json; None where there is none yet.

    Ours is whole or not there at all. What is there and cannot be read says `lost`.
    """
    try:
        fact = read_fact(folder.result)
    except (UnreadableFact, OSError):
        return _damaged(folder)
    return fact if fact is None or _is_result(fact) else _damaged(folder)


def _is_result(fact: Mapping[str, Any]) -> bool:
    """Whether every part has the form that a recorder gives it; the child can write here too."""
    code, size = fact.get("exitCode"), fact.get("logBytes")
    return (
        is_timestamp(fact.get("finishedAt"))
        and (fact.get("startedAt") is None or is_timestamp(fact["startedAt"]))
        and isinstance(size, int)
        and 0 <= size < 1 << 62
        and (code is None or (isinstance(code, int) and -(1 << 31) <= code < 1 << 31))
        and all(isinstance(fact.get(name), str | None) for name in ("signal", "lost"))
        and _is_note(fact.get("stop"), ("by", "at", "reason"))
        and _is_note(fact.get("launchError"), ("message",))
    )


def _is_note(note: object, texts: Sequence[str]) -> bool:
    return note is None or (
        isinstance(note, dict) and all(isinstance(note.get(name), str) for name in texts)
    )


def _damaged(folder: AttemptFolder) -> dict[str, Any]:
    size = folder.log.stat().st_size if folder.log.exists() else 0
    ended = timestamp_from_unix(folder.result.lstat().st_mtime)
    return {"finishedAt": ended, "logBytes": size, "lost": "result_damaged"}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
