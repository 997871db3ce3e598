"""Real projects: a git repository, a virtual environment, runs that are recorded in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.real import clean_environment, new_attempt, until

from lastwords.folders.runfolder import AttemptFolder, read_fact
from lastwords.recording import recorder

NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(top: Path, *words: str) -> str:
    """Git as a person calls it, with no configuration but the repository's."""
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    done = subprocess.run(
        ["git", *who, *words],
        cwd=top,
        check=True,
        capture_output=True,
        env={**os.environ, **NOBODY},
    )
    return done.stdout.decode()


def repository(top: Path, **files: str) -> Path:
    """A new repository with these files committed; `_` in a name stands for the last dot."""
    top.mkdir(parents=True, exist_ok=True)
    git(top, "init", "-q", "-b", "main")
    for name, text in files.items():
        (top / ".".join(name.rsplit("_", 1))).write_text(text)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "first", "--allow-empty")
    return top


def environment(folder: Path, **packages: str) -> Path:
    """The Python of a virtual environment with these versions, as far as names tell."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(Path(sys.executable).resolve())
    base = Path(sys.executable).resolve().parent
    (folder / "pyvenv.cfg").write_text(f"home = {base}\nversion = 3.11.7\n")
    release = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / release / "site-packages"
    site.mkdir(parents=True)
    for name, version in packages.items():
        (site / f"{name}-{version}.dist-info").mkdir()
    return folder / "bin/python"


def begun(home: Path, folder: Path, *command: str, **variables: str) -> AttemptFolder:
    """An attempt of a command in a folder, started as the command line starts it."""
    attempt = new_attempt(home, list(command), cwd=str(folder))
    recorder.start(attempt, clean_environment(**variables), subprocess.DEVNULL)
    return attempt


def taken(attempt: AttemptFolder) -> dict[str, Any]:
    """What was kept of an attempt's surroundings, once all of it is."""

    def complete() -> dict[str, Any] | None:
        fact = read_fact(attempt.environment) or {}
        return fact if fact.get("complete") else None

    return until(complete)
