"""From a log and how it ended to an explanation."""

from dataclasses import replace

from lastwords.diagnosis import exit_statuses
from lastwords.diagnosis.case import ASKED, Case
from lastwords.diagnosis.error_lines import end_of_details, last_words
from lastwords.diagnosis.explanation import (
    Advice,
    Alternative,
    Ending,
    Evidence,
    Explanation,
    Link,
    Log,
    Span,
)
from lastwords.diagnosis.landmarks import MarkedLog
from lastwords.diagnosis.lines import LineNumbers
from lastwords.diagnosis.parser import DEEPEST
from lastwords.diagnosis.reading import read_case
from lastwords.diagnosis.rules.other_causes import other_causes
from lastwords.diagnosis.rules.rule import Finding
from lastwords.diagnosis.rules.texts import text_of
from lastwords.diagnosis.rules.verdict import diagnose, others
from lastwords.diagnosis.traceback_syntax import Block, Part

_ALTERNATIVES = 4
_WITHOUT_STACK = ("record", "bare")
_LISTED = 32  # exceptions of a chain: so many first ones and last ones


def explain(log: Log, ending: Ending) -> Explanation:
    """Say what failed, why, and what to do. Never raises on any bytes."""
    case = read_case(MarkedLog(log), ending)
    finding = diagnose(case)
    if finding.whole or (case.failed and finding.lines and case.start is None):
        end = end_of_details(case.tail, finding.lines[-1])
        case.block, case.report = None, replace(last_words(list(finding.lines)), end=end)
    numbers = LineNumbers(log)
    error = span_of(log, case, numbers)
    means, why = _in_plain_words(case, finding)
    return Explanation(
        cause=finding.cause,
        title=finding.title,
        confidence=finding.confidence,
        headline=_headline(case, finding),
        error=error,
        is_traceback=case.block is not None and case.block.kind not in _WITHOUT_STACK,
        user_frame=case.user_frame,
        chain=_chain(case.block),
        evidence=_numbered(numbers, finding),
        advice=tuple(Advice(text, command) for text, command in finding.advice),
        stage=ending.stage,
        alternatives=_alternatives(case, finding, numbers),
        cut_short=_cut_short(case.block, numbers),
        means=means,
        why=why,
    )


def _in_plain_words(case: Case, finding: Finding) -> tuple[str, str]:
    """What such a failure is and how it comes about: said by its rule, signal or cause."""
    if finding.means or finding.cause in ("ok", "unknown"):
        return finding.means, finding.why
    text = text_of(f"of-{exit_statuses.signal_of(case.ending)}", finding.cause)
    return text.means, text.why


def span_of(log: Log, case: Case, numbers: LineNumbers) -> Span | None:
    """Where the error stands in the log."""
    if case.start is None or case.end is None:
        return None
    start, end = case.start, max(case.start, case.end)
    while end > start and log[end - 1 : end] in (b"\r", b"\n"):
        end -= 1
    return Span(start, end, 1 + numbers.before(start), 1 + numbers.before(end))


def _headline(case: Case, finding: Finding) -> str:
    if not case.failed and finding.cause == "ok":
        return ""
    return finding.headline or case.headline or exit_statuses.sentence(case.ending)


def _chain(block: Block | None) -> tuple[Link, ...]:
    if block is None:
        return ()
    links: list[Link] = []
    for part in _kept([part for part in block.every_part() if part.type or part.text]):
        relation = part.relation if links else "root"
        if part.inner is not None and relation in ("root", "cause"):
            relation = "worker"
        if part.members:
            relation = "group"
        links.append(Link(part.type, part.text, relation))
    return tuple(links)


def _kept(parts: list[Part]) -> list[Part]:
    """The exceptions that are listed: of very many the first and the last ones."""
    return parts if len(parts) <= 2 * _LISTED else parts[:_LISTED] + parts[-_LISTED:]


def _cut_short(block: Block | None, numbers: LineNumbers) -> str | None:
    """What of an error was not looked at; None where all of it was."""
    if block is None:
        return None
    said: list[str] = []
    gap = block.gap
    errors = len(list(block.every_part())) + (gap.errors if gap is not None else 0)
    if errors > 2 * ASKED:
        said.append(
            f"The first and the last {ASKED} of its {errors:,} exceptions were asked for the cause."
        )
    if gap is not None and gap.end > gap.start:
        first, last = 1 + numbers.before(gap.start), numbers.before(gap.end)
        said.append(f"Lines {first:,} to {last:,} of the log, in the middle of it, were not read.")
    if block.is_too_deep:
        said.append(f"Errors more than {DEEPEST} deep within it were not taken apart.")
    return " ".join(said) or None


def _alternatives(case: Case, finding: Finding, numbers: LineNumbers) -> tuple[Alternative, ...]:
    """What else fits the same evidence, then the usual causes; each cause once."""
    found: dict[str, Alternative] = {}
    if finding.cause == "ok":
        return ()
    for other, means in others(case) if finding.confidence != "proven" else ():
        if other.cause in found:
            continue
        line = other.lines[-1] if other.lines else None
        number = 1 + numbers.before(line.start) if line is not None else None
        found[other.cause] = Alternative(other.cause, other.title, means, number)
    for cause, title, why in other_causes(finding.cause, case.signal, case.ending):
        found.setdefault(cause, Alternative(cause, title, why, None))
    found.pop(finding.cause, None)
    return tuple(found.values())[:_ALTERNATIVES]


def _numbered(numbers: LineNumbers, finding: Finding) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for line in sorted(finding.lines, key=lambda line: line.start)[:12]:
        found.append(Evidence(numbers.before(line.start) + 1, line.text[:2000]))
    found.extend(Evidence(0, text) for text in finding.proofs)
    return tuple(found)
