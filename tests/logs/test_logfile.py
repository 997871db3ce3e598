"""The log, read exactly: bytes, lines and times, against an oracle that reads it all."""

from __future__ import annotations

import os
import random
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastwords.folders import runfolder
from lastwords.folders.reserved import TIMELINE_RECORD
from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import MARKS, PIECE, RESPONSE, Line, LogFile, LogUnreadable
from lastwords.logs.newlines import BLOCK
from lastwords.records import now, timestamp_from_unix

PIECES = (
    b"\n", b"\r\n", b"\r", b"\0", b"words", b"a" * 700, "é".encode(), "数据🙂".encode(), b"\xff",
    b"\xe2\x82", b"\xf0\x9f\x99", b"\x80\x80\x80\x80", b"\xed\xa0\x80", b"\xc0\xaf", b"x" * PIECE,
    b"y" * (BLOCK - 1), "🙂".encode() * (PIECE // 4), b"\n" * 300,
)  # fmt: skip
logs = st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join)
many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    return runfolder.reserve_run(home, now())


def _write(folder: AttemptFolder, data: bytes) -> None:
    folder.lines.unlink(missing_ok=True)
    folder.log.write_bytes(data)


def oracle(data: bytes) -> list[bytes]:
    """Lines as everybody would define them: split at \\n, a last one without it counts."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _starts(data: bytes) -> list[int]:
    starts = [0]
    for line in oracle(data)[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _whole_line(log: LogFile, line: Line, data: bytes) -> str:
    """A line's text from all its pieces, as a page puts it together."""
    text, at = line.text, line.offset
    while line.more:
        at += _bytes_given(data[at:], line.text)
        (line,) = log.lines(line.number, 1, at)
        text += line.text
    return text


def _bytes_given(data: bytes, text: str) -> int:
    """How many of these bytes a piece's text stands for."""
    low, high = 0, min(len(data), PIECE)
    for end in range(high, low, -1):
        if data[:end].decode(errors="replace") == text:
            return end
    raise AssertionError("a piece is not the beginning of its bytes")


@many
@given(data=logs)
def test_lines_are_counted_right(folder: AttemptFolder, data: bytes) -> None:
    _write(folder, data)
    with LogFile(folder) as log:
        assert log.count_lines() == len(oracle(data))


@many
@given(data=logs)
def test_every_line_starts_where_it_starts(folder: AttemptFolder, data: bytes) -> None:
    _write(folder, data)
    with LogFile(folder) as log:
        for number, start in list(enumerate(_starts(data), start=1))[:40]:
            assert log.line_start(number) == start
            if start < len(data):
                assert log.line_number(start) == number


@many
@given(data=logs, first=st.integers(1, 30), count=st.integers(1, 40))
def test_lines_are_those_of_the_oracle(
    folder: AttemptFolder, data: bytes, first: int, count: int
) -> None:
    _write(folder, data)
    wanted = oracle(data)[first - 1 : first - 1 + count]
    with LogFile(folder) as log:
        found = log.lines(first, count)
        assert len(found) <= len(wanted) and bool(found) == bool(wanted)
        for line, whole in zip(found, wanted, strict=False):
            if not line.more:
                assert line.text == whole.decode(errors="replace")
            else:
                assert whole.decode(errors="replace").startswith(line.text)


@many
@given(data=logs)
def test_paging_by_lines_visits_every_line_once(folder: AttemptFolder, data: bytes) -> None:
    _write(folder, data)
    numbers: list[int] = []
    with LogFile(folder) as log:
        while page := log.lines(len(numbers) + 1, 7):
            numbers += [line.number for line in page]
    assert numbers == list(range(1, len(oracle(data)) + 1))


