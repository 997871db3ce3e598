"""Tracebacks drawn by rich: a box with the stack, wrapped at the terminal's width."""

import re

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER
from lastwords.diagnosis.message import Message
from lastwords.diagnosis.traceback_syntax import RELATIONS, Block, Part, exception_line

TOP = re.compile(r"[╭┌+][─━-]+\s*" + re.escape(HEADER) + r".*[╮┐+]\s*$")
BOTTOM = re.compile(r"^\s*[╰└+](?:[─━-]{5,}[╯┘+]|[─━]{20,})\s*$")
SIDE = re.compile(r"^\s*[│|](?P<inside>.*?)[│|]?\s*$", re.DOTALL)
_PLACE = re.compile(r"^(?P<file>\S.*?):(?P<line>\d+) in (?P<function>.+)$")
_CODE = re.compile(r"^ ?[❱>] *\d+ (?:[│|] ?)*(?P<code>.*)$")
_WRAPPED_PLACE = 5


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
        if item is not None and TOP.search(item.text):
            for _ in range(ahead):
                stream.take()
            return True
    return False


def _part(header: Item, stream: Stream) -> Part:
    part = Part(header.start, header.end)
    inside: list[str] = []
    width = len(header.text.rstrip())
    while (item := stream.peek()) is not None:
        side = SIDE.match(item.text)
        if side is None and not BOTTOM.match(item.text):
            break
        part.end = stream.take().end
        if BOTTOM.match(item.text):
            break
        inside.append(side["inside"] if side is not None else "")
    part.frames, part.sources = _frames(inside)
    _message(part, stream, width)
    return part


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
        joined += line.removeprefix(" ").rstrip()
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
    while (item := stream.peek()) is not None and item.text.strip():
        if item.text.strip() in RELATIONS:
            break
        if _wrapped(last.text, item.text, width):
            message.lines[-1] = _joined(message.lines[-1], last.text, item.text, width)
        elif message.takes(item.text):
            message.add(item.text)
        else:
            break
        last = stream.take()
        part.end = last.end
    part.message = message.lines


def _wrapped(line: str, following: str, width: int) -> bool:
    """Rich broke the line here: the next word would not have fitted."""
    first = following.split(maxsplit=1)[0]
    return not following.startswith(" ") and len(line.rstrip()) + 1 + len(first) > width


def _joined(message: str, line: str, following: str, width: int) -> str:
    folded = len(line.rstrip()) >= width and " " not in line.strip()
    return message.rstrip() + ("" if folded else " ") + following.strip()
