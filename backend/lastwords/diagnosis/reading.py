"""Finds the fatal error of a log: what ended the process, and not what only passed it on."""

import re
from dataclasses import replace
from itertools import takewhile

from lastwords.diagnosis import bare_exceptions, exit_statuses, fatal, history
from lastwords.diagnosis.case import Case
from lastwords.diagnosis.error_lines import (
    is_error_of,
    last_error_lines,
    last_words,
    states_failure,
    tail_lines,
)
from lastwords.diagnosis.explanation import Ending, Log
from lastwords.diagnosis.frames import deepest_own
from lastwords.diagnosis.lines import Line, lines_before, lines_between
from lastwords.diagnosis.other_languages import find_foreign
from lastwords.diagnosis.outcomes import last_outcome
from lastwords.diagnosis.prefixes import as_said, without_prefix
from lastwords.diagnosis.reports import Report, find_reports
from lastwords.diagnosis.stated_ends import find_stated_ends, first_that_tells, ranks_of, says_why
from lastwords.diagnosis.torchrun import RankReport, rank_report
from lastwords.diagnosis.traceback import find_tracebacks
from lastwords.diagnosis.traceback_syntax import Block

_TABLE_AT_MOST = 400  # lines of torchrun's table
_REASON_AT_MOST = 24  # lines above a crash
_CRASHED = re.compile(
    r"\b(?:Aborted|Segmentation fault|core dumped|double free|terminate called|"
    r"error_already_set)\b|\bAssertion [`']|^(?:Killed|Bus error)\b"
)
_FEW_LINES = 3
# What print(f"Error while reading: {error}") says, and spaCy's mark.
_TOLD = re.compile(r"^[✘✗✖] |(?:Exception|Error) (?:\w+ )?\w+ing [^:\n]{1,60}: \S")
_OF_HOST = re.compile(r"oom[-_]kill event|OOMKilled|^(?:docker|nvidia-container-cli): ")
_STOPPED = "death signal, shutting down workers"
_OF_ELASTIC = re.compile(r"\bfailed \(exitcode: -?[1-9]\d*\) local_rank: .+")
_OF_TABLE = re.compile(
    r"(?:> ?)?(?:={9,}$|-{9,}$|\S+ FAILED$|Failures:$|Root Cause |\[\d+\]:$| +\w+ *: |$)"
)
_BY_SIGNAL = re.compile(r"died with <Signals|\bstatus -\d|\bsignal\b")
_WORDS_ABOVE = 3  # lines
_NEAR = 4000  # bytes between two reports of one death


def read_case(log: Log, ending: Ending) -> Case:
    """Find the fatal error of a log."""
    blocks = find_tracebacks(log)
    ranks = rank_report(log)
    case = Case(log, ending, failed=exit_statuses.failed(ending), ranks=ranks, passed=blocks)
    if exit_statuses.succeeded(ending):
        return replace(case, failed=False)
    block = fatal.choose(blocks, ranks)
    reports = find_reports(log) + find_foreign(case.tail)
    case.block, case.report = _fatal(case, block, reports)
    if case.block is None and case.report is None:
        case.block = _bare(case)
    if case.block is not None and fatal.is_wrapper(case.block):
        case.report = _before_wrapper(case.block, reports) or _below_wrapper(case, case.block)
        bare = _bare_above(case, case.block) if case.report is None else None
        case.report = _words_above(case, case.block) if bare is case.block else case.report
        case.block = bare if case.report is None else None
    if case.block is not None and ranks is not None and fatal.is_peer_failure(case.block):
        case.report = _said_by_rank(case, ranks)
        case.block = case.block if case.report is None else None
    if case.block is None and case.report is None and ranks is not None:
        case.report = _table_alone(case, ranks)
    if case.block is None or fatal.is_peer_failure(case.block) or fatal.is_wrapper(case.block):
        case.report = _stated(case) or case.report
        case.block = case.block if case.report is None else None
    if case.block is None and case.report is None:
        case.block = fatal.cut_at_the_end(blocks, log)
    if case.block is not None and (said := _said_by_elastic(log, case.block)) is not None:
        case.block, case.report = None, said
    if case.block is None and case.report is None and case.failed and case.signal is None:
        case.report = last_error_lines(log, said_by_exit=ending.exit_code == 1)
    if not case.failed and case.block is None and case.report is None:
        case.report = _said_at_the_end(case)
    if case.block is None and case.report is not None:
        case.report = _with_reason(log, case.report)
    if not case.failed and (case.block is not None or case.report is not None):
        case.failed = True
    return case


