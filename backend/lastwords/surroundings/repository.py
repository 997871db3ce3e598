"""A git repository found, and read without running anything that is in it.

No configuration of the repository is in force: git is started in a git directory of our own that
borrows the objects, a copy of the index and a few harmless settings. So no hook, no filter, no
fsmonitor, no external diff and no textconv runs, and nothing of the user's is written.
Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

GIT_SECONDS = 20.0
_HEAD_BYTES = 4096
_PACKED_BYTES = 64 << 20
_SETTINGS_BYTES = 1 << 20
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What decides how a file compares to its blob, and which names are ignored; none runs anything.
_KEPT = frozenset(
    """
    core.autocrlf core.eol core.filemode core.symlinks core.ignorecase core.excludesfile
    core.trustctime core.checkstat
    """.split()
)
_COPIED = ("index", "info/exclude", "info/attributes", "info/sparse-checkout")
_DIFF = (
    "diff --no-ext-diff --no-textconv --no-color --no-renames --full-index "
    "--ignore-submodules=dirty --src-prefix=a/ --dst-prefix=b/ -U3"
).split()


class GitFailed(Exception):
    """git is not there, or did not do what it was asked; the text says why."""


class Repository(NamedTuple):
    """A work tree with its git directory; `common` is another one in a linked work tree."""

    top: Path
    directory: Path
    common: Path


def repository_of(folder: Path) -> Repository | None:
    """The repository that a folder lies in, found as git finds it."""
    for top in (folder, *folder.parents):
        entry = top / ".git"
        directory = _linked(entry) if entry.is_file() else entry
        if directory and (directory / "HEAD").is_file():
            common = _line(directory / "commondir")
            return Repository(top, directory, directory / common if common else directory)
    return None


def _linked(file: Path) -> Path | None:
    """Where the file `.git` of a submodule or of a linked work tree leads."""
    told = _line(file) or ""
    return file.parent / told.removeprefix("gitdir:").strip() if "gitdir:" in told else None


def _line(path: Path, most: int = _HEAD_BYTES) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return os.fsdecode(file.read(most)).strip()
    except OSError:
        return None


def head_of(repository: Repository) -> tuple[str | None, str | None]:
    """The branch and the commit that are checked out; None for a detached head, or no commit."""
    told = _line(repository.directory / "HEAD") or ""
    if not told.startswith("ref:"):
        return None, told if _SHA.fullmatch(told) else None
    name = told.removeprefix("ref:").strip()
    return name.removeprefix("refs/heads/"), _commit(repository, name)


def _commit(repository: Repository, name: str) -> str | None:
    if not name.startswith("refs/") or ".." in name:
        return None
    for folder in (repository.directory, repository.common):
        told = _line(folder / name)
        if told and _SHA.fullmatch(told):
            return told
    packed = _line(repository.common / "packed-refs", _PACKED_BYTES) or ""
    found = re.search(rf"^({_SHA.pattern}) {re.escape(name)}$", packed, re.MULTILINE)
    return found[1] if found else None


class Git:
    """Git for one repository, disarmed."""

    def __init__(self, repository: Repository, own: Path) -> None:
        self._top = repository.top
        self._program = _git()
        self._environment = {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "HOME": str(own),
            "GIT_DIR": str(own),
            "GIT_WORK_TREE": str(repository.top),
            "GIT_OBJECT_DIRECTORY": str(repository.common / "objects"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_PAGER": "cat",
        }

    def diff(self, *commits: str, into: IO[bytes], seconds: float = GIT_SECONDS) -> None:
        """The unified diff between two commits, or from one to the files as they are.

        Raises: GitFailed, also where the file may not grow as large as the diff.
        """
        self._run([*_DIFF, *commits, "--"], into, seconds)

    def names(self, *options: str, seconds: float = GIT_SECONDS) -> list[str]:
        """What `ls-files` lists. Raises: GitFailed."""
        with tempfile.TemporaryFile() as file:
            self._run(["ls-files", "-z", *options], file, seconds)
            file.seek(0)
            return [os.fsdecode(name) for name in file.read().split(b"\0") if name]

    def _run(self, words: Sequence[str], into: IO[bytes], seconds: float) -> None:
        disarmed = "core.fsmonitor=false core.hooksPath=/dev/null core.untrackedCache=false".split()
        options = [word for setting in disarmed for word in ("-c", setting)]
        _call([self._program, *options, *words], self._environment, self._top, into, seconds)


@contextmanager
def disarmed(
    repository: Repository, variables: Mapping[str, str], *, with_index: bool = True
) -> Iterator[Git]:
    """Git in a directory of its own beside the repository, for as long as it is asked.

    Raises: GitFailed; OSError.
    """
    with tempfile.TemporaryDirectory(prefix="lastwords-git-") as name:
        own = Path(name)
        (own / "refs").mkdir()
        (own / "info").mkdir()
        (own / "HEAD").write_text("ref: refs/heads/none\n")
        (own / "config").write_text(_settings(repository, variables))
        if with_index:
            _borrow(repository, own)
        yield Git(repository, own)


def _borrow(repository: Repository, own: Path) -> None:
    """Copies with their times: git trusts an index by comparing its own time with the files'."""
    for name in _COPIED:
        for folder in (repository.directory, repository.common):
            if (folder / name).is_file():
                shutil.copy2(folder / name, own / name)
                break
    for shared in repository.directory.glob("sharedindex.*"):
        (own / shared.name).symlink_to(shared)


