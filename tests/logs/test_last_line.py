"""What a running run says just now."""

from __future__ import annotations

from pathlib import Path

import pytest

from lastwords.folders.runfolder import AttemptFolder, attempt_folder
from lastwords.logs.last_line import LONGEST, last_line


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    made = attempt_folder(home, "run_20260101_000000", 1)
    made.path.mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (b"one\ntwo\n", "two"),
        (b"one\nhalf a li", "half a li"),
        (b" 10%|#  |\r 20%|## |", "20%|## |"),
        (b"one\n\n  \n", "one"),
        (b"", None),
        (b"x" * 9_000, "x" * LONGEST),
        (b"bad \xff byte\n", "bad � byte"),
    ],
)
def test_it_is_the_last_line_with_any_text(
    folder: AttemptFolder, written: bytes, line: str | None
) -> None:
    folder.log.write_bytes(written)
    assert last_line(folder) == line


def test_a_run_without_a_log_says_nothing(folder: AttemptFolder) -> None:
    assert last_line(folder) is None
    folder.log.symlink_to("/etc/passwd")
    assert last_line(folder) is None
