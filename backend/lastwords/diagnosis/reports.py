"""Failures that are reported without a Python traceback.

Found: faulthandler dumps, C++ `terminate called`, usage errors of argparse, click and typer, syntax
errors of the script itself, what the launcher says (no such file, no module), sys.exit's message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lastwords.diagnosis.encoded import parse_record
from lastwords.diagnosis.explanation import Frame, Log
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import (
    Line,
    Window,
    lines_before,
    lines_between,
    start_of_line,
)
from lastwords.diagnosis.message import Message
from lastwords.diagnosis.parts import frame_of

TAIL = 64 << 10
_FAULT = re.compile(r"^(?:.*?)(Fatal Python error: .*|Timeout \(\d+:\d\d:\d\d[.\d]*\)!)$")
_DUMP = re.compile(
    r"^(?:Fatal Python error|Python runtime state|(?:Current thread|Thread) 0x|  File \"|"
    r"  \.\.\.|  <no Python frame>|  Binary file|Extension modules:|Current thread's C stack|"
    r"  /|\s*$|Stack \(most recent|Timeout \(|  Garbage-coll)"
)
_TERMINATE = b"terminate called "
_TERMINATE_MORE = re.compile(r"^\s*what\(\):")
_STOPS_WHAT = re.compile(
    r"^(?:Fatal Python error|Aborted|\[\S+ signal|\*\*\* |\[rank|[IWE]\d{4} |\s*$|Traceback)"
)
_USAGE = re.compile(r"^(?:\S.*\s)?[uU]sage: ")
_USAGE_ERROR = re.compile(r"^(?:\S+(?: \S+){0,3}: error: |Error: |error: )")
_SYNTAX = re.compile(r"^(?:SyntaxError|IndentationError|TabError|UnicodeError): ")
_ERROR_BOX = re.compile(r"^\s*[╭┌+][─-]+ Error [─-]+[╮┐+]\s*$")
_BOX_END = re.compile(r"^\s*[╰└+][─-]{5,}[╯┘+]\s*$")


@dataclass(frozen=True)
class Report:
    """Bytes [start, end) of the log that report the failure, and its headline."""

    kind: str
    start: int
    end: int
    headline: str
    frame: Frame | None = None
    lines: tuple[Line, ...] = ()


def find_reports(log: Log) -> list[Report]:
    """Every kind of report that the log holds, those that prove most first."""
    finders: tuple[Callable[[Log], Report | None], ...] = (
        _terminate,
        _fault,
        _usage,
        _error_box,
        _syntax,
    )
    return [report for finder in finders if (report := finder(log)) is not None]


def _fault(log: Log) -> Report | None:
    """A dump of faulthandler, after a crash or after the time that it was told to wait."""
    at = max(log.rfind(b"Fatal Python error: "), log.rfind(b"Timeout ("))
    if at < 0:
        return None
    start = start_of_line(log, at)
    window = Window(log, start)
    first = window.line(0)
    found = _FAULT.match(first.text) if first is not None else None
    if first is None or found is None:
        return None
    prefix = first.text[: found.start(1)]
    taken = [first]
    threads: list[tuple[str, list[Frame]]] = []
    index = 1
    while (line := window.line(index)) is not None:
        text = line.text.removeprefix(prefix)
        if not _DUMP.match(text):
            break
        if text.strip():
            taken.append(line)
        _collect(threads, text)
        index += 1
    if found[1].startswith("Timeout") and (line is not None or not threads):
        return None  # it was told to go on, or is no dump
    return Report("fault", first.start, taken[-1].end, found[1], _own(threads), tuple(taken))


def _collect(threads: list[tuple[str, list[Frame]]], text: str) -> None:
    """A dump's frames read `File "x.py", line 3 in f`, the deepest first."""
    if text.startswith(("Current thread", "Thread 0x", "Stack (most")):
        threads.append((text, []))
    found = re.match(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>.+)$', text)
    if found is not None and threads:
        frame = Frame(found["file"], int(found["line"][:9]), found["function"].strip())
        threads[-1][1].append(frame)


def _own(threads: list[tuple[str, list[Frame]]]) -> Frame | None:
    """The program's own deepest frame, in the thread that crashed; the main one is last."""
    current = [frames for name, frames in threads if name.startswith("Current thread 0x")]
    frames = (current or [frames for _, frames in threads[-1:]] or [[]])[0]
    return next((frame for frame in frames if not installed(frame)), None)


