"""Parts of an exception's message that rules, a title, or marks around them set off from it.

Covered: Paddle's and MindSpore's native stacks and summaries, scikit-learn's failed fits, what
`[start of …]` and `[end of …]` enclose. Whatever they hold, tracebacks too, is of the message.
"""

import re

from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER
from lastwords.diagnosis.message import Message, is_output
from lastwords.diagnosis.traceback_syntax import Part

_RULE = re.compile(r"-{20,}\s*$")
_TITLE = re.compile(
    r"(?:- )?(?:C\+\+ Traceback|Error Message Summary:|(?:\S+ ){1,3}(?:Error Message|Call Stack)\b)"
)
_SUMMARY = "Error Message Summary:"
_NAMED = re.compile(r"(?P<type>\w+Error): ?(?P<said>.*)")
_PLACE = re.compile(r"\s*\(at \S|\s*\[operator < ")
"""How Paddle ends a summary."""
_FITS = re.compile(r"\d+ fits? failed with the following error:\s*$")
_LISTS_FITS = "Below are more details about the failures:"
_OPENS, _CLOSES = re.compile(r"\[start of [^\]]+\]"), re.compile(r"\[end of [^\]]+\]")
_AT_MOST = 400  # lines


def take_section(part: Part, message: Message, stream: Stream) -> bool:
    """Take what is set off and comes next, if anything is."""
    if _OPENS.match(message.lines[-1]):
        return _enclosed(part, message, stream)
    at = stream.first_full()
    texts = [item.text if item is not None else "" for item in map(stream.peek, range(at, at + 3))]
    if not _RULE.match(texts[0]):
        return False
    if _FITS.match(texts[1]) and any(line.startswith(_LISTS_FITS) for line in message.lines):
        _take(part, message, stream, at + 2)
        return True
    if not _TITLE.match(texts[1]) or not _RULE.match(texts[2]):
        return False
    _take(part, message, stream, at + 3)
    said = _content(part, message, stream, sums_up=texts[1].startswith(_SUMMARY))
    if texts[1].startswith(_SUMMARY) and not message.lines[0].strip():
        _name_by(part, message, said)
    return True


def _name_by(part: Part, message: Message, said: list[str]) -> None:
    """Paddle raises Python's nearest type without a word: the summary's first lines have both."""
    named = _NAMED.match(said[0]) if said else None
    if named is not None:
        part.type = named["type"]
        message.lines[0] = named["said"] or "".join(said[1:2])


def _enclosed(part: Part, message: Message, stream: Stream) -> bool:
    for ahead in range(_AT_MOST):
        item = stream.peek(ahead)
        if item is None or _OPENS.match(item.text):
            return False
        if _CLOSES.match(item.text):
            _take(part, message, stream, ahead + 1)
            return True
    return False


def _content(part: Part, message: Message, stream: Stream, sums_up: bool) -> list[str]:
    """Take the lines below a title; a summary has paragraphs."""
    said: list[str] = []
    while len(said) < _AT_MOST:
        at = stream.first_full()
        item = stream.peek(at)
        if item is None or not _is_content(item):
            break
        if at and not sums_up and not item.text.startswith("("):
            break
        _take(part, message, stream, at + 1)
        said.append(item.text.strip())
        if _PLACE.match(item.text):
            break
    return said


def _is_content(item: Item) -> bool:
    text = item.text
    other = not text.strip() or _RULE.match(text) or HEADER in text or is_output(text)
    return not other


def _take(part: Part, message: Message, stream: Stream, count: int) -> None:
    for _ in range(count):
        item = stream.take()
        message.add(item.text)
        part.end = item.end
