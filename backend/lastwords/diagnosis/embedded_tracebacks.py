"""Tracebacks inside one line: a JSON record, or text with its newlines written as \\n."""

import json
from collections.abc import Iterator

from lastwords.diagnosis.lanes import Item, Stream
from lastwords.diagnosis.lines import HEADER, Line
from lastwords.diagnosis.parser import parse_headless
from lastwords.diagnosis.traceback_syntax import RELATIONS, Block, Part, exception_line

_DEEPEST = 6
_LONGEST = 2 << 20  # characters of a line that are decoded
_MOST_ROWS = 10_000
_ABOVE = 8_000  # characters before the header
_MEANING = {"\\n": "\n", "\\t": "\t", "\\r": "", '\\"': '"', "\\'": "'"}
_ERROR_TYPE_KEYS = ("error_type", "exc_type", "exception_type", "errorType", "type", "exc_name")


def is_encoded(text: str) -> bool:
    """Whether the traceback in this line has its line ends written as \\n."""
    rest = text[text.find(HEADER) + len(HEADER) :]
    return rest.startswith((":\\n", "\\n", ":\\r\\n", ":\\\\n"))


def record_of(text: str) -> dict[str, object] | None:
    """The JSON object in this line, whatever stands before it."""
    start = text.find("{")
    end = text.rfind("}")
    if start < 0 or end < start:
        return None
    if end - start > _LONGEST:
        return None
    try:
        record = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def strings_of(value: object, depth: int = 0) -> Iterator[str]:
    """Every text in a decoded JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for entry in value.values():
            yield from strings_of(entry, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        if value and all(isinstance(entry, str) for entry in value):
            yield "\n".join(entry.rstrip("\n") for entry in value)
        for entry in value:
            yield from strings_of(entry, depth + 1)


def parse_encoded(line: Line) -> Block | None:
    """The error in this line; its parts all lie where the line lies."""
    text = _decoded(line.text)
    if text is None:
        return None
    start = text.find(HEADER)
    above = text[max(0, start - _ABOVE) : text.rfind("\n", 0, start) + 1].split("\n")[:-1]
    rows = text[text.rfind("\n", 0, start) + 1 :].split("\n", _MOST_ROWS)[:_MOST_ROWS]
    stream = Stream(Item(line.start, line.end, row) for row in [*_oldest(above), *rows])
    block = parse_headless(stream) or Block(line.start, line.end, [Part(line.start, line.end)])
    block.kind = "encoded"
    return block


def _oldest(above: list[str]) -> list[str]:
    """The exception above a header, with what links both; nothing where none is."""
    full = [row for row in above if row.strip()]
    if not full or full[-1].strip() not in RELATIONS:
        return []
    named = (n for n in range(len(full) - 1, -1, -1) if exception_line(full[n], strict=True))
    return full[next(named, len(full)) :]


def _decoded(text: str) -> str | None:
    record = record_of(text)
    if record is not None:
        return max((s for s in strings_of(record) if HEADER in s), key=len, default=None)
    if not is_encoded(text):
        return None
    start = max(0, text.find(HEADER) - _ABOVE)
    return _unescaped(text[start : start + _LONGEST])


def _unescaped(text: str) -> str:
    text = text.replace("\\\\", "\0")
    for written, meant in _MEANING.items():
        text = text.replace(written, meant)
    return text.replace("\0", "\\")


def parse_record(line: Line) -> Block | None:
    """A JSON record that reports an error without a traceback."""
    record = record_of(line.text)
    if record is None:
        return None
    message = next(
        (
            str(record[key])
            for key in ("error", "exception", "err", "message", "msg", "event", "text")
            if isinstance(record.get(key), str) and record[key]
        ),
        None,
    )
    if message is None:
        return None
    kind = next((str(record[key]) for key in _ERROR_TYPE_KEYS if record.get(key)), "")
    part = Part(line.start, line.end, kind if kind.isidentifier() else "", message.split("\n"))
    return Block(line.start, line.end, [part], kind="record")
