"""The lines in which a program says in plain words that it failed.

Found: a record logged as an error, a shell's word, what sys.exit printed. What only echoes a
failure, or tells what the program is at, is none.
"""

import re
from dataclasses import replace

from lastwords.diagnosis.embedded_tracebacks import parse_record
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lines import Line, lines_between, same_shape
from lastwords.diagnosis.message import Message, is_of_person
from lastwords.diagnosis.native_stacks import end_of_stack, is_native
from lastwords.diagnosis.prefixes import as_said, is_only_prefix, shared_prefix, without_prefix
from lastwords.diagnosis.reports import TAIL, TAIL_LINES, Report

_ERROR_WORDS = re.compile(
    r"\b(?:error|fatal|critical|failed|failure|cannot|can't|could ?n[o']t|unable to|"
    r"undefined symbol|no such|not found|invalid|denied|refused|missing|abort(?:ed|ing)?|killed|"
    r"exception|panicked|segmentation fault|bus error|out of memory|oom|no module named|"
    r"command not found|timed? ?out|unrecognized|not enough|no space|must|required|expected|"
    r"nothing to|does not exist|no rows|empty|corrupt|refus(?:ed|es|ing)|went wrong|read-only|"
    r"unexpectedly|unexpected (?:end|eof)|giving up|gave up|no (?:\w+ ){0,2}(?:answer|response|"
    r"reply)|(?:caught|received|got) signal|preempted|exhausted|unbound variable|lost (?:contact|"
    r"connection)|not one of|diverged|rejected|(?:nan|infinite)\b[^\n]{0,30}stopping training|"
    r"makes no sense|too (?:old|small)|not permitted|no rule to make|"
    r"oomkilled|is restricted)\b|\b\w+assert: |\bdriver shutting down$|\[(?:Errno|WinError) \d+\]|"
    r"\b[A-Z]\w*(?:Error|Exception)\(['\"]",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"^(?:[\w./: -]{0,60})?(?:ERROR|CRITICAL|FATAL|Error|error|fatal|FAILED|Killed|Aborted|"
    r"已(?:杀死|终止)$|Getötet$|"
    r"Segmentation fault|Bus error|E\d{4} )\b|command not found|No module named|can't open file|"
    r"^[uU]sage: |^[✘✗✖] \S|CANCELLED AT|oom[-_]kill|panicked at|NVRM: Xid|^curl: \(\d+\) |"
    r"^Access to model \S+ is restricted|undefined reference to [`'‘]|"
    r"^[^\n]{3,300} at [\w./-]+ line \d+(?:, <\w*> (?:line|chunk) \d+)?\.$",
)
_PROGRESS = re.compile(
    r"\d%\||it/s|s/it|\bloss[ '\":=]+[\d.]|^\s*$|^(?:Epoch|Step|step|epoch)\b|^wandb: (?!ERROR)"
    r"|^[╭╰│=~-]{3,}|^\s*\^+\s*$"
)
_NUMBERS = re.compile(r"\{[^{}\n]*:[^{}\n]*\}")
_HARMLESS = re.compile(
    r"^Exception ignored|\b(?:WARNING|WARN|INFO|DEBUG|[A-Z]\w{2,40}Warning)\b|\bm?error:\d+\.\d|"
    r"^[IW]\d{4} \d\d:|\blevel=(?:info|warn|debug)|Unable to register \w+ factory|"
    r"(?i:\b(?:squared|absolute|percentage|test|val(?:idation)?|train(?:ing)?|word|character|"
    r"reconstruction|prediction|relative) error|\berror rate)\b[^\n:=]{0,30}[:=]? *"
    r"\d+(?:\.\d+|\.?\d* ?%)"
)
_HINT = re.compile(
    r"(?i)\b(?:ERROR|CRITICAL|FATAL)\b\W*+(?:msg=\W|\w[\w.]*+\]? ?[-:|\]] ?)?(?:hint|try|see|check|"
    r"run|use|please|aborting|exiting|giving up|stopping|install|set)\b"
)
_BACK = 60
_ECHO = re.compile(
    r"^BEGIN failed--|^Execution halted|^\w*make(?:\[\d+\])?: \*\*\* .* Error \d+$|"
    r"^tar: (?:Error is not recoverable|Exiting with failure|Child returned status)|"
    r"^\W*\d+ errors?\b(?!.*\b(?:in|at|on)\b).{0,24}$|Exiting with failure status due to previous|"
    r"^ninja: build stopped|^collect2: error: |^compilation terminated|"
    r"^error: command '[^']+' failed with exit |"
    r"^exit status \d|^(?!.*(?i:error|child|worker|process))[\w .:/-]{0,40}\b(?:exit(?:ed)?|ended|"
    r"finished|stopped) (?:with )?(?:exit )?(?:code|status)[ :=]{1,3}\d+\W*$|^\W*(?:training|"
    r"fine-?tuning|evaluation|the (?:run|job|training)|job|run) (?:has )?(?:failed|aborted|"
    r"crashed)\b(?! (?:because|to)\b)[^:]{0,40}$|^ *(?:Status|Phase|State): +Failed$|"
    r"^Check the (?:logs?|output)\b|^(?:\[\w+\] )?Failed to train\b[^:]*$|"
    r"Command exited with (?:code|status) \d+|^srun: error: .* Exited with exit code \d+$|"
    r"^ERROR: (?:Failed building wheel|Failed to build installable wheels|Could not build wheels) |"
    r"note: This error originates from a subprocess|^Failed to build [\w. -]+$|"
    r"subprocess-exited-with-error|^× .* did not run successfully|^│ exit code: \d+|"
    r"exits with return code = [1-9]\d*$|: \[ERROR\] failed$|^failed$|"
    r"^Error code: +\w+$|^[\w./-]+\.(?:py|"
    r"pyx|pxi):\d+: [A-Z]\w+$|ABORT!!! Out of all \d+ trainers|^mv: cannot stat\b|"
    r"^\W*Something went wrong (?:when|while|during) [^.:]*$|Error processing event\.$|"
    r"Trial task failed for trial \S+$|"
    r"^rsync error: |\bfailed with \d+\W*$|^(?:\[[^\]]{1,30}\] )?\W*(?:giving up|exiting|aborting|"
    r"stopping|leaving|shutting down)\b(?:[ .!]*$| (?:after|with|now)\b.{0,30}$)"
)
_RUNNER_ECHO = re.compile(r"^ERROR: Job failed: exit (?:code|status) \d+$")
_MESSAGE = re.compile(r'\b(?:msg|message|event)"?[=:] ?"(?P<said>[^"\\]*)"')
_STATUS = re.compile(r"(?i)^(?:\w+ing|\w+ed|read|kept|built|ran|wrote|sent|split)(?: |…|\.\.\.|$)")
_OF_A_STACK = re.compile(r'^(?:[\^~]+$|\^C$|File "[^"]+", line \d+)')
_COMPLAINT = re.compile(
    r"^(?:(?:srv +)?(?:(?=\w*_)\w+|main|operator|error)(?:\(\))?: [^\n]*\b(?:failed|error|unable|"
    r"cannot|out of memory|cleaning up)\b|(?:Failed to|Cannot|Could ?n[o']t) \w|"
    r"(?:\w+ ){1,3}(?:failed: |[Ee]rror\b: )|[A-Z]\w*assert: |(?:Segmentation fault|Aborted)\b|"
    r"Error during |\*\*\* Error in |[\w./]+: job failed\b|(?:\S+: )?E(?:rror|"
    r"RROR):? (?:[A-Z]\w+ ){1,3}(?:failed|detected) )"
)
_LAST_WORDS = 400  # lines
_HINTS_AT_FAILURE = re.compile(
    r"(?i)crash|\bexit(?:ed|s)? (?:with )?(?:code|status) [1-9]|unreachable|\blost\b|too old|"
    r"expecting value|failure\b|non-zero|Traceback \(most recent"
)
_NAMES_EXCEPTION = re.compile(r"\b[A-Z]\w+(?:Error|Exception)\b")
_DETAIL = re.compile(
    r"^\s+Exit Code: +\d|^[\w./\\-]{1,300}\.(?:cuh?|cpp|cc|c|h|hpp|m|mm|hip):\d+: [A-Za-z]"
)
_LISTED = re.compile(r"^(?:\s+\S|[-*•] |\w[\w.]* -> \w)")
_TAG = re.compile(r"^\[(?:rank|default)\d+\]: ?")
_HEADING = (":", "error")
_FATAL = re.compile(r"\[\w+\] \[Fatal\] (?:\S+ ){3}")
_NAMED = re.compile(r"^\w[\w.]*(?:Error|Exception)\(['\"]")
_LIST_AT_MOST = 40
_LONG = 400
_NEAR_THE_END = 8  # lines
_DETAILS_AT_MOST = 8
_LAUNCHER = re.compile(r"^[WEI]\d{4} .*torch/distributed/")
_LOGGED = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|(?:INFO|WARNING|WARN|DEBUG)\b|\[(?:INFO|WARN)|"
    r"(?:[\w.]+=\S+ )*level=)"
)
_LOGGED_ERROR = re.compile(
    r"^(?:[^\s|]+[ |\t]+){0,6}?\W{0,3}(?:ERROR|CRITICAL|FATAL)\b|^(?:ERROR|CRITICAL|FATAL)[: ]|"
    r"^(?:[\w.]+=\S+ )*level=\"?(?:error|fatal|critical|panic)\b"
)


