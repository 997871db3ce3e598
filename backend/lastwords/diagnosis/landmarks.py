"""A log in which the words that errors begin with were looked for in one pass, from its end."""

from functools import cached_property

from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lines import HEADER

# Each with a long word of it that holds no space: where that is not, looking for it is faster.
LANDMARKS = {
    HEADER.encode(): b"Traceback",
    b"Fatal Python error: ": b"Fatal",
    b"terminate called ": b"terminate",
    b"Root Cause (first observed failure):": b"observed",
}
_STEP = 1 << 20
_OVERLAP = max(map(len, LANDMARKS)) - 1


class MarkedLog:
    """The same log; where a landmark last stands in all of it is known."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.find = log.find

    def __len__(self) -> int:
        return len(self._log)

    def __getitem__(self, wanted: slice, /) -> bytes:
        return self._log[wanted]

    def rfind(self, needle: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Where `needle` last stands whole in [start, end); -1 where it does not."""
        if start == 0 and end is None and needle in LANDMARKS:
            return self._last.get(needle, -1)
        return self._log.rfind(needle, start, len(self._log) if end is None else end)

    @cached_property
    def _last(self) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        end = len(self._log)
        while end > 0 and len(found) < len(LANDMARKS):
            start = max(0, end - _STEP)
            block = self._log[start : end + _OVERLAP]
            for needle, word in LANDMARKS.items():
                if needle in found or block.rfind(word) < 0:
                    continue
                if (at := block.rfind(needle)) >= 0:
                    found[needle] = start + at
            end = start
        return found
