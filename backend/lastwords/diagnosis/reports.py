"""Failures that are reported without a Python traceback.

Found: faulthandler dumps, C++ `terminate called`, usage errors of argparse, click and typer, syntax
errors of the script itself.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from lastwords.diagnosis.explanation import Frame, Log
from lastwords.diagnosis.extents import last_lines, run_end
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import (
    HEADER,
    Line,
    Window,
    line_at,
    lines_before,
    lines_between,
    read_lines,
    start_of_line,
)
from lastwords.diagnosis.native_stacks import end_of_stack
from lastwords.diagnosis.prefixes import as_said, without_prefix
from lastwords.diagnosis.traceback_syntax import Part, frame_of

TAIL = 64 << 10
TAIL_LINES = 8_000
_LONGEST_SAID = 64 << 10
_LONGEST_DUMP = 1 << 20  # bytes; a dump that faulthandler made on time counts at the end only
_MOST_LINES = 10_000
_FAULT = re.compile(
    r"^(?:.*?)((?:Fatal Python error|Windows fatal exception): .*|"
    r"Timeout \(\d+:\d\d:\d\d[.\d]*\)!)$"
)
_OF_DUMP = (
    r"Fatal Python error|Python runtime state|(?:Current thread|Thread) 0x|  File \"|"
    r"  \.\.\.|  <no Python frame>|  Binary file|Extension modules:|Current thread's C stack|"
    r"  /|Stack \(most recent|Timeout \(|  Garbage-coll"
)
_DUMP = re.compile(rf"^(?:{_OF_DUMP}|\s*$)")
_DUMPED_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>.+)$')
_NAMED = re.compile(r"^\w+(?:\.\w+)*Error: ")
AT_START = ("core initialized", "preinitialized", "preinitializing")
"""How a dump says that the interpreter had not begun yet: it ends by itself, with status 1."""
_TERMINATE, _TERMINATING = b"terminate called ", b"libc++abi: terminating "
_BEGINS = re.compile(r"terminate called |libc\+\+abi: terminating ")
_THROWN = re.compile(
    r"after throwing an instance of '(?P<type>[^']+)'|"
    r"uncaught exception of type (?P<kind>(?:[^\s:]|::|(?<=unsigned) )+)(?:: (?P<what>.*))?"
)
_TERMINATE_MORE = re.compile(r"^\s*what\(\):")
_STOPS_WHAT = re.compile(
    r"^(?:Fatal Python error|Aborted|zsh: |\S{1,200}: line \d+: +\d+ |\[\S+ signal|\*\*\* |"
    r"\[rank|[IWE]\d{4} |\s*$|Traceback)"
)
_SAID_ON = re.compile(
    rb"(?:(?!Fatal Python|Aborted|zsh: |\[\S|\*\*\* |[IWE]\d{4} |[^\S\n]*+\n|Traceback)[^\n]*+\n)*+"
)
_CHECK = re.compile(
    r"^(?:\S+: )?\S+:\d+: (?>.*?\bAssertion [`']).*' failed\.|"
    r"^F\d{4} \d\d:\d\d:[\d.]+ +\d+ \S+:\d+\] \S|^(?:[\d:. -]{26,30} )?F \S+:\d+\] \S|"
    r"^GGML_ASSERT: \S+:\d+: |^\S+:\d+: GGML_ASSERT\(|^LLVM ERROR: \S|"
    r"^\S+:\d+: failed assertion [`']"
)
_STOPS_CHECK = re.compile(
    r"^(?:\*\*\* |zsh: |\S{1,200}: line \d+: +\d+ |Fatal Python|Aborted|[EWIF]\d{4} |\s+@ )"
)
_CHECK_AT_MOST = 12  # lines of a message that glog logs as fatal
_LOGGED_BY_GLOG = re.compile(r"^E\d{4} \d\d:\d\d:[\d.]+ +\d+ \S+:\d+\] ")
_AFTER_CHECK = re.compile(
    r"\b(?:Aborted|Abort trap|core dumped)\b|^\s*$|^zsh: |^Killing subprocess \d|"
    r"\bresource_tracker: "
)
_SAYING_AT_MOST = 64  # processes
_USAGE_AT_MOST = 400  # lines
_USAGE = re.compile(r"^(?:\S.*\s|`)?[uU]sage: ")
_USAGE_ERROR = re.compile(r"^(?:\S+(?: \S+){0,3}: error: |Error: |error: )")
_PARSERS_ERROR = re.compile(
    r"^\S+\.py: error: (?:unrecognized arguments: |the following arguments are required: |"
    r"argument \S+: |ambiguous option: )"
)
_SYNTAX = re.compile(r"^(?:SyntaxError|IndentationError|TabError|UnicodeError): ")
_ERROR_BOX = re.compile(r"^\s*[╭┌+][─-]+ (?:Parsing error|Error) [─-]+[╮┐+]\s*$")
_BOX_TITLES = ("─ Error ─", "- Error -", "─ Parsing error ─", "- Parsing error -")
_BOX_END = re.compile(r"^\s*[╰└+][─-]{5,}[╯┘+]\s*$")


@dataclass(frozen=True)
class Report:
    """Bytes [start, end) of the log that report the failure, and its headline.

    thrown: the C++ exception that nobody caught, where it says anything.
    """

    kind: str
    start: int
    end: int
    headline: str
    frame: Frame | None = None
    lines: tuple[Line, ...] = ()
    thrown: Part | None = None


def find_reports(log: Log) -> list[Report]:
    """Every kind of report that the log holds, those that prove most first."""
    finders: tuple[Callable[[Log], Report | None], ...] = (
        _terminate,
        _check,
        _fault,
        _usage,
        _error_box,
        _syntax,
    )
    return [report for finder in finders if (report := finder(log)) is not None]


def _fault(log: Log) -> Report | None:
    """A dump of faulthandler, after a crash or after the time that it was told to wait."""
    waited = log.rfind(b"Timeout (", max(0, len(log) - _LONGEST_DUMP))
    windows = log.rfind(b"Windows fatal exception: ", max(0, len(log) - _LONGEST_DUMP))
    at = max(log.rfind(b"Fatal Python error: "), waited, windows)
    if at < 0:
        return None
    first = line_at(log, start_of_line(log, at))
    found = _FAULT.match(first.text[:_LONGEST_SAID])
    if found is None:
        return None
    prefix = first.text[: found.start(1)]
    taken = [first]
    threads: list[tuple[str, list[Frame]]] = []
    line: Line | None = None
    for line in _run(log, first.end + 1, _in_bytes(prefix, rf"{_OF_DUMP}|\r?\n")):
        text = line.text.removeprefix(prefix)
        named = _NAMED.match(text) and taken[-1].text.endswith(AT_START)
        if not _DUMP.match(text) and not named:
            break
        if text.strip():
            taken.append(line)
        _collect(threads, text)
    else:
        line = None
    if found[1].startswith(("Timeout", "Windows")) and (line is not None or not threads):
        return None  # it was told to go on, or is no dump
    return Report("fault", first.start, taken[-1].end, found[1], _own(threads), tuple(taken))


def _in_bytes(prefix: str, starts: str) -> re.Pattern[bytes]:
    """Lines, as many as follow each other, that begin with this prefix and one of these starts."""
    return re.compile(f"(?:{re.escape(prefix)}(?={starts})[^\\n]*+\\n)*+".encode())


def _run(log: Log, start: int, follows: re.Pattern[bytes]) -> Iterator[Line]:
    """The lines from `start` on; of very many that follow each other the middle is left out."""
    at = start
    for line in islice(read_lines(log, start), _MOST_LINES):
        yield line
        at = line.end + 1
    if at < len(log) and at > start:
        yield from read_lines(log, last_lines(log, at, run_end(log, at, follows)))


def _collect(threads: list[tuple[str, list[Frame]]], text: str) -> None:
    """A dump's frames read `File "x.py", line 3 in f`, the deepest first."""
    if text.startswith(("Current thread", "Thread 0x", "Stack (most")):
        threads.append((text, []))
    found = _DUMPED_FRAME.match(text[:_LONGEST_SAID])
    if found is not None and threads:
        frame = Frame(found["file"], int(found["line"][:9]), found["function"].strip())
        threads[-1][1].append(frame)


