"""Tracebacks drawn by rich: a box with the stack, wrapped at the terminal's width."""

import re

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER
from lastwords.diagnosis.message import Message, is_bar
from lastwords.diagnosis.traceback_syntax import RELATIONS, Block, Part, exception_line

_TOP = re.compile(r"[╭┌+][─━-]++\s*+" + re.escape(HEADER))
BOTTOM = re.compile(r"^\s*[╰└+](?:[─━-]{5,}[╯┘+]|[─━]{20,})\s*$")
_SIDES = ("│", "|")
_PLACE = re.compile(r"^(?P<file>\S.*?):(?P<line>\d+) in ?(?P<function>\S.*)$")
_BEGINS = re.compile(r"(?:/|~/|[A-Za-z]:\\)\S*\.py:\d+ in\b")  # whatever stands above it
_CODE = re.compile(r"^ ?[❱>] *\d+ (?:[│|] ?)*(?P<code>.*)$")
_WRAPPED_PLACE = 5


def box_top(text: str) -> int | None:
    """Where in this line a box with a traceback in it opens; None where none does."""
    found = _TOP.search(text)
    closed = found is not None and text.rstrip().endswith(("╮", "┐", "+"))
    return found.start() if found is not None and closed else None


def parse_boxes(header: Item, stream: Stream) -> Block:
    """The whole error whose first box has just been opened by `header`."""
    parts = [_part(header, stream)]
    while parts[-1].type and (relation := _relation(stream)):
        part = _part(stream.take(), stream)
        part.relation = relation
        parts.append(part)
    return Block(parts[0].start, parts[-1].end, parts, kind="box")


def _relation(stream: Stream) -> str | None:
    for ahead in range(4):
        item = stream.peek(ahead)
        if item is None:
            return None
        relation = RELATIONS.get(item.text.strip())
        if relation is not None:
            return relation if _to_next_box(stream, ahead + 1) else None
        if item.text.strip():
            return None
    return None


def _to_next_box(stream: Stream, at: int) -> bool:
    for ahead in range(at, at + 3):
        item = stream.peek(ahead)
        if item is not None and box_top(item.text) is not None:
            for _ in range(ahead):
                stream.take()
            return True
    return False


def _part(header: Item, stream: Stream) -> Part:
    part = Part(header.start, header.end)
    inside: list[str] = []
    width = len(header.text.rstrip())
    while (item := stream.peek()) is not None:
        is_bottom = bool(BOTTOM.match(item.text))
        side = inside_of(item.text)
        if side is None and not is_bottom:
            break
        part.end = stream.take().end
        if is_bottom:
            break
        inside.append(side or "")
    part.frames, part.sources = _frames(inside)
    _message(part, stream, width)
    return part


def inside_of(text: str) -> str | None:
    """What stands between a line's sides; None where it has none."""
    text = text.strip()
    if not text.startswith(_SIDES):
        return None
    text = text[1:]
    return text[:-1] if text.endswith(_SIDES) else text.rstrip()


def _frames(inside: list[str]) -> tuple[list[Frame], list[str]]:
    frames: list[Frame] = []
    sources: list[str] = []
    paragraph: list[str] = []
    for line in [*inside, ""]:
        if line.strip():
            paragraph.append(line)
            code = _CODE.match(line)
            if code is not None and len(sources) < len(frames):
                sources.append(code["code"].strip())
            continue
        found = _places(paragraph)
        if found:
            sources.extend([""] * (len(frames) - len(sources)))
            frames.extend(found)
            code = next(filter(None, map(_CODE.match, paragraph)), None)
            if code is not None:
                sources.append(code["code"].strip())
        paragraph = []
    return frames, sources + [""] * (len(frames) - len(sources))


def _places(paragraph: list[str]) -> list[Frame]:
    """The frames at the head of a paragraph; a long path is wrapped over several lines."""
    found: list[Frame] = []
    joined = ""
    for line in paragraph[:_WRAPPED_PLACE]:
        piece = line.removeprefix(" ").rstrip()
        joined = piece if _BEGINS.match(piece) else joined + piece
        place = _PLACE.match(joined)
        if place is not None:
            found.append(Frame(place["file"], int(place["line"][:9]), place["function"].strip()))
            joined = ""
    return found


def _message(part: Part, stream: Stream, width: int) -> None:
    item = stream.peek()
    found = exception_line(item.text, strict=False) if item is not None else None
    if item is None or found is None:
        return
    part.type = found["type"]
    message = Message(part.type, found["message"] or "")
    last = stream.take()
    part.end = last.end
    pieces = [message.lines[-1]]
    while (item := stream.peek()) is not None and item.text.strip():
        if item.text.strip() in RELATIONS:
            break
        if _wrapped(last.text, item.text, width):
            pieces[-1] = pieces[-1].rstrip()
            pieces += [_between(last.text, width), item.text.strip()]
        else:
            message.lines[-1] = "".join(pieces)
            if not message.takes(item.text):
                break
            message.add(item.text)
            pieces = [item.text]
        last = stream.take()
        part.end = last.end
    message.lines[-1] = "".join(pieces)
    part.message = message.lines


def _wrapped(line: str, following: str, width: int) -> bool:
    """Rich broke the line here: the next word would not have fitted."""
    if following.startswith((" ", "╭")) or is_bar(following):
        return False
    first = following.split(maxsplit=1)[0]
    return line.endswith(" ") or len(line.rstrip()) + 1 + len(first) > width


def _between(line: str, width: int) -> str:
    """What stood where a line was broken: a space, or nothing within a long word."""
    return "" if len(line.rstrip()) >= width and " " not in line.strip() else " "