def _terminate(log: Log) -> Report | None:
    at = log.rfind(_TERMINATE)
    if at < 0:
        return None
    window = Window(log, start_of_line(log, at))
    first = window.line(0)
    if first is None or "terminate called" not in first.text:
        return None
    headline = first.text[first.text.index("terminate called") :].strip()
    taken = [first]
    index = 1
    while (line := window.line(index)) is not None and not _STOPS_WHAT.match(line.text):
        if index == 1 and not _TERMINATE_MORE.match(line.text):
            break
        taken.append(line)
        index += 1
    frame, taken = _with_dump(log, taken)
    return Report("terminate", first.start, taken[-1].end, headline, frame, tuple(taken))


def _with_dump(log: Log, taken: list[Line]) -> tuple[Frame | None, list[Line]]:
    """Where faulthandler was on, its dump follows directly and belongs to the report."""
    dump = _fault(log)
    if dump is None or not taken[-1].end < dump.start < taken[-1].end + 3:
        return None, taken
    return dump.frame, taken + list(dump.lines)


def _usage(log: Log) -> Report | None:
    floor = max(0, len(log) - TAIL)
    lines = lines_between(log, log.rfind(b"\n", 0, floor) + 1 if floor else 0, len(log), 1 << 16)
    for number in range(len(lines) - 1, -1, -1):
        if not _USAGE_ERROR.match(lines[number].text):
            continue
        first = _usage_above(lines, number)
        if first is None:
            continue
        after = number + 1
        while after < len(lines) and lines[after].text.startswith("  "):
            after += 1
        taken = lines[first:after]
        headline = lines[number].text.strip()
        return Report("usage", taken[0].start, taken[-1].end, headline, None, tuple(taken))
    return None


def _usage_above(lines: list[Line], number: int) -> int | None:
    for above in range(number - 1, max(-1, number - 400), -1):
        if _USAGE.match(lines[above].text):
            return above
        if lines[above].text.startswith("Traceback"):
            return None
    return None


def _error_box(log: Log) -> Report | None:
    """Typer's box: `╭─ Error ─╮`, wrapped text, its end."""
    floor = max(0, len(log) - TAIL)
    at = max(log.rfind("─ Error ─".encode(), floor), log.rfind(b"- Error -", floor))
    if at < 0:
        return None
    window = Window(log, start_of_line(log, at))
    taken: list[Line] = []
    inside: list[str] = []
    while (line := window.line(len(taken))) is not None:
        taken.append(line)
        if _BOX_END.match(line.text):
            break
        if len(taken) > 1:
            inside.append(line.text.strip().strip("│|").strip())
    if not taken or not _ERROR_BOX.match(taken[0].text):
        return None
    above = lines_before(log, taken[0].start, 12)
    usage = next((n for n, line in enumerate(above) if _USAGE.match(line.text.strip())), None)
    taken = (above[usage:] if usage is not None else []) + taken
    headline = " ".join(text for text in inside if text)
    return Report("usage", taken[0].start, taken[-1].end, headline, None, tuple(taken))


def _syntax(log: Log) -> Report | None:
    """A syntax error of the script that was to run has no header."""
    floor = max(0, len(log) - TAIL)
    lines = lines_between(log, log.rfind(b"\n", 0, floor) + 1 if floor else 0, len(log), 1 << 16)
    for number in range(len(lines) - 1, 0, -1):
        if not _SYNTAX.match(lines[number].text):
            continue
        for above in range(number - 1, max(-1, number - 6), -1):
            frame = frame_of(lines[above].text)
            if frame is None:
                continue
            if above > 0 and lines[above - 1].text.startswith(("Traceback", "    ")):
                return None
            taken = lines[above : number + 1]
            headline = lines[number].text.strip()
            return Report("syntax", taken[0].start, taken[-1].end, headline, frame, tuple(taken))
    return None


