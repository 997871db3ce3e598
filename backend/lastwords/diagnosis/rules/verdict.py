"""Asks the rules; what no rule knows is an ordinary bug, or unknown."""

import re
from collections.abc import Callable
from dataclasses import replace

from lastwords.diagnosis import exit_statuses, fatal, history
from lastwords.diagnosis.case import Case
from lastwords.diagnosis.error_lines import tells_of_failure, tells_of_none
from lastwords.diagnosis.explanation import Confidence, Ending
from lastwords.diagnosis.frames import deepest_own
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.mentioned_exceptions import mentioned
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.reports import AT_START, Report
from lastwords.diagnosis.rules import last_resort
from lastwords.diagnosis.rules.advice import Advised, advise, title_of
from lastwords.diagnosis.rules.data_empty import NO_BATCHES
from lastwords.diagnosis.rules.launchers import by_launcher
from lastwords.diagnosis.rules.order import RULES, WORDING
from lastwords.diagnosis.rules.process import NO_MODEL
from lastwords.diagnosis.rules.rule import Finding, as_guess, has_rival
from lastwords.diagnosis.rules.said_in_lines import (
    by_announcement,
    by_lines,
    by_words_above,
    by_words_before,
)
from lastwords.diagnosis.rules.second_opinion import is_exception, put_in_words, second_opinion
from lastwords.diagnosis.rules.texts import own_text, text_of
from lastwords.diagnosis.traceback_syntax import Block, Part

_LAST_LINES = 40
_REASONS = {
    "oom_killed": ("memory.host_oom", "Out of memory (RAM): killed by the kernel"),
    "worker_oom": ("memory.host_oom", "Out of memory (RAM): a worker was killed by the kernel"),
    "engine_out_of_memory": ("memory.host_oom", "Out of memory (RAM): past the limit of its job"),
    "timeout": ("process.timeout", "Timed out"),
    "hang_killed": ("process.timeout", "Hung, and was stopped for it"),
    "log_quota": ("disk.full", "The log grew past its quota"),
    "exit0_no_adapter": ("silent.no_artifact", "Exit code 0, but no adapter was written"),
    "exit0_no_model": ("silent.no_artifact", "Exit code 0, but no model was written"),
    "exit0_not_finished": ("silent.no_artifact", "Exit code 0, but it never finished"),
    "expected_missing": ("silent.no_artifact", "Expected output is missing"),
    "expected_stale": ("silent.no_artifact", "Expected output is missing"),
    "expected_empty": ("silent.no_artifact", "Expected output is empty"),
    "adapter_invalid": ("model.corrupt", "The adapter it wrote is truncated or damaged"),
    "nan_weights": ("numeric.nan", "The adapter it wrote holds NaN or infinity"),
    "nan_loss": ("numeric.nan", "The loss became NaN or infinite"),
    "stopped_by_user": ("process.signal", "Stopped by a user"),
    "stopped_by_scheduler": ("process.signal", "Stopped by the scheduler"),
    "requeued": ("process.signal", "Stopped: its job is started again"),
    "preempted": ("process.signal", "Stopped: a job of higher priority took its place"),
    "launcher_gone": ("process.signal", "Stopped: what had started it was killed"),
    "stop_forced": ("process.signal", "Stopped by a user, by force"),
}
_LAUNCH = {
    2: ("deps.missing", "Command not found"),
    13: ("disk.permission", "Permission denied: the command is not executable"),
    8: ("config.invalid", "Exec format error: this machine cannot execute the command"),
}
_BY_SIGNAL = {
    "SIGXFSZ": ("disk.full", "File-size limit reached (ulimit -f)"),
    "SIGXCPU": ("process.timeout", "Timed out: CPU time limit"),
    "SIGALRM": ("process.timeout", "Timed out"),
}
_BY_EXIT_CODE = {
    124: ("process.timeout", "Timed out"),
    126: ("disk.permission", "Permission denied: the command is not executable"),
    127: ("deps.missing", "Command not found"),
}
_NOT_LAUNCHED = re.compile(r"command '(?P<program>[^'\n]{1,200})': ")
_NOTHING = re.compile(r"(?i)\b(?:no|not|nothing|never)\b|n't\b")
_WELL = re.compile(
    r"(?i)\b(?:success(?:ful(?:ly)?)?|finished|complete[d]?|done|[1-9]\d* passed|written|wrote|"
    r"saved|reached|ready|all ok)\b"
)
_OF_OTHERS = {
    "foreign": "An error in the code",
    "raised": "An error in the code",
    "tests": "A test failed",
}
_IN_WORDS = ("lines", "foreign", "raised", "terminate")
_USAGE = next(rule for rule in RULES if rule.name == "usage")
_UNWRITTEN = next(rule for rule in RULES if rule.name == "nothing-produced")
_UNTRAINED = next(rule for rule in RULES if rule.name == "trained-on-nothing")
_PARSERS_WORDS = re.compile(
    r"(?i)error: (?:argument |unrecognized |the following |one of the |ambiguous |invalid choice|"
    r"no such |missing (?!EQUAL)|invalid value|got unexpected|option )|^[^:]*$|╯|╰|╭"
)
_DIED = re.compile(
    r"(?i)assert|terminat|LLVM ERROR|abort|core dumped|double free|corrupt|signal \d"
)
_BY_KIND = {
    "syntax": ("code.error", "Syntax error in the script"),
    "ranks": ("distributed.peer", "A rank failed without an error message"),
    "fault": ("process.signal", "Crashed in native code"),
    "terminate": ("process.signal", "Uncaught error in native code"),
}


