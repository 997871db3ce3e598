"""A second opinion on what a program says in its own words.

A rule for plain words goes by a few of them; `similarity` by all. Where both name one cause, it
is likely. Where they differ, the rule's is given, and where only similarity knows one, that, but as
no more than a guess. Of 540 messages that no rule knew, both agreed on 270 and were right in 262;
where they differed, the rule was right in two of three, and so was similarity alone.
"""

import builtins
import re
from collections.abc import Iterator, Mapping

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.error_lines import tells_of_failure
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.mentioned_exceptions import mentioned
from lastwords.diagnosis.rules.library_messages import LibraryMessage, known_to_say
from lastwords.diagnosis.rules.order import RULES, WORDING
from lastwords.diagnosis.rules.rule import BY_WORDS, Finding, Rule, as_guess, as_sure
from lastwords.diagnosis.rules.similarity import NOTHING, known_messages
from lastwords.diagnosis.rules.texts import own_text
from lastwords.diagnosis.rules.wording_pairs import (
    ABSENT,
    DAMAGED,
    DATABASE,
    DENIED,
    GPU,
    NOT,
    NOT_BY_PYTHON,
)
from lastwords.diagnosis.traceback_syntax import Part

_LISTED_AT_MOST = 4
_SHOWN = 40  # characters of a message by which its line is found
_LEAST = 0.08
_SURE = 0.3
_LEAST_OF_STRANGERS = 0.12
_ALL_BUT_THE_SAME = 1.0
_THINGS = (
    ("data.db_", DATABASE),
    ("gpu.", GPU),
    ("memory.gpu_oom", GPU),
    ("model.cache", "cache|HF_HOME"),
)
_SAID_ELSEWHERE = re.compile(
    r"\[Errno -?\d+\]|os error \d+|\bErrno::|HTTP \d{3}\b|^[\w./-]+: line \d+: "
)
_PREFIX = re.compile(
    r"^(?:.{0,80}?\b(?:ERROR|CRITICAL|FATAL)\b[\]:|) -]*(?:\[?[\w.]+\]? ?(?:[-|:]|\]) )?"
    r"|(?:[Ff]atal |[\w./-]+: )?(?:[Ee]rror|[Ff]atal): )?(?:\W*\w+ (?:run |step |stage )?failed: )?"
)
_SAYS_SO = r"\bgone\b|\bbut\b|\bexpects?\b|\brejected\b|\blonger than\b"
_COMPLAINS = re.compile(
    "|".join((r"^usage: ", _SAYS_SO, NOT, ABSENT, DENIED, DAMAGED)), re.IGNORECASE
)
# What a launcher says of any end: it is no evidence of why.
_ECHO = re.compile(
    r"(?i)\b(?:srun|slurmstepd|mpirun|prterun|torchrun|runner|job|command|process|script|"
    r"task)\b[^\n]{0,60}\b(?:exit(?:ed|s)?|fail(?:ed|s)?|returned|finished)\b[^\n]{0,24}?\b(?:code|"
    r"status)\b\W{0,3}-?\d+\W*$|Error processing event\.?$|^\W*(?:\[?rank\d+\]?:)?[\s~^]+$"
)
_PASSED_ON = re.compile(
    r"(?:CalledProcessError|ChildFailedError|ProcessExitedException|UnexpectedStatusException|"
    r"TrainingFailedError)$"  # whose words are a command, or an offer to go on
)
_OF_PYTHON = re.compile(r"(?:not enough|too many) values to unpack|\S+ is not in list$")
_EXCEPTION = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): ")
_SUFFIX = re.compile(r"(?:Error|Exception|Failure|Failed)$")


def second_opinion(case: Case, finding: Finding | None) -> Finding | None:
    """What a rule found, or a guess where none did, weighed by what the words read like."""
    if not _is_particular(finding) and (known := by_library(case, finding)) is not None:
        return _of_library(case, finding, known)
    if finding is not None and _is_vague(finding) and _is_of_stranger(case):
        return as_guess(finding)
    words = next(own_words(case), "")
    if case.report is not None and _ECHO.search(case.report.headline):
        return None if finding is None or finding.rule.startswith(BY_WORDS) else finding
    found = _weighed(case, finding, words)
    is_guess = found is not None and found.confidence == "unknown"
    told = case.report is not None and case.report.kind == "lines"
    if is_guess and told and not any(map(_tells_of_failure, _told(case, words))):
        return None
    if found is not None and found.rule.startswith(BY_WORDS):
        return as_guess(found)  # words alone prove nothing
    return found


def by_library(case: Case, finding: Finding | None) -> LibraryMessage | None:
    """The message of a library that the failure is, if it tells more than what a rule found."""
    for part in filter(put_in_words, case.parts):
        if (found := known_to_say(part.said)) is not None:
            is_root = part is case.parts[0]
            return found if not _is_sure(finding) or (found.is_sure and is_root) else None
    if case.report is not None and case.report.kind == "lines":
        found = known_to_say(case.report.headline)
        return found if found is None or found.is_sure or not _is_sure(finding) else None
    return None


def _is_sure(finding: Finding | None) -> bool:
    """Whether a rule tells it as likely, by more than plain words."""
    by_words = finding is None or finding.rule.startswith(BY_WORDS)
    return not by_words and finding is not None and finding.confidence != "unknown"


def _is_particular(finding: Finding | None) -> bool:
    """Whether it is sure, and of a rule for this very failure."""
    return finding is not None and _is_sure(finding) and not _is_general(finding)


def _rule_of(finding: Finding) -> Rule | None:
    return next((rule for rule in RULES if rule.name == finding.rule), None)