_ERROR_WORDS = re.compile(
    r"\b(?:error|fatal|critical|failed|failure|cannot|can't|could not|unable to|no such|not found|"
    r"invalid|denied|refused|missing|abort(?:ed|ing)?|killed|exception|panicked|segmentation fault|"
    r"bus error|out of memory|oom|no module named|command not found|timed? ?out|unrecognized|"
    r"not enough|no space|must|required|expected|nothing to|does not exist|no rows|empty|"
    r"corrupt)\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"^(?:[\w./: -]{0,60})?(?:ERROR|CRITICAL|FATAL|Error|error|fatal|FAILED|Killed|Aborted|"
    r"Segmentation fault|Bus error|E\d{4} )\b|command not found|No module named|can't open file|"
    r"^[uU]sage: |CANCELLED AT|oom[-_]kill|panicked at",
)
_PROGRESS = re.compile(
    r"\d+%\||it/s|s/it|\bloss[ '\":=]+[\d.]|^\s*$|^(?:Epoch|Step|step|epoch)\b|^wandb: (?!ERROR)"
    r"|^[╭╰│=~-]{3,}|^\s*\^+\s*$"
)
_HARMLESS = re.compile(
    r"^Exception ignored|\b(?:WARNING|WARN|INFO|DEBUG|FutureWarning|UserWarning)\b"
)
_HINT = re.compile(
    r"(?i)\b(?:ERROR|CRITICAL|FATAL)\b\W*(?:\[?[\w.]+\]? ?[-:|\]] ?)?(?:hint|try|see|check|run|use|"
    r"please|aborting|exiting|giving up|stopping|install|set)\b"
)
_BACK = 60
_ECHO = re.compile(
    r"^BEGIN failed--|^Execution halted|Exiting with failure status due to previous|"
    r"^ninja: build stopped|^compilation terminated|^exit status \d"
)
_LISTED = re.compile(r"^(?:\s+\S|[-*•] )")
_LIST_AT_MOST = 40
_LAUNCHER = re.compile(r"^[WEI]\d{4} .*torch/distributed/")
_LOGGED = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|(?:INFO|WARNING|WARN|DEBUG)\b|\[(?:INFO|WARN))"
)
_LOGGED_ERROR = re.compile(
    r"^(?:[^\s|]+[ |\t]+){0,6}?\W{0,3}(?:ERROR|CRITICAL|FATAL)\b|^(?:ERROR|CRITICAL|FATAL)[: ]"
)


def tail_lines(log: Log, size: int = TAIL, end: int | None = None) -> list[Line]:
    """The last lines of the log, or the last ones before `end`."""
    end = len(log) if end is None else end
    floor = max(0, end - size)
    start = log.rfind(b"\n", 0, floor) + 1 if floor else 0
    start = max(start, floor - (1 << 20)) if floor else start
    return lines_between(log, start, end, 1 << 16)


def _goes_on(message: Message, line: Line, following: Line) -> bool:
    if following.start > line.end + 1:
        return message.takes_after_blank(following.text)
    return message.takes(following.text)


def _belongs(message: Message, lines: list[Line], number: int) -> bool:
    echo = bool(_ECHO.search(lines[number].text))
    return echo or _goes_on(message, lines[number - 1], lines[number])


def last_words(lines: list[Line]) -> Report:
    """These lines, as what reports the failure; the last of them for the title."""
    return Report(
        "lines", lines[0].start, lines[-1].end, lines[-1].text.strip(), None, tuple(lines)
    )


def last_error_lines(log: Log, said_by_exit: bool, end: int | None = None) -> Report | None:
    """The last lines that say what failed: a logged error, a shell's word, what sys.exit printed.

    said_by_exit: the exit code is that of sys.exit("message"), so the very last line may be it.
    """
    lines = [line for line in tail_lines(log, end=end) if line.text.strip()]
    if not lines:
        return None
    number = _last_record(lines)
    if number is None:
        number = _last_matching(lines, _STRONG)
    weak = _last_matching(lines[-8:], _ERROR_WORDS)
    if number is None and weak is not None:
        number = len(lines) - len(lines[-8:]) + weak
    if number is None and said_by_exit and not _PROGRESS.search(lines[-1].text):
        number = len(lines) - 1
    if number is None:
        return None
    return _report_at(lines, number)


def _last_record(lines: list[Line]) -> int | None:
    """The last line logged as an error, if no other record follows it."""
    for number in range(len(lines) - 1, max(-1, len(lines) - _BACK), -1):
        text = lines[number].text[:300]
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


def _last_matching(lines: list[Line], pattern: re.Pattern[str]) -> int | None:
    for number in range(len(lines) - 1, max(-1, len(lines) - _BACK), -1):
        text = lines[number].text[:2000]
        if _LAUNCHER.match(text):
            continue
        if _ECHO.search(text):
            continue
        if pattern.search(text) and is_complaint(text):
            return number
    return None


def _report_at(lines: list[Line], number: int) -> Report:
    line = lines[number]
    record = parse_record(line) if line.text.lstrip().startswith("{") else None
    last = number
    number = _heading(lines, number)
    line = lines[number]
    message = Message("", line.text)
    while record is None and last + 1 < len(lines) and _belongs(message, lines, last + 1):
        last += 1
        message.add(lines[last].text)
    headline = record.final.headline if record is not None else bare(line.text)
    taken = tuple(lines[number : last + 1])
    return Report("lines", line.start, lines[last].end, headline, None, taken)


def _heading(lines: list[Line], number: int) -> int:
    """The line that a list of complaints stands under, if this is one of them."""
    above = number
    while above > 0 and _LISTED.match(lines[above].text) and number - above < _LIST_AT_MOST:
        above -= 1
    text = lines[above].text.rstrip()
    return above if text.endswith(":") and not _LISTED.match(text) else number


def bare(text: str) -> str:
    """The line as printed, without the spaces around it."""
    return text.strip()
