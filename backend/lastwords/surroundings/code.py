"""The code that a command was started with: commit, branch, and what is not committed.

Of tracked files the difference is kept, of untracked ones the name and a checksum, of ignored ones
nothing. Outside of git, and for a script that git does not know, the text itself is kept, in the
form of a diff that adds it. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from lastwords.surroundings.commands import named_paths, unwrapped
from lastwords.surroundings.repository import (
    Git,
    GitFailed,
    Repository,
    disarmed,
    head_of,
    repository_of,
)

MOST_UNTRACKED = 1_000
MOST_FILES, MOST_BYTES, LARGEST = 60, 1 << 20, 256 << 10  # of texts kept outside of git
TRIES = 3  # at a repository that changes while it is looked at
SOURCES = (".py", ".sh", ".bash", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".R", ".jl", ".lua")


def code(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], diff: IO[bytes]
) -> dict[str, Any]:
    """What the code was; its differences go into `diff`.

    Raises: GitFailed; OSError.
    """
    repository = repository_of(folder)
    named = _named_sources(command, folder)
    if repository is None:
        kept = _write_texts([*named, *_beside(named)], folder, diff)
        return {"top": str(folder), "git": False, "texts": kept}
    with disarmed(repository, variables) as git:
        told = _of_repository(repository, git, diff)
        known = [path for path in named if path.is_relative_to(repository.top)]
        strange = set(told["untracked"]) & {str(path.relative_to(repository.top)) for path in known}
        texts = [path for path in known if str(path.relative_to(repository.top)) in strange]
        return told | {"texts": _write_texts(texts, repository.top, diff)}


def _of_repository(repository: Repository, git: Git, diff: IO[bytes]) -> dict[str, Any]:
    missing: list[str] = []
    for _ in range(TRIES):
        before = _state(repository)
        branch, commit = before[0]
        missing = _write_diff(git, commit, diff)
        if _state(repository) == before:
            break
    names: list[str] = []
    try:
        names = sorted(git.names("--others", "--exclude-standard", "--directory"))
    except GitFailed as error:
        missing.append(f"the names of untracked files: {error}")
    return {
        "top": str(repository.top),
        "git": True,
        "branch": branch,
        "commit": commit,
        "changedMeanwhile": _state(repository) != before,
        "untracked": {name: _checksum(repository.top / name) for name in names[:MOST_UNTRACKED]},
        "untrackedCount": len(names),
        "missing": missing,
    }


def _write_diff(git: Git, commit: str | None, diff: IO[bytes]) -> list[str]:
    """Write what is not committed; returns what could not be had of it."""
    diff.seek(0)
    diff.truncate()
    try:
        if commit:
            git.diff(commit, into=diff)
    except GitFailed as error:
        return [f"the uncommitted changes: {error}"]
    finally:
        diff.seek(0, os.SEEK_END)
    return [] if commit else ["the tracked files: nothing is committed yet"]


def _state(repository: Repository) -> tuple[tuple[str | None, str | None], object]:
    """What must be the same before and after a look, or it saw two states in one."""
    index = None
    with suppress(OSError):
        status = (repository.directory / "index").stat()
        index = status.st_ino, status.st_size, status.st_mtime_ns
    return head_of(repository), index


def _checksum(path: Path) -> str | None:
    """Of a small source only: what is in other files is not looked at."""
    if path.suffix not in SOURCES:
        return None
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= LARGEST:
            return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _named_sources(command: Sequence[str], folder: Path) -> list[Path]:
    """Scripts and configurations that the command names."""
    paths = [folder / word for word in named_paths(unwrapped(command))]
    sources = [path for path in paths if path.suffix in SOURCES or _is_module(path, folder)]
    return [Path(os.path.normpath(path)) for path in sources if path.is_file()]


def _is_module(path: Path, folder: Path) -> bool:
    """Whether a word without a suffix is a script of the folder itself: `./train`."""
    return not path.suffix and path.parent == folder and os.access(path, os.X_OK)


def _beside(named: Sequence[Path]) -> list[Path]:
    """The modules that a script outside of git can import from its own folder."""
    folders = dict.fromkeys(path.parent for path in named if path.suffix == ".py")
    found = [path for folder in folders for path in sorted(folder.glob("*.py")) if path.is_file()]
    return [path for path in found if path not in named]


def _write_texts(paths: Iterable[Path], top: Path, diff: IO[bytes]) -> list[str]:
    """Add texts as files that a diff makes; returns their names below `top`."""
    kept, room = [], MOST_BYTES
    for path in list(dict.fromkeys(paths))[:MOST_FILES]:
        with suppress(OSError, ValueError):
            name, text = str(path.relative_to(top)), _text(path)
            if text and len(text) <= room and "\n" not in name:
                room -= len(text)
                diff.write(_as_new(os.fsencode(name), text))
                kept.append(name)
    diff.flush()
    return kept


def _text(path: Path) -> bytes:
    """A small text; nothing of a binary or a large file."""
    if path.stat().st_size > LARGEST:
        return b""
    text = path.read_bytes()
    return b"" if b"\0" in text else text


def _as_new(name: bytes, text: bytes) -> bytes:
    lines = text.split(b"\n")
    ended = lines[-1] == b""
    lines = lines[:-1] if ended else lines
    head = b"diff --git a/%b b/%b\nnew file mode 100644\n--- /dev/null\n+++ b/%b\n" % (
        name,
        name,
        name,
    )
    body = b"".join(b"+" + line + b"\n" for line in lines)
    note = b"" if ended else b"\\ No newline at end of file\n"
    return head + b"@@ -0,0 +1,%d @@\n" % len(lines) + body + note
