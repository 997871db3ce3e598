"""Text of unknown origin in Markdown: as code, since an issue tracker reads everything else.

GitHub makes mentions, references, commits and links of words after Markdown was read, so that no
backslash keeps `@name` from being told. It leaves code alone.
Source: github/cmark-gfm#181; cmark counts a fence's backticks up to 255, a code span's up to 80.
"""

import re

_BACKTICKS = re.compile(r"`+")
_LONGEST_SPAN = 40  # backticks in a row that a code span shows
_LONGEST_FENCE = 200
# What commands a terminal, turns the reading direction round, or is no character at all to many.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff]"
)
# A sentence of our own: nothing in it is a mention, a reference, a link or Markdown.
_SENTENCE = re.compile(
    r"(?:[A-Za-z ,;:'()]|(?<=[a-z ])-(?=[a-z])|\.(?=\s|\Z)|(?<![\w-])[0-9]{1,4}(?!\w))+"
)


def seen(text: str) -> str:
    """Text whose controls, direction marks and the like are named, not carried out."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def code(text: str) -> str:
    """Text on one line as a code span that nothing in it can end."""
    shown = seen(" ".join(text.split())) or " "
    shown = _BACKTICKS.sub(lambda found: _few(found[0]), shown)
    fence = "`" * (1 + max((len(found) for found in _BACKTICKS.findall(shown)), default=0))
    space = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _few(backticks: str) -> str:
    count = len(backticks)
    return backticks if count <= _LONGEST_SPAN else f"{backticks[:_LONGEST_SPAN]}… ({count:,})"


def sentence(text: str) -> str:
    """A sentence of ours as it is; anything else as code."""
    return text if _SENTENCE.fullmatch(text) else code(text)


def block(text: str, language: str = "text") -> str:
    """Lines as a block of code that nothing in them can close."""
    text = seen(text)
    longest = max((len(found) for found in _BACKTICKS.findall(text)), default=0)
    if longest > _LONGEST_FENCE:
        return "    " + text.replace("\n", "\n    ") + "\n"
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def shortened(text: str, most: int) -> str:
    """The beginning of a text, whole words of it, where it has more than so many characters."""
    if len(text) <= most:
        return text
    cut = text.rfind(" ", most // 2, most)
    if cut < 0:
        cut = most - 1
        while cut > most // 2 and text[cut - 1].isdigit() and text[cut].isdigit():
            cut -= 1
    return text[: min(cut, most - 2)].rstrip(" ,;:") + " …"
