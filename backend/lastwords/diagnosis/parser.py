"""A printed traceback, read: frames, exception, message, and the chain it belongs to."""

import re

from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER
from lastwords.diagnosis.message import Message, is_bar
from lastwords.diagnosis.raise_statements import Extent, extent
from lastwords.diagnosis.sections import take_section
from lastwords.diagnosis.traceback_syntax import (
    CARRIES,
    RELATIONS,
    WORKER_TRACEBACK,
    Block,
    Part,
    exception_line,
    frame_of,
)

_NOISE_WITHIN = 12
_INDENT = 2  # of a frame
_CODE_AT_MOST = 4000
_INTERLEAVED = 64
_QUOTES = '"""'
_INTERRUPT = "KeyboardInterrupt"  # says nothing, and a progress bar often stands behind it
DEEPEST = 8  # errors within errors; what lies deeper is read as text
_CARETS = re.compile(r"^\s*~*\^[\^~]*\s*$")
_NESTED = re.compile(r"^(?:-- Process \d+ terminated|Original Traceback)|error:\s*$|^ray::")
_ARGUMENT = re.compile(r"^At least one of the input arguments for this task could not be computed:")
_GUTTER = re.compile(r"^(?P<indent> *)(?P<mark>[|+])(?: |$|(?=-))(?P<rest>.*)$", re.DOTALL)
_MEMBER = re.compile(r"^(?:-\+)?-{10,} (?:\d+|\.\.\.) -{10,}$")


def parse_block(header: Item, stream: Stream, nested: bool = False) -> Block:
    """The whole error whose first header was just taken from the stream."""
    return _chain(_part(header, stream, nested), stream, nested)


def parse_headless(stream: Stream) -> Block | None:
    """The whole error whose oldest exception has no stack: its line is the next in the stream."""
    part = _next_part(stream, nested=False)
    return _chain(part, stream, nested=False) if part is not None else None


def _chain(first: Part, stream: Stream, nested: bool) -> Block:
    parts = [first]
    while (part := _following(parts[-1], stream, nested)) is not None:
        parts.append(part)
    return Block(parts[0].start, parts[-1].end, parts)


def _following(last: Part, stream: Stream, nested: bool) -> Part | None:
    """The next exception of the chain."""
    relation = _take_relation(stream) if last.type else None
    if relation is not None:
        part = _next_part(stream, nested)
    elif (gap := stream.take_gap()) is not None:
        part, relation = _after_gap(stream, nested), gap.relation
    else:
        return None
    if part is not None:
        part.relation = relation or part.relation
        part.inner = last.inner if WORKER_TRACEBACK.search(last.type) else part.inner
    return part


def _after_gap(stream: Stream, nested: bool) -> Part | None:
    """An exception whose beginning was passed over."""
    item = stream.peek()
    return _rest(Part(item.start, item.end), stream, nested) if item is not None else None


def _next_part(stream: Stream, nested: bool) -> Part | None:
    item = stream.peek()
    if item is None:
        return None
    if HEADER in item.text or _carries(stream, 0):
        return _part(stream.take(), stream, nested)
    if exception_line(item.text, strict=False):
        part = Part(item.start, item.end)
        _message(part, stream, nested)
        return part
    return None


def _carries(stream: Stream, at: int) -> bool:
    """Whether the line so far ahead stands for a header: it names a worker, and frames follow."""
    item, below = stream.peek(at), stream.peek(at + 1)
    if item is None or below is None or not CARRIES.match(item.text):
        return False
    return frame_of(below.text) is not None


def _take_relation(stream: Stream) -> str | None:
    """Take the sentence that links two exceptions and the empty lines around it."""
    at = stream.first_full()
    item = stream.peek(at)
    relation = RELATIONS.get(item.text.strip()) if item is not None else None
    if relation is None:
        return None
    after = stream.first_full(at + 1)
    following = stream.peek(after)
    if following is None:
        return None
    names = exception_line(following.text, strict=False)
    if HEADER not in following.text and not names and not _carries(stream, after):
        return None
    for _ in range(after):
        stream.take()
    return relation


def _part(header: Item, stream: Stream, nested: bool) -> Part:
    if "Exception Group " + HEADER in header.text:
        return _group(header, stream)
    return _rest(Part(header.start, header.end), stream, nested)


