"""Numbers of a dictionary on one line: as Python prints it, or JSON. Standard library only."""

from __future__ import annotations

import re

from lastwords.measurements.line import Line, Pairs
from lastwords.measurements.names import EVAL, TRAIN
from lastwords.measurements.values import ANY_NUMBER, WRAPPED

_KEY = r"(?P<quote>[\"'])(?P<key>[A-Za-z_][^\"'\\\n]{0,80})(?P=quote)\s{0,4}:\s{0,4}"
_VALUE = (
    rf"(?P<value>{ANY_NUMBER})(?=\s{{0,4}}[,}}\]])|{WRAPPED}|"
    rf"(?P<around>[\"'])(?P<quoted>{ANY_NUMBER})(?P=around)|(?P<other>)"
)
# A text may hold what looks like a key: it is passed over whole, to the end if it has none.
_ITEM = re.compile(
    r"(?:[\"'](?P<outer>[A-Za-z_]\w{0,40})[\"']\s{0,4}:\s{0,4})?(?P<open>\{)|(?P<close>\})"
    rf"|{_KEY}(?:{_VALUE})|\"(?:[^\"\\\n]|\\.)*(?:\"|\\?$)|'(?:[^'\\\n]|\\.)*(?:'|\\?$)"
)
_LISTED = re.compile(r"\[[^\[\]{}]*\]")


def read_dict(text: str) -> Line | None:
    """The numbers of a dictionary that is a record of a training; None where there is none."""
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end:
        return None
    line = Line(_pairs(_LISTED.sub("[]", text[start : end + 1])))
    return line if line.is_record else None


def _pairs(text: str) -> Pairs:
    found: Pairs = []
    around: list[str] = []  # the names of the dictionaries that a key is in
    for item in _ITEM.finditer(text):
        number = item["value"] or item["wrapped"] or item["quoted"]
        if item["close"]:
            del around[-1:]
        elif item["open"]:
            around.append((item["outer"] or "").lower())
        elif item["key"] and number:
            of = next((f"{name} " for name in reversed(around) if name in TRAIN | EVAL), "")
            found.append((of + item["key"], float(number)))
    return found
