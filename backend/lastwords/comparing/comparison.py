"""Two runs side by side: everything that was kept of both, in one answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lastwords.comparing import facts
from lastwords.comparing.code import FileChange, changes
from lastwords.comparing.item import Item, changed
from lastwords.comparing.suspicion import Error, code_item, failed_lines, ranked
from lastwords.comparing.unified import parse

LARGEST_DIFF = 8 << 20  # bytes of a diff that is read line by line


@dataclass(frozen=True)
class Kept:
    """What was kept of a run. asked: its spec.json. diff: changes.diff, or its beginning."""

    asked: Mapping[str, Any]
    environment: Mapping[str, Any]
    diff: bytes = b""
    diff_bytes: int = 0

    @property
    def code(self) -> Mapping[str, Any]:
        return self.environment.get("code") or {}


@dataclass(frozen=True)
class FileShown:
    """A file's change, and the numbers of its added lines that the traceback names."""

    change: FileChange
    marked: list[int]


@dataclass(frozen=True)
class Comparison:
    """Everything that differs, the most suspicious first; `missing` says what is not known."""

    items: list[Item]
    files: list[FileShown]
    missing: list[str] = field(default_factory=list)


def compared(good: Kept, bad: Kept, between: bytes | None, error: Error) -> Comparison:
    """What changed from one run to the other.

    between: the diff between the two commits, None where it cannot be had.
    """
    top, cwd = str(bad.code.get("top") or ""), str(bad.asked.get("cwd") or "")
    files, missing = _files(good, bad, between)
    items = [*facts.settings(good.asked, bad.asked)]
    for compare in (facts.packages, facts.data, facts.machine, facts.variables):
        items += compare(good.environment, bad.environment)
    data = {item.name for item in items if item.kind == "data"}
    items += [
        code_item(change, error, top, cwd)
        for change in files
        if change.path.rpartition("/")[2] not in data
    ]
    items += _of_repository(good.code, bad.code, files)
    shown = [FileShown(change, failed_lines(change, error, top, cwd)) for change in files]
    order = {item.name: place for place, item in enumerate(ranked(items, error))}
    shown.sort(key=lambda file: order.get(file.change.path, len(order)))
    return Comparison(ranked(items, error), shown, [*missing, *_untaken(good, bad)])


def _files(good: Kept, bad: Kept, between: bytes | None) -> tuple[list[FileChange], list[str]]:
    missing = []
    if not good.code or not bad.code:
        return [], ["the code of one of the two runs"]
    if _is_elsewhere(good, bad):
        return [], ["the code: the two runs were started in different folders"]
    if between is None:
        missing.append("what lies between the two commits: the repository no longer tells")
        return [], missing
    for kept in (good, bad):
        if kept.diff_bytes > len(kept.diff):
            missing.append(
                f"the code behind the first {len(kept.diff):,} bytes of {kept.diff_bytes:,} of "
                "uncommitted changes"
            )
    if good.diff == bad.diff and not between:
        return [], missing
    return changes(parse(good.diff), parse(between), parse(bad.diff)), missing


def _is_elsewhere(good: Kept, bad: Kept) -> bool:
    """Whether the code of one run is not an earlier state of the other's."""
    is_git = bool(good.code.get("git"))
    return is_git != bool(bad.code.get("git")) or (
        good.code.get("top") != bad.code.get("top") and not is_git
    )


def _of_repository(
    good: Mapping[str, Any], bad: Mapping[str, Any], files: list[FileChange]
) -> Iterator[Item]:
    """Branch and commit where nothing else tells of them, and files that git does not track."""
    one, two = good.get("commit"), bad.get("commit")
    if one and two and one != two:
        yield changed("code", "commit", one[:10], two[:10])
    if good.get("branch") and bad.get("branch") and good["branch"] != bad["branch"]:
        yield changed("code", "branch", good["branch"], bad["branch"])
    if not good.get("git") or not bad.get("git"):
        return
    before, after = good.get("untracked") or {}, bad.get("untracked") or {}
    told: set[str] = {change.path for change in files}
    for name in sorted({*before, *after} - told):
        was, now = before.get(name), after.get(name)
        if name not in before:
            yield Item("code", name, None, "untracked", f"{name} is new (untracked)")
        elif name not in after:
            yield Item("code", name, "untracked", None, f"{name} is no longer untracked")
        elif was != now:
            yield Item("code", name, was, now, f"{name} has changed (untracked)")


def _untaken(good: Kept, bad: Kept) -> Iterator[str]:
    """What could not be had of either run when it was started."""
    for name, kept in (("earlier", good), ("later", bad)):
        if not kept.environment.get("takenAt"):
            yield f"what the {name} run was started in"
        for words in kept.environment.get("missing") or []:
            yield f"of the {name} run {words}"