def _said_by_elastic(log: Log, block: Block) -> Report | None:
    """What torchrun logs of a rank above its own stack, which says no more and may be cut off."""
    if not block.is_cut and not fatal.is_wrapper(block):
        return None
    above = lines_before(log, block.start, 2)
    for number in range(len(above) - 1, -1, -1):
        if (told := _OF_ELASTIC.search(above[number].text[:2000])) is not None:
            rest = "".join(line.text for line in above[number + 1 :])  # a pane broke it
            near = min(len(log), block.end + _NEAR)
            below = lines_between(log, block.end, near, 1 << 16)[1:]
            table = list(takewhile(lambda line: _OF_TABLE.match(line.text), below))
            end = table[-1].end if table else block.end
            return replace(last_words(above[number:]), end=end, headline=told[0] + rest)
    return None


def _with_reason(log: Log, report: Report) -> Report:
    """What ended in a crash, from the line on that the program said of it directly above."""
    if not _CRASHED.search(report.headline) or report.frame is not None:
        return report
    said: list[Line] = []
    for line in reversed(lines_before(log, report.start, _REASON_AT_MOST)):
        if not line.text.strip():
            continue
        if not states_failure(line.text):
            break
        said.insert(0, line)
    if not said:
        return report
    lines = (*said, *report.lines)
    return replace(report, start=said[0].start, headline=without_prefix(said[0].text), lines=lines)


def _bare(case: Case) -> Block | None:
    """An exception without a stack, if it is what the log says last."""
    block = fatal.choose(bare_exceptions.find_bare(case.log, case.passed), None)
    if block is None or fatal.looks_caught(block):
        return None
    later = last_error_lines(case.log, said_by_exit=False)
    if later is not None and later.start >= block.end:
        return None
    return block if case.failed or _is_last(case, block.end) else None


def _bare_above(case: Case, wrapper: Block) -> Block:
    """The exception without a stack shortly before its launcher's; else that of the launcher."""
    bare = bare_exceptions.find_bare(case.log, case.passed)
    near = [block for block in bare if 0 <= wrapper.start - block.end < _NEAR]
    return fatal.choose(near, None) or wrapper


def _words_above(case: Case, wrapper: Block) -> Report | None:
    """What the program said directly above its launcher's traceback, where it left none itself."""
    if deepest_own(wrapper.final.frames) is not None or _BY_SIGNAL.search(wrapper.final.text):
        return None
    above = lines_before(case.log, wrapper.start, _WORDS_ABOVE)
    said = [line._replace(text=as_said(line.text)) for line in above if line.text.strip()][-1:]
    if not said or not states_failure(said[0].text) or _OF_ELASTIC.search(said[0].text[:2000]):
        return None
    return last_words(said)


def _is_last(case: Case, end: int) -> bool:
    """Whether at most a few lines follow, and none that shows progress or a good end."""
    few = history.lines_after(case.log, end) <= _FEW_LINES
    after = [line for line in case.tail if line.start >= end]
    return few and not history.progress_after(case.log, end) and not history.ended_well(after)


def _stated(case: Case) -> Report | None:
    """What a scheduler, a launcher or a driver states, if nothing tells more."""
    told = (each for each in find_stated_ends(case.log) if not _goes_on(case, each))
    report = first_that_tells(list(told))
    if report is None:
        return None
    if case.ranks is not None and report.headline.startswith(("traceback ", "failed (exitcode:")):
        return None  # the table of ranks tells more
    kind = case.report.kind if case.report is not None else ""
    if case.block is not None and report.headline.endswith(_STOPPED):
        return None if case.block.final.type.endswith("SignalException") else report
    if case.block is not None and fatal.was_stopped(case.block) and says_why(report):
        return report
    if case.block is not None or kind == "terminate":
        return report if len(ranks_of(report)) > 1 else None
    if kind == "ranks" and not (case.report and case.report.headline.startswith("Signal ")):
        return None
    return report if kind in ("", "lines", "foreign", "ranks") else None


def _goes_on(case: Case, report: Report) -> bool:
    """Whether the program went on after it, and after the launcher's own stack."""
    crashed = case.report is not None and case.report.kind == "terminate"
    if case.failed or crashed:
        return False
    if _OF_HOST.search(report.headline):
        return history.progress_after(case.log, report.end) > 1
    end = max(report.end, case.block.end if case.block is not None else 0)
    return history.lines_after(case.log, end) > 8 or history.went_on(case.log, end)


def _killed(case: Case, ranks: RankReport) -> Report | None:
    """What torchrun's table says of a rank that a signal ended: the others only lost it."""
    said = ranks.first.strip()
    if not said.startswith("Signal "):
        return None
    ours = (b.start for b in reversed(case.passed) if b.final.type.endswith("ChildFailedError"))
    start = next((start for start in ours if start < ranks.start), ranks.start)
    lines = tuple(lines_between(case.log, start, ranks.end, 1 << 16))
    return Report("ranks", start, ranks.end, said, None, lines)


