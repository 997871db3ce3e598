"""What counts as written: other content than before the start, whatever the dates say."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.real import until

from lastwords.folders.attempt import OutOfReach
from lastwords.supervision import expected
from lastwords.supervision.adapter_check import Unproved
from lastwords.supervision.expected import TooMany, note, prove_written

LATER, LONG_AGO = 4e9, 1e9


def _reason(folder: Path, *wanted: str, run: Callable[[Path], object]) -> str:
    """What is said of these expectations after `run` had its way with the folder."""
    noted = note(folder, wanted)
    run(folder)
    try:
        prove_written(folder, wanted, noted)
    except Unproved as unproved:
        return unproved.reason
    return "ok"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what an earlier run left."""
    (tmp_path / "out").mkdir()
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "old", tmp_path / "out" / "old"):
        path.write_text("old")
        os.utime(path, (LONG_AGO, LONG_AGO))
    return tmp_path


def _replace(path: Path, with_content: str, date: float) -> None:
    """As `mv` and `tar x` do it: another file, with its old date, takes the name."""
    other = path.with_name("other")
    other.write_text(with_content)
    os.utime(other, (date, date))
    other.rename(path)


def _make_and_remove(folder: Path) -> None:
    (folder / "x").write_text("x")
    (folder / "x").unlink()


def _copy_with_dates(path: Path) -> None:
    """As `cp -p` does it: the same file, written anew, and its dates set back."""
    before = path.stat()

    def is_seen() -> bool:
        """Once the kernel's clock has ticked: some write within 10 ms tells the same time."""
        path.write_text("new")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return path.stat().st_ctime_ns != before.st_ctime_ns

    until(is_seen)


CASES: list[tuple[str, Callable[[Path], object], str]] = [
    ("new", lambda f: (f / "new").write_text("x"), "ok"),
    ("new", lambda f: None, "expected_missing"),
    ("new", lambda f: (f / "new").touch(), "expected_empty"),
    ("new", lambda f: (f / "new").mkdir(), "expected_missing"),
    ("new", lambda f: os.mkfifo(f / "new"), "expected_missing"),
    ("new", lambda f: (f / "new").symlink_to("new"), "expected_missing"),
    ("new", lambda f: (f / "new").symlink_to(f / "old"), "ok"),
    ("new/below", lambda f: (f / "new").write_text("x"), "expected_missing"),
    ("x" * 300, lambda f: None, "expected_missing"),
    ("old", lambda f: None, "expected_stale"),
    ("old", lambda f: os.utime(f / "old", (LATER, LATER)), "ok"),  # as touch(1): see expected.py
    ("old", lambda f: (f / "old").write_text("new"), "ok"),
    ("old", lambda f: (f / "old").write_text("old"), "ok"),
    ("old", lambda f: _replace(f / "old", "old", LONG_AGO), "ok"),
    ("old", lambda f: _copy_with_dates(f / "old"), "ok"),
    ("old", lambda f: (f / "old").chmod(0o640), "expected_stale"),
    ("old", lambda f: (f / "hard link").hardlink_to(f / "old"), "expected_stale"),
    ("old", lambda f: (f / "old").write_text(""), "expected_empty"),
    ("old", lambda f: (f / "old").unlink(), "expected_missing"),
    ("out", lambda f: None, "expected_stale"),
    ("out", lambda f: (f / "out" / "old").write_text("new"), "ok"),
    ("out", lambda f: (f / "out" / "new").touch(), "expected_empty"),
    ("out", lambda f: _make_and_remove(f / "out"), "expected_stale"),
    ("out", lambda f: (f / "out" / "old").unlink(), "expected_missing"),
    ("out", lambda f: (f / "out" / "loop").symlink_to(f / "out"), "expected_stale"),
    ("empty", lambda f: _make_and_remove(f / "empty"), "expected_missing"),
    ("empty", lambda f: (f / "empty" / "below").mkdir(), "expected_missing"),
    ("o*", lambda f: None, "expected_stale"),
    ("o*", lambda f: (f / "o2").write_text("x"), "ok"),
    ("new-*", lambda f: (f / "new-1").mkdir(), "expected_missing"),
    ("new-?", lambda f: (f / "new-1").write_text("x"), "ok"),
    ("[x]", lambda f: (f / "[x]").write_text("x"), "ok"),
    ("/dev/null", lambda f: None, "expected_missing"),
]


@pytest.mark.parametrize(("wanted", "run", "reason"), CASES)
def test_what_counts_as_written(
    folder: Path, wanted: str, run: Callable[[Path], object], reason: str
) -> None:
    assert _reason(folder, wanted, run=run) == reason


def test_a_file_from_the_future_that_nobody_wrote_is_stale(folder: Path) -> None:
    os.utime(folder / "old", (LATER, LATER))
    assert _reason(folder, "old", run=lambda f: None) == "expected_stale"


def test_a_file_deep_in_a_folder_counts(folder: Path) -> None:
    deep = folder / "out" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "weights").write_text("old")
    assert _reason(folder, "out", run=lambda f: (deep / "weights").write_text("new")) == "ok"


def test_every_expectation_counts_and_all_that_failed_are_named(folder: Path) -> None:
    with pytest.raises(Unproved) as caught:
        prove_written(folder, ["gone", "old", "empty"], note(folder, ["old"]))
    assert caught.value.reason == "expected_missing"
    words = str(caught.value)
    assert f"{folder}/gone was not written; {folder}/old is what it was before" in words
    assert f"{folder}/empty is a folder without a file" in words


def test_a_working_folder_with_signs_of_a_pattern_in_its_name_is_itself(tmp_path: Path) -> None:
    folder = tmp_path / "[ab]*"
    folder.mkdir()
    assert _reason(folder, "x*", run=lambda f: (f / "x1").write_text("x")) == "ok"


def test_more_files_than_can_be_noted_are_refused_before_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expected, "MOST_FILES", 1)
    (folder / "out" / "second").touch()
    with pytest.raises(TooMany, match="--expect out: more than 1 files are there already"):
        note(folder, ["out"])


def test_no_file_descriptor_to_walk_with_is_no_verdict(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OutOfReach):
            prove_written(folder, ["out"], {})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