def _is_general(finding: Finding) -> bool:
    """Whether its rule goes by words that tell of many failures, and has no title of its own."""
    rule = _rule_of(finding)
    return rule is not None and (rule.broad or rule.weak or not own_text(rule.name).title)


def _is_vague(finding: Finding) -> bool:
    rule = _rule_of(finding)
    return rule is not None and rule.vague


def _is_of_stranger(case: Case) -> bool:
    """Whether a library raised it on purpose, and its message is none of those that are known."""
    return bool(case.parts) and all(
        put_in_words(part) and part.frames and installed(part.frames[-1]) for part in case.parts
    )


def _of_library(case: Case, finding: Finding | None, message: LibraryMessage) -> Finding | None:
    """What a library's message tells; nothing where it is of a bug in what called it."""
    if finding is not None and finding.cause == message.cause:
        return as_sure(finding) if message.is_sure else finding
    if message.cause == "code.error":
        return None
    told = [line for line in case.error_lines if message.longest[:_SHOWN] in line.text]
    rules = (rule for rule in WORDING if rule.cause == message.cause)
    rule = next(rules, Rule("library", message.cause))
    found = rule.guess(case, tuple(told[:1]) or _lines(case))
    return found if message.is_sure else as_guess(found)


def _told(case: Case, words: str) -> list[str]:
    """The lines that a program ended with; a heading needs no word of failure itself."""
    below = case.report.lines[1:_LISTED_AT_MOST] if case.report is not None else ()
    return [words, *(line.text for line in below)]


def _tells_of_failure(words: str) -> bool:
    return tells_of_failure(words) or bool(_COMPLAINS.search(words))


def _weighed(case: Case, finding: Finding | None, words: str) -> Finding | None:
    ruled = finding.cause if finding is not None else NOTHING
    if " " in words:  # one word says nothing
        cause, is_sure = weigh(ruled, known_messages().votes(words))
    elif finding is None and " " in (words := _words_of_a_library(case)):
        cause, _ = weigh(NOTHING, known_messages().votes(words), _LEAST_OF_STRANGERS)
        is_sure = False
    else:
        return finding
    if cause != ruled and not _names_its_thing(cause, words):
        return finding
    if finding is not None and cause == ruled:
        return finding if is_sure else as_guess(finding)
    return _guess(case, cause, is_sure) if cause != NOTHING else None


def _names_its_thing(cause: str, words: str) -> bool:
    """Whether words from which a database, GPU or cache is guessed name one at all."""
    thing = next((thing for prefix, thing in _THINGS if cause.startswith(prefix)), "")
    return bool(re.search(thing, words, re.IGNORECASE))


def weigh(ruled: str, votes: Mapping[str, float], least: float = _LEAST) -> tuple[str, bool]:
    """The cause that a rule and the votes of known messages make together, and whether it is sure.

    Where they differ, the rule's; the votes' only where a message is all but the same.
    """
    liked = max(votes, key=lambda cause: votes[cause]) if votes else NOTHING
    strength = votes.get(liked, 0.0)
    if liked == ruled:
        return ruled, True
    if strength >= _ALL_BUT_THE_SAME:
        return liked, True
    if ruled != NOTHING:
        return ruled, False
    return (liked, strength >= _SURE) if strength >= least else (NOTHING, True)


def own_words(case: Case) -> Iterator[str]:
    """The message, if the program worded it itself and passes on no other exception."""
    if case.report is not None:
        if case.report.kind == "lines" and "\n" not in case.report.headline:
            said = _PREFIX.sub("", case.report.headline, count=1)
            if not _SAID_ELSEWHERE.search(said) and not mentioned(said):
                yield said
    elif case.parts and all(map(_own, case.parts)):
        yield _with_type(case.parts[0])


def _words_of_a_library(case: Case) -> str:
    if case.report is not None or not all(re.match(NOT_BY_PYTHON, p.type) for p in case.parts):
        return ""
    if any(_PASSED_ON.search(part.type) for part in case.parts):
        return ""
    said = case.parts[0].said.strip().partition("\n")[0] if case.parts else ""
    return "" if _SAID_ELSEWHERE.search(said) or mentioned(said) else said


def is_exception(said: str) -> bool:
    """Whether a line is an exception's own, and of none that passes on how something else ended."""
    return bool(_EXCEPTION.match(said)) and any(map(put_in_words, mentioned(said)))


def put_in_words(part: Part) -> bool:
    """Whether a statement raised it with a message, and not Python or native code by itself."""
    code = part.sources[-1] if part.sources else ""
    if _PASSED_ON.search(part.type) or _OF_PYTHON.match(part.said):
        return False
    return not part.frames or not code or code.startswith(("raise", "assert"))


def _own(part: Part) -> bool:
    if not put_in_words(part) or not part.frames or installed(part.frames[-1]):
        return False
    if not re.match(NOT_BY_PYTHON, part.type):
        return False
    return not _SAID_ELSEWHERE.search(part.said) and not mentioned(part.said)


def _with_type(part: Part) -> str:
    """The message after the name of its exception, where that is the program's own too."""
    name = part.type.rpartition(".")[2]
    named = "" if hasattr(builtins, name) else _SUFFIX.sub("", name)
    return f"{named} {part.said.strip().partition(chr(10))[0]}".strip()


def _guess(case: Case, cause: str, sure: bool) -> Finding | None:
    rule = next((rule for rule in WORDING if rule.cause == cause), None)
    found = rule.guess(case, _lines(case)) if rule is not None else None
    return found if sure or found is None else as_guess(found)


def _lines(case: Case) -> tuple[Line, ...]:
    if case.report is not None:
        return case.report.lines[:1]
    named = case.block.final.headline if case.block is not None else ""
    return tuple(line for line in case.error_lines if named and named in line.text)[-1:]