def _said_by_rank(case: Case, ranks: RankReport) -> Report | None:
    """The error that the rank which failed first logged, where it left no traceback."""
    killed = _killed(case, ranks)
    if killed is not None:
        return killed
    tag = re.compile(rf"\b(?:rank|default) ?[:=]? ?{ranks.rank}\]")
    if any(tag.search(block.lane) for block in case.passed):
        return None
    lines = [line for line in tail_lines(case.log, end=ranks.start) if is_error_of(tag, line)]
    return last_words(lines[-1:]) if lines else None


def _said_at_the_end(case: Case) -> Report | None:
    """Where nothing is known of the ending: an error in the very last lines."""
    report = last_error_lines(case.log, said_by_exit=False)
    if report is None:
        return _outcome(case)
    told = _TOLD.match(report.headline) and not history.progress_after(case.log, report.end)
    if history.lines_after(case.log, report.end) > (_FEW_LINES if told else 1):
        return _outcome(case)
    known = (*bare_exceptions.find_bare(case.log, case.passed), *case.passed)
    if any(fatal.is_ignored(b) and b.start <= report.start < b.end for b in known):
        return None
    return _outcome(case) if history.ended_well(case.tail) else report


def _outcome(case: Case) -> Report | None:
    """What a runner says of its jobs as the last word of a log that looks well without it."""
    looks_well = case.trained or history.ended_well(case.tail)
    last = last_outcome(case.tail) if looks_well else None
    return last_words([last]) if last is not None else None


def _before_wrapper(block: Block, reports: list[Report]) -> Report | None:
    """What the program that was started reported, shortly before its launcher's own words."""
    near = (report for report in reports if 0 <= block.start - report.end < _NEAR)
    return max(near, key=lambda report: report.end, default=None)


def _below_wrapper(case: Case, block: Block) -> Report | None:
    """What really failed where only the launcher left a traceback."""
    if case.ranks is None:
        return None
    said = case.ranks.first.strip()
    if said.startswith("Signal "):
        lines = tuple(lines_between(case.log, block.start, case.ranks.end, 1 << 16))
        return Report("ranks", block.start, case.ranks.end, said, None, lines)
    words = last_error_lines(case.log, said_by_exit=False, end=block.start)
    return words or _launcher_report(case, block, case.ranks)


def _table_alone(case: Case, ranks: RankReport) -> Report | None:
    """The table of ranks where neither a rank nor the launcher left a traceback."""
    above = lines_before(case.log, ranks.start, _TABLE_AT_MOST)
    named = [n for n, line in enumerate(above) if line.text.endswith("FAILED")][-1:]
    if not named:
        lines = tuple(lines_between(case.log, ranks.start, ranks.end, 1 << 16))
        headline = lines[0].text.strip()
        return Report("ranks", ranks.start, ranks.end, headline, None, lines)
    bar = named[0] - 1 if named[0] and set(above[named[0] - 1].text) == {"="} else named[0]
    start = above[bar].start
    lines = tuple(lines_between(case.log, start, ranks.end, 1 << 16))
    words = last_error_lines(case.log, said_by_exit=False, end=start)
    return words or Report("ranks", start, ranks.end, above[named[0]].text.strip(), None, lines)


def _launcher_report(case: Case, block: Block, ranks: RankReport) -> Report:
    """All that is known is what the launcher says: its traceback and its table of ranks."""
    lines = tuple(lines_between(case.log, block.start, ranks.end, 1 << 16))
    named = next((line.text.strip() for line in lines if line.text.endswith("FAILED")), "")
    headline = f"{block.final.type}: {named}".removesuffix(": ")
    return Report("ranks", block.start, ranks.end, headline, None, lines)


def _fatal(
    case: Case, block: Block | None, reports: list[Report]
) -> tuple[Block | None, Report | None]:
    """Which of the two ended the process: the traceback, or what came after it without one."""
    later = [report for report in reports if block is None or report.start >= block.end]
    report = later[0] if later else None
    if block is None:
        return None, report
    if report is not None and (report.kind != "usage" or not fatal.is_uncaught(block)):
        return (block, None) if _same_death(block, report) else (None, report)
    if _survived(case, block):
        return None, None
    return block, None


def _same_death(block: Block, report: Report) -> bool:
    """An uncaught exception whose clean-up crashed: the exception is what failed."""
    return (
        fatal.is_uncaught(block)
        and report.kind in ("fault", "terminate")
        and (report.start - block.end < _NEAR)
    )


def _survived(case: Case, block: Block) -> bool:
    """Whether the program went on after this traceback."""
    log, end, lane = case.log, block.end, block.lane
    if not history.lines_after(log, end):
        return False
    if case.signal not in (None, "SIGABRT", "SIGINT"):
        return history.lines_after(log, end) > 8 or fatal.looks_caught(block)
    if fatal.is_uncaught(block) and not fatal.is_thread(block):
        return not case.failed and history.went_on_without(log, end, lane)
    if not case.failed:
        return history.went_on(log, end, lane) or fatal.looks_caught(block)
    return history.went_on(log, end, lane) and history.progress_after(log, end) > 3
