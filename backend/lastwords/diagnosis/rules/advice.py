"""How advice is made: wordings with conditions, and placeholders that the log fills.

`Say` is one wording with its condition; `OneOf` says the first of several that fits. What the log
cannot fill in is not said.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.context import context_of
from lastwords.diagnosis.rules.named import NAMED

Values = dict[str, str]
Advised = tuple[tuple[str, str | None], ...]
_AT_MOST = 6
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"'\{(\w+)\}'|\{(\w+)\}")
_SAFE = re.compile(r"~?[\w@%+=:,./-]+", re.ASCII)
_WHOLE = (
    "libraries",
    "program",
    "half_batch",
    "half_workers",
)  # several words of a command, each one safe


class Say(NamedTuple):
    """One thing to do, the command for it, and the context it is for (`context.Context`)."""

    text: str
    command: str | None = None
    when: str = ""


class OneOf(tuple[Say, ...]):
    """The same idea in several wordings: the first whose condition holds is said."""

    __slots__ = ()

    def __new__(cls, *wordings: Say) -> "OneOf":
        """Most particular first, the general one last."""
        return super().__new__(cls, wordings)


Todo = tuple["Say | OneOf | tuple[str, str | None]", ...]


class Known(Mapping[str, str]):
    """Values by name: those of the rule first, then what the log names (`named.NAMED`)."""

    def __init__(self, case: Case, values: Values) -> None:
        self._case, self._values = case, dict(values)

    def __getitem__(self, name: str) -> str:
        if not self._values.get(name) and name in NAMED:
            self._values[name] = NAMED[name](self._case)
        return self._values.get(name, "")

    def __iter__(self) -> Iterable[str]:  # type: ignore[override]
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def advise(case: Case, todo: Todo, values: Values) -> Advised:
    """What can be said with these values in this context; what comes first is no "or"."""
    known = Known(case, values)
    found = [said for entry in todo if (said := _said(case, entry, known)) is not None]
    if found and found[0][0].startswith("Or "):
        text = found[0][0].removeprefix("Or ")
        found[0] = (text[0].upper() + text[1:], found[0][1])
    return tuple(dict.fromkeys(found))[:_AT_MOST]


def _said(
    case: Case, entry: "Say | OneOf | tuple[str, str | None]", known: Known
) -> tuple[str, str | None] | None:
    wordings = entry if isinstance(entry, OneOf) else (Say(*entry),)
    for text, command, when in wordings:
        if context_of(case).holds(when) and _fillable(text, known) and _fillable(command, known):
            return filled(text, known), _command(command, known) if command else None
    return None


def title_of(case: Case, titles: str, values: Values) -> str:
    """The first of the titles, given as `one|another`, whose names are known."""
    known = Known(case, values)
    fitting = (title for title in titles.split("|") if _fillable(title, known))
    title = filled(next(fitting, titles.rpartition("|")[2]), known)
    return re.sub(r"\s+", " ", title).strip().removesuffix(":")


def _fillable(text: str | None, values: Mapping[str, str]) -> bool:
    return all(values[name] for name in _PLACEHOLDER.findall(text or ""))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its names filled in."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def _command(template: str, values: Mapping[str, str]) -> str:
    """A command to be copied into a shell: what a log says is one word of it, and never runs."""
    return _WORD.sub(lambda found: _word(found[1] or found[2], values), template)


def _word(name: str, values: Mapping[str, str]) -> str:
    value = values[name]
    if name in _WHOLE:
        return " ".join(
            word if _SAFE.fullmatch(word) else shlex.quote(word) for word in value.split()
        )
    return value if _SAFE.fullmatch(value) else shlex.quote(value)
