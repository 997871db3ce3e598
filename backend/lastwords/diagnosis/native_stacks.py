"""The lines of a stack of native code, in whatever form the program, glibc or a debugger prints it.

Covered: glog, gdb, glibc's backtrace_symbols, Kaldi, Marian, PyTorch's C++ frames, macOS.
"""

import re

from lastwords.diagnosis.lines import Line

_AT_MOST = 2_000
_NATIVE = re.compile(
    r"^\s*+(?:(?:PC: +)?@ +(?:0x)?[0-9a-f]{4,} |#/?\d+ +(?:0x[0-9a-f]+|\S+ \()|frame #\d+: |"
    r"\[0x[0-9a-f]{6,}\] |0x[0-9a-f]{6,} in \S|\d+ +\S+ +0x[0-9a-f]{8,} |\(gdb\) |"
    r"exception raised from \S+ at \S|"
    r"\W*(?:check failure |native |c\+\+ )?(?:call |back)?[ -]?(?:stack|trace)[ -]?(?:trace)?\W*$)",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"\+ ?0x[0-9a-f]+\)?(?: ?\[0x[0-9a-f]+\])?$|\[0x[0-9a-f]{6,}\]$")


def is_native(text: str) -> bool:
    """Whether a line is a frame of such a stack, or stands above one as its title."""
    return bool(_NATIVE.match(text[:_AT_MOST]) or _SYMBOL.search(text[-200:].rstrip()))


def end_of_stack(lines: list[Line], end: int) -> int:
    """Where the stack ends that follows what ends at this offset; empty lines may stand between."""
    for line in lines:
        if line.start <= end:
            continue
        if is_native(line.text):
            end = line.end
        elif line.text.strip():
            break
    return end