def _rest(part: Part, stream: Stream, nested: bool) -> Part:
    """What follows an exception's header."""
    _frames(part, stream)
    item = stream.peek()
    if item is not None and exception_line(item.text, strict=False):
        _message(part, stream, nested)
    return part


def _frames(part: Part, stream: Stream) -> None:
    """Take everything up to the line that names the exception."""
    others = taken = 0
    while (item := stream.peek()) is not None and not _begins_other(item):
        frame = frame_of(item.text)
        if frame is not None:
            part.frames.append(frame)
            part.sources.append("")
        elif part.sources and not part.sources[-1] and _is_code(item.text, stream.peek(1)):
            part.sources[-1] = item.text.strip()[:_CODE_AT_MOST]
        elif HEADER in item.text:
            others += 1
            if not (part.frames or others > taken) or others > _INTERLEAVED:
                return
        elif not _within_stack(item.text) and not _noise(stream, item.text):
            return
        taken += 1
        part.end = stream.take().end


def _is_code(text: str, following: Item | None) -> bool:
    """Whether a line below a frame is its code; where the indentation is lost, by what follows."""
    if text.startswith("    "):
        return True
    if not text.strip() or following is None:
        return False
    return frame_of(following.text) is not None or bool(_CARETS.match(following.text))


def _begins_other(item: Item) -> bool:
    """Whether the end of the exception that was being read has been passed over."""
    return item.gap is not None and item.gap.relation is not None


def _within_stack(text: str) -> bool:
    return text.startswith(("  ", "\t")) and bool(text.strip())


def _noise(stream: Stream, text: str) -> bool:
    """Whether this line was printed into the stack by somebody else: the stack goes on after it."""
    if text.strip() and exception_line(text, strict=False):
        return False
    for ahead in range(1, _NOISE_WITHIN):
        item = stream.peek(ahead)
        if item is None:
            return False
        if frame_of(item.text) or exception_line(item.text, strict=True):
            return True
        if not text.strip() and ahead > 2:
            return False
    return False


def _message(part: Part, stream: Stream, nested: bool) -> None:
    """Take the line that names the exception and the rest of its message."""
    named = stream.take()
    found = exception_line(named.text, strict=False)
    if found is None:
        return
    part.type, first = found["type"], found["message"] or ""
    if part.type == _INTERRUPT:
        first = "" if is_bar(first) else first
    message = Message(part.type, first, 1 if part.type == _INTERRUPT else _extent(part, first))
    part.end = named.end
    if _carried(part, first, stream):
        part.message = message.lines
        return
    while (item := stream.peek()) is not None and not _begins_other(item):
        if nested and item.text.strip() == _QUOTES:
            break
        if take_section(part, message, stream):
            continue
        if HEADER in item.text:
            if not _is_nested(message, item.text):
                break
            _inner(part, message, stream)
        elif not item.text.strip():
            if not take_blanks(part, message, stream):
                break
        elif item.text.strip() in RELATIONS or not message.takes(item.text):
            break
        else:
            message.add(stream.take().text)
            part.end = item.end
    part.message = message.lines


def _extent(part: Part, first: str) -> Extent:
    """What the last frame's code tells of the message's length; nothing without a stack."""
    if not part.frames:
        return "unknown"
    own = not installed(part.frames[-1])
    return extent(part.sources[-1], own, part.type, first)


def _is_nested(message: Message, text: str) -> bool:
    if "Original " + HEADER in text:
        return True
    last = next((line.strip() for line in reversed(message.lines) if line.strip()), "")
    return last == _QUOTES or bool(_NESTED.search(last))


def _inner(part: Part, message: Message, stream: Stream) -> None:
    header = stream.take()
    message.add(header.text)
    part.end = header.end
    part.too_deep = stream.depth >= DEEPEST
    if part.too_deep:
        return
    stream.depth += 1
    inner = parse_block(header, stream, nested=True)
    part.inner = part.inner or inner
    part.end = inner.end
    stream.depth -= 1


