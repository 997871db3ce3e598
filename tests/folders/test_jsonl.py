"""Files that a child can write to as much as it likes are read in part, and that is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastwords.folders import events, jsonl
from lastwords.folders.events import Facts, read_facts
from lastwords.folders.jsonl import parse, read_objects, unread
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices
from lastwords.supervision import flags


def _lines(count: int) -> bytes:
    return b"".join(b'{"n": %6d}\n' % number for number in range(count))  # of 14 bytes


def _numbers(path: Path, most: int) -> list[int]:
    return [said["n"] for said in read_objects(path, most).found]


def test_a_file_that_is_not_there_or_is_none_holds_nothing(tmp_path: Path) -> None:
    assert read_objects(tmp_path / "none", 100) == ([], 0)
    assert read_objects(tmp_path, 100) == ([], 0) and unread(tmp_path, 0) == 0


def test_a_small_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(_lines(10) + b"half")
    assert _numbers(tmp_path / "f", 1000) == list(range(10))
    assert unread(tmp_path / "f", 1000) == 0


def test_of_a_large_file_the_two_ends_are_read_by_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(_lines(1000))
    found = _numbers(tmp_path / "f", 100)
    assert found == [0, 1, 2, 997, 998, 999]
    assert read_objects(tmp_path / "f", 100).skipped == 14_000 - 100 == unread(tmp_path / "f", 100)


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 20)
    (tmp_path / "f").write_bytes(_lines(1) + b'{"n": "' + b"x" * 50 + b'"}\n' + _lines(1))
    assert _numbers(tmp_path / "f", 1000) == [0, 0]


@pytest.mark.parametrize(
    "line", [b"", b"5", b"[]", b"\xff", b"[" * 100_000, b'{"n": ' + b"9" * 5000]
)
def test_a_line_that_is_no_object_is_none(line: bytes) -> None:
    assert parse(line) is None


def test_an_object_holds_nothing_that_json_or_the_database_cannot(tmp_path: Path) -> None:
    said = parse(b'{"a": NaN, "b": 1e999, "c": %d, "d": ["\\ud800"]}' % 2**63)
    assert said == {"a": None, "b": None, "c": None, "d": ["\N{REPLACEMENT CHARACTER}"]}


# --- events --------------------------------------------------------------------------------------


def test_events_that_are_too_many_are_read_at_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_BYTES", 2000)
    path = tmp_path / "events.jsonl"
    first = b'{"event": "dataset", "samples": 8}\n'
    last = b'{"event": "finished", "nonce": "abc", "finalLoss": 0.5}\n'
    path.write_bytes(first + b'{"event": "metric", "loss": 1.0}\n' * 1000 + last)
    facts = read_facts(path)
    assert facts.samples == 8 and facts.finished and len(facts.metrics) < 70
    assert facts.offset == path.stat().st_size
    assert path.stat().st_size - 2000 <= facts.skipped < path.stat().st_size - 1900


def test_events_that_come_bit_by_bit_are_all_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_BYTES", 2000)
    facts = Facts()
    for _ in range(10):
        with (tmp_path / "events.jsonl").open("ab") as file:
            file.write(b'{"event": "metric", "loss": 1.0}\n' * 50)
        assert facts.read_more(tmp_path / "events.jsonl")
    assert (len(facts.metrics), facts.skipped) == (500, 0)


def test_eight_gigabytes_of_events_hold_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "dataset", "samples": 8}\n')
    with path.open("r+b") as file:
        file.truncate(8 << 30)
        file.seek(0, 2)
        file.write(b'\n{"event": "finished", "nonce": "abc"}\n')
    facts = read_facts(path)
    assert facts.samples == 8 and facts.finished and facts.skipped > 7 << 30


def test_of_very_many_metrics_every_second_one_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_METRICS", 100)
    lines = [json.dumps({"event": "metric", "step": step, "loss": step}) for step in range(1000)]
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n")
    facts = read_facts(tmp_path / "events.jsonl")
    assert len(facts.metrics) <= 100 and len(facts.metrics) + facts.thinned == 1000
    assert facts.final_loss == 999.0


# --- notices, and how it is said -----------------------------------------------------------------


def test_notices_that_are_too_many_are_read_at_their_ends_and_counted(tmp_path: Path) -> None:
    folder = AttemptFolder(tmp_path)
    line = b'{"time": "2026-01-01T00:00:00.000Z", "notice": "log_gap", "detail": "d"}\n'
    folder.notices.write_bytes(line * 100_000)
    assert 0 < len(notices.told(folder)) < 5000
    assert notices.untold(folder) == len(line) * 100_000 - notices.MOST_BYTES


def test_what_was_not_read_is_a_flag_and_all_that_was_is_none() -> None:
    since = "2026-01-01T00:00:00.000Z"
    assert flags.partly_read({"events.jsonl": 0, "notices.jsonl": 0}, since) == []
    (flag,) = flags.partly_read({"events.jsonl": 1234, "notices.jsonl": 0}, since)
    assert flag["flag"] == "partly_read" and "1,234 bytes of events.jsonl" in flag["detail"]
