"""Asks the rules about lines: those that report a failure, and those above an exception."""

import re
from dataclasses import replace

from lastwords.diagnosis import fatal, history
from lastwords.diagnosis.case import Case
from lastwords.diagnosis.error_lines import is_complaint, tells_of_failure
from lastwords.diagnosis.lines import Line, lines_before
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.rules.order import RULES
from lastwords.diagnosis.rules.rule import Finding

_USED_NONE = re.compile(
    r"^'NoneType' object (?:has no attribute|is not (?:callable|subscriptable|iterable))|"
    r"^(?:argument of type|unsupported operand type[^\n]{0,40}) '?NoneType'?|got NoneType\b"
)
_POINTS_ABOVE = re.compile(
    r"(?i)\b(?:errors?|(?:root )?cause|messages?|logs?|output|details) above\b|\bsee above\b|"
    r"\bsee:? [\w./-]+\.log\b"
)
_COMPILER_FAILED = re.compile(
    r"Command '?\[?[^\n]{0,200}?(?:\b|/)(?:gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|nvcc|hipcc|ninja|cl)\b"
    r"[^\n]{0,4000} non-zero exit|^miopenStatusUnknownError|Error (?:building|compiling) "
)
_COMPILERS_WORDS = re.compile(r"\b(?:fatal )?error: ")
_SAID_ABOVE = 16  # lines
_GIVES_NONE = frozenset(
    "model.gated model.not_found model.corrupt model.cache_unreadable deps.missing data.empty "
    "data.malformed disk.permission network.unreachable".split()
)


def by_lines(case: Case, lines: list[Line], tail: bool) -> Finding | None:
    """What the first rule that fits makes of lines that report a failure in their own words."""
    for rule in RULES:
        if rule.weak or not (rule.tail if tail else rule.reads_lines):
            continue
        found = rule.match_lines(case, lines)
        if found is not None:
            return found
    return None


def by_words_above(case: Case) -> Finding | None:
    """What was said directly above an exception that points there, or that is only its sequel.

    A library that says why and returns None is the cause of the next failure; a warning there is
    only believed where it names a cause for which things come back as None. So is a compiler's.
    """
    last = case.parts[-1].said if case.block is not None and case.parts else ""
    if case.block is not None and _COMPILER_FAILED.search(last[:6000]):
        above = lines_before(case.log, case.block.start, _SAID_ABOVE)
        told = [line for line in above if _COMPILERS_WORDS.search(line.text[:2000])]
        return by_lines(case, told, tail=False)
    points = bool(_POINTS_ABOVE.search(last[:1000]))
    if case.block is None or not (points or _USED_NONE.search(last[:200])):
        return None
    above = history.since_progress(lines_before(case.log, case.block.start, _SAID_ABOVE))
    found = by_lines(case, list(filter(_may_be_why, above)), tail=False)
    return found if found is not None and (points or found.cause in _GIVES_NONE) else None


def by_announcement(case: Case) -> Finding | None:
    """What a program logged directly above a traceback that is cut off before its exception."""
    block = case.block
    if block is None or not block.is_cut:
        return None
    above = lines_before(case.log, block.start, 1)
    told = [line for line in above if tells_of_failure(line.text) and is_complaint(line.text)]
    found = by_lines(case, told, tail=False)
    return replace(found, headline=without_prefix(told[0].text)) if found is not None else None


def _may_be_why(line: Line) -> bool:
    """Whether a line may say why what follows failed: no warning about something else."""
    is_of_file = "can't open/read file" in line.text
    return is_of_file or is_complaint(line.text) and not history.went_on_purpose(line.text)


def by_words_before(case: Case) -> Finding | None:
    """Where the traceback only says that a started program failed: what that program said."""
    if case.block is None or not fatal.is_wrapper(case.block):
        return None
    lines = lines_before(case.log, case.block.start, 12)
    return by_lines(case, [line for line in lines if is_complaint(line.text)], tail=False)
