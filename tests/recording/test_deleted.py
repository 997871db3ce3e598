"""A running run's folder that somebody deletes: nothing of it is put back."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.real import delete, until
from tests.recording.test_kept_log import is_looked_at, waiting

from lastwords.recording import recorder

LOOK = 0.1  # a recorder looks at its log so often


@pytest.mark.parametrize("time_of_each", [0.02, 0.04])
def test_who_deletes_a_running_runs_folder_meets_nothing_that_was_put_back(
    home: Path, time_of_each: float
) -> None:
    """Deleted slowly, file by file, as from a network disk; between any two the recorder looks."""
    until(lambda: _is_deleted(home, time_of_each), 180)


def _is_deleted(home: Path, time_of_each: float) -> bool:
    """Delete a run's folder; false where a busy machine let whole looks pass between two files."""
    folder, go = waiting(home)
    until(folder.child.exists)
    is_looked_at(folder)  # and will be a second later
    times = [time.monotonic()]
    for path in sorted(folder.path.iterdir()):
        if path.is_file():
            path.unlink()
            time.sleep(time_of_each)
            times.append(time.monotonic())
    try:
        folder.artifacts.rmdir()
        folder.path.rmdir()  # raises where anything came between
        is_deleted = True
    except OSError:
        if max(later - sooner for sooner, later in pairwise(times)) < LOOK:
            raise
        is_deleted = False
        delete(folder.path)
    go.touch()
    until(lambda: not recorder.strays(folder))
    go.unlink()
    assert not folder.path.exists()
    return is_deleted
