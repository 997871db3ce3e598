"""Logs that a program could print to hold up who explains them, of any size.

Each shape is aimed at a part of the diagnosis: what it looks for, all but found, again and again.
`HOSTILE[name](size)` has about `size` bytes, so that the time of two sizes can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_HEADER = b"Traceback (most recent call last):\n"
_FRAME = b'  File "train.py", line 3, in main\n    main(rows)\n'
_DURING = b"\n\nDuring handling of the above exception, another exception occurred:\n\n"
_CAUSED = b"\n\nThe above exception was the direct cause of the following exception:\n\n"
_ERROR = _HEADER + _FRAME + b"ValueError: bad row\n"

Shape = Callable[[int], bytes]


def _repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> Shape:
    """The piece, as often as fits between what stands before and after."""

    def shape(size: int) -> bytes:
        room = max(0, size - len(before) - len(after))
        return before + piece * (room // len(piece)) + after

    return shape


def _nested(opening: bytes, middle: bytes, closing: bytes, before: bytes = b"") -> Shape:
    """As many openings as closings."""

    def shape(size: int) -> bytes:
        depth = max(1, size // (len(opening) + len(closing)))
        return before + opening * depth + middle + closing * depth + b"\n"

    return shape


def _groups(size: int) -> bytes:
    """Exception groups, each in the one before; a line grows by two with each level."""
    lines = [b"  + Exception Group Traceback (most recent call last):\n"]
    depth = total = 0
    while total < size:
        indent = b" " * (2 + 2 * depth)
        lines += [
            indent + b'|   File "train.py", line 3, in main\n',
            indent + b"| ExceptionGroup: two (1 sub-exception)\n",
            indent + b"+-+---------------- 1 ----------------\n",
            indent + b"  | Exception Group Traceback (most recent call last):\n",
        ]
        total += sum(map(len, lines[-4:]))
        depth += 1
    return b"".join(lines)


def _members(size: int) -> bytes:
    """One exception group with as many members as fit."""
    first = (
        b"  + Exception Group Traceback (most recent call last):\n"
        b'  |   File "train.py", line 3, in main\n  | ExceptionGroup: many (9 sub-exceptions)\n'
    )
    member = (
        b"    | Traceback (most recent call last):\n"
        b'    |   File "train.py", line 3, in main\n    | ValueError: bad\n'
        b"    +---------------- %d ----------------\n"
    )
    lines = [first, b"  +-+---------------- 1 ----------------\n"]
    total = number = 0
    while total < size:
        number += 1
        lines.append(member % (number + 1))
        total += len(lines[-1])
    return b"".join(lines)


def _remote(size: int) -> bytes:
    """Worker processes that carry the error of a worker process, and so on."""
    depth = size // 110
    opening = b'multiprocessing.pool.RemoteTraceback: \n"""\nTraceback (most recent call last):\n'
    return opening * depth + b'ValueError: bad\n"""\n' + _CAUSED + _ERROR


