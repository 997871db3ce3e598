"""The metrics and the progress that a program prints, read as its log grows.

Only lines that hold a word of a training are looked at: google-re2 finds them. A line ends at \\n
or \\r, as bars are drawn over themselves. Covered: lines cut anywhere between readings, lines of
any length (one longer than LONGEST is no metric), colours, bytes that are no text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lastwords.measurements.bars import Bar, read_bar, read_behind
from lastwords.measurements.formats import READERS
from lastwords.measurements.line import Line
from lastwords.measurements.points import MOST, Points
from lastwords.measurements.prefixes import without_prefix
from lastwords.measurements.tables import Tables, read_table
from lastwords.measurements.values import plain

LONGEST = 8192  # bytes of a line
MOST_UNREAD_ROWS = 2000  # lines after which a table that had no more rows is over
_LOOK_BACK = 500  # bytes, in which the line before is looked for
_END = re.compile(rb"[\r\n]")
_HEADING = re.compile(r"Epoch:?\s{1,3}\[?(\d{1,9})\]?(?:\s?/\s?(\d{1,9})\]?)?[:.]?", re.IGNORECASE)
_WORDS = (
    b"loss|\\blr\\b|learning|acc|epoch|step|iter|ppl|perplex|reward|return|rmse|mae|auc|f1|score|"
    b"metric|episode|bleu|rouge|l1:|l2:|it/s|s/it|\\d%\\||\\d{1,3}/\\d+ \\[|\xe2\x94\x81|learn:|"
    b"map|/ +\\| +\\|"
)


@cache
def _gate() -> tuple[Any, Any]:
    """What finds the next line to look at: one with a word of a training, and any at all."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    wanted = b"(?i)[^\\r\\n]*(?:%s)[^\\r\\n]*" % _WORDS
    return re2.compile(wanted, options), re.compile(rb"[^\r\n]+")


class Printed:
    """What one log told so far."""

    def __init__(self, most_points: int = MOST) -> None:
        self.points = Points(most_points)
        self._tables = Tables()
        self._wide: Bar | None = None  # Lightning's, whose numbers may go on below it
        self._seen = b""  # the end of what was read
        self._rest = b""
        self._is_cut = False  # the line that goes on is too long
        self._unread = 0
        self.taken = 0  # lines with a word of a training

    def feed(self, data: bytes, most_lines: int | None = None) -> int:
        """Read what was added to the log, at most so many lines with a word of a training.

        Returns: how many bytes were left out behind them.
        """
        begin = len(self._seen)
        data = self._seen + self._rest + data
        end = max(data.rfind(b"\n", begin), data.rfind(b"\r", begin)) + 1
        if end and self._is_cut:
            begin, self._is_cut = _line_end(data, begin), False
        if end:
            self._seen = data[max(0, end - _LOOK_BACK) : end]
        self._rest = b"" if self._is_cut else data[end or begin :]
        if len(self._rest) > LONGEST:
            self._rest, self._is_cut = b"", True
        return self._read(data[:end], begin, most_lines) if end else 0

    def skip(self) -> None:
        """What comes next does not follow what came: it may begin within a line."""
        self._seen, self._rest, self._is_cut = b"", b"", True

    def finish(self) -> None:
        """Read the last line, which has no end."""
        self.feed(b"\n")

    def _read(self, data: bytes, at: int, most_lines: int | None) -> int:
        wanted, any_line = _gate()
        count = 0
        while found := (any_line if self._tables.is_open else wanted).search(data, at):
            if count == most_lines:
                return len(data) - at
            count += 1
            self.taken += 1
            at = found.end()
            if at - found.start() <= LONGEST and not _is_source(data, found.start()):
                self.take(found.group())
        return 0

    def take(self, raw: bytes) -> None:
        """Read one line."""
        text = without_prefix(plain(raw))
        if heading := _HEADING.fullmatch(text):
            self.points.enter_epoch(int(heading[1]), int(heading[2]) if heading[2] else None)
            return
        if self._wide and (more := read_behind(self._wide, text)):
            return self.points.add_bar(more)
        for reader in READERS:
            if found := reader(text) if reader is not read_table else self._tables.take(text):
                self._unread = 0
                return self._add(found, text)
        self._close_table()

    def _add(self, found: Line | Bar, text: str) -> None:
        self._wide = found if isinstance(found, Bar) and "•" in text else None
        if isinstance(found, Bar):
            self.points.add_bar(found)
        else:
            self.points.add(_with_bar(found, text) if self._tables.is_open else found)

    def _close_table(self) -> None:
        self._unread += self._tables.is_open
        if self._unread > MOST_UNREAD_ROWS:
            self._tables, self._unread = Tables(), 0


def _with_bar(row: Line, text: str) -> Line:
    """ultralytics draws a bar behind the row of each epoch."""
    if row.batch is None and (bar := read_bar(text)):
        row.batch, row.counts_steps = bar.line.batch, bar.line.counts_steps
    return row


def _line_end(data: bytes, at: int) -> int:
    found = _END.search(data, at)
    return found.end() if found else len(data)


def _is_source(data: bytes, start: int) -> bool:
    """Whether a line is the code that a traceback shows below its frame."""
    if data[start : start + 1] not in b" [\t":
        return False
    before = data[max(0, start - _LOOK_BACK) : max(0, start - 1)].rpartition(b"\n")[2]
    return b'File "' in before and b", line " in before
