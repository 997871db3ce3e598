"""Every match of a text or an expression in a whole log, counted exactly, in linear time.

Counted is what `rg --count-matches` counts: matches that do not overlap, never across lines, and
none that is empty. A match is told by its first byte, so bytes that are no text are no trouble.
ripgrep does it where it is installed, else google-re2 or `bytes.find`; never Python's `re`, which
a user's expression could keep busy forever.

Covered: a log that grows meanwhile (what it holds at the start is searched, and later pages of a
search stay with that), a log of one huge line, NUL, bytes that are not UTF-8, any alphabet.
Not covered: without ripgrep a match that lies across 64 MiB of one line, and \\d \\w \\s \\b beyond
ASCII, which only ripgrep knows; expressions that are about \\n.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from lastwords.logs import own_search
from lastwords.logs.logfile import LogFile
from lastwords.logs.own_search import Search as Search
from lastwords.logs.own_search import UnusableSearch as UnusableSearch
from lastwords.records import LastwordsError

PAGE = 1000  # hits
SECONDS = 10.0  # for one page and the total
AT_ONCE = 1 << 20  # bytes of a log in which an expression is looked for by this process
_LOOK_SECONDS = 0.2  # between looks whether anybody still waits
_PRINTED = 100  # bytes of a match that ripgrep prints; only whether there are any counts
_EMPTY = re.compile(rb"^\d+:$", re.MULTILINE)


class SearchTooLong(LastwordsError):
    """The search took too long."""


class NobodyWaits(SearchTooLong):
    """The client has disconnected."""


@dataclass(frozen=True)
class Hit:
    """One match: its line from 1, its byte in that line from 1, its byte in the log from 0."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True)
class Place:
    """Where a search goes on: among the first `size` bytes, in which it knows `total` matches."""

    size: int
    total: int
    offset: int


@dataclass(frozen=True)
class Hits:
    """A page of matches, how many there are in all, and where the next page begins."""

    total: int
    hits: list[Hit]
    following: Place | None


Chunks = Generator[bytes, None, None]  # of lines "OFFSET:…\n", as ripgrep prints them


def search(
    log: LogFile,
    wanted: Search,
    place: Place | None = None,
    program: str | None = None,
    is_left: Callable[[], bool] = lambda: False,
) -> Hits:
    """A page of matches, from the beginning or from where the page before it ended.

    program: the path of ripgrep; None searches with our own engine.
    is_left: whether whoever asked is gone; asked again and again.

    Raises: UnusableSearch, which says why; SearchTooLong; NobodyWaits.
    """
    _check(wanted)
    if place is not None and place.size > log.size:
        raise UnusableSearch("the log has been truncated: search again")
    watch = _Watch(time.monotonic() + SECONDS, is_left)
    by_ripgrep = program is not None and "\0" not in wanted.text  # no argument holds a NUL
    chunks = _ripgrep(str(program), log, wanted, watch) if by_ripgrep else _own(log, wanted, watch)
    try:
        if place is None:
            total, found = _first_page(chunks, log.size)
            size = log.size
        else:
            size, total = place.size, place.total
            found = _page_after(chunks, place)
    finally:
        chunks.close()
    shown = found[:PAGE]
    more = Place(size, total, shown[-1]) if len(found) > PAGE else None
    return Hits(total, _located(log, shown), more)


def _check(wanted: Search) -> None:
    if not wanted.text:
        raise UnusableSearch("the query is empty")
    if "\n" in wanted.text:
        raise UnusableSearch(
            "the query must not contain a line break: only single lines are searched"
        )


def _first_page(chunks: Iterator[bytes], size: int) -> tuple[int, list[int]]:
    """The number of matches that begin before `size`, and the first of them."""
    total = 0
    found: list[int] = []
    for chunk in chunks:
        if len(found) <= PAGE:
            found += [at for at in _offsets(chunk, PAGE + 1 - len(found)) if at < size]
        if _last(chunk) >= size:
            return total + sum(at < size for at in _offsets(chunk)), found
        total += chunk.count(b"\n")
        total -= len(_EMPTY.findall(chunk)) if b":\n" in chunk else 0
    return total, found


def _page_after(chunks: Iterator[bytes], place: Place) -> list[int]:
    found: list[int] = []
    for chunk in chunks:
        if _last(chunk) <= place.offset:
            continue
        found += [at for at in _offsets(chunk) if place.offset < at < place.size]
        if len(found) > PAGE:
            break
    return found