def _words(size: int) -> bytes:
    """One line of an exception whose message is all but a mention of another."""
    return _HEADER + _FRAME + b"ValueError: " + b"KeyError('a" * (size // 11) + b"\n"


_BOX = "╭─ Traceback (most recent call last) ─╮\n".encode()
_IN_BOX = "│ train.py:3 in main                  │\n".encode()
_BOX_END = "╰─────────────────────────────────────╯\n".encode()

HOSTILE: Mapping[str, Shape] = {
    # the parser of tracebacks: chains, frames, messages, groups, lanes
    "chain": _repeated(_ERROR[:-1] + _DURING, after=_ERROR),
    "chain of causes": _repeated(_ERROR[:-1] + _CAUSED, after=_ERROR),
    "chain without stacks": _repeated(b"ValueError: a" + _DURING, after=_ERROR),
    "tracebacks": _repeated(_ERROR),
    "headers": _repeated(_HEADER),
    "headers in one line": _repeated(_HEADER[:-1]),
    "frames": _repeated(_FRAME, _HEADER, b"ValueError: bad row\n"),
    "frames without code": _repeated(_FRAME.split(b"\n")[0] + b"\n", _HEADER),
    "frames repeated": _repeated(
        b"  [Previous line repeated 996 more times]\n", _HEADER + _FRAME, b"ValueError: bad\n"
    ),
    "noise in a stack": _repeated(b"noise\n", _HEADER + _FRAME),
    "noise between frames": _repeated(b"noise\n" * 10 + _FRAME, _HEADER, b"ValueError: bad\n"),
    "message of lines": _repeated(b"  more of it\n", _ERROR[:-1] + b": (\n"),
    "message of blanks": _repeated(b"\n", _ERROR[:-1] + b": (\n", b"x\n"),
    "message of paragraphs": _repeated(b"\n  more of it\n", _ERROR[:-1] + b":\n"),
    "message in one line": _repeated(b"word ", _ERROR[:-1] + b": ", b"\n"),
    "message of one word": _repeated(b"a", _ERROR[:-1] + b": ", b"\n"),
    "message of brackets": _repeated(b"[", _ERROR[:-1] + b": ", b"\n"),
    "message of spaces": _repeated(b" ", _ERROR[:-1] + b": ", b"x\n"),
    "message of quotes": _repeated(b"'", _ERROR[:-1] + b": ", b"\n"),
    "message of mentions": _words,
    "type of dots": _repeated(b"a.", _HEADER + _FRAME, b"\n"),
    "type of dots, its end": _repeated(b"a.", _HEADER + _FRAME, b"Error: x\n"),
    "original tracebacks": _repeated(
        b"RuntimeError: Caught in DataLoader worker\nOriginal " + _HEADER + _FRAME, _HEADER + _FRAME
    ),
    "remote tracebacks": _remote,
    "groups in groups": _groups,
    "members of a group": _members,
    "gutters": _repeated(b"  | a\n", b"  + Exception Group " + _HEADER),
    "lanes": _repeated(b"[rank1]: " + _HEADER),
    "many lanes": lambda size: b"".join(
        b"[rank%d]: Traceback (most recent call last):\n" % n for n in range(size // 46)
    ),
    "numbers before a header": _repeated(b"1 ", after=_HEADER + _FRAME + b"ValueError: a\n"),
    "spaces before a header": _repeated(b" ", after=_HEADER + _FRAME + b"ValueError: a\n"),
    "a bar before a header": _repeated(b"\r 1%|# | 1/9", after=_ERROR),
    "file of quotes": _repeated(b' File "a', _HEADER),
    "frame of one line": _repeated(b"a", _HEADER + b'  File "', b'", line 3, in main\n'),
    "frame of spaces": _repeated(b" ", _HEADER + b'  File "a", line 3, in main', b"x\n"),
    # tracebacks of other forms
    "boxes": _repeated(_IN_BOX, _BOX, _BOX_END + b"ValueError: bad\n"),
    "chain of boxes": _repeated(_BOX + _IN_BOX + _BOX_END + b"ValueError: bad" + _DURING),
    "an open box": _repeated(_IN_BOX, _BOX),
    "box without end": _repeated("│ a ".encode(), _BOX, b"\n"),
    "top of a box": _repeated("╭─".encode(), after=b"\n" + _ERROR),
    "rules of a box": _repeated("─".encode(), "╭".encode(), _HEADER),
    "cells": _repeated(
        b"Cell In[3], line 4\n----> 4 rows[0]\n",
        b"KeyError                  " + _HEADER[:-2] + b"\n",
    ),
    "chain of cells": _repeated(
        b"KeyError                  "
        + _HEADER[:-2]
        + b"\nCell In[3], line 4\nKeyError: 'a'"
        + _DURING
    ),
    "json records": _repeated(
        b'{"level": "error", "exc": "Traceback (most recent call last):\\n"}\n'
    ),
    "json in depth": _nested(b'{"a":', b"1", b"}"),
    "json lists in depth": _nested(b"[", b"", b"]", b'{"error": '),
    "json left open": _repeated(b'{"a": ', after=b"\n"),
    "json of a traceback in depth": _nested(
        b'{"a":', b'"Traceback (most recent call last):\\n"', b"}"
    ),
    "json minified": _repeated(b'{"step":1,"loss":0.4,"tags":["a","b"],"n":null},', b"[", b"]\n"),
    "json of one text": _repeated(
        b"\\n", b'{"message": "Traceback (most recent call last):', b'"}\n'
    ),
    "text with its line ends written out": _repeated(b"\\\\n", _HEADER[:-1] + b"\\n", b"\n"),
    # terminal controls
    "escapes in one line": _repeated(b"\x1b"),
    "escapes in lines": _repeated(b"\x1b\n"),
    "sequences left open": _repeated(b"\x1b["),
    "sequences of digits": _repeated(b"0", b"\x1b[", b"\n"),
    "sequences of spaces": _repeated(b" ", b"\x1b[", b"\n"),
    "colours": _repeated(b"\x1b[31ma\x1b[0m"),
    "titles left open": _repeated(b"\x1b]0;a"),
    "titles left open in lines": _repeated(b"\x1b]0;title of a window\n"),
    "escapes before an error": _repeated(b"\x1b[31ma\x1b[0m", after=b"\n" + _ERROR),
    "escapes in a message": _repeated(b"\x1b", _ERROR[:-1] + b": ", b"\n"),
    "nul bytes": _repeated(b"\0"),
    "controls": _repeated(b"\x01a"),
    "redraws": _repeated(b"\r 1%|# | 1/9"),
    "redraws of an error": _repeated(b"\r" + _HEADER[:-1]),
    "returns": _repeated(b"\r"),
    "not utf-8": _repeated(b"\xff\xfe"),
    "a cut character": _repeated(b"\xe2\x94"),
    # what stands in the last lines
    "one line": _repeated(b"a"),
    "one line of words": _repeated(b"no data loss nan error "),
    "one line of digits": _repeated(b"1"),
    "one line of spaces": _repeated(b" "),
    "one line of dots": _repeated(b"a."),
    "one line of slashes": _repeated(b"a/"),
    "one line of colons": _repeated(b"a: "),
    "one line of quotes": _repeated(b'"'),
    "one line of losses": _repeated(b"loss '"),
    "one line of saved": _repeated(b"saved "),
    "one line of models": _repeated(b"model.pt "),
    "one line of errors": _repeated(b"Error:"),
    "one line of types": _repeated(b"A.Error"),
    "one line of equals": _repeated(b"a=b "),
    "one line of letters": _repeated("é".encode()),
    "blank lines": _repeated(b"\n"),
    "lines of spaces": _repeated(b"   \n"),
    "lines of one letter": _repeated(b"a\n"),
    "lines of words": _repeated(b"no data loss nan error\n"),
    "lines of errors": _repeated(b"ERROR: cannot open rows\n"),
    "lists of complaints": _repeated(b"  - row 3 is empty\n", b"error: these rows are bad:\n"),
    "usage": _repeated(b"usage: x\nx: error: y\n"),
    "usage errors": _repeated(b"x: error: y\n"),
    "an open usage box": _repeated("│ a │\n".encode(), "╭─ Error ─────╮\n".encode()),
    "syntax errors": _repeated(b'  File "a.py", line 1\n    x\nSyntaxError: a\n'),
    # reports of native code, of other languages, of launchers
    "a dump of threads": _repeated(
        b'Thread 0x00007f (most recent call first):\n  File "a.py", line 1 in f\n',
        b"Fatal Python error: Aborted\n\n",
    ),
    "a dump's frames": _repeated(b'  File "a.py", line 1 in f\n', b"Fatal Python error: Aborted\n"),
    "dumps": _repeated(b"Fatal Python error: Aborted\n\nCurrent thread 0x00007f (most\n"),
    "a long fatal error": _repeated(b"Fatal Python error: ", after=b"\n"),
    "words before a fatal error": _repeated(b"a", after=b"Fatal Python error: Aborted\n"),
    "what() of lines": _repeated(
        b"more of it\n", b"terminate called after throwing an instance of 'E'\n  what():  a\n"
    ),
    "terminates": _repeated(b"terminate called after throwing an instance of 'E'\n"),
    "checks": _repeated(b"F1127 10:00:00.1 1 a.cc:3] Check failed: a\n"),
    "stack of a check": _repeated(
        b"    @ 0x00 f()\n", b"F1127 10:00:00.1 1 a.cc:3] Check failed\n"
    ),
    "frames of node": _repeated(b"    at f (a.js:1)\n", b"Error: a\n"),
    "causes of java": _repeated(b"Caused by: a.B: c\n    at f(A.java:1)\n", b"a.B: c\n"),
    "classes of java": _repeated(b"a.", after=b"\n    at f(A.java:1)\n"),
    "frames of go": _repeated(b"main.f(0x0)\n\t/a.go:1\n", b"panic: a\n\ngoroutine 1 [running]:\n"),
    "frames of rust": _repeated(
        b"   1: a::b\n             at a.rs:1\n",
        b"thread 'main' panicked at a.rs:1:2:\na\nstack backtrace:\n",
    ),
    "pytest": _repeated(
        b"____ test_a ____\nE   a\na.py:3: ValueError\n",
        b"==== FAILURES ====\n",
        b"== 1 failed in 0.1s ==\n",
    ),
    "hydra": _repeated(b"a\n", after=b"Set the environment variable HYDRA_FULL_ERROR=1\n"),
    "report of ranks": _repeated(
        b"  rank      : 1 (local_rank: 1)\n", b"Root Cause (first observed failure):\n"
    ),
    "report of a rank's traceback": _repeated(
        b"  " + _FRAME,
        b"Root Cause (first observed failure):\n  rank      : 1\n  traceback : " + _HEADER,
    ),
    # wide characters, and much of all
    "utf-16": lambda size: _ERROR.decode().encode("utf-16-le") * (size // (2 * len(_ERROR))),
    "training": _repeated(
        b"2026-01-01 00:00:00 step 12 of 99: loss 0.41, grad 1.2, lr 5e-05\n", after=_ERROR
    ),
}
