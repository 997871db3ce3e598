"""Reads what was kept of an attempt's surroundings; a child can have written there, too.

Standard library only.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.basics import LastwordsError, is_timestamp, tame
from lastwords.folders.attempt import AttemptFolder, open_regular, read_fact, size_of
from lastwords.folders.facts import Form, Kind, fault_of
from lastwords.surroundings.repository import GitFailed, disarmed, repository_of

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BETWEEN_SECONDS = 5.0


def _told(words: str, fits: Callable[[Any], bool]) -> Kind:
    return Kind(words, lambda value: value is None or fits(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _words_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(
        word is None or isinstance(word, str) for word in value.values()
    )


def _files(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("path"), str) and not fault_of(item, _FILE)
        for item in value
    )


_TEXT = _told("a text", _is_text)
_COUNT = _told("a number", _is_whole)
_NAMES = _told("texts by their names", _words_by_name)
_FILE: Form = {"sha256": _TEXT, "rows": _COUNT, "bytes": _COUNT}
FORM: Form = {
    "takenAt": _told("a moment", is_timestamp),
    "complete": _told("true or false", lambda value: isinstance(value, bool)),
    "missing": _told("a list of texts", _texts),
    "python": {"version": _TEXT, "prefix": _TEXT, "packages": _NAMES},
    "machine": {
        **dict.fromkeys("host kernel architecture nvidiaDriver amdDriver cuda rocm".split(), _TEXT),
        **dict.fromkeys(("cpus", "memoryBytes"), _COUNT),
        "gpus": _told("a list of texts", _texts),
    },
    "variables": {"key": _TEXT, "names": _NAMES},
    "code": {
        "top": _TEXT,
        "git": _told("true or false", lambda value: isinstance(value, bool)),
        "branch": _TEXT,
        "commit": _told("a commit", lambda value: bool(_is_text(value) and _SHA.fullmatch(value))),
        "untracked": _NAMES,
    },
    "data": _told("a list of files", _files),
}


class Surroundings(NamedTuple):
    """The facts, the beginning of the uncommitted code, and how long that is as a whole."""

    facts: dict[str, Any]
    diff: bytes
    diff_bytes: int


def surroundings_of(folder: AttemptFolder, most: int) -> Surroundings:
    """What was kept; where a file is damaged, `missing` says so and the rest is as if not there.

    most: bytes of the diff that are read.
    """
    try:
        facts = read_fact(folder.environment) or {}
        if fault := fault_of(facts, FORM):
            raise LastwordsError(f"{folder.environment.name} is damaged: {fault}")
    except LastwordsError as error:
        return Surroundings({"missing": [str(error)]}, b"", 0)
    facts.pop("secrets", None)
    diff = b""
    with suppress(OSError), open_regular(folder.changes) as file:
        diff = file.read(most)
    return Surroundings(tame(facts), diff, size_of(folder.changes))


def version_of(folder: AttemptFolder) -> tuple[object, ...]:
    """What changes when the files do."""
    told: list[object] = []
    for path in (folder.environment, folder.changes):
        with suppress(OSError):
            status = path.lstat()
            told += [status.st_ino, status.st_size, status.st_mtime_ns]
    return tuple(told)


def between_commits(top: str, one: str, two: str, most: int) -> bytes | None:
    """The diff between two commits of a repository; None where it can no longer tell.

    most: bytes of it that are wanted.
    """
    if not (_SHA.fullmatch(one) and _SHA.fullmatch(two)):
        return None
    if one == two:
        return b""
    try:
        with tempfile.TemporaryFile() as file:
            repository = repository_of(Path(top))
            if repository is None:
                return None
            with disarmed(repository, os.environ, with_index=False) as git:
                git.diff(one, two, into=file, seconds=_BETWEEN_SECONDS)
            file.seek(0)
            return file.read(most)
    except (OSError, ValueError, GitFailed):
        return None
