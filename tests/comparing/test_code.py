"""The code of two runs, from what was kept of them: exact, whatever lies between."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.surroundings.kit import git, repository

from lastwords.comparing.code import FileChange, changes
from lastwords.comparing.unified import parse


def _lines(random_: random.Random, lines: list[str]) -> list[str]:
    """The lines with some taken out, some put in and some replaced."""
    made = list(lines)
    for _ in range(random_.randrange(4)):
        place = random_.randrange(len(made) + 1)
        new = [f"line {random_.randrange(30)}" for _ in range(random_.randrange(3))]
        made[place : place + random_.randrange(3)] = new
    return made


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


def _diff(top: Path, *words: str) -> bytes:
    return git(top, "diff", "--full-index", *words).encode()


def _replayed(change: FileChange | None, before: list[str]) -> list[str]:
    """The earlier text with the change carried out, its numbers and texts checked on the way."""
    made: list[str] = []
    at = 0
    for line in (line for hunk in (change.hunks if change else ()) for line in hunk):
        if line.before is not None:
            made += before[at : line.before - 1]
            at = line.before
            assert before[at - 1] == line.text
        if line.sign != "-":
            while line.after is not None and len(made) < line.after - 1:
                made.append(before[at])
                at += 1
            made.append(line.text)
    return made + before[at:]


@pytest.mark.parametrize("seed", range(12))
def test_the_later_text_is_the_earlier_one_with_the_change_carried_out(
    tmp_path: Path, seed: int
) -> None:
    """Two commits, and at each a work tree that was not clean."""
    random_ = random.Random(seed)
    first = [f"line {number % 17}" for number in range(60)]
    top = repository(tmp_path / "project", train_py="")
    path = top / "train.py"
    _write(path, first)
    git(top, "commit", "-qam", "first")
    good = _lines(random_, first)
    _write(path, good)
    good_diff = _diff(top, "HEAD")
    second = _lines(random_, first) if seed % 3 else first
    _write(path, second)
    git(top, "commit", "-qam", "second", "--allow-empty")
    bad = _lines(random_, second)
    _write(path, bad)
    between = _diff(top, "HEAD~1", "HEAD")
    found = changes(parse(good_diff), parse(between), parse(_diff(top, "HEAD")))
    assert len(found) == (good != bad)
    assert _replayed(found[0] if found else None, good) == bad


def test_a_line_that_was_changed_before_both_runs_is_no_change() -> None:
    diff = b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    assert changes(parse(diff), {}, parse(diff)) == []


def test_a_text_that_looks_like_a_diff_stays_a_text(tmp_path: Path) -> None:
    top = repository(tmp_path / "project", a_txt="x\n")
    (top / "a.txt").write_text("diff --git a/b b/b\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-- x\n")
    (found,) = changes({}, {}, parse(_diff(top, "HEAD")))
    assert (found.path, found.added, found.removed) == ("a.txt", 5, 1)


@pytest.mark.parametrize("name", ["ümlaut.py", 'quo"te.py', "a b.py", "tab\tx.py", "new\nline.py"])
def test_names_of_any_kind_are_read(tmp_path: Path, name: str) -> None:
    top = repository(tmp_path / "project")
    (top / name).write_text("1\n")
    git(top, "add", "-A")
    (found,) = changes({}, {}, parse(_diff(top, "HEAD")))
    assert (found.path, found.added) == (name, 1)


def test_files_that_come_and_go_are_told_whole(tmp_path: Path) -> None:
    top = repository(tmp_path / "project", a_py="1\n2\n3\n", b_py="1\n")
    (top / "a.py").unlink()
    deleted = _diff(top, "HEAD")
    back = changes(parse(deleted), {}, {})
    gone = changes({}, {}, parse(deleted))
    assert [(item.added, item.removed) for item in (*back, *gone)] == [(3, 0), (0, 3)]


def test_a_binary_file_differs_by_its_content(tmp_path: Path) -> None:
    top = repository(tmp_path / "project", a_bin="a\0b")
    diffs = []
    for text in ("a\0c", "a\0d", "a\0c"):
        (top / "a.bin").write_text(text)
        diffs.append(parse(_diff(top, "HEAD")))
    assert [item.is_binary for item in changes(diffs[0], {}, diffs[1])] == [True]
    assert changes(diffs[0], {}, diffs[2]) == []


def test_a_cut_diff_tells_what_is_whole() -> None:
    diff = b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    assert [item.path for item in changes({}, {}, parse(diff + b"@@ -9,3 +9,3 @@\n-q\n"))] == [
        "a.py"
    ]
    for end in range(len(diff)):
        parse(diff[:end])
