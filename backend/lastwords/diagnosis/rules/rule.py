"""What a rule is, and how it is held against an exception or a reported line."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lastwords.diagnosis.case import SAID_AT_MOST, Case, place
from lastwords.diagnosis.explanation import Confidence
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.rules.advice import Values, advise, title_of
from lastwords.diagnosis.rules.texts import Text, text_of
from lastwords.diagnosis.traceback_syntax import Part, readable

GUESS = "Possibly: "
BY_WORDS = "told-"
"""How the names of the rules begin that go by plain words."""
_LINES_AT_MOST = 60
_LINE_AT_MOST = 3_000
_FRAMES_AT_MOST = 80
_KEY = re.compile(  # a KeyError's message is a key, whatever words are in it
    r"^(?:NameError|UnboundLocalError|RecursionError|SyntaxError|IndentationError|TabError|"
    r"KeyError)$"
)


_ADVICE = re.compile(
    r"(?i)\b(?:(?:possible|potential|probable|common|likely) (?:root )?(?:causes?|reasons?)\b|"
    r"solutions?:|you (?:might|may) (?:want|need|try)|(?:may|might|could|can) be (?:due|caused|"
    r"because|fixed|resolved)|this (?:may|might|can|could|usually|often|typically|happens)\b|"
    r"(?:please )?(?:try|consider) (?!to)\w+ing\b|please (?:try|check|consider|make sure|see)|"
    r"make sure|ensure that|if you\b|in case\b|for (?:more|supervised|example|instance))"
)


_QUOTED = re.compile(r"(?i)\b(?:error message(?:s|\(s\))?|last error|original error|caused by):")


@dataclass(frozen=True)
class Finding:
    """The verdict on a case. lines: the log's own proof; proofs: those from outside the log.

    whole: its lines are the error, whatever else the log reports.
    means, why: what it is and how it comes about, in plain words; empty where its cause says it.
    """

    cause: str
    title: str
    confidence: Confidence
    lines: tuple[Line, ...] = ()
    proofs: tuple[str, ...] = ()
    advice: tuple[tuple[str, str | None], ...] = ()
    headline: str = ""
    rule: str = ""
    whole: bool = False
    means: str = ""
    why: str = ""


@dataclass(frozen=True)
class Rule:
    """One known way to fail, and how it is recognised; what is said of it stands in texts.txt.

    types, says: regular expressions for the exception's type and its message; with `where` the
    stack must hold a frame (`file function`) and with `code` a line of code that matches.
    unless: the message must not match this; elsewhere: the stack must hold no such frame.
    above: the line above the whole error must match.
    broad: a long list of words, of which each alone decides little: where a rule for another cause
    fits the same message, it is no more than a guess.
    vague: in a message that a library raises and nobody has read, its words tell of other causes as
    often: a guess there.
    unsure: what it goes by has several causes, and this is only the commonest: always a guess.
    weak: only asked when no other rule matched any exception of the chain.
    over_root: it explains the whole chain even where it is not its oldest exception.
    plain: also held against failures that are reported without an exception; if not said, this
    holds for rules that ask for no type.
    tail: also held against the last lines of a log that reports no failure.
    fill: computes more values for the texts' placeholders from the named groups.
    holds: what the exception must be besides, that no pattern of its message can tell.
    """

    name: str
    cause: str
    says: str = ""
    types: str = ""
    where: str = ""
    code: str = ""
    unless: str = ""
    elsewhere: str = ""
    above: str = ""
    broad: bool = False
    vague: bool = False
    unsure: bool = False
    weak: bool = False
    over_root: bool = False
    plain: bool | None = None
    tail: bool = False
    fill: Callable[[Values, Case], Values] | None = None
    holds: Callable[[re.Match[str], Part], bool] | None = None

    @property
    def text(self) -> Text:
        """What is said of it: its title, what it means, why it happens, what to do."""
        return text_of(self.name, self.cause)

    @property
    def reads_lines(self) -> bool:
        """Whether it judges lines that are no exception."""
        return self.plain if self.plain is not None else not self.types

    def match_part(self, case: Case, part: Part) -> Finding | None:
        """Hold the rule against one exception of the chain."""
        if not re.search(self.types, part.type) or (not self.types and _KEY.search(part.type)):
            return None
        said = re.search(self.says, part.said) if self.says else None
        if self.says and said is None:
            return None
        if self.unless and re.search(self.unless, part.said):
            return None
        if self.elsewhere and re.search(self.elsewhere, _places(part)):
            return None
        if self.where and not re.search(self.where, _places(part)):
            return None
        if self.above and not re.search(self.above, _above(case)):
            return None
        if self.code and not re.search(self.code, _own_code(part)):
            return None
        if self.holds is not None and (said is None or not self.holds(said, part)):
            return None
        found = self._finding(case, said, _lines_saying(case.error_lines, part, said))
        return as_guess(found) if said is not None and _is_advised(part.said, said) else found

    def match_lines(self, case: Case, lines: list[Line]) -> Finding | None:
        """Hold the rule against lines that report a failure in their own words."""
        if not self.says:
            return None
        left = SAID_AT_MOST
        for line in reversed(lines[-_LINES_AT_MOST:]):
            text = readable(line.text, _LINE_AT_MOST)
            left -= len(text)
            if left < 0:
                break
            said = re.search(self.says, text)
            if said is not None and not (self.unless and re.search(self.unless, text)):
                return self._finding(case, said, (line,))
        return None

    def guess(self, case: Case, lines: tuple[Line, ...]) -> Finding:
        """The finding, on a message that the rule itself does not match."""
        return self._finding(case, None, lines)

    def _finding(self, case: Case, said: re.Match[str] | None, lines: tuple[Line, ...]) -> Finding:
        values = {name: value or "" for name, value in (said.groupdict() if said else {}).items()}
        if self.fill is not None:
            values |= self.fill(values, case)
        text = self.text
        found = Finding(
            self.cause,
            title_of(case, text.title, values),
            "likely",
            lines,
            advice=advise(case, text.todo, values),
            rule=self.name,
            means=title_of(case, text.means, values),
            why=title_of(case, text.why, values),
        )
        return as_guess(found) if self.unsure else found


def as_guess(found: Finding) -> Finding:
    """The same, said as what may be so."""
    title = found.title if found.title.startswith(GUESS) else GUESS + found.title
    return replace(found, title=title, confidence="unknown")


def as_sure(found: Finding) -> Finding:
    """The same, said as what is so."""
    return replace(found, title=found.title.removeprefix(GUESS), confidence="likely")


def first_of(name: str, *others: str) -> Callable[[Values, Case], Values]:
    """A `fill` for what a message has in one of several places: the first group that took part."""
    return lambda values, case: {name: next(filter(None, map(values.get, (name, *others))), "")}


def has_rival(rule: Rule, rules: Iterable[Rule], case: Case, part: Part) -> bool:
    """Whether a broad rule's message fits a rule for another cause as well.

    One that goes by a part of the same words has nothing more to say.
    """
    mine = re.search(rule.says, part.said) if rule.broad else None
    if mine is None:
        return False
    for other in rules:
        if other.weak or other.cause == rule.cause or other.match_part(case, part) is None:
            continue
        its = re.search(other.says, part.said)
        if its is None or its.start() < mine.start() or its.end() > mine.end():
            return True
    return False


def _is_advised(text: str, said: re.Match[str]) -> bool:
    """Whether the words stand where the message says what may be so, or what to do: no evidence.

    What it quotes after that as the error itself is evidence again.
    """
    advice = _ADVICE.search(text, 0, said.start() + 1)
    if advice is None or advice.start() >= said.start():
        return False
    return _QUOTED.search(text, advice.end(), said.start()) is None


def _places(part: Part) -> str:
    return "\n".join(place(frame) for frame in part.frames[-80:])


def _above(case: Case) -> str:
    return "\n".join(case.block.before[-1:]) if case.block is not None else ""


def _own_code(part: Part) -> str:
    """The code of the program's own last frames, and of the last one of all."""
    stack = list(zip(part.frames, part.sources, strict=False))[-_FRAMES_AT_MOST:]
    own = [code for frame, code in stack if not installed(frame)][-3:]
    deepest = [code for frame, code in stack[-1:] if installed(frame)]
    return "\n".join(own + deepest)


def _lines_saying(lines: list[Line], part: Part, said: re.Match[str] | None) -> tuple[Line, ...]:
    """The line that names the exception, and the one that the rule went by."""
    named = [line for line in lines if part.type and f"{part.type}" in line.text][-1:]
    if said is None or not said[0].strip():
        return tuple(named)
    words = said[0].strip().split("\n")[0][:120]
    quoted = [line for line in lines if words in line.text][-1:]
    return tuple(dict.fromkeys(quoted or named))
