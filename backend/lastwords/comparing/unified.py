"""Reads unified diffs, as git writes them.

Lines are counted by the head of their hunk, so that a text which looks like a diff stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_INDEX = re.compile(r"index ([0-9a-f]+)\.\.([0-9a-f]+)")
_ESCAPED = re.compile(r'\\([abfnrtv"\\]|[0-7]{3})')
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


class Hunk(NamedTuple):
    """Lines of the old text from `start` (0 is the first), and what stands in their place."""

    start: int
    old: list[str]
    new: list[str]


@dataclass
class FileDiff:
    """One file's part of a diff; `blobs` name its two contents, also of a binary file."""

    path: str
    is_new: bool = False
    is_gone: bool = False
    is_binary: bool = False
    blobs: tuple[str, str] = ("", "")
    hunks: list[Hunk] = field(default_factory=list)


def parse(data: bytes) -> dict[str, FileDiff]:
    """The files of a diff by path; what is cut off at the end is left out."""
    lines = data.decode("utf-8", errors="replace").split("\n")
    files: dict[str, FileDiff] = {}
    current: FileDiff | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("diff --git "):
            current = FileDiff(_path_of_head(line))
            files[current.path] = current
        elif current and (found := _HUNK.match(line)):
            hunk, at = _hunk(lines, at, found)
            current.hunks += [hunk] if hunk else []
        elif current:
            _head_line(current, line, files)
    return files


def _head_line(current: FileDiff, line: str, files: dict[str, FileDiff]) -> None:
    if line.startswith("new file mode"):
        current.is_new = True
    elif line.startswith("deleted file mode"):
        current.is_gone = True
    elif line.startswith("Binary files "):
        current.is_binary = True
    elif found := _INDEX.match(line):
        current.blobs = found[1], found[2]
    elif line.startswith(("--- ", "+++ ")) and not line.endswith("/dev/null"):
        files.pop(current.path, None)
        current.path = _unquoted(line[4:].rstrip("\t\r"))[2:]
        files[current.path] = current


def _hunk(lines: Sequence[str], at: int, head: re.Match[str]) -> tuple[Hunk | None, int]:
    """The hunk whose lines begin at `at`, and where they end; None if they are cut off."""
    first, count, new_count = int(head[1]), int(head[2] or 1), int(head[4] or 1)
    hunk = Hunk(first - 1 if count else first, [], [])
    while len(hunk.old) < count or len(hunk.new) < new_count:
        if at >= len(lines):
            return None, at
        sign, text = lines[at][:1], lines[at][1:]
        at += 1
        if sign in ("", " ", "-"):  # an editor may have taken the blank of an empty line
            hunk.old.append(text)
        if sign in ("", " ", "+"):
            hunk.new.append(text)
    return hunk, at


def _path_of_head(line: str) -> str:
    """The path in `diff --git a/x b/x`, of which both halves say the same."""
    rest = line.removeprefix("diff --git ")
    if rest.startswith('"'):
        return _unquoted(rest[: rest.rfind(' "')])[2:]
    return rest[: (len(rest) - 1) // 2][2:]


def _unquoted(text: str) -> str:
    """A name as git quotes it where it holds anything unusual: `"a/\\303\\244"`."""
    if not (len(text) > 1 and text.startswith('"') and text.endswith('"')):
        return text
    made = bytearray()
    at = 1
    while at < len(text) - 1:
        if found := _ESCAPED.match(text, at):
            code = found[1]
            made.append(_ESCAPES[code] if code in _ESCAPES else int(code, 8) & 255)
            at = found.end()
        else:
            made += text[at].encode("utf-8", "surrogatepass")
            at += 1
    return made.decode("utf-8", errors="replace")
