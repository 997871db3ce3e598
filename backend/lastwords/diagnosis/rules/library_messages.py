"""What libraries say of a failure: the messages that they raise, each with its cause.

library_messages.txt has a section `[library]` for each; below each cause stand the messages that
tell of it, `{}` for what the library fills in, `?` before one of which experts may judge otherwise.
They were read out of the sources by scripts/library_messages.py, and judged one by one; what the
rules know as well is left out.

Covered: messages as they are printed, whatever is filled in, also within a longer line.
Not covered: wordings of other versions, unless they stand there too; of native code only a few.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

LIBRARY_MESSAGES = Path(__file__).with_name("library_messages.txt")
_HOLE = re.compile(r"\s*(?:\{\}\s*)+")
_SPACE = re.compile(r"\s+")
_LOOKED_AT = 2_000  # characters of a message


class LibraryMessage(NamedTuple):
    """One message; longest, pieces: what of it stands there whatever is filled in."""

    library: str
    cause: str
    is_sure: bool
    text: str
    longest: str
    pieces: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How many characters of it are its own."""
        return sum(map(len, self.pieces))


def read_library_messages(path: Path = LIBRARY_MESSAGES) -> Iterator[LibraryMessage]:
    """The messages of each library."""
    library = cause = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("["):
            library = line[1:-1]
        elif not line.startswith(" "):
            cause = line
        else:
            is_sure, text = line[:2] != " ?", line[2:].strip()
            pieces = tuple(filter(None, map(str.strip, _HOLE.split(text))))
            longest = max(pieces, key=len)
            yield LibraryMessage(library, cause, is_sure, text, longest, pieces)


@cache
def library_messages() -> tuple[LibraryMessage, ...]:
    """The messages of library_messages.txt, read when first asked for."""
    return tuple(read_library_messages())


def known_to_say(said: str) -> LibraryMessage | None:
    """The library's message that this one is; of several that fit, the one that says most of it."""
    text = _SPACE.sub(" ", said[:_LOOKED_AT])
    fitting = (one for one in library_messages() if one.longest in text and _holds(text, one))
    return max(fitting, key=lambda one: one.weight, default=None)


def _holds(text: str, message: LibraryMessage) -> bool:
    at = 0
    for piece in message.pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