def _settings(repository: Repository, variables: Mapping[str, str]) -> str:
    """The harmless part of the repository's and the user's configuration, as a file of our own."""
    told = _listed_settings(repository, variables)
    lines = ["[core]", "bare = false", "bigFileThreshold = 64m"]
    lines += [
        f"{name.removeprefix('core.')} = {_quoted(value)}"
        for name, value in told.items()
        if name in _KEPT
    ]
    form = told.get("extensions.objectformat", "sha1")
    is_newer = form in ("sha1", "sha256") and form != "sha1"
    lines += [f"repositoryFormatVersion = {int(is_newer)}"]
    lines += ["[extensions]", f"objectFormat = {form}"] if is_newer else []
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    safe = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'


def _listed_settings(repository: Repository, variables: Mapping[str, str]) -> dict[str, str]:
    """All settings by name, the last value of each; reading them runs nothing."""
    told = {name: variables[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in variables}
    environment = {**told, "PATH": os.defpath, "LC_ALL": "C", "GIT_DIR": str(repository.directory)}
    command = [_git(), "config", "--list", "-z"]
    with tempfile.TemporaryFile() as file:
        with suppress(GitFailed):  # a configuration that git cannot read decides nothing
            _call(command, environment, Path("/"), file, GIT_SECONDS / 4)
        file.seek(0)
        entries = os.fsdecode(file.read(_SETTINGS_BYTES)).split("\0")
    settings = {
        name.lower(): value for name, _, value in (entry.partition("\n") for entry in entries)
    }
    excludes = settings.get("core.excludesfile")
    ignore = _user_ignores(variables) if excludes is None else _expanded(excludes, variables)
    return settings | ({"core.excludesfile": ignore} if ignore else {})


def _user_ignores(variables: Mapping[str, str]) -> str | None:
    folder = variables.get("XDG_CONFIG_HOME") or f"{variables.get('HOME', '')}/.config"
    return f"{folder}/git/ignore" if folder.startswith("/") else None


def _expanded(path: str, variables: Mapping[str, str]) -> str:
    home = variables.get("HOME", "")
    return f"{home}{path[1:]}" if path.startswith("~/") else path


def _git() -> str:
    """The installed git; never one that happens to lie in a folder where it is started."""
    found = shutil.which("git", path=f"{os.defpath}:/usr/local/bin")
    if found is None:
        raise GitFailed("git is not installed")
    return found


def _call(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    into: IO[bytes],
    seconds: float,
) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=into,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git took more than {seconds:g} s") from None
    if done.returncode == -signal.SIGXFSZ:
        raise GitFailed("it is too large to be kept")
    if done.returncode:
        words = done.stderr.decode("utf-8", errors="replace").strip().partition("\n")[0]
        raise GitFailed(words[:300] or f"git ended with {done.returncode}")
