"""The code of two runs, line by line, from what was kept of each.

Of a file only the lines in the hunks of its diffs are known; all others are the same in both runs,
and stand for themselves by their number. So neither the repository nor the file is needed: from the
commit of the one run its uncommitted changes lead to its code, and, by way of what lies between the
two commits, the other run's changes to the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from lastwords.comparing.unified import FileDiff

CONTEXT = 3
LARGEST = 20_000  # differing lines of a file that are told one from another
Line = str | int  # a text, or the number of a line that is the same in both
Files = Mapping[str, FileDiff]


class ShownLine(NamedTuple):
    """A line of a comparison: its numbers before and after, as far as it is there."""

    sign: Literal[" ", "-", "+"]
    before: int | None
    after: int | None
    text: str


@dataclass(frozen=True)
class FileChange:
    """How a file differs between two runs; `hunks` are runs of shown lines."""

    path: str
    added: int
    removed: int
    hunks: tuple[tuple[ShownLine, ...], ...]
    is_binary: bool = False
    is_too_large: bool = False

    def added_lines(self) -> set[int]:
        """The numbers, in the later run's file, of the lines that the earlier one had not."""
        return {
            line.after for hunk in self.hunks for line in hunk if line.sign == "+" and line.after
        }


def changes(good: Files, between: Files, bad: Files) -> list[FileChange]:
    """What differs in every file that any of the three diffs names, by path.

    good, bad: each run's own uncommitted changes. between: those from its commit to the other's.
    """
    paths = sorted({*good, *between, *bad})
    found = (_change(path, good.get(path), between.get(path), bad.get(path)) for path in paths)
    return [change for change in found if change]


def _change(
    path: str, good: FileDiff | None, between: FileDiff | None, bad: FileDiff | None
) -> FileChange | None:
    given = [diff for diff in (good, between, bad) if diff]
    if any(diff.is_binary for diff in given):
        return (
            FileChange(path, 0, 0, (), is_binary=True)
            if _blobs_differ(good, between, bad)
            else None
        )
    before, after = _both(good, between, bad)
    return None if before == after else _compared(path, before, after)


def _blobs_differ(good: FileDiff | None, between: FileDiff | None, bad: FileDiff | None) -> bool:
    """Whether a binary file's content differs, by the names of its contents."""
    committed = between.blobs if between else None
    before = good.blobs[1] if good else committed[0] if committed else bad and bad.blobs[0]
    after = bad.blobs[1] if bad else committed[1] if committed else good and good.blobs[0]
    return before != after


def _both(
    good: FileDiff | None, between: FileDiff | None, bad: FileDiff | None
) -> tuple[list[Line], list[Line]]:
    base = _base(good, between, bad)
    before = _applied(base, good)
    committed = _applied(base, between)
    after = _applied(committed, bad)
    told = dict(_told(committed, bad))
    return [told.get(line, line) if isinstance(line, int) else line for line in before], after


def _base(good: FileDiff | None, between: FileDiff | None, bad: FileDiff | None) -> list[Line]:
    """The earlier commit's file, as far as a diff tells its lines."""
    is_new = [diff.is_new for diff in (good, between) if diff] or [bool(bad and bad.is_new)]
    if is_new[0]:
        return []
    hunks = [hunk for diff in (good, between, bad) if diff for hunk in diff.hunks]
    last = max((hunk.start + len(hunk.old) for hunk in hunks), default=0)
    grown = sum(len(hunk.old) for hunk in (between.hunks if between else ()))
    lines: list[Line] = list(range(last + grown + 1))
    for diff in (good, between):
        for number, text in _told(lines, diff):
            lines[number] = text
    return lines


def _told(lines: Sequence[Line], diff: FileDiff | None) -> Iterator[tuple[int, str]]:
    """Lines known by number only, with the text that a diff has of them."""
    for hunk in diff.hunks if diff else ():
        for line, text in zip(lines[hunk.start :], hunk.old, strict=False):
            if isinstance(line, int):
                yield line, text


def _applied(lines: list[Line], diff: FileDiff | None) -> list[Line]:
    if diff is None:
        return lines
    if diff.is_gone:
        return []
    made: list[Line] = []
    at = 0
    for hunk in diff.hunks:
        made += lines[at : hunk.start]
        made += hunk.new
        at = hunk.start + len(hunk.old)
    return made + lines[at:]


def _compared(path: str, before: list[Line], after: list[Line]) -> FileChange:
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    one, two = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(one), len(two)) > LARGEST:
        return FileChange(path, _texts(two), _texts(one), (), is_too_large=True)
    first = max(0, start - CONTEXT)
    last = min(end, CONTEXT)
    one, two = before[first : len(before) - end + last], after[first : len(after) - end + last]
    groups = SequenceMatcher(None, one, two, autojunk=False).get_grouped_opcodes(CONTEXT)
    hunks = tuple(tuple(_shown(group, one, two, first)) for group in groups)
    signs = [line.sign for hunk in hunks for line in hunk]
    return FileChange(path, signs.count("+"), signs.count("-"), hunks)


def _common(one: Sequence[Line], two: Sequence[Line]) -> int:
    """How many lines both begin with."""
    for number, (here, there) in enumerate(zip(one, two, strict=False)):
        if here != there:
            return number
    return min(len(one), len(two))


def _texts(lines: Sequence[Line]) -> int:
    return sum(isinstance(line, str) for line in lines)


def _shown(
    group: Sequence[tuple[str, int, int, int, int]],
    one: Sequence[Line],
    two: Sequence[Line],
    first: int,
) -> Iterator[ShownLine]:
    """The lines of a hunk, counted from 1; of those that are only known by number, none."""
    for kind, i, i_end, j, j_end in group:
        if kind == "equal":
            for step in range(i_end - i):
                if isinstance(text := one[i + step], str):
                    yield ShownLine(" ", first + i + step + 1, first + j + step + 1, text)
            continue
        for place, text in enumerate(one[i:i_end], start=first + i + 1):
            if isinstance(text, str):
                yield ShownLine("-", place, None, text)
        for place, text in enumerate(two[j:j_end], start=first + j + 1):
            if isinstance(text, str):
                yield ShownLine("+", None, place, text)
