"""Takes what an attempt was started in, and keeps it in the attempt's folder.

    python -I -S -c '…' ATTEMPT_FOLDER      (see `starting`)

`environment.json` has the facts, `changes.diff` the uncommitted code. What takes too long, is too
large or cannot be read is named under `missing`; nothing of it reaches the run.

Covered: a hostile repository (nothing of it is run), a full disk, a folder that goes away.
Not covered: what the command itself changed in its first moments is taken as changed by then.
Standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from lastwords.basics import LastwordsError, now, tame, timestamp
from lastwords.folders.attempt import AttemptFolder, read_fact
from lastwords.folders.facts import read_spec
from lastwords.folders.home_key import home_key
from lastwords.surroundings.code import SOURCES, code
from lastwords.surroundings.commands import named_paths
from lastwords.surroundings.data import data_files
from lastwords.surroundings.interpreter import Place, interpreter_of
from lastwords.surroundings.machine import machine
from lastwords.surroundings.repository import GitFailed
from lastwords.surroundings.variables import fingerprinted, own_variables

LARGEST = 64 << 20  # bytes of a file that is written
CPU_SECONDS = 120
VERSION = 1

Facts = dict[str, Any]


def main(attempt: str) -> None:
    """Leave whoever started us, and take what is there within limits of size and time."""
    if os.fork():
        os._exit(0)
    os.closerange(3, 1 << 16)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with suppress(OSError, LastwordsError):  # a folder that is gone, a disk that is full
        take(AttemptFolder(Path(attempt)), own_variables())


def take(folder: AttemptFolder, variables: Mapping[str, str]) -> None:
    """Keep the surroundings of an attempt: first what is quick, then code and data.

    Raises: OSError; LastwordsError.
    """
    asked = read_spec(folder) or {}
    place = Place(Path(asked["cwd"]), variables)
    command = asked["command"]
    facts = _kept(folder) | {"version": VERSION, "takenAt": timestamp(now()), "missing": []}
    _try(facts, "python", lambda: _python(command, place))
    _try(facts, "machine", machine)
    _try(facts, "variables", lambda: fingerprinted(variables, home_key(folder.home)))
    _write(folder, facts | {"complete": False})
    with _new(folder, folder.changes.name) as diff:
        _try(facts, "code", lambda: code(command, place.directory, variables, diff))
    _publish(folder, folder.changes.name)
    _try(facts, "data", lambda: data_files(_data_paths(asked, place.directory)))
    _write(folder, facts | {"complete": True})


def _kept(folder: AttemptFolder) -> Facts:
    """What the file holds already, for masking (security/run_secrets.py)."""
    with suppress(LastwordsError):
        secrets = (read_fact(folder.environment) or {}).get("secrets")
        return {"secrets": secrets} if secrets else {}
    return {}


def _try(facts: Facts, name: str, take_it: Callable[[], object]) -> None:
    """Add what can be taken; say of the rest why it is missing."""
    try:
        facts[name] = take_it()
    except (OSError, ValueError, GitFailed, LastwordsError, subprocess.SubprocessError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        facts["missing"].append(f"{name}: {words}")
    else:
        if isinstance(facts[name], dict):
            facts["missing"] += facts[name].pop("missing", [])


def _python(command: list[str], place: Place) -> object:
    found = interpreter_of(command, place)
    return found.to_json() if found else None


def _data_paths(asked: Mapping[str, Any], directory: Path) -> list[Path]:
    spec = asked.get("spec") or {}
    named = [spec[name] for name in ("dataFile", "dbPath") if isinstance(spec.get(name), str)]
    words = [] if named else named_paths(asked["command"][1:])
    paths = [directory / word for word in (*named, *words)]
    return [path for path in paths if named or path.suffix not in SOURCES and not _runs(path)]


def _runs(path: Path) -> bool:
    """Whether a file is a program, such as the one that a wrapper starts."""
    return path.is_file() and os.access(path, os.X_OK)


def _write(folder: AttemptFolder, facts: Facts) -> None:
    with _new(folder, folder.environment.name) as file:
        file.write(json.dumps(tame(facts)).encode())
    _publish(folder, folder.environment.name)


def _new(folder: AttemptFolder, name: str) -> IO[bytes]:
    """A new file, for its owner alone, under a name that nobody reads."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(folder.path / f".{name}.new", flags, 0o600), "w+b")


def _publish(folder: AttemptFolder, name: str) -> None:
    (folder.path / f".{name}.new").rename(folder.path / name)