def tail_lines(log: Log, size: int = TAIL, end: int | None = None) -> list[Line]:
    """The last lines of the log, or the last before `end`; what a bar stands before, without it."""
    end = len(log) if end is None else end
    floor = max(0, end - size)
    start = log.rfind(b"\n", 0, floor) + 1 if floor else 0
    start = max(start, floor - (1 << 20)) if floor else start
    lines = lines_between(log, start, end, 1 << 16)[-TAIL_LINES:]
    return [line._replace(text=as_said(line.text)) for line in lines]


def _goes_on(message: Message, line: Line, following: Line) -> bool:
    if following.start > line.end + 1:
        return message.takes_after_blank(following.text)
    return message.takes(following.text)


def _belongs(message: Message, lines: list[Line], number: int) -> bool:
    text = lines[number].text
    echo = _is_echo(text) and not is_of_person(text)
    if not echo and _is_neutral(text) and not lines[number - 1].text.rstrip().endswith((":", ",")):
        return False
    tag = _TAG.match(lines[number].text)
    if tag is not None and message.lines[0].startswith(tag[0]):
        text = text[tag.end() :]
    return echo or _goes_on(message, lines[number - 1], lines[number]._replace(text=text))


def _is_neutral(text: str) -> bool:
    """Whether a line tells only what the program is at: `loading base`, `kept 0 rows`."""
    return bool(_STATUS.match(text)) and not tells_of_failure(text)


