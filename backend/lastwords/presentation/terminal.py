"""Untrusted text on a terminal: colours work, all other control sequences are shown.

A log can hold sequences that set the window's title, write the clipboard, hide what is said, go
back over a line, or turn the reading direction round. On a terminal they are shown instead of
carried out; in a pipe the bytes stay as they are.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator

_COLOURS = r"\x1b\[([0-9;:]{0,100})m"  # SGR
_HELD = re.compile(r"(?:\x1b(?:\[[0-9;:]{0,100})?|(?<!\r)\r+)\Z")
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HOSTILE = re.compile(
    rf"{_COLOURS}|\r+(\n?)|([\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff{_BIDI}])"
)
_UNSAFE_IN_JSON = re.compile(rf"[\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff\ud800-\udfff{_BIDI}]")
_CONCEAL = 8
_EXTENDED = {"38": {"5": 2, "2": 4}, "48": {"5": 2, "2": 4}, "58": {"5": 2, "2": 4}}


def visible(text: str) -> str:
    """A text whose control characters are made visible and harmless.

    Of a line that is drawn again and again, as a progress bar is, every state stays, on a line of
    its own.
    """
    return _HOSTILE.sub(_harmless, text)


def json_text(value: object) -> str:
    """JSON in which what a terminal would obey, or not show, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def visible_stream(chunks: Iterable[bytes]) -> Iterator[str]:
    """The same as `visible` for bytes that come in pieces, wherever they are cut."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    held = ""
    for chunk in chunks:
        text = held + decoder.decode(chunk)
        begun = _HELD.search(text)
        cut = begun.start() if begun else len(text)
        held = "\r" if text[cut:].startswith("\r") else text[cut:]
        yield visible(text[:cut])
    yield visible(held + decoder.decode(b"", final=True))


def _harmless(found: re.Match[str]) -> str:
    colours, newline, control = found.groups()
    if colours is not None:
        return _shown("\x1b") + found[0][1:] if _conceals(colours) else found[0]
    if control is None:
        return newline or _shown("\r") + "\n"
    return _shown(control)


def _conceals(colours: str) -> bool:
    """Whether parameters of SGR hide what follows; the number of a colour may be the same."""
    parts = iter(colours.split(";"))
    for part in parts:
        if part in _EXTENDED:
            for _ in range(_EXTENDED[part].get(next(parts, ""), 1) - 1):
                next(parts, None)
        elif int(part.partition(":")[0] or 0) == _CONCEAL:
            return True
    return False


def _shown(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # ␛ and its like
    return "␡" if code == 0x7F else f"<{code:02X}>" if code < 0x100 else f"<U+{code:04X}>"
