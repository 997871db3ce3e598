"""The Python that a command runs in, and what is installed there, without starting anything.

The program's file, its shebang and pyvenv.cfg tell where it is; the names of its dist-info folders
tell the versions. Standard library only.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from lastwords.surroundings.commands import PYTHON, unwrapped

MOST_PACKAGES = 5_000
_HEAD = 4096  # bytes of a script that say what runs it
_SHELL_SCRIPT = 64 << 10
_EXECUTED = re.compile(r"""'''exec' "?([^"\s]+)""")  # pip's way round a shebang that is too long
_ACTIVATE = re.compile(r"""(?:^|[\s;&])(?:source|\.)\s+["']?([^\s"';&]+)/bin/activate""")
_CALLED = re.compile(
    r"""(?:^|[\s;&|(])((?:[\w./~-]*/)?(?:python[\d.]*|torchrun|accelerate|deepspeed))\s"""
)
_INSTALLED = re.compile(r"(.+?)-([^-]+?)(?:-py[\d.]+(?:-[\w.-]+)?)?\.(?:dist|egg)-info")


class Place(NamedTuple):
    """Where a command is started: its folder, and its variables."""

    directory: Path
    variables: Mapping[str, str]

    def found(self, word: str) -> Path | None:
        """The file that a word names as a program, as the kernel or a shell would find it."""
        if "/" in word:
            paths = [self.directory / Path(word).expanduser()]
        else:
            folders = self.variables.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
            paths = [self.directory / folder / word for folder in folders if folder]
        return next((path for path in paths if path.is_file()), None)


class Interpreter(NamedTuple):
    """A Python: its file, the folder of its environment, and the versions found."""

    executable: Path
    prefix: Path
    version: str | None
    packages: dict[str, str]

    def to_json(self) -> dict[str, object]:
        return {
            "executable": str(self.executable),
            "prefix": str(self.prefix),
            "version": self.version,
            "packages": self.packages,
        }


def interpreter_of(command: Sequence[str], place: Place) -> Interpreter | None:
    """The Python of a command; None where it runs in none that can be found."""
    executable = _executable(unwrapped(command), place) or _project_python(command, place)
    return None if executable is None else _described(executable, place)


def _executable(words: Sequence[str], place: Place) -> Path | None:
    path = place.found(words[0]) if words else None
    if path is None:
        return None
    head = _head(path, _HEAD)
    if PYTHON.fullmatch(path.name):
        return None if head.startswith("#!") else path  # a shim could lead anywhere
    if found := _of_shebang(head, place):
        return found
    script = next((word for word in words[1:] if not word.startswith("-")), None)
    is_shell = path.name in ("sh", "bash", "dash", "zsh", "ksh")
    source = place.directory / script if is_shell and script else path
    if is_shell or re.match(r"#!.*\b(?:ba|da|z|k)?sh\b", head):
        return _of_shell_script(_head(source, _SHELL_SCRIPT), place)
    return None


def _head(path: Path, most: int) -> str:
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(most).decode("utf-8", errors="replace")
    return ""


def _of_shebang(head: str, place: Place) -> Path | None:
    if not head.startswith("#!"):
        return None
    if told := _EXECUTED.search(head):
        return place.found(told[1])
    words = head[2:].partition("\n")[0].split()
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-")]
    if words and PYTHON.fullmatch(Path(words[0]).name):
        return place.found(words[0])
    return None


def _of_shell_script(text: str, place: Place) -> Path | None:
    if (told := _ACTIVATE.search(text)) and "$" not in told[1]:
        return place.found(f"{told[1]}/bin/python")
    for told in _CALLED.finditer(text):
        path = place.found(told[1])
        if path and PYTHON.fullmatch(path.name):
            return path
        if path and (found := _of_shebang(_head(path, _HEAD), place)):
            return found
    return None


def _project_python(command: Sequence[str], place: Place) -> Path | None:
    """That of the project's own environment, for runners which use that."""
    if not command or Path(command[0]).name not in ("uv", "poetry", "pdm", "rye", "hatch"):
        return None
    for folder in (place.directory, *place.directory.parents):
        if (path := folder / ".venv/bin/python").is_file():
            return path
    return None


def _described(executable: Path, place: Place) -> Interpreter:
    prefix = executable.parent.parent
    told = _venv(prefix)
    if not told:  # a link such as /usr/bin/python3
        prefix = executable.resolve().parent.parent
    own = _own_version(executable)
    version = own or told.get("version") or told.get("version_info") or _version_in(prefix)
    packages: dict[str, str] = {}
    for folder in _folders(prefix, told, version or _version_of_name(executable), place):
        for name, found in _installed(folder):
            packages.setdefault(name, found)
            if len(packages) >= MOST_PACKAGES:
                break
    return Interpreter(executable, prefix, version, packages)


def _venv(prefix: Path) -> dict[str, str]:
    """What pyvenv.cfg says; nothing outside of a virtual environment."""
    pairs = (line.partition("=") for line in _head(prefix / "pyvenv.cfg", _HEAD).splitlines())
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _own_version(executable: Path) -> str | None:
    """Our own, where it is the same program that runs us."""
    with suppress(OSError):
        if executable.resolve().samefile(sys.executable):
            return platform.python_version()
    return None


def _version_in(prefix: Path) -> str | None:
    """What conda, or the headers, say of a Python that is no virtual environment."""
    for path in sorted(prefix.glob("conda-meta/python-3*.json")):
        return path.name.split("-")[1]
    for path in sorted(prefix.glob("include/python3*/patchlevel.h")):
        if told := re.search(r'PY_VERSION\s+"([^"]+)"', _head(path, 8192)):
            return told[1]
    return None


def _version_of_name(executable: Path) -> str | None:
    told = re.search(r"\d\.\d+", executable.resolve().name)
    return told[0] if told else None


def _folders(
    prefix: Path, venv: Mapping[str, str], version: str | None, place: Place
) -> Iterator[Path]:
    """Where packages lie, first the one that wins."""
    name = f"python{'.'.join(version.split('.')[:2])}" if version else "python3*"
    path = place.variables.get("PYTHONPATH", "").split(":")
    yield from (place.directory / folder for folder in path if folder)
    if not venv or venv.get("include-system-site-packages") == "true":
        home = place.variables.get("HOME")
        if home and not place.variables.get("PYTHONNOUSERSITE"):
            yield from Path(home).glob(f".local/lib/{name}/site-packages")
    for lib in ("lib", "lib64", "local/lib"):
        yield from prefix.glob(f"{lib}/{name}/site-packages")
        yield from prefix.glob(f"{lib}/{name}/dist-packages")
    yield prefix / "lib/python3/dist-packages"
    if venv.get("include-system-site-packages") == "true" and venv.get("home"):
        yield from _folders(Path(venv["home"]).parent, {}, version, place)


def _installed(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return
    for name in names:
        if told := _INSTALLED.fullmatch(name):
            yield re.sub(r"[-_.]+", "-", told[1]).lower(), told[2]
