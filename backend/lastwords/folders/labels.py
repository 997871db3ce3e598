"""Labels: what people call a run, in `labels.json` of its folder, beside its attempts.

What `spec.json` said of name, project and tags at the start holds until somebody says otherwise
here. Unlike other facts this one changes; it is replaced as a whole. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lastwords.basics import tame
from lastwords.folders.attempt import UnreadableFact, read_fact, replace_fact
from lastwords.folders.runfolder import attempt_folder
from lastwords.records import InvalidSpec

LONGEST_PROJECT, LONGEST_TAG, MOST_TAGS = 100, 60, 30
LONGEST_NAME, LONGEST_NOTE = 4096, 10_000

# What a query could not name (a comma is an "or" there), and what would not be seen.
_UNFIT = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029",]')
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # in a note, which may have lines
_EMPTY: Mapping[str, Any] = {
    "name": None,
    "project": None,
    "tags": [],
    "note": "",
    "note_user": None,
    "starred": False,
}


def project_of(text: str | None) -> str | None:
    """A project's name as it is kept. Raises: ValueError, in words."""
    return _word(text, "a project", LONGEST_PROJECT) if text and text.strip() else None


def tags_of(texts: Iterable[str]) -> list[str]:
    """Tags as they are kept, each once, whatever its case. Raises: ValueError, in words."""
    found: dict[str, str] = {}
    for text in texts:
        word = _word(text, "a tag", LONGEST_TAG)
        found.setdefault(word.casefold(), word)
    if len(found) > MOST_TAGS:
        raise ValueError(f"a run has at most {MOST_TAGS} tags, not {len(found)}")
    return list(found.values())


def _word(text: str, what: str, longest: int) -> str:
    words = " ".join(text.split()) if not _UNFIT.search(text) else ""
    if not words or len(words) > longest:
        raise ValueError(
            f"{what} is 1 to {longest} characters, without commas and quotes, not {text[:80]!r}"
        )
    return words


def take_labels(spec: dict[str, Any]) -> dict[str, Any]:
    """Take what is no parameter out of a complete spec: project and tags, as they are kept.

    Raises: InvalidSpec, which names the field.
    """
    given = {"project": spec.pop("project", None), "tags": spec.pop("tags", None) or []}
    return {name: checked(name, value) for name, value in given.items()}


def checked(name: str, value: Any) -> Any:
    """A label as it is kept. Raises: InvalidSpec, which names it."""
    try:
        return _checked(name, value)
    except ValueError as error:
        raise InvalidSpec(name, str(error)) from None


def labels_path(home: Path, run_id: str) -> Path:
    """Where they are; an attempt's folder would be the child's working folder."""
    return attempt_folder(home, run_id, 1).path.parent / "labels.json"


def read_labels(home: Path, run_id: str) -> dict[str, Any]:
    """What people said of a run since it began; what they did not mention is not in it.

    Raises: UnreadableFact, where it is damaged; OutOfReach.
    """
    path = labels_path(home, run_id)
    fact = read_fact(path) or {}
    try:
        return {name: _checked(name, tame(fact[name])) for name in _EMPTY if name in fact}
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableFact(f"{path} is damaged: {error}") from error


def _checked(name: str, value: Any) -> Any:
    """A value of its kind. Raises: ValueError, TypeError, AttributeError."""
    if name == "tags":
        return tags_of(value)
    if name == "project":
        return project_of(value)
    if name == "starred":
        return value is True
    longest = LONGEST_NOTE if name == "note" else LONGEST_NAME
    value = value or _EMPTY[name]
    if value is not None and (len(value) > longest or _CONTROL.search(value)):
        raise ValueError(f"{name} is a text of at most {longest} characters")
    return value


def write_labels(home: Path, run_id: str, labels: Mapping[str, Any]) -> None:
    """Replace them, durably. Raises: OSError, FileNotFoundError where the run is gone."""
    replace_fact(labels_path(home, run_id), labels)


def label_columns(home: Path, run_id: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a run's row that are labels: what its start said, or people since.

    A file that is damaged says nothing: the run is listed all the same.
    """
    begun = {name: asked[name] for name in ("name", "project", "tags") if asked.get(name)}
    try:
        since = read_labels(home, run_id)
    except UnreadableFact:
        since = {}
    return {**_EMPTY, **begun, **since}
