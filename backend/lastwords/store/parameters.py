"""The parameters of a run by name: of a training its spec, of a command its flags.

`--lr 6e-4`, `--lr=6e-4` and `lr=6e-4` (Hydra) name the same one; so do `learning_rate` and
`learningRate`, and a few short names stand for long ones.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lastwords.records import Run, as_text

MOST = 200
_LONGEST_NAME, _LONGEST_VALUE = 80, 200
_BY_ANOTHER_NAME = {
    **dict.fromkeys(("learningrate",), "lr"),
    **dict.fromkeys(("numtrainepochs", "numepochs", "maxepochs", "nepochs"), "epochs"),
    **dict.fromkeys(("batchsize", "trainbatchsize", "perdevicetrainbatchsize", "bs"), "batch"),
    **dict.fromkeys(("basemodel", "modelname", "modelnameorpath"), "model"),
}
_FLAG = re.compile(r"--?([A-Za-z][\w.\-]*)(?:=(.*))?", re.DOTALL)
_ASSIGNED = re.compile(r"\+{0,2}([A-Za-z_][\w.]*)=(.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")

Value = float | str


def canonical(name: str) -> str:
    """What a name is found by: `--learning-rate` and `learningRate` are both `lr`."""
    plain = re.sub(r"[^a-z0-9]+", "", name.lower())
    return _BY_ANOTHER_NAME.get(plain, plain)


def of_run(kind: str, command: Sequence[str], spec: Mapping[str, Any]) -> dict[str, Value]:
    """A run's parameters, by the names they were given under; the last of several counts."""
    if kind == "imported":  # of which only the log is known
        return {}
    pairs = of_command(command) if kind == "command" else spec.items()
    found: dict[str, tuple[str, Value]] = {}
    for name, value in pairs:
        known = _value(value)
        key = canonical(name)
        if key and known is not None and len(name) <= _LONGEST_NAME and len(found) < MOST:
            found[key] = (as_text(name), known)
    return dict(found.values())


def values_of(run: Run, names: Sequence[str]) -> dict[str, Value]:
    """The parameters and metrics of a run that are asked for, where it has them."""
    if not names:
        return {}
    given = of_run(run.kind, run.command, run.spec)
    known = {canonical(name): value for name, value in (run.metrics | given).items()}
    return {name: known[key] for name in names if (key := canonical(name)) in known}


class Option(NamedTuple):
    """A flag or an assignment of a command: its name, its value, and the words that say it.

    value: True for a flag alone. joined: whether name and value are one word, as in `lr=1e-4`.
    """

    name: str
    value: str | bool
    place: int
    joined: bool


def of_command(command: Sequence[str], nested: bool = False) -> Iterator[tuple[str, str | bool]]:
    """The flags and assignments of a command, and those of a shell's command within it."""
    for place, word in enumerate(command):
        found = _option(command, place)
        is_flag = found is not None and word.startswith("-")
        if any(blank in word for blank in " \t\n") and not nested and not is_flag:
            yield from of_command(_words(word), nested=True)
        elif found:
            yield found.name, found.value


def options_of(command: Sequence[str]) -> list[Option]:
    """The flags and assignments of a command itself, with where they stand in it."""
    return [found for place in range(len(command)) if (found := _option(command, place))]


def _option(command: Sequence[str], place: int) -> Option | None:
    word, following = command[place], command[place + 1] if place + 1 < len(command) else "-"
    if flag := _FLAG.fullmatch(word):
        return Option(flag[1], _of_flag(flag[2], following), place, flag[2] is not None)
    assigned = _ASSIGNED.fullmatch(word)
    return Option(assigned[1], assigned[2], place, True) if assigned else None


def _of_flag(given: str | None, following: str) -> str | bool:
    if given is not None:
        return given
    is_value = not following.startswith("-") or _NUMBER.fullmatch(following)
    return following if is_value else True


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def number(text: str) -> float | None:
    """The number that a text is; None for any other, also for what is not finite."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _value(given: object) -> Value | None:
    """A value as it is compared: a number or a text; None where there is none."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, int | float):
        return float(given) if math.isfinite(given) else None
    if isinstance(given, list):
        given = " ".join(map(str, given))
    if not isinstance(given, str) or not given or len(given) > _LONGEST_VALUE:
        return None
    known = number(given)
    return as_text(given) if known is None else known
