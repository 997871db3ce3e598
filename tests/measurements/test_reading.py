"""Logs that are looked at again and again: only what was added is read."""

from pathlib import Path

import pytest

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements import reading
from lastwords.measurements.reading import Tail, last_printed, read_log
from lastwords.records import Progress, now


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    runfolder.make_home(home)
    made = runfolder.reserve_run(home, now())
    made.log.write_bytes(b"")
    return made


def add(folder: AttemptFolder, text: bytes) -> None:
    with folder.log.open("ab") as log:
        log.write(text)


def steps(folder: AttemptFolder) -> list[int]:
    return [metric["step"] for metric in read_log(folder).metrics]


def test_a_log_that_grew_is_read_from_where_the_last_look_ended(folder: AttemptFolder) -> None:
    add(folder, b"step=1 loss=3\nstep=2 lo")
    assert steps(folder) == [1]
    first = read_log(folder)
    add(folder, b"ss=2\nstep=3 loss=1\n")
    assert steps(folder) == [1, 2, 3]
    assert read_log(folder) is first and first.offset == folder.log_size


def test_the_last_line_needs_no_end_once_the_attempt_has_ended(folder: AttemptFolder) -> None:
    add(folder, b"step=1 loss=3")
    assert steps(folder) == []
    folder.result.write_text("{}")
    assert steps(folder) == [1] == steps(folder)


def test_a_log_that_is_another_file_is_read_from_its_beginning(folder: AttemptFolder) -> None:
    add(folder, b"step=1 loss=3\nstep=2 loss=3\n")
    assert steps(folder) == [1, 2]
    folder.log.with_name("new").write_bytes(b"step=7 loss=3\nstep=8 loss=3\nstep=9 loss=3\n")
    folder.log.with_name("new").replace(folder.log)
    assert steps(folder) == [7, 8, 9]


def test_of_a_log_of_very_many_lines_some_from_all_over_it_are_read(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_LINES", 300)
    add(folder, b"".join(b"step=%d loss=0.5 %s\n" % (n, b" " * 200) for n in range(15_000)))
    found = steps(folder)
    assert len(found) == 300 and found[0] == 0 and found[-1] > 9_000
    assert read_log(folder).skipped > 3_000_000


def test_of_a_log_that_is_larger_than_one_look_takes_whole_pieces_are_left_out(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 2 << 20)
    add(folder, b"".join(b"step=%d loss=0.5 %s\n" % (n, b" " * 200) for n in range(30_000)))
    found = steps(folder)
    assert found[0] == 0 and found[-1] == 29_999 and 5_000 < len(found) < 20_000
    assert read_log(folder).skipped > 3_000_000


def test_the_end_of_a_log_tells_the_progress_and_the_last_loss(folder: AttemptFolder) -> None:
    add(folder, b"step 1/9 loss: 3.0\n" + b"words\n" * 1_000_000)
    tail = Tail()
    assert tail.progress(folder) is None  # it stands too far from the end
    add(folder, b"step 2/9 loss: 2.5\n")
    assert tail.progress(folder) == Progress(2, 9, None)
    assert last_printed(folder) == (2.5, Progress(2, 9, None))


def test_a_loss_far_from_the_end_is_found_too(folder: AttemptFolder) -> None:
    add(folder, b"step 1/9 loss: 3.0\n" + b"words\n" * 1_000_000)
    assert last_printed(folder) == (3.0, Progress(1, 9, None))
