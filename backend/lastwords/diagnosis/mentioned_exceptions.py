"""Exceptions that a program only mentions: `Training failed: KeyError('text')`, without a stack.

Covered: `Type: message`, `Type('message')`, `OSError(2, 'No such file')`, a bare `Type` at the end.
Not covered: a message without its type (`failed: 'text'`).
"""

import re

from lastwords.diagnosis.traceback_syntax import Part

_MENTIONED = re.compile(
    r"(?<![\w.])(?P<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|NotFound|Timeout|"
    r"Expired|Refused|Denied|Full|Empty))(?:: (?P<message>\S[^\n]*)|(?P<call>\()|$|(?=[.;,)\]]))"
)
_NUMBERED = re.compile(r"^(?P<number>\d{1,3}), (?P<quote>['\"])(?P<text>.*)(?P=quote)$")
_LONGEST = 2000
_MOST = 4


def mentioned(text: str) -> list[Part]:
    """The exceptions that a line names, the innermost first: each was passed on by those before."""
    found: list[Part] = []
    at = 0
    text = text[:_LONGEST]
    while len(found) < _MOST and (match := _MENTIONED.search(text, at)) is not None:
        at = match.end("type")
        written = _written(text, match.end()) if match["call"] else ""
        if written is not None:
            message = match["message"] or _of_written(written)
            found.append(Part(0, 0, match["type"], [message]))
    return found[::-1]


def _written(text: str, start: int) -> str | None:
    """What stands up to the line's last closing bracket; None where it has none."""
    line = text[start:].partition("\n")[0]
    end = line.rfind(")")
    return line[:end] if end >= 0 else None


def _of_written(written: str) -> str:
    """The message of an exception that was printed by repr()."""
    numbered = _NUMBERED.match(written)
    if numbered is not None:
        return f"[Errno {numbered['number']}] {numbered['text']}"
    return written.strip().removesuffix(",").strip("'\"")
