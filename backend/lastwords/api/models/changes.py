"""What changed between two runs."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from lastwords.api.models.base import Answer, Query, StatusName


class Change(Answer):
    """One difference in words; `mark` says how the error points at it, `note` says so in words."""

    kind: Literal["settings", "packages", "code", "data", "machine", "variables"]
    name: str
    before: str | None
    after: str | None
    text: str
    mark: Literal["failed_line", "traceback_line", "traceback_file", "named"] | None
    note: str | None


class Since(Answer):
    """The earlier run; `likeness` says how it is like the later one, null if it was chosen."""

    id: str
    name: str | None
    status: StatusName
    finished_at: str | None
    likeness: str | None


class Changes(Answer):
    """What is different since a run like this one completed, the most suspicious first.

    `count` is how many there are of which `items` are the first; `missing` says what is not known;
    `pending` is true while more of it is being taken.
    """

    since: Since
    text: str
    items: list[Change]
    count: int
    missing: list[str]
    pending: bool


class CodeLine(Answer):
    """A line with its numbers in both files; `marked` is an added line that the error names."""

    sign: Literal[" ", "-", "+"]
    before: int | None
    after: int | None
    text: str
    marked: bool


class CodeHunk(Answer):
    lines: list[CodeLine]


class CodeFile(Answer):
    """A file's difference; `linesLeftOut` is how many lines this answer has no room for."""

    path: str
    added: int
    removed: int
    binary: bool
    hunks: list[CodeHunk]
    lines_left_out: int


class Result(Answer):
    name: str
    before: str | None
    after: str | None


class Comparison(Answer):
    """Two runs side by side, secrets masked."""

    run: str
    since: Since
    text: str
    items: list[Change]
    code: list[CodeFile]
    results: list[Result]
    missing: list[str]
    pending: bool


class ChangesQuery(Query):
    """`with` is the earlier run; without it the last one like this that completed."""

    model_config = ConfigDict(populate_by_name=False)

    earlier: str = Field("", alias="with", max_length=64)