def diagnose(case: Case) -> Finding:
    """The cause of a case."""
    quiet = case.ending.exit_code == 0 and not case.ending.signal
    finding = _first(case, _OF_HEALTH if not case.failed or quiet else (_by_reason,))
    if finding is None and case.failed and not quiet:
        if (finding := by_launcher(case)) is not None:
            return finding
        finding = by_rules(case)
        if finding is None or (finding.rule and not finding.whole):
            finding = second_opinion(case, finding)
        finding = finding or _first(case, _OF_THE_END)
    return finding or _by_default(case)


def by_rules(case: Case) -> Finding | None:
    """What the rules alone make of a failure."""
    return _first(case, _OF_WORDS)


def _first(case: Case, judges: tuple[Callable[[Case], Finding | None], ...]) -> Finding | None:
    return next((found for judge in judges if (found := judge(case)) is not None), None)


def _by_reason(case: Case) -> Finding | None:
    ending = case.ending
    if ending.facts.get("oomKilled") is True:
        return _proven(case, _REASONS["oom_killed"], "the memory counters of its control group")
    if ending.reason in _REASONS:
        proof = f"how it was ended: {ending.reason}"
        return _proven(case, _REASONS[ending.reason], proof, ending.reason)
    if ending.reason == "launch_failed":
        known = _LAUNCH.get(_number(ending, "launchErrno"))
        return _not_launched(case, known) if known is not None else None
    return None


def _not_launched(case: Case, known: tuple[str, str]) -> Finding:
    cause, title = known
    named = _NOT_LAUNCHED.match(str(case.ending.facts.get("detail")))
    title = f"{title}: {named['program']}" if named is not None else title
    return _proven(case, (cause, title), "the error of execve")


def _number(ending: Ending, name: str) -> int:
    value = ending.facts.get(name)
    return value if isinstance(value, int) else -1


def _proven(case: Case, known: tuple[str, str], proof: str, text: str = "") -> Finding:
    said = text_of(text, known[0])
    advice = advise(case, said.todo, {})
    return Finding(*known, "proven", proofs=(proof,), advice=advice, means=said.means, why=said.why)


def _healthy(case: Case) -> Finding | None:
    ending = case.ending
    if ending.status in ("running", "queued"):
        words = "It is still running" if ending.status == "running" else "It has not started yet"
        return Finding("ok", words, "unknown")
    lost = history.not_finite(case.tail)
    if lost:
        title = "The loss became NaN or infinite, and the training went on"
        return Finding(
            "numeric.nan",
            title,
            "likely",
            tuple(lost[:1] + lost[-1:]),
            advice=advise(case, own_text("numeric.nan").todo, {}),
            headline=(lost[-1].text.strip()),
        )
    unwritten = _says_unwritten(case) if ending.exit_code == 0 else None
    if unwritten is not None:
        return unwritten
    if ending == Ending(stage=ending.stage, facts=ending.facts) and _broke_off(case):
        title = "The log breaks off in the middle of the training"
        return Finding("unknown", title, "unknown", advice=last_resort.of_cut(case))
    if ending.exit_code is None and fatal.ends_with_one(case.passed, case.log, case.tail):
        return Finding("unknown", "The log does not say how it ended", "unknown")
    if (case.trained and not case.failed) or (ending.exit_code in (None, 0) and _said_well(case)):
        return Finding("ok", "Nothing failed", "likely")
    if ending.exit_code == 0:
        return Finding(
            "silent.no_artifact",
            "It ended with exit code 0, and nothing was trained or written",
            "likely",
            proofs=("exit code 0, and no loss, step or saved file in the log",),
            advice=advise(case, own_text("silent.no_artifact").todo, {}),
            headline="" if case.block or case.report else "Nothing was trained or written",
        )
    if ending.status is None and tells_of_none(case.tail):
        return Finding("ok", "Nothing in this log tells of a failure", "unknown")
    return Finding("unknown", "The log does not say how it ended", "unknown")


