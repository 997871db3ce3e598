"""What differs in everything but the code: settings, packages, data, machine, variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from lastwords.comparing.item import Item, changed
from lastwords.surroundings.commands import program_of, unwrapped

Facts = Mapping[str, Any]
_MACHINE = {
    "host": "host",
    "kernel": "kernel",
    "architecture": "architecture",
    "cpus": "CPUs",
    "memoryBytes": "memory",
    "gpus": "GPUs",
    "nvidiaDriver": "NVIDIA driver",
    "amdDriver": "AMD driver",
    "cuda": "CUDA",
    "rocm": "ROCm",
}
# What a terminal, a login or a scheduler sets anew each time says nothing of a failure.
_FLEETING = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM.*|COLUMNS|LINES|DISPLAY|WAYLAND.*|XDG_.*|SSH_.*|DBUS_.*|WINDOWID|"
    r"INVOCATION_ID|JOURNAL_STREAM|TMUX.*|STY|VSCODE_.*|GIT_ASKPASS|COLORTERM|LS_COLORS|PS1|"
    r"SLURM_.*|PBS_.*|HISTFILE|LESS.*|SUDO_.*|MAIL|GPG_.*|KRB5.*|GITHUB_.*|RUNNER_.*|CI_.*|"
    r"BUILDKITE_.*|PYTEST_.*|NOTIFY_SOCKET|LISTEN_.*"
)
_VALUE = re.compile(r"-?\.?\d.*", re.DOTALL)


def settings(good: Facts, bad: Facts) -> Iterator[Item]:
    """Parameters of two trainings, or options and words of two commands."""
    before, after = settings_of(good), settings_of(bad)
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) != after.get(name):
            told = changed("settings", _words(name), before.get(name), after.get(name))
            yield replace(told, name=name)


def settings_of(asked: Facts) -> dict[str, str]:
    """What a run was asked to do: a training's parameters, or a command's options, one by one."""
    if asked.get("kind") == "training":
        spec = asked.get("spec") or {}
        given = {
            name: value for name, value in spec.items() if value is not None and name != "name"
        }
        return {name: _shown(value) for name, value in given.items()}
    return options(asked.get("command") or [])


def _words(name: str) -> str:
    """`learningRate` as `learning rate`."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", name)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def options(command: Sequence[str]) -> dict[str, str]:
    """A command's options by name, and its other words by their place."""
    words = unwrapped(command)
    found = {"program": program_of(words[0])} if words else {}
    at, place = 1, 0
    while at < len(words):
        word, following = words[at], words[at + 1] if at + 1 < len(words) else None
        at += 1
        name, sign, value = word.partition("=")
        if word.startswith("-") and not _VALUE.fullmatch(word[1:]):
            if not sign and following is not None and _is_value(following):
                value, at = following, at + 1
            elif not sign:
                value = "on"
        elif not sign or not name.replace(".", "").replace("+", "").isidentifier():
            place += 1
            name, value = f"argument {place}", word
        _add(found, name, value)
    return found


def _add(found: dict[str, str], name: str, value: str) -> None:
    """An option that is given more than once has all of its values."""
    found[name] = f"{found[name]} {value}" if name in found else value


def _is_value(word: str) -> bool:
    return not word.startswith("-") or _VALUE.fullmatch(word[1:]) is not None


def packages(good: Facts, bad: Facts) -> Iterator[Item]:
    """Versions of Python and of what is installed beside it."""
    before, after = good.get("python") or {}, bad.get("python") or {}
    if not before or not after:
        return
    for name, key in (("Python", "version"), ("Python's folder", "prefix")):
        if before.get(key) != after.get(key):
            yield changed("packages", name, before.get(key), after.get(key))
    one, two = before.get("packages") or {}, after.get("packages") or {}
    for name in sorted({*one, *two}):
        if one.get(name) != two.get(name):
            yield changed("packages", name, one.get(name), two.get(name))


def machine(good: Facts, bad: Facts) -> Iterator[Item]:
    before, after = machine_of(good), machine_of(bad)
    if not before or not after:
        return
    for name in _MACHINE.values():
        if before.get(name) != after.get(name):
            yield changed("machine", name, before.get(name), after.get(name))


def machine_of(environment: Facts) -> dict[str, str]:
    """What is known of the machine, by the names that people use."""
    said = environment.get("machine") or {}
    told = {name: _told(said.get(key)) for key, name in _MACHINE.items()}
    return {name: value for name, value in told.items() if value is not None}


def _told(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return None if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def variables(good: Facts, bad: Facts) -> Iterator[Item]:
    """Names only: that a value changed is known, which it was is not."""
    before, after = good.get("variables") or {}, bad.get("variables") or {}
    if not before or before.get("key") != after.get("key"):
        return
    one, two = before.get("names") or {}, after.get("names") or {}
    for name in sorted({*one, *two}):
        if one.get(name) != two.get(name) and not is_fleeting(name):
            how = "is new" if name not in one else "is gone" if name not in two else "has changed"
            words = f"variable {name} {how}"
            was, now = ("set" if name in names else None for names in (one, two))
            yield Item("variables", name, was, now, words)


def is_fleeting(name: str) -> bool:
    """Whether a variable is set anew each time, and so says nothing of a run."""
    return _FLEETING.fullmatch(name) is not None


def data(good: Facts, bad: Facts) -> Iterator[Item]:
    """Files with the same path, or the same name in another folder."""
    before = {item["path"]: item for item in good.get("data") or []}
    by_name = {PurePosixPath(path).name: item for path, item in before.items()}
    for item in bad.get("data") or []:
        path = PurePosixPath(item["path"])
        earlier = before.get(str(path)) or by_name.get(path.name)
        if earlier and (found := _file(path.name, earlier, item)):
            yield found


def _file(name: str, before: Facts, after: Facts) -> Item | None:
    sums = before.get("sha256"), after.get("sha256")
    if sums[0] == sums[1] and (sums[0] or before.get("bytes") == after.get("bytes")):
        return None
    for key, unit in (("rows", "rows"), ("bytes", "bytes")):
        one, two = before.get(key), after.get(key)
        if one is not None and two is not None and one != two:
            before_it, after_it = f"{one:,} {unit}", f"{two:,} {unit}"
            return Item("data", name, before_it, after_it, f"{name} {unit} {one:,} → {two:,}")
    same = "rows" if after.get("rows") is not None else "bytes"
    words = f"{name} has other content, but as many {same}"
    return Item("data", name, _short(sums[0]), _short(sums[1]), words)


def _short(checksum: str | None) -> str | None:
    return checksum and checksum[:12]