def _offsets(chunk: bytes, most: int = -1) -> list[int]:
    """Where the matches of a chunk begin, without those that are empty."""
    lines = (_EMPTY.sub(b"", chunk) if b":\n" in chunk else chunk).split(b"\n")
    numbers = (int(line.partition(b":")[0]) for line in lines if line)
    return list(numbers) if most < 0 else [at for at, _ in zip(numbers, range(most), strict=False)]


def _last(chunk: bytes) -> int:
    return int(chunk[chunk.rfind(b"\n", 0, -1) + 1 :].partition(b":")[0])


def _located(log: LogFile, offsets: list[int]) -> list[Hit]:
    """Lines and columns of ascending offsets; the start of a line is looked for once."""
    found: list[Hit] = []
    number, begins = 0, 0
    for offset in offsets:
        line = log.line_number(offset)
        if line != number:
            number, begins = line, log.line_start(line) or 0
        found.append(Hit(number, offset - begins + 1, offset))
    return found


@dataclass(frozen=True)
class _Watch:
    """Ends a search that takes too long, or that nobody waits for any more."""

    deadline: float
    is_left: Callable[[], bool]

    def look(self) -> None:
        if self.is_left():
            raise NobodyWaits("the client has disconnected")
        if time.monotonic() > self.deadline:
            raise SearchTooLong(
                f"not finished within {SECONDS:g} s: search for something less frequent"
            )


# --- ripgrep -------------------------------------------------------------------------------------


def find_ripgrep() -> str | None:
    """The path of ripgrep, where it is installed."""
    return shutil.which("rg")


def _ripgrep(program: str, log: LogFile, wanted: Search, watch: _Watch) -> Chunks:
    options = [*_flags(wanted), "-e", wanted.text]
    command = [program, *options, "--", f"/proc/self/fd/{log.fileno()}"]
    yield from _by_process(command, log, watch, (0, 1))  # 1: there is no match


def _by_process(
    command: Sequence[str], log: LogFile, watch: _Watch, fine: Sequence[int] = (0,)
) -> Chunks:
    """What a process finds in the log; it is killed when nobody waits for that any more."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[log.fileno()],
    )
    assert process.stdout and process.stderr
    with process, process.stdout, process.stderr:
        try:
            yield from _whole_lines(process.stdout, watch)
            code = process.wait()
            if code == 2:
                raise UnusableSearch(_reason(process.stderr.read()))
            if code not in fine:
                raise UnusableSearch("the log was truncated during the search: search again")
        finally:
            process.kill()


def _flags(wanted: Search) -> list[str]:
    kind = [] if wanted.is_regex else ["--fixed-strings"]
    case = "--case-sensitive" if wanted.exact_case else "--ignore-case"
    exact = ["--no-config", "--text", "--encoding=none", "--color=never", "--threads=1"]
    shown = ["--no-filename", "--no-line-number", "--no-heading", f"--max-columns={_PRINTED}"]
    return [*exact, *shown, "--only-matching", "--byte-offset", case, *kind]


def _whole_lines(output: IO[bytes], watch: _Watch) -> Iterator[bytes]:
    """What a process prints, in chunks that end with a line."""
    rest = b""
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while True:
            watch.look()
            if not ready.select(_LOOK_SECONDS):
                continue
            data = os.read(output.fileno(), 1 << 20)
            if not data:
                return
            whole, end, after = data.rpartition(b"\n")
            if end:
                yield rest + whole + end
            rest = after if end else rest + data


def _reason(said: bytes) -> str:
    """Why ripgrep refuses an expression: its last words, without its advice on its own flags."""
    words = said.decode("utf-8", errors="replace").split("\n\nConsider ")[0]
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else "not a valid regular expression"


# --- our own -------------------------------------------------------------------------------------


def _own(log: LogFile, wanted: Search, watch: _Watch) -> Chunks:
    """By this process; an expression, which one long line can keep busy for minutes, by another."""
    found = own_search.chunks(log, wanted, watch.look)  # says what is wrong with an expression
    if wanted.is_regex and log.size > AT_ONCE:
        found.close()
        found = _by_process(own_search.command(log.fileno(), wanted), log, watch)
    try:
        yield from found
    finally:
        found.close()