def _carried(part: Part, first: str, stream: Stream) -> bool:
    """Read the stack that a message consists of, and that no header marks as one."""
    at = stream.first_full()
    item = stream.peek(at)
    if item is not None and _CARETS.match(item.text):  # Ray leaves them where it took frames away
        at += 1
        item = stream.peek(at)
    if item is None or not CARRIES.match(first.strip()):
        return False
    is_argument = bool(_ARGUMENT.match(item.text)) and (
        exception_line((stream.peek(at + 1) or item).text, True) is not None
    )
    if not is_argument and frame_of(item.text) is None:
        return False
    part.too_deep = stream.depth >= DEEPEST
    if part.too_deep:
        return False
    for _ in range(at + is_argument):
        stream.take()
    part.inner = _carried_argument(stream) if is_argument else _carried_stack(item, stream)
    part.end = part.inner.end if part.inner is not None else item.end
    return True


def _carried_argument(stream: Stream) -> Block | None:
    stream.depth += 1
    found = parse_headless(stream)
    stream.depth -= 1
    return found


def _carried_stack(first: Item, stream: Stream) -> Block:
    indent = len(first.text) - len(first.text.lstrip())
    if indent > _INDENT:
        stream = Stream(_indented(stream, indent), stream.depth)
    stream.depth += 1
    found = parse_block(Item(first.start, first.start, HEADER), stream, nested=True)
    stream.depth -= 1
    return found


def _indented(stream: Stream, indent: int) -> list[Item]:
    """Take the lines that stand so deep, as if they stood at the margin."""
    margin, taken = " " * indent, list[Item]()
    while (item := stream.peek()) is not None and (
        item.text.startswith(margin) or not item.text.strip()
    ):
        stream.take()
        taken.append(Item(item.start, item.end, item.text[indent:]))
    return taken


def take_blanks(part: Part, message: Message, stream: Stream) -> bool:
    """Take empty lines if the message goes on after them."""
    at = stream.first_full()
    item = stream.peek(at)
    if item is None or not item.text.strip() or item.text.strip() in RELATIONS:
        return False
    goes_on = message.takes_after_blank(item.text) or "Original " + HEADER in item.text
    if not goes_on:
        return False
    for _ in range(at):
        blank = stream.take()
        message.add(blank.text)
        part.end = blank.end
    return True


def _group(header: Item, stream: Stream) -> Part:
    """An exception group: its own stack, then what it holds, each behind a deeper gutter."""
    items = [header]
    while (item := stream.peek()) is not None and _GUTTER.match(item.text):
        items.append(stream.take())
    indent = len(header.text) - len(header.text.lstrip(" "))
    return _group_of(items, indent, stream.depth)


def _group_of(items: list[Item], indent: int, depth: int) -> Part:
    own: list[Item] = []
    members: list[list[Item]] = []
    for item in items[1:]:
        found = _GUTTER.match(item.text)
        if found is None:
            continue
        margin = len(found["indent"])
        opens = found["rest"].startswith("-+-")
        if _MEMBER.match(found["rest"]) and margin == (indent if opens else indent + 2):
            members.append([])
        elif members:
            members[-1].append(item)
        else:
            own.append(_behind_gutter(item, margin))
    part = _own_part(items[0], Stream(own, depth))
    part.end = items[-1].end
    part.too_deep = depth >= DEEPEST and bool(members)
    if not part.too_deep:
        part.members = [_member(member, indent + 2, depth + 1) for member in members if member]
    return part


def _own_part(first: Item, stream: Stream) -> Part:
    if HEADER in first.text:
        return _part(Item(first.start, first.end, HEADER), stream, nested=False)
    part = Part(first.start, first.end)
    _message(part, Stream([_behind_gutter(first, first.text.index("|"))]), nested=False)
    return part


def _behind_gutter(item: Item, indent: int) -> Item:
    text = item.text[indent:]
    return Item(item.start, item.end, text[2:] if text[:1] in "|+" else text)


def _member(items: list[Item], indent: int, depth: int) -> Block:
    first = _behind_gutter(items[0], indent)
    if any(item.text.startswith(" " * indent + "+-+-") for item in items):
        part = _group_of(items, indent, depth)
        return Block(part.start, part.end, [part])
    stream = Stream((_behind_gutter(item, indent) for item in items), depth)
    if HEADER in first.text:
        return parse_block(stream.take(), stream)
    part = Part(first.start, items[-1].end)
    if exception_line(first.text, strict=False):
        _message(part, stream, nested=False)
    return Block(part.start, items[-1].end, [part])