def tells_of_failure(text: str) -> bool:
    """Whether a line holds any of the words in which failures are told."""
    return bool(_ERROR_WORDS.search(text[:2000]))


def tells_of_none(lines: list[Line]) -> bool:
    """Whether words were printed, and among the last of them none in which failures are told."""
    said = [without_prefix(line.text[:2000]) for line in lines[-_LAST_WORDS:]]
    told = any(
        _HINTS_AT_FAILURE.search(text)
        or (tells_of_failure(text) or _NAMES_EXCEPTION.search(text))
        and is_complaint(text)
        for text in said
    )
    return not told and any(text.count(" ") > 1 for text in said)


def states_failure(text: str) -> bool:
    """Whether a line states a failure, in no exception's name and as no mere warning."""
    said = without_prefix(text[:2000])
    return (
        tells_of_failure(said)
        and is_complaint(said)
        and not _is_echo(text)
        and not _OF_A_STACK.match(said)
        and not _NAMES_EXCEPTION.search(said)
    )


def last_words(lines: list[Line]) -> Report:
    """These lines, as what reports the failure; the last of them for the title."""
    return Report(
        "lines",
        lines[0].start,
        lines[-1].end,
        without_prefix(lines[-1].text),
        None,
        tuple(lines),
    )


def end_of_details(lines: list[Line], said: Line) -> int:
    """Where the details end that directly follow a line: deeper lines, a place in the code."""
    below = [line for line in lines if line.start > said.start]
    margin = len(said.text) - len(said.text.lstrip())
    end = said.end
    for line in below[:_DETAILS_AT_MOST]:
        depth = len(line.text) - len(line.text.lstrip())
        deeper = line.text.strip() and depth > margin and not _PROGRESS.search(line.text[:2000])
        if not deeper and not _DETAIL.match(line.text[:2000]):
            break
        end = line.end
    return end


