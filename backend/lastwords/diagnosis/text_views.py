"""A text in other readings, to find in it what its own bytes hide, and where that is in the text.

Covered: escapes of JSON, Python, URLs and HTML, colours, characters without width, lines that were
broken with or without a box around them.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from lastwords.diagnosis.linear import Linear, Span

_UNSEEN = (  # zero width, direction, variation selectors; SGR, also where its ESC is escaped
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2\xad|\xd8\x9c|\xcd\x8f|"
    rb"\xef\xb8[\x80-\x8f]|\\u(?:200[b-fB-F]|20[26][a-eA-E0-9]|[fF][eE][fF][fF]|00[aA][dD])|"
    rb"(?:\x1b|\\u001[bB]|\\x1[bB]|\\e|\\033|%1[bB])\[[0-9;:]{0,40}m"
)
_WRITTEN = re.compile(
    rb"(?P<unseen>(?:" + _UNSEEN + rb")+)|(?P<unicode>(?:\\u[0-9A-Fa-f]{4})+)|"
    rb"(?P<hex>(?:\\x[0-9A-Fa-f]{2})+)|(?P<percent>(?:%[0-9A-Fa-f]{2})+)|"
    rb"(?P<entity>&(?:#[0-9]{1,6}|#[xX][0-9A-Fa-f]{1,6}|quot|apos|amp|lt|gt);)|"
    rb"(?P<deep>\\{2,16}(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[abfnrtv\"'/]))|"
    rb"(?P<letters>(?:\\[abfnrtv\"'/])+)"
)
_GATE = Linear(
    _UNSEEN
    + rb"|&#?[0-9A-Za-z]{1,7};|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\\[abfnrtv\"'/]"
)
_BLOCK = 4096  # bytes that are read through once an escape was found
_LETTERS = bytes.maketrans(b"abfnrtv", b"   \n\n\t ")


class Piece(NamedTuple):
    """Bytes [at, end) of a view stand for [of, to) of the text, `width` bytes for each.

    What follows in the view, up to the next piece, is as it is in the text.
    """

    at: int
    end: int
    of: int
    to: int
    width: int


class View:
    """A text's other reading, and where its spans are in the text."""

    def __init__(self, data: bytes, pieces: Callable[[], list[Piece]]) -> None:
        self.data = data
        self._make_pieces = pieces

    @cached_property
    def _pieces(self) -> list[Piece]:
        return [Piece(0, 0, 0, 0, 1), *self._make_pieces()]

    def span_of(self, start: int, end: int) -> Span:
        """Where a span of this view is in the text."""
        return self._place_of(start)[0], self._place_of(end - 1)[1]

    def is_in_one_piece(self, start: int, end: int) -> bool:
        """Whether a span is as unbroken in the text."""
        return self._piece_before(start) == self._piece_before(end - 1)

    def _place_of(self, offset: int) -> Span:
        piece = self._piece_before(offset)
        if offset < piece.end:
            of = piece.of + (offset - piece.at) * piece.width
            return of, of + piece.width
        of = piece.to + offset - piece.end
        return of, of + 1

    def _piece_before(self, offset: int) -> Piece:
        return self._pieces[bisect_right(self._pieces, offset, key=itemgetter(0)) - 1]


def unescaped(data: bytes) -> View | None:
    """The text with its escapes read and without what is not seen; None if nothing is in it."""
    parts: list[bytes] = []
    pieces: list[Piece] = []
    last = length = 0
    for found in _escapes(data):
        of, to = found.span()
        read = _READ[str(found.lastgroup)](found[0])
        parts += data[last:of], read
        at = length + of - last
        length = at + len(read)
        pieces.append(Piece(at, length, of, to, (to - of) // (len(read) or 1)))
        last = to
    return View(b"".join([*parts, data[last:]]), lambda: pieces) if parts else None


def _escapes(data: bytes) -> Iterator[re.Match[bytes]]:
    at = 0
    while hit := _GATE.find(data, at):
        end = data.find(b"\n", hit[0] + _BLOCK)
        at = end if end >= 0 else len(data)
        yield from _WRITTEN.finditer(data, hit[0], at)


# What was written as escapes, one byte for each.
_READ: dict[str, Callable[[bytes], bytes]] = {
    "unseen": lambda _: b"",
    "percent": lambda text: bytes.fromhex(text.replace(b"%", b"").decode()),
    "hex": lambda text: bytes.fromhex(text.replace(rb"\x", b"").decode()),
    "unicode": lambda text: bytes(min(int(code, 16), 255) for code in text.split(rb"\u")[1:]),
    "entity": lambda text: html.unescape(text.decode())[:1].encode()[:1],
    "deep": lambda text: _deep(text.lstrip(b"\\")),
    "letters": lambda text: text[1::2].translate(_LETTERS),
}


def _deep(text: bytes) -> bytes:
    """An escape that was escaped itself, however often."""
    return bytes([min(int(text[1:], 16), 255)]) if text[1:] else text.translate(_LETTERS)


# White space, and the bars of a box: of the bytes of U+2502, U+2503 and U+2551, too.
_EDGES = b" \t\r|" + "│┃║".encode()
_BREAK = re.compile(rb"\n[%b]*(\n?)[\n%b]*" % (_EDGES, _EDGES))


def core_of(line: bytes) -> bytes:
    """What a line says: without its indentation and the box around it."""
    return line.strip(_EDGES)


def joined(data: bytes) -> View:
    """The text without line breaks, and without a box around its lines; a blank line stays one."""
    parts = [part.rstrip(_EDGES) for part in _BREAK.split(data)]
    return View(b"".join(parts), lambda: list(_breaks(data)))


def _breaks(data: bytes) -> Iterator[Piece]:
    last = length = 0
    for found in _BREAK.finditer(data):
        length += len(data[last : found.start()].rstrip(_EDGES))
        blank = len(found[1])
        last = found.end()
        yield Piece(length, length + blank, found.start(1), last, last - found.start(1))
        length += blank
