"""Untrusted text on a terminal: colours work, all other control sequences are shown.

A log can hold sequences that set the window's title, write the clipboard, hide what was said
before, or turn the reading direction round. On a terminal they are shown instead of carried out; in
a pipe the bytes stay as they are.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

# Colours (SGR); line feed, tab and return stay, since progress bars are made of them.
_KEPT = r"\x1b\[[0-9;:]{0,100}m"
_HELD = re.compile(r"\x1b(?:\[[0-9;:]{0,100})?\Z")
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HOSTILE = re.compile(
    rf"({_KEPT})|([\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff{_BIDI}])"
)


def visible(text: str) -> str:
    """A text whose control characters are made visible and harmless."""
    return _HOSTILE.sub(lambda found: found[1] or _shown(found[2]), text)


def visible_stream(chunks: Iterable[bytes]) -> Iterator[str]:
    """The same for bytes that come in pieces, wherever they are cut."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    held = ""
    for chunk in chunks:
        text = held + decoder.decode(chunk)
        begun = _HELD.search(text)
        cut = begun.start() if begun else len(text)
        held = text[cut:]
        yield visible(text[:cut])
    yield visible(held + decoder.decode(b"", final=True))


def _shown(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # ␛ and its like
    return "␡" if code == 0x7F else f"<{code:02X}>" if code < 0x100 else f"<U+{code:04X}>"
