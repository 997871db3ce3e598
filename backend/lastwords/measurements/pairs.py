"""Names and numbers on a line: `step=10 loss=0.5`, `| epoch 1 | 200/2983 batches | loss 7.63`.

A line is read as numbers, and the text before each. It is a measurement only if every such text is
a name, or a word that stands in such lines (`batches`, `end of`); one word that belongs to neither
makes it prose, and nothing of it is read. Standard library only.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lastwords.measurements.between import UNITS, Between, behind, between
from lastwords.measurements.line import Line
from lastwords.measurements.names import (
    EPOCH,
    EVAL,
    PLURALS,
    STEP,
    TRAIN,
    is_score,
    meaning,
    words_of,
)
from lastwords.measurements.values import NOT_FINITE, NUMBER, WRAPPED

LONGEST = 4096  # characters of a line; a longer one is no line of a measurement
MOST_PAIRS = 200
_UNIT = (
    r"(?:(?P<unit>%|/?[a-zA-Zµ]{1,7}(?:/[a-zA-Z]{1,7})?)"
    r"| (?P<far>[a-zA-Z]{1,7}/s(?:ec)?|m?s|sec|%|s/it|[KMG]i?B|batches|steps|samples)"
    r"(?=\s{0,2}(?:$|[|,;)\]\t])))?"
)
_TOKEN = re.compile(
    rf"(?P<aside>\(\s{{0,9}}[^()\n]{{0,40}}\))"
    rf"|(?<![\w@.'/\-])(?:{WRAPPED}"
    r"|(?P<clock>(?:\d{1,3} days?, )?\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,9})?)(?![\w:])"
    r"|(?P<several>\d{1,9}(?:\s?/\s?\d{1,9}){2,4})(?![\w./])"
    r"|(?P<done>\d{1,15})\s{0,9}(?:/|of(?=\s\d))\s{0,9}(?P<of>\d{1,15})(?![\w./])"
    r"|(?P<grouped>\d{1,3}(?:,\d{3}){1,4})(?![\w,.])"
    # `nan` may be a word like any other: it is a number where one must stand.
    rf"|(?P<number>{NUMBER}|(?:(?<=[:=])|(?<=[:=] )|(?<=\s\s)|(?<=loss )|(?<=norm )){NOT_FINITE})"
    rf"{_UNIT}(?![\w/@]|\.\d|:\S))"
)
_AVERAGE = rf"\s{{0,9}}(?:{NUMBER}|nan|inf|\+?nanz)\s?(?:%|/?s|ms)?\s{{0,9}}"
_AVERAGES = re.compile(rf"\({_AVERAGE}(?:,{_AVERAGE}){{0,2}}\)")
# Places in a training that a line begins with, and their names.
_HEADS = (
    (re.compile(r"\[(\d{1,9}),\s{1,9}(\d{1,12})\]\s"), r"epoch \1 step \2 "),
    (re.compile(r"\[(\d{1,9}/\d{1,9})\]\s?\[\s{0,9}(\d{1,9}/\d{1,9})\]"), r"epoch \1 batch \2 "),
    (re.compile(r"\((epoch: [^()\n]{1,120})\)", re.IGNORECASE), r"\1 "),
    (re.compile(r"(\d{1,9})\|(\d{1,12})\|(?=Loss)"), r"epoch \1 step \2 "),
    (re.compile(r"(\d{1,12}):(?=\s{1,9}learn: )"), r"step \1 "),
)


def read_pairs(text: str) -> Line | None:
    """The numbers of a line that consists of names and numbers; None for any other."""
    if len(text) > LONGEST:
        return None
    for expression, named in _HEADS:
        text = expression.sub(named, text, count=1) if expression.match(text) else text
    line = _Reader().read(text)
    return line if line is not None and line.is_record else None


class _Reader:
    """Reads one line, from number to number."""

    def __init__(self) -> None:
        self.line = Line()
        self.context = ""  # the word that says that what follows is of an evaluation

    def read(self, text: str) -> Line | None:
        end = 0
        for token in _TOKEN.finditer(text):
            before = text[end : token.start()]
            if token["aside"] is not None:
                if _AVERAGES.fullmatch(token["aside"]) and not before.strip(" \t]"):
                    end = token.end()
            elif len(self.line.pairs) > MOST_PAIRS or not self.take(before, token, not end):
                return None
            else:
                end = token.end()
        rest = behind(text[end:])
        if rest is None:
            return None
        self.enter(rest)
        return self.line if self.settle() else None

    def take(self, before: str, token: re.Match[str], is_first: bool) -> bool:
        """Read one number with the text before it; whether it is one of a measurement."""
        said = between(before, is_first)
        if said is None:
            return False
        self.enter(said)
        name = _in_context(said.name, self.context) if said.name else ""
        if token["done"] is not None:
            return self.place(name, int(token["done"]), int(token["of"]))
        if token["clock"] is not None or token["several"] is not None:
            return bool(name)
        return self.number(name, token, before)

    def enter(self, said: Between) -> None:
        """Take in the words that are no name."""
        if said.counts:
            self.line.counts_steps |= self.line.batch is not None
            if self.line.pairs and self.line.pairs[-1][0] == "after":
                self.line.pairs[-1] = (STEP, self.line.pairs[-1][1])
        for word in said.contexts:
            self.context = word
            self.line.is_evaluation |= bool(word)
        if (kind := _kind(said.name)) is not None:
            self.context = kind

    def number(self, name: str, token: re.Match[str], before: str) -> bool:
        unit = token["unit"] or token["far"] or ""
        if unit and not UNITS.fullmatch(unit):
            return False
        value = float(token["number"] or token["wrapped"] or token["grouped"].replace(",", ""))
        if name == "after" and unit in ("batches", "steps"):
            self.line.pairs.append((STEP, value))
        elif name and unit in ("", "%"):
            self.line.pairs.append((name, value))
        elif not name and not unit:
            return self.unnamed(value, before.strip())
        return True

    def unnamed(self, value: float, before: str) -> bool:
        """A number without a name: the step in brackets that a line begins with."""
        if before == "[" and not self.line.pairs and value.is_integer():
            self.line.pairs.append((STEP, value))
            return True
        return before == "/"  # D(G(z)): 0.4 / 0.01

    def place(self, name: str, done: int, of: int) -> bool:
        """Read `10/80`: of the epochs, of the steps, or of what the epoch has."""
        meant = STEP if name.lower() in PLURALS else meaning(name) if name else None
        if meant == EPOCH:
            self.line.pairs.append((EPOCH, float(done)))
            self.line.epochs = of
        elif meant == STEP or not name:
            self.line.counts_steps |= meant == STEP
            self.line.batch = self.line.batch or (done, of)
        elif is_score(name) and of:
            self.line.pairs.append((name, done / of))
        elif words_of(name)[0] in TRAIN | EVAL:  # Test: [0/3]
            self.line.batch = (done, of)
            self.enter(Between(contexts=("" if words_of(name)[0] in TRAIN else name.lower(),)))
        else:
            return False
        return True

    def settle(self) -> bool:
        """Name what only the whole line tells: the number after `Train:` may be an epoch."""
        pairs = self.line.pairs
        for at, (name, value) in enumerate(pairs):
            if name.lower() == "after":
                return False
            if name.lower() in TRAIN | EVAL and value.is_integer():
                if self.line.batch is None and len(pairs) > 1:
                    return False
                pairs[at] = (EPOCH, value) if self.line.batch else (name, value)
        if self.line.batch and any(meaning(name) == EPOCH for name, _ in pairs):
            # pytorch/examples: Train Epoch: 1 [640/60000 (1%)] counts samples
            self.line.counts_steps |= pairs[0][0].lower() != "train epoch"
        return True


@lru_cache(1024)
def _kind(name: str) -> str | None:
    """Of what a name says that the following is: a word for an evaluation, "" for the training."""
    words = words_of(name)
    if len(words) < 2:
        return None
    said = [word for word in words if word in TRAIN | EVAL]
    return None if not said else "" if said[0] in TRAIN else said[0]


@lru_cache(1024)
def _in_context(name: str, context: str) -> str:
    """A name with the word that says that it is of an evaluation."""
    if not context or set(words_of(name)) & (TRAIN | EVAL) or meaning(name) in (STEP, EPOCH):
        return name
    return f"{context} {name}"
