"""Which change is most likely to blame: by what the error's traceback touches, and by its cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from lastwords.comparing.code import FileChange
from lastwords.comparing.item import Item, Mark

_BASE = {"settings": 30, "code": 28, "data": 26, "packages": 20, "variables": 12, "machine": 10}
_MARKED: Mapping[Mark, int] = {
    "failed_line": 200,
    "traceback_line": 150,
    "named": 120,
    "traceback_file": 100,
}
# Which kinds of change a family of causes speaks of.
_FAMILIES: Mapping[str, Mapping[str, int]] = {
    "data": {"data": 40, "code": 10},
    "deps": {"packages": 40, "variables": 20},
    "memory": {"settings": 40, "data": 15, "machine": 15},
    "numeric": {"settings": 40, "data": 20},
    "config": {"settings": 40},
    "model": {"settings": 30, "packages": 15},
    "adapter": {"settings": 30, "packages": 15},
    "gpu": {"machine": 40, "packages": 15, "variables": 15},
    "disk": {"machine": 20, "variables": 20, "settings": 15},
    "network": {"variables": 30, "machine": 20},
    "distributed": {"machine": 20, "variables": 20},
    "code": {"code": 30, "packages": 10},
}
_LIBRARIES = frozenset(
    "torch transformers peft accelerate trl datasets tokenizers safetensors numpy bitsandbytes "
    "deepspeed flash-attn triton vllm unsloth lightning keras tensorflow jax python".split()
)
WHOLE = ("commit", "branch")  # what says that some code has changed, not which
_INSTALLED = re.compile(r"(?:site|dist)-packages/([^/]+)/")
_NOTES: Mapping[Mark, str] = {
    "failed_line": "the line that failed is new",
    "traceback_line": "a line of the traceback is new",
    "traceback_file": "the traceback goes through it",
    "named": "the error names it",
}


@dataclass(frozen=True)
class Error:
    """What is known of the error: its cause, its words, and its frames, the deepest last.

    own: which of the frames is the user's own and deepest, by its place.
    """

    cause: str
    words: str
    frames: Sequence[tuple[str, int]]
    own: int | None


def ranked(items: Iterable[Item], error: Error) -> list[Item]:
    """Marked and in order, the most suspicious first."""
    marked = [_marked(item, error) for item in items]
    return sorted(marked, key=lambda item: -_weight(item, error))


def _weight(item: Item, error: Error) -> int:
    family = _FAMILIES.get(error.cause.partition(".")[0], {})
    if item.kind == "code" and item.name in WHOLE:
        return 0  # the files that it is about stand for themselves
    weight = _BASE[item.kind] + family.get(item.kind, 0)
    weight += 8 if item.kind == "packages" and item.name.lower() in _LIBRARIES else 0
    return weight + (_MARKED[item.mark] if item.mark else 0)


def _marked(item: Item, error: Error) -> Item:
    if item.mark or item.kind == "code":
        return item
    if item.kind == "packages" and _module(item.name) in _modules(error):
        return with_mark(item, "traceback_file")
    return with_mark(item, "named") if _is_named(item.name, error.words) else item


def with_mark(item: Item, mark: Mark) -> Item:
    return replace(item, mark=mark, note=_NOTES[mark])


def _module(package: str) -> str:
    return package.replace("-", "_").lower()


def _modules(error: Error) -> set[str]:
    found = (_INSTALLED.search(file) for file, _ in error.frames)
    return {match[1].lower() for match in found if match}


def _is_named(name: str, words: str) -> bool:
    """Whether the error says the name, as a word of its own."""
    bare = name.strip("-").replace("-", "[-_ ]").replace(" ", "[-_ ]?")
    if len(bare) < 4 or name.startswith("argument "):
        return False
    return re.search(rf"(?<![\w-]){_safe(bare)}(?![\w-])", words, re.IGNORECASE) is not None


def _safe(pattern: str) -> str:
    """Everything but our own classes taken literally."""
    parts = re.split(r"(\[-_ \]\??)", pattern)
    return "".join(part if number % 2 else re.escape(part) for number, part in enumerate(parts))


def code_item(change: FileChange, error: Error, top: str, cwd: str) -> Item:
    """A file's change in words, with the mark that the traceback gives it."""
    told = f"{change.path} has changed" if change.is_binary else _counted(change)
    item = Item("code", change.path, None, None, told)
    lines, deepest = _lines_within(change.path, error, top, cwd)
    added = change.added_lines()
    if deepest is not None and deepest in added:
        return with_mark(item, "failed_line")
    if added & lines:
        return with_mark(item, "traceback_line")
    return with_mark(item, "traceback_file") if lines else item


def _counted(change: FileChange) -> str:
    return f"{change.path} +{change.added} −{change.removed}"


def _lines_within(path: str, error: Error, top: str, cwd: str) -> tuple[set[int], int | None]:
    """The lines of a file that the traceback names, and the user's deepest one if it is there."""
    meant = PurePosixPath(top) / path
    numbers = {
        place: line
        for place, (file, line) in enumerate(error.frames)
        if _normal(PurePosixPath(cwd) / file) == meant
    }
    return set(numbers.values()), None if error.own is None else numbers.get(error.own)


def _normal(path: PurePosixPath) -> PurePosixPath:
    """A path without `.` and `..`, as text alone tells."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def failed_lines(change: FileChange, error: Error, top: str, cwd: str) -> list[int]:
    """The added lines of a file that the traceback names, to be marked where they are shown."""
    return sorted(change.added_lines() & _lines_within(change.path, error, top, cwd)[0])
