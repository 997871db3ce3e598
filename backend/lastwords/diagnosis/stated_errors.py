"""Errors that R, Julia, MATLAB and Rust's anyhow state, each in a form of its own.

Error in `fit()`:                     R: a call, its message below `!` or behind ` :`
! Lantern is not loaded.
ERROR: LoadError: UndefVarError: …    Julia: before `Stacktrace:`
Error using trainnet (line 46)        MATLAB: its message on the next line
Error: DriverError(…)                 Rust: before `Caused by:` or `Stack backtrace:`
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.report_parts import last_matching, report_of, run_of
from lastwords.diagnosis.reports import Report
from lastwords.diagnosis.traceback_syntax import Part

KIND = "raised"
_ABOVE = 60
_WARNED = 8  # lines of the warnings below an error of R
_AFTER = 2  # lines of others that may follow an error of R that does not say `Execution halted`
_R = re.compile(r"^Error(?: in (?!sys\.|atexit|`?sys\.)\S[^\n]{0,400}?)? ?:(?: |$)")
_R_CALL = re.compile(r"^Error in [^\n]{1,400}? :(?: |$)|^Error in `[^`\n]{1,400}`(?: ?:|$)")
_R_MORE = re.compile(
    r"^(?:[!ℹ✖✔•×ix*] |  +\S|Caused by error|\s+! |Exception raised from |frame #\d)"
)
_R_TAIL = re.compile(
    r"^(?:Calls: |In addition: |Warning messages?:|Execution halted|Backtrace:|Run `?rlang|"
    r"Traceback:|No traceback available|> |>$|\s|\d+: |In |Timing stopped)"
)
_R_SEEN = re.compile(
    r"^(?:> |R version \d|Loading required package: |Attaching package: )|\bRscript\b|\blibrary\("
)
_R_ENDED = "Execution halted"
_JULIA = re.compile(r"^ERROR: \S")
_JULIA_STACK = "Stacktrace:"
_JULIA_MORE = re.compile(r"^(?:\s|Stacktrace:|in expression starting at |caused by: |$)")
_JULIA_CALL = re.compile(r"^ *\[\d+\] (?P<function>\S[^\n(]*)")
_JULIA_PLACE = re.compile(r"^ +@ (?:[\w.]+ )?(?P<file>[^\s:][^\n]{0,400}?):(?P<line>\d+)(?:$| )")
_JULIA_INSTALLED = re.compile(r"^(?:\./|none$|REPL)|\.julia/|/julia[\w.-]*/|/stdlib/")
_MATLAB = re.compile(r"^(?:Error using |\?\?\? Error using )\S[^\n]{0,200}$")
_MATLAB_PLACE = re.compile(r"^Error in \S[^\n]{0,200} \(line \d+\)")
_RUST = re.compile(r"^Error: ?(?:\S|$)")
_RUST_BELOW = re.compile(r"^(?:Caused by:\s*$|Stack backtrace:|Location:|  +Backtrace omitted)")
_RUST_CHAIN = re.compile(r"^(?:Caused by:|\s+\S)")
_NUMBER = re.compile(r"^\d+: ")
_OF_SYSTEM = re.compile(r"\(os error \d+\)")


def find_stated_errors(lines: Sequence[Line]) -> list[Report]:
    """Every such report in these last lines of a log."""
    finders: tuple[Callable[[Sequence[Line]], Report | None], ...] = (_rust, _julia, _matlab, _r)
    return [report for finder in finders if (report := finder(lines)) is not None]


def _joined(*texts: str) -> str:
    return " ".join(text.strip() for text in texts if text.strip())


def _r(lines: Sequence[Line]) -> Report | None:
    first = last_matching(lines, _R)
    if first is None:
        return None
    end = run_of(lines, first + 1, _R_MORE)
    if not _is_of_r(lines, first, end):
        return None
    below = lines[end : run_of(lines, end, _R_TAIL)][:_WARNED]
    opens = lines[first].text.rstrip().endswith((":", "`")) and end > first + 1
    headline = _joined(lines[first].text, lines[first + 1].text if opens else "")
    report = report_of(KIND, lines[first:end], headline)
    warned = tuple(line for line in below if line.text.strip() not in ("", _R_ENDED))
    return Report(KIND, report.start, report.end, headline, None, report.lines + warned)


def _is_of_r(lines: Sequence[Line], first: int, end: int) -> bool:
    """Whether R says it, and it is what ended the program."""
    below = [line.text for line in lines[end:] if line.text.strip()]
    if _R_ENDED in below:
        return True
    others = [text for text in below if not _R_TAIL.match(text)]
    stands = _R_CALL.match(lines[first].text[:1000]) or (
        end > first + 1 and lines[first + 1].text.startswith("! ")
    )
    seen = stands or any(_R_SEEN.search(line.text[:400]) for line in lines[:first][-_ABOVE:])
    return bool(seen) and len(others) <= _AFTER


def _julia(lines: Sequence[Line]) -> Report | None:
    stack = last_matching(lines, re.compile(f"^{_JULIA_STACK}"))
    if stack is None:
        return None
    above = range(stack - 1, max(-1, stack - _ABOVE), -1)
    first = next((n for n in above if _JULIA.match(lines[n].text[:2000])), None)
    if first is None:
        return None
    taken = lines[first : run_of(lines, stack, _JULIA_MORE)]
    frame = _julia_frame([line.text[:1000] for line in taken])
    found = report_of(KIND, taken, lines[first].text.strip(), frame)
    said = tuple(line for line in lines[first:stack] if line.text.strip())
    return Report(KIND, found.start, found.end, found.headline, frame, said)


def _julia_frame(texts: Sequence[str]) -> Frame | None:
    """The deepest place outside Julia and its packages; the deepest stands first."""
    for call, place in pairwise(texts):
        called, found = _JULIA_CALL.match(call), _JULIA_PLACE.match(place)
        if called is None or found is None or _JULIA_INSTALLED.search(found["file"]):
            continue
        return Frame(found["file"], int(found["line"][:9]), called["function"].strip())
    return None


def _matlab(lines: Sequence[Line]) -> Report | None:
    first = last_matching(lines, _MATLAB)
    if first is None or first + 1 >= len(lines) or not lines[first + 1].text.strip():
        return None
    end = first + 1
    while end < len(lines) and lines[end].text.strip():
        end += 1
    headline = _joined(lines[first].text, lines[first + 1].text)
    while end + 1 < len(lines) and _MATLAB_PLACE.match(lines[end + 1].text[:1000]):
        end += 2
        while end < len(lines) and lines[end].text.strip():
            end += 1
    return report_of(KIND, lines[first:end], headline)


def _rust(lines: Sequence[Line]) -> Report | None:
    below = last_matching(lines, _RUST_BELOW)
    if below is None:
        return None
    above = range(below - 1, max(-1, below - _ABOVE), -1)
    first = next((n for n in above if _RUST.match(lines[n].text[:2000])), None)
    if first is None or any(line.text.startswith("Traceback") for line in lines[first:below]):
        return None
    end = first + 1
    while end < len(lines) and _is_of_chain(lines, end):
        end += 1
    bare = lines[first].text.strip() == "Error:" and end > first + 1
    chain = [_NUMBER.sub("", line.text.strip()) for line in lines[first:end]]
    report = report_of(KIND, lines[first:end], _joined(*chain[: 1 + bare]))
    said = ": ".join(filter(None, chain)).replace("::", ":").replace(": Caused by:", ":")
    return replace(report, thrown=Part(0, 0, _type_of(said), [said.removeprefix("Error: ")]))


def _type_of(said: str) -> str:
    """The name that Python has for what the operating system refused."""
    return "OSError" if _OF_SYSTEM.search(said) else "Error"


def _is_of_chain(lines: Sequence[Line], at: int) -> bool:
    """Whether a line tells what caused the error; an empty one, if such a line follows it."""
    if lines[at].text.strip():
        return bool(_RUST_CHAIN.match(lines[at].text[:1000]))
    return at + 1 < len(lines) and lines[at + 1].text.startswith("Caused by:")
