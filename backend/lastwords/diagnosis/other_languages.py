"""Failures that other languages and test runners report: node, Java, Rust, Go, pytest, hydra.

R, Julia, MATLAB and Rust's `Error:` stand in `stated_errors`.

Each has a form of its own for what Python calls a traceback. Only the last TAIL bytes are read:
what ended such a program stands at the end of its log.
"""

import re
from collections.abc import Callable, Sequence

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.message import is_of_person
from lastwords.diagnosis.report_parts import last_matching, report_of, run_of
from lastwords.diagnosis.reports import Report
from lastwords.diagnosis.stated_errors import find_stated_errors
from lastwords.diagnosis.unloaded_libraries import find_unloaded_library

_AT = re.compile(
    r"^\s+at \S|^\s+\.\.\. \d+ (?:more|common frames)|^Caused by: |^\s+\[cause\]:|^\s*\}$|"
    r"^  (?:code|requireStack|errno|syscall|path|address|port): "
)
_THROWN = re.compile(
    r"^(?:Exception in thread \"[^\"]*\" |Uncaught |\[?Caused by: )?"
    r"(?P<said>(?:[\w$]+\.)*(?:[A-Z][\w$]*)?(?:Error|Exception|Throwable|Failure)\b"
    r"(?: \[\w+\])?(?::.*)?)$"
)
_CODE_FRAME = re.compile(r"^(?:/|file://|node:|[\w./-]+\.[cm]?[jt]s:)\S*:\d+$")
_RUST = re.compile(r"^thread '[^']*'(?: \(\d+\))? panicked at ")
_RUST_MORE = re.compile(r"^(?:stack backtrace:|note: |\s+\d+: |\s+at |\s*$)")
_GO = re.compile(r"^(?:panic: |fatal error: )\S")
_GO_MORE = re.compile(
    r"^(?:goroutine \d+|\[signal |\t|\S[^\s(]*+\(.*\)$|created by |exit status \d|\s*$)"
)
_PYTEST = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$")
_PYTEST_END = re.compile(
    r"^(?>=+ .*?\b(?:failed|errors?)\b|\d+ (?:failed|errors?)\b).*? in [\d.]++s"
)
_PYTEST_NAME = re.compile(r"^_{3,} (?:ERROR (?:at \w+ of|collecting) )?(?P<name>\S.*?) _{3,}$")
_PYTEST_PLACE = re.compile(r"^(?P<file>\S+\.py):(?P<line>\d+): (?:in (?P<function>\w+)|\w+)?")
_HYDRA = "Set the environment variable HYDRA_FULL_ERROR=1"
_LOGGED = re.compile(
    r"^(?:\[?\d{4}-|\[\d\d:|INFO|WARNING|DEBUG|> |\[[\w ]{1,20} \d{4}-\d\d-\d\d )|Warning: "
)
_HYDRA_ABOVE = 30
_ABOVE = 12


def find_foreign(lines: Sequence[Line]) -> list[Report]:
    """Every such report in these last lines of a log."""
    finders: tuple[Callable[[Sequence[Line]], Report | None], ...] = (
        _pytest,
        _hydra,
        _rust,
        _go,
        _thrown,
    )
    found = [report for finder in finders if (report := finder(lines)) is not None]
    return [*find_unloaded_library(lines), *found, *find_stated_errors(lines)]


def _thrown(lines: Sequence[Line]) -> Report | None:
    """`Type: message`, then lines `at function (file:line)`: node and Java."""
    last = last_matching(lines, re.compile(r"^\s+at \S"))
    if last is None:
        return None
    first = last
    while first > 0 and _AT.match(lines[first - 1].text[:2000]):
        first -= 1
    for above in range(first - 1, max(-1, first - _ABOVE), -1):
        found = _THROWN.match(lines[above].text[:4000])
        if found is not None:
            end = run_of(lines, last, _AT)
            return report_of(
                "foreign", lines[_with_code(lines, above) : end], found["said"].strip()
            )
    return None


def _with_code(lines: Sequence[Line], thrown: int) -> int:
    """Node shows the code above the error: a place, the line, a caret."""
    for above in range(thrown - 1, max(-1, thrown - 6), -1):
        if _CODE_FRAME.match(lines[above].text.strip()):
            return above
    return thrown


def _rust(lines: Sequence[Line]) -> Report | None:
    first = last_matching(lines, _RUST)
    if first is None:
        return None
    end = first + 1
    while end < len(lines) and not lines[end].text.startswith(("note: ", "stack backtrace:")):
        if end - first > _ABOVE:
            return None
        end += 1
    said = next((line.text.strip() for line in lines[first + 1 : end] if line.text.strip()), "")
    headline = f"{lines[first].text.strip()} {said}".strip()
    return report_of("foreign", lines[first : run_of(lines, end, _RUST_MORE)], headline)


def _go(lines: Sequence[Line]) -> Report | None:
    first = last_matching(lines, _GO)
    if first is None or not any(
        line.text.startswith("goroutine ") for line in lines[first : first + 12]
    ):
        return None
    return report_of(
        "foreign", lines[first : run_of(lines, first + 1, _GO_MORE)], lines[first].text.strip()
    )


def _pytest(lines: Sequence[Line]) -> Report | None:
    first, end = last_matching(lines, _PYTEST), last_matching(lines, _PYTEST_END)
    if first is None or end is None or end < first:
        return None
    taken = lines[first : end + 1]
    said = [line.text[1:].strip() for line in taken if line.text.startswith("E  ")]
    name = next((m["name"] for line in taken if (m := _PYTEST_NAME.match(line.text))), "")
    place = next((m for line in taken if (m := _PYTEST_PLACE.match(line.text))), None)
    frame = None
    if place is not None:
        function = place["function"] or name.partition("[")[0].rpartition(".")[2]
        frame = Frame(place["file"], int(place["line"][:9]), function)
    failed = next((line.text.strip() for line in taken if line.text.startswith("FAILED ")), "")
    return report_of("tests", taken, said[0] if said else failed or name, frame)


def _hydra(lines: Sequence[Line]) -> Report | None:
    """Hydra hides its traceback and says so in its last line."""
    last = last_matching(lines, re.compile(re.escape(_HYDRA)))
    if last is None:
        return None
    first = last
    for above in range(last - 1, max(-1, last - _HYDRA_ABOVE), -1):
        text = lines[above].text
        if "Traceback" in text or _LOGGED.match(text) or is_of_person(text):
            break
        if text.strip() and not text.startswith((" ", "\t")):
            first = above
    if first == last or lines[first - 1].text.startswith("  File"):
        return None
    return report_of("usage", lines[first:last], lines[first].text.strip())