def last_error_lines(log: Log, said_by_exit: bool, end: int | None = None) -> Report | None:
    """The last lines that say what failed: a logged error, a shell's word, what sys.exit printed.

    said_by_exit: the exit code is that of sys.exit("message"), so the very last line may be it.
    """
    tail = tail_lines(log, end=end)
    report = _last_report([line for line in tail if _says_something(line.text)], said_by_exit)
    return report and replace(report, end=end_of_stack(tail, report.end))


def _last_report(lines: list[Line], said_by_exit: bool) -> Report | None:
    told = [line for line in lines if not _RUNNER_ECHO.match(without_prefix(line.text[:300]))]
    if len(told) < len(lines) and (number := _told_at(told, said_by_exit=False)) is not None:
        if number >= len(told) - _NEAR_THE_END:
            return _report_at(told, number)
    number = _told_at(lines, said_by_exit) if lines else None
    return _report_at(lines, number) if number is not None else None


def _told_at(lines: list[Line], said_by_exit: bool) -> int | None:
    """The number of the last line that says what failed."""
    number = _last_record(lines)
    if number is None:
        number = _last_matching(lines, _STRONG)
    weak = _last_matching(lines[-8:], _ERROR_WORDS)
    if number is None and weak is not None:
        number = len(lines) - len(lines[-8:]) + weak
    if number is None and said_by_exit and not _is_no_message(lines[-1].text):
        number = _before_echo(lines)
    return number


def _is_no_message(text: str) -> bool:
    """Whether a line is progress or a dictionary of numbers, which sys.exit is not given."""
    return bool(_PROGRESS.search(text) or _NUMBERS.fullmatch(without_prefix(text[:2000])))


def _says_something(text: str) -> bool:
    """False for an empty line, a frame of a stack, and the carets below its code."""
    said = without_prefix(text[:2000])
    of_stack = _OF_A_STACK.match(said) or is_native(said)
    return bool(said) and not is_only_prefix(said) and not of_stack


def _before_echo(lines: list[Line]) -> int:
    """The last line that is more than an echo of what was said before it; if none, the last."""
    said = (n for n in range(len(lines) - 1, -1, -1) if not _is_echo(lines[n].text))
    return next(said, len(lines) - 1)


def _is_echo(text: str) -> bool:
    """Whether a line, or the message of the record in it, only repeats that something failed.

    So does a command that a shell shows before it runs it.
    """
    message = _MESSAGE.search(text[:4000])
    text = without_prefix(text)
    echoed = is_of_person(text) or _ECHO.search(text)
    return bool(echoed or (message and _ECHO.search(message["said"])))


def _last_record(lines: list[Line]) -> int | None:
    """The last line logged as an error, if no other record follows it."""
    for number in range(len(lines) - 1, max(-1, len(lines) - _BACK), -1):
        text = lines[number].text[:300]
        if _is_echo(text):
            continue
        if _LOGGED_ERROR.match(text):
            return _before_hint(lines, number)
        if _LOGGED.match(text) or _PROGRESS.search(text) or _LAUNCHER.match(text):
            return None
    return None