def _says_unwritten(case: Case) -> Finding | None:
    """Where the last lines say that nothing was trained or written, whatever the exit code."""
    last = [line for line in case.tail if line.text.strip()][-3:]
    for rule, words in ((_UNWRITTEN, NO_MODEL), (_UNTRAINED, NO_BATCHES)):
        said = [line for line in last if re.search(words, line.text[:2000])][:1]
        if said:
            found = rule.guess(case, tuple(said))
            return replace(found, headline=without_prefix(said[0].text), whole=True)
    return None


def _said_well(case: Case) -> bool:
    """Whether it says that it ended well: by the words of a training, or at code 0 by any."""
    if case.ending.exit_code is None:
        return history.ended_well(case.tail)
    last = [line.text[:2000] for line in case.tail if line.text.strip()][-2:]
    return any(
        _WELL.search(text) and " " in text.strip() and not tells_of_failure(text)
        for text in last
        if not _NOTHING.search(text)
    )


def _broke_off(case: Case) -> bool:
    return history.broke_off(case.tail) and not history.ended_well(case.tail)


def _by_exceptions(case: Case) -> Finding | None:
    return _root_of(case, case.parts)


def _root_of(case: Case, parts: list[Part]) -> Finding | None:
    """The oldest exception that a rule knows is the root; what passed it on does not count."""
    over = [rule for rule in RULES if rule.over_root]
    strong = [rule for rule in RULES if not rule.weak]
    weak = [rule for rule in RULES if rule.weak]
    for rules in (over, strong, weak):
        for part in parts:
            for rule in rules:
                if (found := rule.match_part(case, part)) is not None:
                    return as_guess(found) if has_rival(rule, RULES, case, part) else found
    return None


def _by_mentioned(case: Case) -> Finding | None:
    """Where a program reports an exception in one line, without its stack."""
    said = [part.text for part in case.parts if put_in_words(part)]
    if case.report is not None and case.report.kind in ("lines", "fault"):
        said += [line.text for line in case.report.lines[:4]]
    found = (_root_of(case, mentioned(text)) for text in said)
    return next((finding for finding in found if finding is not None), None)


def others(case: Case) -> list[tuple[Finding, str]]:
    """Every rule that fits the failure, with its meaning; the exceptions' strong ones first."""
    found: list[tuple[Finding, str]] = []
    lines = list(case.report.lines) if case.report is not None else []
    for weak in (False, True):
        for rule in (rule for rule in RULES if rule.weak == weak):
            matches = (rule.match_part(case, part) for part in case.parts)
            match = next((match for match in matches if match is not None), None)
            if match is None and lines and not weak and rule.reads_lines:
                match = rule.match_lines(case, lines)
            if match is not None:
                found.append((match, match.means))
    return found


def _by_report(case: Case) -> Finding | None:
    if case.report is None:
        return None
    lines = _saying(case.report)
    kind = case.report.kind
    is_certain = kind == "syntax" or (kind == "usage" and _PARSERS_WORDS.search(lines[-1].text))
    found = by_lines(case, lines, tail=kind == "fault") if not is_certain else None
    if found is not None:
        return found
    if kind == "fault" and not _killed(case):
        return None
    if kind == "usage":
        return _USAGE.guess(case, tuple(lines[-1:]))
    if kind == "terminate" and case.report.thrown is not None:
        advice = advise(case, own_text("of-thrown").todo, {})
        return Finding(
            "code.error", "Uncaught C++ exception", "unknown", tuple(lines[:2]), (), advice
        )
    if (known := _BY_KIND.get(kind)) is None:
        return None
    told = kind in ("syntax", "fault") or any(_DIED.search(line.text[:2000]) for line in lines)
    sure: Confidence = "likely" if told else "unknown"
    return Finding(*known, sure, tuple(lines[-1:]), (), _advice_for(case, kind, known[0]))