def _own(threads: list[tuple[str, list[Frame]]]) -> Frame | None:
    """The program's own deepest frame, in the thread that crashed; the main one is last."""
    current = [frames for name, frames in threads if name.startswith("Current thread 0x")]
    frames = (current or [frames for _, frames in threads[-1:]] or [[]])[0]
    return next((frame for frame in frames if not installed(frame)), None)


def _terminate(log: Log) -> Report | None:
    at = max(log.rfind(_TERMINATE), log.rfind(_TERMINATING))
    if at < 0:
        return None
    first = line_at(log, start_of_line(log, at))
    found = _BEGINS.search(first.text[:_LONGEST_SAID])
    if found is None:
        return None
    taken = [first]
    for line in _run(log, first.end + 1, _SAID_ON):
        if _STOPS_WHAT.match(line.text) or (
            len(taken) == 1 and not _TERMINATE_MORE.match(line.text)
        ):
            break
        taken.append(line)
    thrown = _thrown(first.text, taken[1:])
    headline = thrown.headline if thrown.type else first.text[found.start() :].strip()
    frame, taken = _with_dump(log, taken)
    says = thrown if thrown.type and thrown.text.strip() else None
    start, end = _first_to_say(log, first).start, taken[-1].end
    return Report("terminate", start, end, headline, frame, tuple(taken), says)


