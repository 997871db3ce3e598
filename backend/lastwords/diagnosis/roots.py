"""Which exceptions of a chain are asked for the cause.

The root counts, not what passed it on. But an exception that was handled on purpose is no root:
a fallback was tried after it and failed by itself, or a person interrupted the handler.
"""

import re
from itertools import pairwise

from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.traceback_syntax import Block, Part

_INTERRUPTED = re.compile(r"(?:^|\.)(?:KeyboardInterrupt|SignalException|SystemExit)$")
_FALLEN_BACK = re.compile(
    r"^(?:ImportError|ModuleNotFoundError|KeyError|AttributeError|FileNotFoundError|IndexError|"
    r"StopIteration|queue\.Empty|_queue\.Empty|(?:\w+\.)*NotFoundError)$"
)
_LOOKED_UP = re.compile(r"(?:NotFoundError|OfflineModeIsEnabled)$")
_REFUSED = re.compile(r"\[Errno (?:1|13|28|30|122)\]")


def asked(block: Block) -> list[Part]:
    """The exceptions to ask, oldest first, without those that something else came after."""
    parts = list(block.every_part())
    for number, (older, newer) in reversed(list(enumerate(pairwise(block.parts), 1))):
        if newer.relation == "context" and _left_behind(older, newer):
            return list(Block(newer.start, block.end, block.parts[number:]).every_part())
    return parts


def _left_behind(older: Part, newer: Part) -> bool:
    """Whether the newer exception is a failure of its own, while the older was being handled."""
    if _INTERRUPTED.search(newer.type):
        return newer.type.endswith("KeyboardInterrupt")
    if _LOOKED_UP.search(older.type) and _REFUSED.match(newer.said):
        return True
    if not _FALLEN_BACK.match(older.type) or not older.frames or not newer.frames:
        return False
    if newer.sources[-1].startswith("raise"):
        return False
    catcher = older.frames[0]
    places = [(frame.file, frame.function) for frame in newer.frames]
    caught = (catcher.file, catcher.function)
    if installed(catcher):  # it went on to something of its own, which failed
        return caught in places[:-1] and older.type != newer.type
    return places[-1] != caught
