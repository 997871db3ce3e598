"""What a command line starts in the end: past `env`, `nohup`, `uv run` and a shell's `-c`.

Standard library only.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

PYTHON = re.compile(r"(?:python|pypy)[0-9.]*")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"})
_WRAPPERS = frozenset(
    """
    env nohup nice ionice time timeout stdbuf setsid sudo doas taskset numactl chrt unbuffer
    xvfb-run systemd-run srun mpirun mpiexec strace ltrace prlimit exec command
    """.split()
)
_RUNNERS = frozenset("uv poetry pixi pipenv conda mamba micromamba pdm hatch rye".split())
_VALUE = re.compile(r"[\d.,:-]+[smhdkMG]?|[A-Za-z_]\w*=.*", re.DOTALL)  # of a wrapper's option
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&"})
_SCRIPT = re.compile(r".*\.(?:py|ipynb|sh|bash|R|jl|js|ts|pl|lua)", re.DOTALL)
_DEEPEST = 4  # commands within commands
_LONGEST_SCRIPT = 4_096  # characters of a script that are looked at


def program_of(word: str) -> str:
    """A program's name without its folder, and Python's without its version."""
    name = PurePosixPath(word).name
    return "python" if PYTHON.fullmatch(name) else name


def unwrapped(command: Sequence[str]) -> list[str]:
    """The command that is meant: without what only changes how it is started."""
    words = list(command)
    for _ in range(_DEEPEST):
        inner = _within(words)
        if not inner or inner == words:
            return words
        words = inner
    return words


def _within(words: list[str]) -> list[str]:
    name = PurePosixPath(words[0]).name if words else ""
    if name in _WRAPPERS:
        return _past_options(words[1:])
    if name in _RUNNERS and "run" in words[1:3]:
        return _past_options(words[words.index("run") + 1 :])
    if name in _SHELLS and (script := _shell_script(words)) is not None:
        return _main_command(script)
    return words


def _past_options(words: list[str]) -> list[str]:
    for place, word in enumerate(words):
        if not word.startswith("-") and not _VALUE.fullmatch(word):
            return words[place:]
    return []


def _shell_script(words: list[str]) -> str | None:
    """What stands behind a shell's `-c`, also within `-ec`."""
    for place, word in enumerate(words[1:-1], start=1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return words[place + 1][:_LONGEST_SCRIPT]
    return None


def _main_command(script: str) -> list[str]:
    """Of a shell's commands the first that starts a program with a script, else the last one."""
    commands = list(_commands(script))
    for words in commands:
        if any(PYTHON.fullmatch(PurePosixPath(word).name) for word in words[:3]) or any(
            _SCRIPT.fullmatch(word) for word in words
        ):
            return words
    return commands[-1] if commands else []


def _commands(script: str) -> Iterator[list[str]]:
    reader = shlex.shlex(script.replace("\n", " ; "), posix=True, punctuation_chars=";&|")
    reader.whitespace_split = True
    words: list[str] = []
    try:
        for word in reader:
            if word in _SEPARATORS:
                if words:
                    yield words
                words = []
            else:
                words.append(word)
    except ValueError:  # a quote that is not closed
        pass
    if words:
        yield words


def script_of(words: Sequence[str]) -> str | None:
    """The script or module that an unwrapped command runs, as it is written there."""
    for place, word in enumerate(words[1:], start=1):
        if word == "-m" and place + 1 < len(words):
            return words[place + 1]
        if _SCRIPT.fullmatch(word) and not word.startswith("-"):
            return word
    first = next((word for word in words[1:] if not word.startswith("-")), None)
    return None if first is None or _VALUE.fullmatch(first) else first


def shape_of(command: Sequence[str]) -> tuple[str, str]:
    """What makes two commands alike: the program, and the name of what it runs."""
    words = unwrapped(command)
    if not words:
        return "", ""
    if _SCRIPT.fullmatch(words[0]):
        return "", PurePosixPath(words[0]).name
    script = script_of(words)
    return program_of(words[0]), PurePosixPath(script).name if script else ""


def named_paths(command: Sequence[str]) -> list[str]:
    """Every word, or part of one behind `=`, that could be a path; options are none."""
    found = dict.fromkeys(
        part
        for word in command
        for part in ([word.partition("=")[2]] if "=" in word else [word])
        if part and not part.startswith("-") and len(part) < 4096
    )
    return list(found)
