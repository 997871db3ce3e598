"""From a log and how it ended to an explanation."""

from lastwords.diagnosis import exit_statuses
from lastwords.diagnosis.case import Case, read_case
from lastwords.diagnosis.error_lines import last_words
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
from lastwords.diagnosis.lines import count_newlines
from lastwords.diagnosis.rules.other_causes import other_causes
from lastwords.diagnosis.rules.rule import Finding
from lastwords.diagnosis.rules.verdict import diagnose, others
from lastwords.diagnosis.traceback_syntax import Block

_ALTERNATIVES = 4


def explain(log: Log, ending: Ending) -> Explanation:
    """Say what failed, why, and what to do. Never raises on any bytes."""
    case = read_case(log, ending)
    finding = diagnose(case)
    if finding.whole or (case.failed and finding.lines and case.start is None):
        case.block, case.report = None, last_words(list(finding.lines))
    error = span_of(log, case)
    return Explanation(
        cause=finding.cause,
        title=finding.title,
        confidence=finding.confidence,
        headline=_headline(case, finding),
        error=error,
        is_traceback=case.block is not None and case.block.kind != "record",
        user_frame=case.user_frame,
        chain=_chain(case.block),
        evidence=_numbered(log, finding),
        advice=tuple(Advice(text, command) for text, command in finding.advice),
        stage=ending.stage,
        alternatives=_alternatives(case, finding),
    )


def span_of(log: Log, case: Case) -> Span | None:
    """Where the error stands in the log."""
    if case.start is None or case.end is None:
        return None
    start, end = case.start, max(case.start, case.end)
    while end > start and log[end - 1 : end] in (b"\r", b"\n"):
        end -= 1
    first = 1 + count_newlines(log, start)
    return Span(start, end, first, first + count_newlines(log, end, start))


def _headline(case: Case, finding: Finding) -> str:
    if not case.failed and finding.cause == "ok":
        return ""
    return finding.headline or case.headline or exit_statuses.sentence(case.ending)


def _chain(block: Block | None) -> tuple[Link, ...]:
    if block is None:
        return ()
    links: list[Link] = []
    for part in block.every_part():
        if not part.type and not part.text:
            continue
        relation = part.relation if links else "root"
        if part.inner is not None and relation in ("root", "cause"):
            relation = "worker"
        if part.members:
            relation = "group"
        links.append(Link(part.type, part.text, relation))
    return tuple(links)


def _alternatives(case: Case, finding: Finding) -> tuple[Alternative, ...]:
    """What else fits the same evidence, then the usual causes; each cause once."""
    found: dict[str, Alternative] = {}
    if finding.cause == "ok":
        return ()
    for other, means in others(case) if finding.confidence != "proven" else ():
        line = other.lines[-1] if other.lines else None
        number = 1 + count_newlines(case.log, line.start) if line is not None else None
        found.setdefault(other.cause, Alternative(other.cause, other.title, means, number))
    for cause, title, why in other_causes(finding.cause, case.signal, case.ending):
        found.setdefault(cause, Alternative(cause, title, why, None))
    found.pop(finding.cause, None)
    return tuple(found.values())[:_ALTERNATIVES]


def _numbered(log: Log, finding: Finding) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    at = number = 0
    for line in sorted(finding.lines, key=lambda line: line.start)[:12]:
        number += count_newlines(log, line.start, at)
        at = line.start
        found.append(Evidence(number + 1, line.text[:2000]))
    found.extend(Evidence(0, text) for text in finding.proofs)
    return tuple(found)
