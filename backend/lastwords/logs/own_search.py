"""Searching a log without ripgrep: google-re2 or `bytes.find`, printed as ripgrep prints it.

re2 takes time that grows with the text alone, but of one long line it may take minutes, in which
nothing can stop it: so an expression is looked for by a process of its own, which can be killed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from lastwords.records import LastwordsError

LONGEST_LINE = 64 << 20  # searched as one
_CHUNK = 4 << 20


class UnusableSearch(LastwordsError):
    """The search query is invalid."""


@dataclass(frozen=True)
class Search:
    """What is searched for: a text as it is, or an expression; `exact_case` tells A from a."""

    text: str
    is_regex: bool = False
    exact_case: bool = False


class Log(Protocol):
    """Bytes that can be read at any place."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, end: int) -> bytes: ...


def chunks(log: Log, wanted: Search, look: Callable[[], None]) -> Generator[bytes, None, None]:
    """The matches as lines "OFFSET:x", in pieces; before each, `look` may raise.

    Raises: UnusableSearch, at once.
    """
    return _chunks(log, _finder(wanted), look)


def _chunks(
    log: Log, find: Callable[[bytes], Iterator[int]], look: Callable[[], None]
) -> Generator[bytes, None, None]:
    for start, data in _pieces(log, look):
        found = b"".join(b"%d:x\n" % (start + at) for at in find(data))
        if found:
            yield found


def _pieces(log: Log, look: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    """The log in pieces of whole lines; of a line longer than LONGEST_LINE, in pieces of it."""
    start, wanted = 0, _CHUNK
    while start < log.size:
        look()
        data = log.read(start, start + wanted)
        if not data:
            return
        last = start + len(data) >= log.size or wanted >= LONGEST_LINE
        end = len(data) if last else data.rfind(b"\n") + 1
        if not end:
            wanted = min(wanted * 4, LONGEST_LINE)
            continue
        yield start, data[:end]
        start, wanted = start + end, _CHUNK


def _finder(wanted: Search) -> Callable[[bytes], Iterator[int]]:
    text = wanted.text.encode()
    if wanted.is_regex or not wanted.exact_case:
        return _by_re2(text, wanted)
    return lambda data: _by_find(text, data)


def _by_find(text: bytes, data: bytes) -> Iterator[int]:
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + len(text))


def _by_re2(text: bytes, wanted: Search) -> Callable[[bytes], Iterator[int]]:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_nl = True
    options.case_sensitive = wanted.exact_case
    try:
        if wanted.is_regex:
            re2.compile(text, options)  # as it is, so that no bracket closes ours
        pattern = re2.compile(b"(?m:%s)" % (text if wanted.is_regex else re2.escape(text)), options)
    except re2.error as error:
        said = error.args[0]
        why = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else str(said)
        raise UnusableSearch(why) from None

    def find(data: bytes) -> Iterator[int]:
        return (match.start() for match in pattern.finditer(data) if match.end() > match.start())

    return find


# --- a process of its own ------------------------------------------------------------------------


def command(descriptor: int, wanted: Search) -> Sequence[str]:
    """The command that prints the matches in an open file, which it inherits."""
    package_root = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {package_root!r}); from {__name__} import main; main()"
    return [sys.executable, "-I", "-c", code, str(descriptor), json.dumps(asdict(wanted))]


class _File:
    """An open file as a log."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read(self, start: int, end: int) -> bytes:
        parts, at = [], start
        while at < end and (part := os.pread(self._descriptor, end - at, at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)


def main() -> None:
    """Print the matches; the arguments are a file's descriptor and what is searched for."""
    descriptor, wanted = sys.argv[1:]
    log, search = _File(int(descriptor)), Search(**json.loads(wanted))
    for chunk in chunks(log, search, lambda: None):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