@many
@given(data=logs, cuts=st.lists(st.integers(0, 400_000), max_size=5))
def test_a_growing_log_keeps_its_index_right(
    folder: AttemptFolder, data: bytes, cuts: list[int]
) -> None:
    """Every opening extends the stored index; at the end it is as if it were built at once."""
    _write(folder, b"")
    at = 0
    for cut in [*sorted(cuts), len(data)]:
        with folder.log.open("ab") as file:
            file.write(data[at:cut])
        at = max(at, min(cut, len(data)))
        with LogFile(folder) as log:
            assert log.count_lines() == len(oracle(data[:at]))


@many
@given(data=logs, start=st.integers(0, 400_000), length=st.integers(0, 400_000))
def test_bytes_are_the_bytes(folder: AttemptFolder, data: bytes, start: int, length: int) -> None:
    _write(folder, data)
    with LogFile(folder) as log:
        assert log.read(start, start + length) == data[start : start + length]
        assert b"".join(log.chunks(start, start + length)) == data[start : start + length]


@pytest.mark.parametrize(
    "unit", [b"z", "é".encode(), "数".encode(), "🙂".encode(), b"a\xf0\x9f\x99\x82"]
)
@pytest.mark.parametrize("shift", range(4))
def test_a_huge_line_comes_in_pieces_that_cut_no_character(
    folder: AttemptFolder, unit: bytes, shift: int
) -> None:
    data = b"-" * shift + unit * (200_000 // len(unit)) + b"\nnext\n"
    _write(folder, data)
    with LogFile(folder) as log:
        (line,) = log.lines(1, 1)
        assert line.more and "\ufffd" not in line.text
        assert _whole_line(log, line, data) == data.split(b"\n")[0].decode()
        assert log.lines(2, 1)[0].text == "next"


def test_an_empty_log_has_no_lines(folder: AttemptFolder) -> None:
    _write(folder, b"")
    with LogFile(folder) as log:
        assert (log.size, log.count_lines(), log.lines(1, 10)) == (0, 0, [])


def test_a_log_that_is_not_there_yet_is_empty(folder: AttemptFolder) -> None:
    with LogFile(folder) as log:
        assert (log.size, log.count_lines(), log.whole()[:]) == (0, 0, b"")


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, RESPONSE, 65 * BLOCK])
@pytest.mark.parametrize("last", [b"\n", b"x"])
def test_lines_are_counted_right_at_the_edge_of_a_block(
    folder: AttemptFolder, size: int, last: bytes
) -> None:
    data = (b"0123456789abcde\n" * (size // 16 + 1))[: size - 1] + last
    _write(folder, data)
    with LogFile(folder) as log:
        assert log.count_lines() == len(oracle(data))


def test_there_is_no_line_before_the_first_or_after_the_last(folder: AttemptFolder) -> None:
    _write(folder, b"one\ntwo\n")
    with LogFile(folder) as log:
        assert log.lines(0, 1) == [] and log.lines(3, 1) == [] and log.lines(10**9, 1) == []


def test_one_answer_holds_about_a_mebibyte_at_most(folder: AttemptFolder) -> None:
    _write(folder, (b"x" * 9_999 + b"\n") * 300)
    with LogFile(folder) as log:
        assert len(log.lines(1, 300)) == RESPONSE // 10_000


def test_a_damaged_index_costs_nothing_but_is_not_believed_beyond_the_log(
    folder: AttemptFolder,
) -> None:
    _write(folder, b"a\n" * BLOCK)
    folder.lines.write_bytes(b"torn")
    with LogFile(folder) as log:
        assert log.count_lines() == BLOCK


def test_an_index_that_cannot_be_kept_changes_nothing(folder: AttemptFolder) -> None:
    _write(folder, b"a\n" * BLOCK)
    folder.lines.mkdir()
    with LogFile(folder) as log:
        assert log.count_lines() == BLOCK


def test_the_index_is_small_whatever_the_lines(folder: AttemptFolder) -> None:
    _write(folder, b"\n" * 3_000_000)
    with LogFile(folder) as log:
        assert log.count_lines() == 3_000_000
    assert folder.lines.stat().st_size < 3_000_000 / 1000


def test_lines_have_the_time_of_the_first_mark_that_holds_them(folder: AttemptFolder) -> None:
    _write(folder, b"one\ntwo\nthree")
    marks = [(10.0, 4), (20.0, 8), (30.0, 13)]
    folder.timeline.write_bytes(b"".join(TIMELINE_RECORD.pack(*mark) for mark in marks))
    with LogFile(folder) as log:
        times = [line.time for line in log.lines(1, 3)]
    assert times == [f"1970-01-01T00:00:{second}.000Z" for second in (10, 20, 30)]


def test_bytes_without_a_mark_have_no_time_and_half_a_mark_is_none(folder: AttemptFolder) -> None:
    _write(folder, b"one\ntwo\n")
    folder.timeline.write_bytes(TIMELINE_RECORD.pack(10.0, 4) + b"half")
    with LogFile(folder) as log:
        assert [line.time is None for line in log.lines(1, 2)] == [False, True]


def test_a_log_that_was_replaced_has_another_generation(folder: AttemptFolder) -> None:
    _write(folder, b"one")
    with LogFile(folder) as first:
        new = folder.path / "new"
        new.write_bytes(b"two")
        new.replace(folder.log)
        with LogFile(folder) as second:
            assert first.generation != second.generation


def test_a_link_is_not_followed(folder: AttemptFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder.log.symlink_to(tmp_path / "secret")
    with pytest.raises(OSError), LogFile(folder) as log:
        log.read(0, 100)


def test_random_chunks_put_together_are_the_whole(folder: AttemptFolder) -> None:
    data = os.urandom(3_000_000)
    _write(folder, data)
    chosen = random.Random(7)
    with LogFile(folder) as log:
        at, parts = 0, []
        while at < len(data):
            end = at + chosen.choice((1, 4095, 65_536, 1_000_003))
            parts.append(log.read(at, end))
            at += len(parts[-1])
    assert b"".join(parts) == data


@pytest.mark.parametrize("name", ["log", "timeline", "lines"])
def test_a_fifo_in_a_run_folder_does_not_hang_who_reads(folder: AttemptFolder, name: str) -> None:
    if name != "log":
        _write(folder, b"one\ntwo\n" * 20_000)
        getattr(folder, name).unlink(missing_ok=True)
    os.mkfifo(getattr(folder, name))
    if name == "log":
        with pytest.raises(LogUnreadable):
            LogFile(folder)
    else:
        with LogFile(folder) as log:
            assert log.count_lines() == 40_000 and log.lines(1, 1)[0].text == "one"


def test_times_are_those_of_all_marks_read_at_once(folder: AttemptFolder) -> None:
    chosen = random.Random(7)
    sizes = sorted(chosen.randrange(1, 120_000) for _ in range(3 * MARKS))
    marks = [(float(number), size) for number, size in enumerate(sizes)]
    _write(folder, b"12345\n" * 20_000)
    folder.timeline.write_bytes(b"".join(TIMELINE_RECORD.pack(*mark) for mark in marks))
    with LogFile(folder) as log:
        found = [line.time for line in log.lines(1, 20_000)]
    first = [bisect_right(sizes, offset) for offset in range(0, 120_000, 6)]
    assert found == [timestamp_from_unix(at) if at < len(sizes) else None for at in first]


def test_a_timeline_of_gigabytes_is_not_read_whole(folder: AttemptFolder) -> None:
    """Two such files, of zeros but for their ends: read whole they would not fit in memory."""
    _write(folder, b"one\ntwo\n")
    for path in (folder.timeline, folder.lines):
        path.touch()
        os.truncate(path, 64 << 30)
    with folder.timeline.open("ab") as file:
        file.write(TIMELINE_RECORD.pack(10.0, 100))
    with LogFile(folder) as log:
        assert [line.time for line in log.lines(1, 2)] == ["1970-01-01T00:00:10.000Z"] * 2
        assert log.count_lines() == 2