def _advice_for(case: Case, kind: str, cause: str) -> Advised:
    crashed = kind in ("fault", "terminate")
    section = "of-SIGSEGV" if crashed else "of-ranks" if kind == "ranks" else cause
    return advise(case, own_text(section).todo, {})


def _killed(case: Case) -> bool:
    """Whether a signal may have ended it."""
    began = case.report is None or not any(x.text.endswith(AT_START) for x in case.report.lines)
    return case.signal is not None or (case.ending.exit_code is None and began)


def _saying(report: Report) -> list[Line]:
    """The lines that say what failed; of other languages' reports the rest is code and places."""
    if report.kind != "foreign":
        return list(report.lines)
    said = report.headline
    return [line for line in report.lines if line.text.strip() in said or said in line.text]


def _by_own_words(case: Case) -> Finding | None:
    """What the program itself says in plain words, where no rule knows the failure."""
    lines = _saying(case.report) if case.report is not None else []
    if case.report is not None and case.report.kind not in _IN_WORDS:
        return None
    for part in (part for part in case.parts if put_in_words(part)):
        for rule in WORDING:
            if (found := rule.match_part(case, part)) is not None:
                return found
    told = (rule.match_lines(case, lines[:4]) for rule in WORDING)
    return next((finding for finding in told if finding is not None), None)


def _by_last_lines(case: Case) -> Finding | None:
    """What the last lines say, where nothing in the log reports the failure as such."""
    if case.block is not None or (case.report and case.report.kind not in ("lines", "stated")):
        return None
    return by_lines(case, history.since_progress(case.tail[-_LAST_LINES:]), tail=True)


def _by_ending(case: Case) -> Finding | None:
    if case.block is not None:
        return None
    code = case.ending.exit_code
    known = _BY_SIGNAL.get(case.signal or "") or _BY_EXIT_CODE.get(code or -1)
    if known is not None:
        return _proven(case, known, exit_statuses.sentence(case.ending))
    if case.signal is not None:
        title, proof = exit_statuses.title(case.ending), exit_statuses.sentence(case.ending)
        advice = last_resort.of_signal(case)
        return Finding("process.signal", title, "proven", proofs=(proof,), advice=advice)
    return None


def _by_default(case: Case) -> Finding:
    if case.block is not None and not case.block.final.type:
        title = "The log is cut off before the error"
        return Finding("unknown", title, "unknown", advice=last_resort.of_cut(case))
    if case.block is not None and _of_launcher(case.block):
        title = "Another program that it started failed"
        return Finding("unknown", title, "unknown", advice=last_resort.of_unknown(case))
    if case.block is not None:
        lines = case.error_lines
        named = tuple([line for line in lines if case.block.final.type in line.text][-1:])
        title = title_of(case, own_text("code.error").title, {})
        return Finding("code.error", title, "unknown", named, advice=last_resort.of_error(case))
    report = case.report
    if report is not None and (report.kind in _OF_OTHERS or is_exception(report.headline)):
        title = _OF_OTHERS.get(report.kind, "An error in the code")
        advice = last_resort.of_error(case)
        return Finding("code.error", title, "unknown", report.lines[:1], advice=advice)
    advice = last_resort.of_unknown(case)
    return Finding("unknown", _title_of_unknown(case), "unknown", advice=advice)


def _title_of_unknown(case: Case) -> str:
    """What was printed of it, as far as anything was, and how it ended."""
    unprinted = exit_statuses.unprinted(case.ending, case.tail_text)
    words = "Unknown error" if case.report or case.block else unprinted
    code = case.ending.exit_code
    return words if code is None else f"{words} (exit code {code})"


def _of_launcher(block: Block) -> bool:
    """Whether only libraries were at work, and what they started is what failed."""
    return fatal.is_wrapper(block) and deepest_own(block.final.frames) is None


def _said_by_launcher(case: Case) -> Finding | None:
    """What a launcher wrote, where nobody else says how it ended."""
    return by_launcher(case) if not exit_statuses.succeeded(case.ending) else None


_OF_HEALTH = (_by_reason, _said_by_launcher, _healthy)
_OF_WORDS = (
    by_words_above,
    _by_exceptions,
    by_words_before,
    by_announcement,
    _by_report,
    _by_mentioned,
    _by_last_lines,
    _by_own_words,
)
_OF_THE_END = (_by_last_lines, _by_ending)