def _before_hint(lines: list[Line], number: int) -> int:
    """The record before this one, where this one only says what to do about it."""
    above = lines[number - 1].text[:300] if number else ""
    is_hint = bool(_HINT.search(lines[number].text[:300]))
    return number - 1 if is_hint and _LOGGED_ERROR.match(above) else number


def is_complaint(text: str) -> bool:
    """Whether a line may tell of a failure: it is neither progress nor a record of less."""
    return not _PROGRESS.search(text[:2000]) and not _HARMLESS.search(text[:2000])


def is_error_of(tag: re.Pattern[str], line: Line) -> bool:
    """Whether a line was logged as an error by the process that this tag names."""
    text = line.text[:300]
    return bool(tag.search(text[:100]) and _LOGGED_ERROR.match(text))


def _last_matching(lines: list[Line], pattern: re.Pattern[str]) -> int | None:
    for number in range(len(lines) - 1, max(-1, len(lines) - _BACK), -1):
        text = lines[number].text[:2000]
        if _LAUNCHER.match(text):
            continue
        if _is_echo(text):
            continue
        says = pattern.search(text) or pattern.search(without_prefix(text))
        if says and is_complaint(text):
            return number
    return None


def _report_at(lines: list[Line], number: int) -> Report:
    line = lines[number]
    record = parse_record(line) if line.text.lstrip().startswith("{") else None
    last = number
    number = _first_of_the_same(lines, _heading(lines, number))
    number = _first_of_those_passed_on(lines, number)
    line = lines[number]
    message = Message("", line.text)
    heads = line.text.rstrip().endswith(_HEADING)
    while record is None and last + 1 < len(lines):
        if not _belongs(message, lines, last + 1) and not (
            heads and _LISTED.match(lines[last + 1].text)
        ):
            break
        last += 1
        message.add(lines[last].text)
    said = line.text[len(_prefix_shared(lines, number)) :]
    headline = record.final.headline if record is not None else without_prefix(said)
    below = lines[number + 1].text if number < last else ""
    headline = below.strip() if headline.endswith(":") and _NAMED.match(below) else headline
    taken = tuple(lines[number : last + 1])
    return Report("lines", line.start, lines[last].end, headline, None, taken)


def _prefix_shared(lines: list[Line], number: int) -> str:
    """What stands before this line as before one of its neighbours, but for the numbers in it."""
    near = (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2])
    found = (shared_prefix(lines[number].text, line.text) for line in near)
    return max(found, key=len, default="")


def _first_of_the_same(lines: list[Line], number: int) -> int:
    """The first of the lines that say the same of other numbers: of other threads, or blocks."""
    said = lines[number].text
    same = same_shape(said) if len(said) < _LONG else None
    while same is not None and number and (above := lines[number - 1].text) != said:
        if not same.fullmatch(above) and not _are_fatal(above, said):
            break
        number -= 1
    return number


def _are_fatal(above: str, said: str) -> bool:
    """Whether both say the same but for its end, as what ended the program: LightGBM goes on."""
    begun = _FATAL.match(said)
    return begun is not None and above.startswith(begun[0])


def _first_of_those_passed_on(lines: list[Line], number: int) -> int:
    """The root of a run of complaints, each of which passes on what the one above it says."""
    while number and all(
        _COMPLAINT.match(said) and not _NAMES_EXCEPTION.search(said)
        for said in (without_prefix(line.text[:2000]) for line in lines[number - 1 : number + 1])
    ):
        number -= 1
    return number


def _heading(lines: list[Line], number: int) -> int:
    """The line that a list of complaints stands under, if this is one of them."""
    above = number
    while above > 0 and _LISTED.match(lines[above].text) and number - above < _LIST_AT_MOST:
        above -= 1
    text = lines[above].text.rstrip()
    return above if text.endswith(_HEADING) and not _LISTED.match(text) else number