def _first_to_say(log: Log, line: Line) -> Line:
    """The line of the first of several processes that all say this one, each before its reason."""
    above = lines_before(log, line.start, _SAYING_AT_MOST)
    said = takewhile(lambda each: each.text == line.text, reversed(above))
    return list((line, *said))[-1]


def _check(log: Log) -> Report | None:
    """What native code checked and found untrue, as its last word: C's assert, glog's CHECK."""
    lines = _last_lines(log)
    found = (n for n in range(len(lines) - 1, -1, -1) if _CHECK.match(lines[n].text[:2000]))
    first = end = next(found, -1)
    if first < 0:
        return None
    if lines[first].text.startswith("F"):
        end = _end_of_logged(lines, first)
    end_of_all = end_of_stack(lines[end + 1 :], lines[end].end)
    end += sum(lines[end].end < line.end <= end_of_all for line in lines[end + 1 :])
    after = takewhile(lambda text: HEADER not in text, (line.text for line in lines[end + 1 :]))
    if not all(_AFTER_CHECK.search(text) or _DUMP.match(text) for text in after):
        return None
    headline = without_prefix(lines[first].text)
    while first > 0 and _LOGGED_BY_GLOG.match(lines[first - 1].text):
        first -= 1
    taken = lines[first : end + 1]
    return Report("terminate", taken[0].start, taken[-1].end, headline, None, tuple(taken))


def _end_of_logged(lines: list[Line], first: int) -> int:
    """The last line of a message that glog logged as fatal; it may have several."""
    end = first
    for number in range(first + 1, min(len(lines), first + _CHECK_AT_MOST)):
        if _STOPS_CHECK.match(lines[number].text):
            break
        end = number if lines[number].text.strip() else end
    return end


def _last_lines(log: Log) -> list[Line]:
    floor = max(0, len(log) - TAIL)
    start = log.rfind(b"\n", 0, floor) + 1 if floor else 0
    lines = lines_between(log, start, len(log), 1 << 16)[-TAIL_LINES:]
    return [line._replace(text=as_said(line.text)) for line in lines]


def _thrown(said: str, more: list[Line]) -> Part:
    """The exception as Python would print it; without a type where none is named.

    What it says may be nothing but its type's name, which says no more.
    """
    found = _THROWN.search(said[:_LONGEST_SAID])
    if found is None:
        return Part(0, 0)
    name = (found["type"] or found["kind"]).strip()
    what = [found["what"] or "", *(line.text for line in more)]
    what = [_TERMINATE_MORE.sub("", text).strip() for text in what if text.strip()]
    return Part(0, 0, name, [] if what[:1] == [name] else what)


def _with_dump(log: Log, taken: list[Line]) -> tuple[Frame | None, list[Line]]:
    """Where faulthandler was on, its dump follows directly and belongs to the report."""
    dump = _fault(log)
    if dump is None or not taken[-1].end < dump.start < taken[-1].end + 3:
        return None, taken
    return dump.frame, taken + list(dump.lines)


def _usage(log: Log) -> Report | None:
    lines = _last_lines(log)
    begins = [
        number
        for number, line in enumerate(lines)
        if line.text.startswith("Traceback") or _USAGE.match(line.text)
    ]
    for number in range(len(lines) - 1, -1, -1):
        if not _USAGE_ERROR.match(lines[number].text):
            continue
        first = _usage_above(lines, number, begins)
        if first is None and _PARSERS_ERROR.match(lines[number].text):
            first = number
        if first is None:
            continue
        after = number + 1
        while after < len(lines) and lines[after].text.startswith("  "):
            after += 1
        taken = lines[first:after]
        quote = "`" if taken[0].text.startswith("`") else ""
        headline = lines[number].text.strip().removesuffix(quote or "\0")
        return Report("usage", taken[0].start, taken[-1].end, headline, None, tuple(taken))
    return None


def _usage_above(lines: list[Line], number: int, begins: list[int]) -> int | None:
    """The usage that this error stands below; begins: where a usage or a traceback begins."""
    nearest = bisect_left(begins, number) - 1
    above = begins[nearest] if nearest >= 0 else -1
    near = above >= 0 and number - above < _USAGE_AT_MOST
    return above if near and _USAGE.match(lines[above].text) else None


def _error_box(log: Log) -> Report | None:
    """Typer's box: `╭─ Error ─╮`, wrapped text, its end."""
    floor = max(0, len(log) - TAIL)
    at = max(log.rfind(title.encode(), floor) for title in _BOX_TITLES)
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
    lines = _last_lines(log)
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
