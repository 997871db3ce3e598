"""Tables that a log holds: a header with names, then rows of numbers; or a name and a number a row.

A table is one only if its header has a place in the training (epoch, step) and something that is
measured. Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lastwords.measurements.line import Line, Pairs
from lastwords.measurements.names import EPOCH, EVAL, LOSS, STEP, is_training, meaning, words_of
from lastwords.measurements.values import ANY_NUMBER

MOST_ROWS = 200  # of a table that has a name and a number a row
MOST_COLUMNS = 64
_DELIMITERS = (",", "|", "\t", ";")
_NUMBER = re.compile(rf"({ANY_NUMBER})[%*+]?")
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})")
_HEADER = re.compile(r"[A-Za-z#|][^=:\n{}!?]{6,1000}")
_ENTRY = re.compile(
    rf"[|│┃]?\s{{0,60}}([A-Za-z][\w/@.\- ]{{0,60}}?)\s{{0,60}}[|│┃ ]\s{{0,60}}({ANY_NUMBER})"
    r"\s{0,60}[|│┃]?"
)
_SECTION = re.compile(r"\|\s{0,9}[\w ]{1,40}/\s{0,60}\|\s{0,60}\|")
_RULE = re.compile(r"[\s\-=+|─━┄═┃│┏┓┗┛└┘├┤┡┩┯┷┼╇╈╋┳┻╭╮╰╯┴┬:]+")
_LIGHTNING = re.compile(
    r"[┃│]?\s{0,60}(Test|Validate|Validation) metric\s{1,60}[┃│]?\s{0,60}DataLoader"
)
_COLUMNS = {"e": "epoch", "#": "step", "iter": "step", "epochs": "epoch"}


class Tables:
    """The tables of one log, line by line."""

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._delimiter: str | None = None
        self._is_framed = False
        self._entries: Pairs | None = None
        self._of = ""

    @property
    def is_open(self) -> bool:
        return bool(self._columns) or self._entries is not None

    def take(self, text: str) -> Line | None:
        """What a line tells as a row, or as the end of a table; a header opens one."""
        if self._entries is not None:
            return self._entry(text)
        if self._columns and (line := self._row(text)):
            return line
        if "=" not in text and ":" not in text[:200] or "Box(P" in text:
            self._open(text)
        return None

    def _open(self, text: str) -> None:
        if found := _LIGHTNING.match(text):
            self._entries, self._of = [], found[1].lower()
        elif _SECTION.fullmatch(text.strip()):
            self._entries, self._of = [], ""
        elif _HEADER.fullmatch(text.strip()):
            self._open_columns(text)

    def _open_columns(self, text: str) -> None:
        delimiter = next((sign for sign in _DELIMITERS if text.count(sign) > 0), None)
        columns = _cells(text, delimiter) if delimiter else _headed(text)
        names = [_COLUMNS.get(name.lower(), name) for name in columns]
        meanings = [meaning(name) for name in names]
        has_place = any(meant in (STEP, EPOCH) for meant in meanings)
        has_metric = any(is_training(name) for name in names)
        if has_place and has_metric and len(set(names)) == len(names) <= MOST_COLUMNS:
            if all(len(name.split()) <= 4 for name in names) and not _has_numbers(names):
                self._columns, self._delimiter = names, delimiter
                self._is_framed = text.startswith("|")

    def _row(self, text: str) -> Line | None:
        if self._delimiter is None:
            text = text.partition(": ")[0]  # a bar behind it
        elif text.startswith("|") != self._is_framed:
            return None
        cells = _cells(text, self._delimiter)
        if len(cells) != len(self._columns) and self._delimiter is None:
            cells = [cell for cell in cells if cell not in ("+", "*")]
        if not len(self._columns) - 1 <= len(cells) <= len(self._columns):
            return None
        line = Line()
        for name, cell in zip(self._columns, cells, strict=False):
            _add_cell(line, name, cell)
        has_place = any(meaning(name) in (STEP, EPOCH) for name, _ in line.pairs)
        if not has_place or 2 * len(line.pairs) < len(self._columns) - 1:
            return None
        _add_sum(line.pairs)
        return line if line.is_record else None

    def _entry(self, text: str) -> Line | None:
        found = _ENTRY.fullmatch(text.strip())
        if found and self._entries is not None and len(self._entries) < MOST_ROWS:
            name = found[1].strip()
            prefix = "" if not self._of or set(words_of(name)) & EVAL else f"{self._of} "
            self._entries.append((prefix + name, float(found[2])))
            return None
        if _SECTION.fullmatch(text.strip()) or (not self._entries and _is_rule(text)):
            return None
        if self._entries and self._of and _is_inner_rule(text):
            return None
        line, self._entries = Line(self._entries or [], is_evaluation=bool(self._of)), None
        return line if line.is_record else None


def read_table(text: str) -> Line | None:
    """What a table tells last, of which the lines are given together."""
    table, told = Tables(), None
    for line in text.split("\n"):
        told = table.take(line) or told
    return told


def _cells(text: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return text.split()
    cells = [
        cell.strip()
        for cell in text.strip().strip("|" if delimiter == "|" else "").split(delimiter)
    ]
    return cells


def _headed(text: str) -> list[str]:
    """The columns of a header without signs between them; two blanks part them, else one."""
    wide = re.split(r"\s{2,}", text.strip())
    return wide if len(wide) > 2 or any(" " not in part for part in wide) else text.split()


def _has_numbers(names: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(name) for name in names)


def _add_cell(line: Line, name: str, cell: str) -> None:
    if found := _NUMBER.fullmatch(cell):
        line.pairs.append((name, float(found[1])))
    elif found := _FRACTION.fullmatch(cell):
        line.pairs.append((name, float(found[1])))
        if meaning(name) == EPOCH:
            line.epochs = int(found[2])


def _add_sum(pairs: Pairs) -> None:
    """Where a table has only parts of the loss (spaCy, ultralytics), the loss is their sum."""
    parts = [value for name, value in pairs if "loss" in words_of(name) and not meaning(name)]
    if parts and not any(meaning(name) == LOSS for name, _ in pairs):
        pairs.append((LOSS, math.fsum(parts)))


def _is_rule(text: str) -> bool:
    return not text.strip() or bool(_RULE.fullmatch(text.strip()))


def _is_inner_rule(text: str) -> bool:
    return _is_rule(text) and any(sign in text for sign in "├┡╇")
