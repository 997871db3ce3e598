"""A native library that could not be loaded, or twice, said in one line before the program ends.

CUDA's libraries call abort() when a part of them is missing, and the loader ends a program before
it starts: what they say is the failure, and not the signal. A program that goes on without the
library says the same words as a warning.
"""

import re
from collections.abc import Sequence

from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.report_parts import report_of
from lastwords.diagnosis.reports import Report

_LIBRARY = r"[\w.+/\\@-]*?\w[\w.+-]*\.(?:so|dll|dylib)\b(?:\.\d+)*"
UNLOADED = (
    r"[Uu]nable to load any of \{(?P<any>" + _LIBRARY + r")|"
    r"[Cc]ould not (?:load library|locate) (?P<load>" + _LIBRARY + r")|"
    r"error while loading shared libraries: (?P<shared>" + _LIBRARY + r")|"
    r"(?:^dyld(?:\[\d+\])?: |dlopen\([^\n]{0,400}\): )Library not loaded: (?P<dyld>"
    + _LIBRARY
    + r")"
)
"""What is said of a library that could not be loaded; its name in one of the groups."""
_UNLOADED = re.compile(rf"{UNLOADED}|^OMP: Error #\d+: ")
_MORE = re.compile(
    r"^(?:Invalid handle\. Cannot load symbol|Please make sure \S+ is in your library path|"
    r"Error: lib[\w.]+: cannot open|OMP: (?:Hint|Warning) |  (?:Referenced from|Reason): )"
)
_ENDED = re.compile(
    r"\b(?:Aborted|core dumped|abort|IOT instruction|SIGABRT|exit(?:ed)? (?:with )?(?:code|status))"
    r"\b|^[\w./-]+sh: line \d+: +\d+ |^\S{0,80}(?:[$#%❯>])(?: |$)|^\([\w.-]+\) \S+[$#%]"
)
_LOOKED_AT = 40


def find_unloaded_library(lines: Sequence[Line]) -> list[Report]:
    """The report of such a line, where nothing but the end of the program follows it."""
    full = [line for line in lines if line.text.strip()][-_LOOKED_AT:]
    said = [n for n, line in enumerate(full) if _UNLOADED.search(without_prefix(line.text[:1000]))]
    if not said:
        return []
    first = end = said[0]
    while end + 1 < len(full) and (end + 1 in said or _MORE.match(full[end + 1].text)):
        end += 1
    if not all(_ENDED.search(line.text[:1000]) for line in full[end + 1 :]):
        return []
    return [report_of("raised", full[first : end + 1], without_prefix(full[first].text))]
