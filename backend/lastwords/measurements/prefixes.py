"""What loggers and launchers put before a line. Standard library only."""

from __future__ import annotations

import re

MOST_PREFIXES = 6

# What loggers and launchers put in front of a line, one after another.
_PREFIX = re.compile(
    "|".join(
        (
            r"\[?(?:rank)?\d{1,4}\]?(?:<std(?:out|err)>)?: {1,4}(?=[\[({A-Za-z|])",
            r"\[\d{1,4},\d{1,4}\]<std(?:out|err)>:\s?",
            r"[IWE]\d{4} \d\d:\d\d:\d\d\.\d{1,9}\s{1,9}\d{1,9} [\w./\-]{1,80}:\d{1,6}\]\s{0,4}",
            r"\[\d\d/\d\d \d\d:\d\d:\d\d [\w.]{1,60}\]:?\s{0,4}",
            r"[\[(]?\d{4}[-/.]\d\d[-/.]\d\d[ T_]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
            r"(?: [A-Z]{4,8}(?=\]))?[\])]?[\s,:\-|]{0,9}",
            r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d(?: [AP]M)?[\s:,\-|]{1,9}",
            r"[A-Za-z_][\w.]{0,60}(?: -|:|\s{1,4}\|) {0,4}(?:INFO|DEBUG|WARNING)\s{0,4}[\-:|]?\s",
            r"[\[(]?\d\d[:/]\d\d[:/]\d\d(?:[.,]\d{1,9})?(?: \d\d:\d\d:\d\d)?[\])]?[\s,:\-|]{1,9}",
            r"[\[(<]?(?:INFO|DEBUG|WARNING|WARN|ERROR|info|Info|NOTICE)[\])>]?(?:[\s:|,\-\]]{1,9}|$)",
            r"\[(?!(?i:epoch|step|iter|round|batch|eval|val|valid|test)\b)"
            r"[A-Za-z_][\w.\- ]{0,60}\](?:\[[A-Z]{4,8}\])?[\s:\-]{1,4}(?=[A-Za-z|\[({*])",
            r"(?:[A-Za-z_]\w{0,40}\.){1,6}[A-Za-z_]\w{0,40}(?::\w{1,40})?(?::\d{1,6})?[\s:|\-]{1,9}",
            r"[A-Za-z_]\w{0,40}(?::[\w<>]{1,60})?:\d{1,6}\s{0,4}[\-|]\s{0,4}",
            r"__main__ -\s",
            r"\([\w./ =,\-]{1,60}\):?\s{1,4}",
            r"(?:root|__main__|main|train_inner|train|trainer)(?:\s{1,4}\||:)(?=\s{0,4}[\[({A-Za-z|])",
        )
    )
)


def without_prefix(line: str) -> str:
    """A line without the times, levels, ranks and names that loggers put before it."""
    line = line.strip()
    for _ in range(MOST_PREFIXES):
        if not (found := _PREFIX.match(line)):
            break
        line = line[found.end() :].lstrip()
    return line
