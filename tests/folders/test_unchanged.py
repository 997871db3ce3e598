"""What was made of a file is made again once that is another one, or was written to."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.real import until

from lastwords.folders.unchanged import Unchanged


def _old(path: Path, text: str) -> Path:
    """A file whose last change is over for longer than a tick of any clock."""
    path.write_text(text)
    until(lambda: time.time() - path.stat().st_ctime > 1.01)
    return path


def test_a_file_is_looked_into_again_only_where_it_changed(tmp_path: Path) -> None:
    path, known = _old(tmp_path / "fact", "one"), Unchanged[str]()
    looks: list[str] = []

    def look() -> str:
        looks.append(path.read_text())
        return looks[-1]

    assert [known.get(path, look) for _ in range(3)] == ["one"] * 3 and looks == ["one"]
    before = path.stat()
    path.write_text("two")  # as many bytes
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # and the same time
    assert known.get(path, look) == "two"
    _old(tmp_path / "other", "six").replace(path)
    assert known.get(path, look) == "six"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        known.get(path, look)


def test_what_was_changed_just_now_is_not_known_yet(tmp_path: Path) -> None:
    path, known = tmp_path / "fact", Unchanged[str]()
    for text in ("one", "two"):  # within one tick of the clock, maybe
        path.write_text(text)
        assert known.get(path, path.read_text) == text


def test_an_error_is_not_remembered(tmp_path: Path) -> None:
    path, known = _old(tmp_path / "fact", "one"), Unchanged[str]()

    def fail() -> str:
        raise OSError("no descriptors")

    with pytest.raises(OSError, match="no descriptors"):
        known.get(path, fail)
    assert known.get(path, path.read_text) == "one"
