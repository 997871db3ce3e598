"""Search of a whole log: exact totals, every hit, by ripgrep and by our own engine alike."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs import logsearch
from lastwords.logs.logfile import LogFile
from lastwords.logs.logsearch import (
    Hits,
    NobodyWaits,
    Search,
    SearchTooLong,
    UnusableSearch,
    find_ripgrep,
    search,
)
from lastwords.records import now

RG = find_ripgrep()
ENGINES = [pytest.param(RG, id="ripgrep", marks=pytest.mark.skipif(RG is None, reason="no rg")),
           pytest.param(None, id="own")]  # fmt: skip
every_engine = pytest.mark.parametrize("program", ENGINES)


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    return runfolder.reserve_run(home, now())


def look(folder: AttemptFolder, wanted: Search, program: str | None) -> Hits:
    with LogFile(folder) as log:
        return search(log, wanted, None, program)


def all_offsets(log: LogFile, wanted: Search, program: str | None) -> tuple[int, list[int]]:
    """The total and every hit of every page."""
    page = search(log, wanted, None, program)
    total, found = page.total, [hit.offset for hit in page.hits]
    while page.following:
        page = search(log, wanted, page.following, program)
        assert page.total == total
        found += [hit.offset for hit in page.hits]
    return total, found


@every_engine
def test_each_match_is_told_by_line_column_and_offset(
    folder: AttemptFolder, program: str | None
) -> None:
    folder.log.write_bytes(b"a loss, a loss\n\n\xff\x00 LOSS\nno\nloss")
    hits = look(folder, Search("loss"), program)
    places = [(hit.line, hit.column, hit.offset) for hit in hits.hits]
    assert places == [(1, 3, 2), (1, 11, 10), (3, 4, 19), (5, 1, 27)]
    assert (hits.total, hits.following) == (4, None)


@every_engine
def test_case_counts_when_asked_for(folder: AttemptFolder, program: str | None) -> None:
    folder.log.write_text("É é É\nSTRASSE straße\n")
    assert look(folder, Search("é"), program).total == 3
    assert look(folder, Search("é", exact_case=True), program).total == 1
    assert look(folder, Search("STRASSE", exact_case=True), program).total == 1


@every_engine
@pytest.mark.parametrize("lines", [0, 1, 999, 1000, 1001, 2500])
def test_pages_put_together_are_every_hit(
    folder: AttemptFolder, program: str | None, lines: int
) -> None:
    folder.log.write_bytes(b"x step\n" * lines)
    with LogFile(folder) as log:
        total, found = all_offsets(log, Search("step"), program)
    assert total == lines and found == [7 * line + 2 for line in range(lines)]


@every_engine
def test_a_huge_line_is_searched_to_its_end(folder: AttemptFolder, program: str | None) -> None:
    folder.log.write_bytes(b"first\n" + b"0123456789abcdef" * 700_000 + b"needle\nneedle\n")
    hits = look(folder, Search("needle"), program)
    assert [(hit.line, hit.offset) for hit in hits.hits] == [(2, 11_200_006), (3, 11_200_013)]


@every_engine
def test_a_match_of_megabytes_is_one_hit(folder: AttemptFolder, program: str | None) -> None:
    folder.log.write_bytes(b"a" * 9_000_000 + b"\nb\n")
    hits = look(folder, Search("a+|b", is_regex=True), program)
    assert [hit.offset for hit in hits.hits] == [0, 9_000_001] and hits.total == 2


@every_engine
def test_later_pages_stay_with_what_the_log_held_at_the_start(
    folder: AttemptFolder, program: str | None
) -> None:
    folder.log.write_bytes(b"hit\n" * 1500)
    first = look(folder, Search("hit"), program)
    with folder.log.open("ab") as more:
        more.write(b"hit\n" * 1500)
    with LogFile(folder) as log:
        second = search(log, Search("hit"), first.following, program)
    assert (first.total, second.total, len(second.hits), second.following) == (
        1500,
        1500,
        500,
        None,
    )
    assert look(folder, Search("hit"), program).total == 3000


@every_engine
def test_what_is_written_during_a_search_is_not_counted(
    folder: AttemptFolder, program: str | None
) -> None:
    folder.log.write_bytes(b"hit\n" * 3)
    with LogFile(folder) as log:
        with folder.log.open("ab") as more:
            more.write(b"hit\n" * 4000)
        found = search(log, Search("hit"), None, program)
    assert (found.total, len(found.hits)) == (3, 3)


@every_engine
@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Search(""), "the query is empty"),
        (Search("a\nb"), "single lines"),
        (Search("(a", is_regex=True), "unclosed|missing"),
        (Search("a)(b", is_regex=True), "unopened|unexpected"),
        (Search(r"(a)\1", is_regex=True), "backreferences|escape"),
        (Search("(?=a)", is_regex=True), "look-around|perl operator"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_the_reason(
    folder: AttemptFolder, program: str | None, wanted: Search, why: str
) -> None:
    folder.log.write_bytes(b"ab\n")
    with pytest.raises(UnusableSearch, match=why):
        look(folder, wanted, program)


@every_engine
@pytest.mark.parametrize("text", ["--pre=id", "-e", "--", "-", "/etc/passwd", "--help", "a\0b"])
def test_a_search_is_never_an_option(folder: AttemptFolder, program: str | None, text: str) -> None:
    folder.log.write_bytes(b"x " + text.encode() + b"\n")
    assert [hit.offset for hit in look(folder, Search(text), program).hits] == [2]


@every_engine
def test_an_expression_that_would_backtrack_for_ever_is_done_at_once(
    folder: AttemptFolder, program: str | None
) -> None:
    folder.log.write_bytes(b"a" * 100_000 + b"!\n")
    assert look(folder, Search("(a+)+$", is_regex=True), program).total == 0


@every_engine
def test_a_search_ends_when_nobody_waits_or_it_takes_too_long(
    folder: AttemptFolder, program: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.log.write_bytes(b"a\n" * 1000)
    with LogFile(folder) as log:
        with pytest.raises(NobodyWaits):
            search(log, Search("a"), None, program, lambda: True)
        monkeypatch.setattr(logsearch, "SECONDS", -1.0)
        with pytest.raises(SearchTooLong):
            search(log, Search("a"), None, program)


def test_a_search_that_is_left_leaves_no_process(folder: AttemptFolder, tmp_path: Path) -> None:
    slow = tmp_path / "rg"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 1000\n")
    slow.chmod(0o700)
    started = tmp_path / "pid"
    with LogFile(folder) as log, pytest.raises(NobodyWaits):
        search(
            log,
            Search("a"),
            None,
            str(slow),
            lambda: started.exists() and bool(started.stat().st_size),
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_log_that_was_cut_asks_to_search_anew(folder: AttemptFolder) -> None:
    folder.log.write_bytes(b"hit\n" * 1500)
    first = look(folder, Search("hit"), None)
    folder.log.write_bytes(b"hit\n")
    with LogFile(folder) as log, pytest.raises(UnusableSearch, match="search again"):
        search(log, Search("hit"), first.following, None)


# --- both engines say the same -------------------------------------------------------------------

PIECES = st.sampled_from(
    [b"a", b"b", b"A", b"ab", b"aa", b"\n", b"\n\n", b"\r", b"\0", b"\xff", b"\xc3", b" ", b":",
     "é".encode(), "É".encode(), "ß".encode(), "\u212a".encode(), b"k", b"1:\n", b"x" * 150]
)  # fmt: skip
LOGS = st.lists(PIECES, max_size=60).map(b"".join)
TEXTS = st.lists(st.sampled_from("abAéÉk:.*\0"), min_size=1, max_size=3).map("".join)
REGEXES = st.sampled_from(
    ["a", "a+", "a*", "a|ab", "ab|a", ".", "^a", "a$", "^$", "[^a]", "[ab]+", "(?i)é", "a.b", "é+",
     "x{2,}", "(a|b)*", "a??b", "", "^.*$", "|a", "[^\\x00]"]
)  # fmt: skip


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[AttemptFolder]:
    with tempfile.TemporaryDirectory(prefix="search-") as place:
        runfolder.make_home(Path(place) / "home")
        yield runfolder.reserve_run(Path(place) / "home", now())


@pytest.mark.skipif(RG is None, reason="ripgrep is not installed")
@given(
    data=LOGS,
    wanted=st.one_of(
        st.builds(Search, TEXTS, st.just(False), st.booleans()),
        st.builds(Search, REGEXES.filter(bool), st.just(True), st.booleans()),
    ),
)
@example(b"aab\naxxb", Search("a*", True, True))
@example(b"\xffa\xc3a", Search("[^a]", True, True))
@settings(max_examples=150, deadline=None)
def test_both_engines_find_the_same(
    shared_folder: AttemptFolder, data: bytes, wanted: Search
) -> None:
    shared_folder.log.write_bytes(data)
    shared_folder.lines.unlink(missing_ok=True)
    with LogFile(shared_folder) as log:
        assert all_offsets(log, wanted, RG) == all_offsets(log, wanted, None)


@pytest.mark.skipif(RG is None, reason="ripgrep is not installed")
@pytest.mark.parametrize("text", ["loss", "0.1", "epoch 3", "é"])
def test_the_total_is_that_of_ripgrep_itself(folder: AttemptFolder, text: str) -> None:
    lines = [f"epoch {n % 7} loss 0.{n} loss é\n" for n in range(5000)]
    folder.log.write_text("".join(lines))
    count = [str(RG), "--count-matches", "-i", "-F", "-e", text, str(folder.log)]
    wanted = int(subprocess.run(count, capture_output=True, check=True).stdout)
    with LogFile(folder) as log:
        total, found = all_offsets(log, Search(text), RG)
        assert total == wanted == len(found)
        assert all_offsets(log, Search(text), None) == (total, found)


def test_an_expression_that_takes_minutes_of_one_line_ends_in_time(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can stop re2 in the middle of a line but the end of its process."""
    folder.log.write_bytes(b"ab" * 6_000_000)
    monkeypatch.setattr(logsearch, "SECONDS", 1.0)
    began = time.monotonic()
    with pytest.raises(SearchTooLong):
        look(folder, Search("(.*a){20}", is_regex=True), None)
    assert time.monotonic() - began < 20


def test_a_process_of_our_own_finds_what_this_one_finds(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.log.write_bytes(b"one\x00 two\xff\n" * 150_000 + b"last tWo")
    wanted = Search("o.e|t(w)o", is_regex=True)
    by_process = look(folder, wanted, None)
    monkeypatch.setattr(logsearch, "AT_ONCE", 1 << 40)
    assert by_process == look(folder, wanted, None) and by_process.total == 300_001


def test_a_process_that_breaks_is_no_search_without_matches(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.log.write_bytes(b"x\n" * 600_000)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(UnusableSearch):
        look(folder, Search("x|y", is_regex=True), None)
