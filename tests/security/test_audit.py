"""The audit keeps what was done, by whom, and says what it no longer has."""

from __future__ import annotations

import json
import threading

import pytest

from lastwords.config import Config
from lastwords.security import audit
from lastwords.security.audit import Audit, Entry

SECRET = "hf_" + "aB3" * 11 + "x"


def test_entries_come_back_newest_first_a_page_at_a_time(config: Config) -> None:
    book = Audit(config)
    for number in range(7):
        book.write(Entry("start", run=f"run {number}"))
    seen: list[str | None] = []
    cursor = None
    while True:
        page = book.page(3, cursor)
        seen += [entry.run for entry in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            break
        book.write(Entry("start", run="meanwhile"))  # moves nothing that is still to come
    assert seen == [f"run {number}" for number in reversed(range(7))]


def test_it_is_masked_escaped_and_its_owners_alone(config: Config) -> None:
    Audit(config).write(Entry("login", detail=f"agent \x1b[2J\r\n{SECRET} {config.token}"))
    (path,) = (config.home / "audit").glob("*.jsonl")
    data = path.read_bytes()
    assert data.count(b"\n") == 1 and b"\x1b" not in data and b"\r" not in data
    assert SECRET.encode() not in data and str(config.token).encode() not in data
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert json.loads(data)["detail"] == "agent \x1b[2J\r\n*** ***"


def test_what_is_long_is_cut_and_says_how_long_it_was(config: Config) -> None:
    Audit(config).write(Entry("login", detail="x " * 5000))
    assert (Audit(config).page(1).entries[0].detail or "").endswith("… (10000 characters)")


def test_it_is_bounded_and_says_what_was_dropped(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SEGMENT", 2000)
    monkeypatch.setattr(audit, "MOST_SEGMENTS", 3)
    book = Audit(config)
    for number in range(200):
        book.write(Entry("start", run=f"{number:03d}"))
    folder = config.home / "audit"
    assert sum(path.stat().st_size for path in folder.glob("*.jsonl")) < 4 * 2500
    entries = book.page(1000).entries
    kept = [int(entry.run) for entry in entries if entry.run]
    assert kept == sorted(kept, reverse=True) and kept[0] == 199
    assert kept == list(range(199, kept[-1] - 1, -1))
    told = [entry for entry in entries if entry.action == "audit_dropped"]
    assert told and "were dropped" in (told[0].detail or "")


def test_a_line_that_a_full_disk_cut_does_not_take_the_next_one_with_it(config: Config) -> None:
    book = Audit(config)
    book.write(Entry("start"))
    path = config.home / "audit" / "000001.jsonl"
    with path.open("ab") as file:
        file.write(b'{"action": "ca')
    book.write(Entry("delete"))
    assert [entry.action for entry in book.page(9).entries] == ["delete", "unreadable", "start"]


def test_many_writers_lose_nothing(config: Config) -> None:
    def write(name: str) -> None:
        book = Audit(config)
        for number in range(40):
            book.write(Entry("start", run=f"{name}{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.run for entry in Audit(config).page(1000).entries}) == 160


def test_a_link_in_its_place_is_not_written_through(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    target = config.home / "precious"
    target.write_text("as it was")
    (config.home / "audit").mkdir()
    (config.home / "audit" / "000001.jsonl").symlink_to(target)
    Audit(config).write(Entry("start"))
    assert target.read_text() == "as it was" and "cannot be written" in caplog.text
