"""What the finders of other languages' reports share: lines that match, and a report of them."""

import re
from collections.abc import Sequence

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.reports import Report


def report_of(
    kind: str, taken: Sequence[Line], headline: str, frame: Frame | None = None
) -> Report:
    """These lines, without the empty ones, as what reports the failure."""
    full = [line for line in taken if line.text.strip()]
    return Report(kind, taken[0].start, full[-1].end, headline, frame, tuple(full))


def last_matching(lines: Sequence[Line], pattern: re.Pattern[str]) -> int | None:
    """The number of the last line that matches."""
    found = (n for n in range(len(lines) - 1, -1, -1) if pattern.match(lines[n].text[:2000]))
    return next(found, None)


def run_of(lines: Sequence[Line], start: int, pattern: re.Pattern[str]) -> int:
    """The number after the last line from `start` on that matches."""
    at = start
    while at < len(lines) and pattern.match(lines[at].text[:2000]):
        at += 1
    return at
