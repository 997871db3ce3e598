"""Where a command sends what it prints, if not to the log: read off the words of the command."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePath

from lastwords.diagnosis.case import Case

_SHELLS = frozenset("sh bash dash zsh ksh".split())
_RUNS_TEXT = re.compile(r"-[a-z]*c")
_A_FILE = re.compile(r"(?!/dev/|-|\d+$)[^$`*?;|&<>()\n]{1,200}")


def redirected(case: Case) -> str:
    """The file that a shell's command sends its errors to, else its output; empty for none."""
    found = [target for script in _scripts(case) for target in _targets(script)]
    errors = [file for stream, file in found if stream != "1"]
    return (errors or [file for _, file in found] or [""])[-1]


def _scripts(case: Case) -> Iterator[str]:
    """What a shell is given to run: the word after `-c`."""
    words = case.ending.facts.get("command")
    words = [str(word) for word in words] if isinstance(words, list) else []
    for at, (option, text) in enumerate(pairwise(words)):
        shell = any(PurePath(word).name in _SHELLS for word in words[:at])
        if shell and _RUNS_TEXT.fullmatch(option):
            yield text


def _targets(script: str) -> Iterator[tuple[str, str]]:
    """Each stream ("1", "2", "&" for both) and the file it is sent to, in order."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = ["", "", *lexer]
    except ValueError:  # a quote that is never closed
        return
    for before, sign, file in zip(words, words[1:], words[2:], strict=False):
        if not _A_FILE.fullmatch(file):
            continue
        if sign in ("&>", "&>>", ">&"):
            yield "&", file
        elif sign in (">", ">>", ">|"):
            yield ("2" if before == "2" else "1"), file
        elif "tee" in (before, sign) and sign in ("tee", "-a"):
            yield "1", file
