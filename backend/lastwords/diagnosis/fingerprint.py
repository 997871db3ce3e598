"""The same failure in another run, recognised: a fingerprint of what does not change between them.

Where there is a traceback: the exception's type, the user's own last functions, and the message.
Otherwise the cause and the headline. Numbers, ids, paths, addresses and what stands in quotes are
masked, as they differ from run to run; so do the lines of a stack when code above them is edited,
and the folder that code lies in.

Covered: lists of any length (`[1, 2]` is `[7]`), memory sizes in any unit, errors of any size, of
which the first and the last SHARE bytes are read; time is linear in those.
Not covered: free words that differ (two user names without quotes make two fingerprints).
"""

import hashlib
import re
from collections.abc import Iterable

from lastwords.diagnosis.explanation import Explanation, Frame
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lines import clean
from lastwords.diagnosis.traceback import find_tracebacks
from lastwords.diagnosis.traceback_syntax import Block

SHARE = 64 << 10
FRAMES = 3

# What these quote are names of the program itself: another name is another failure.
_NAMING = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "UnboundLocalError",
}
_QUOTED = re.compile(r"\"[^\"\n]*+\"|(?<!\w)'[^'\n]*+'(?!\w)|`[^`\n]*+`|“[^“”\n]*+”|‘[^‘’\n]*+’")
_NAME = re.compile(r"[^\W\d][\w+-]{0,99}(?:\.\w{1,99}){0,9}")
_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s'\"`<>]++")
_WORD = re.compile(r"[^\s'\"`,;()\[\]{}<>|=]+")
_EXTENSION = re.compile(r"\.[A-Za-z]\w{0,9}$")
_ID = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?<![0-9A-Za-z])0[xX][0-9a-fA-F]++|"
    r"(?<![0-9A-Za-z])(?=[a-fA-F]*+[0-9])[0-9a-fA-F]{6,}+(?![0-9A-Za-z])|"
    r"(?<![0-9A-Za-z])(?=[0-9]*+[A-Za-z]++[0-9]++[A-Za-z])[0-9A-Za-z]{8,}+"
)
_NUMBER = re.compile(r"(?<!\w)[-+](?=\.?[0-9])|[0-9]++(?:[._][0-9]++)*+(?:[eE][-+]?[0-9]++)?%?")
_AGAIN = re.compile(r"(#|<\w{2,6}>)(?:[\s,;x]*+\1)++")
_SIZE = re.compile(r"# ?[KMGTP]?i?B\b|# ?bytes?\b")


def fingerprint(explanation: Explanation, error: bytes) -> str:
    """40 hex digits that the same failure has in every run; `error` is the bytes of its span."""
    final = explanation.chain[-1] if explanation.is_traceback and explanation.chain else None
    if final is None or not final.type:
        names_program = explanation.cause == "deps.missing"  # command 'torchrun': …
        parts = [explanation.cause, masked(explanation.headline, keep_names=names_program)]
    else:
        name = final.type.rpartition(".")[2]
        places = [_place(frame) for frame in own_frames(error, final.type)]
        parts = [name, *places, masked(final.message, keep_names=name in _NAMING)]
    return hashlib.sha1("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def own_frames(error: bytes, final_type: str) -> list[Frame]:
    """The user's last frames in the exception that ended it, else in the nearest before it."""
    blocks = find_tracebacks(_ends(error))
    ended = [block for block in blocks if block.final.type == final_type] or blocks
    return _last_own(ended[-1]) if ended else []


def _last_own(block: Block) -> list[Frame]:
    for part in reversed(list(block.every_part())):
        if own := [frame for frame in part.frames if not installed(frame)]:
            return own[-FRAMES:]
    return []


def _ends(error: bytes) -> bytes:
    return error if len(error) <= 2 * SHARE else error[:SHARE] + b"\n" + error[-SHARE:]


def _place(frame: Frame) -> str:
    file = re.split(r"[\\/]", frame.file)[-1]
    return f"{_without_numbers(file)}:{frame.function}"


def masked(text: str, keep_names: bool = False) -> str:
    """The text without what differs from run to run; of lines that are then alike, the first.

    keep_names: leave a quoted name of a program as it is.
    """
    if len(text) > 2 * SHARE:
        first, last = text[:SHARE], text[-SHARE:]
        text = first[: first.rfind("\n") + 1 or SHARE] + "\n" + last[last.find("\n") + 1 :]
    lines = (_masked_line(clean(line), keep_names) for line in text.split("\n"))
    return "\n".join(_unique(line for line in lines if line))


def _unique(lines: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(lines)


def _masked_line(line: str, keep_names: bool) -> str:
    def quoted(found: re.Match[str]) -> str:
        inner = found[0][1:-1]
        return f" {inner} " if keep_names and _NAME.fullmatch(inner) else " <text> "

    line = _QUOTED.sub(quoted, _URL.sub("<url>", line))
    line = _WORD.sub(lambda found: _masked_word(found[0]), line)
    return " ".join(_AGAIN.sub(r"\1", _SIZE.sub("#B", line)).split())


def _masked_word(word: str) -> str:
    core = word.rstrip(".:!?")
    rest = word[len(core) :]
    if _is_path(core):
        return "<path>" + rest
    return _without_numbers(core) + rest


def _is_path(word: str) -> bool:
    if "\\" in word or word.startswith(("/", "~/", "./", "../")):
        return len(word) > 1
    return "/" in word and _EXTENSION.search(word[-12:]) is not None


def _without_numbers(text: str) -> str:
    return _NUMBER.sub("#", _ID.sub("#", text)).replace("##", "#")
