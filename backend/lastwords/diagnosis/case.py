"""What the rules judge: the fatal error of a log, taken apart, and how the process ended."""

from dataclasses import dataclass, field
from functools import cached_property

from lastwords.diagnosis import exit_statuses, fatal, history
from lastwords.diagnosis.error_lines import tail_lines
from lastwords.diagnosis.explanation import Ending, Frame, Log
from lastwords.diagnosis.frames import user_frame
from lastwords.diagnosis.lines import Line, lines_between
from lastwords.diagnosis.reports import Report
from lastwords.diagnosis.roots import asked
from lastwords.diagnosis.torchrun import RankReport
from lastwords.diagnosis.traceback_syntax import Block, Part, readable

ERROR_LIMIT = 1 << 20
TAIL_TEXT = 128 << 10
ASKED = 16  # exceptions of a chain that are asked for the cause: so many first ones and last ones
SAID_AT_MOST = 32_000  # characters of all of them together that patterns are held against
_ERROR_LINES = 10_000
_LONGEST_PATH = 400


@dataclass
class Case:
    """One log and its ending. `block` or `report` is the fatal error, where the log holds one."""

    log: Log
    ending: Ending
    failed: bool
    block: Block | None = None
    report: Report | None = None
    ranks: RankReport | None = None
    passed: list[Block] = field(default_factory=list)
    memory: dict[str, object] = field(default_factory=dict)

    @property
    def start(self) -> int | None:
        """Where the error starts in the log."""
        if self.block is not None:
            return self.block.start
        return self.report.start if self.report is not None else None

    @property
    def end(self) -> int | None:
        """Where the error ends in the log."""
        if self.block is not None:
            return self.block.end
        return self.report.end if self.report is not None else None

    @property
    def headline(self) -> str:
        """The line for the title; empty where the log holds none."""
        if self.block is not None:
            return self.block.headline or _cut_off(self.block)
        return self.report.headline if self.report is not None else ""

    @property
    def user_frame(self) -> Frame | None:
        """The user's own deepest frame; else that of who waited for the process that failed."""
        if self.block is None:
            return self.report.frame if self.report is not None else None
        end = self.block.end
        waiting = (b for b in self.passed if b.start >= end and fatal.points_above(b))
        frames = (user_frame(block) for block in (self.block, *waiting))
        return next((frame for frame in frames if frame is not None), None)

    @property
    def signal(self) -> str | None:
        """The signal that ended it, by name."""
        return exit_statuses.signal_of(self.ending)

    @cached_property
    def parts(self) -> list[Part]:
        """The exceptions of the fatal error that may be its root, oldest first; C++'s too."""
        found = asked(self.block) if self.block is not None else self._thrown
        found = found if len(found) <= 2 * ASKED else found[:ASKED] + found[-ASKED:]
        if sum(len(part.said) for part in found) > SAID_AT_MOST:
            for part in found:
                part.said = part.said[: SAID_AT_MOST // len(found)]
        return found

    @property
    def _thrown(self) -> list[Part]:
        thrown = self.report.thrown if self.report is not None else None
        return [thrown] if thrown is not None else []

    @cached_property
    def said(self) -> str:
        """The messages of the failure, the last exception's first."""
        said = "\n".join(f"{part.type}: {part.said}" for part in reversed(self.parts))
        return said or "\n".join(readable(line.text, 4000) for line in self.error_lines[:60])

    @cached_property
    def error_lines(self) -> list[Line]:
        """The lines of the error; of one longer than ERROR_LIMIT bytes its beginning and end."""
        if self.start is None or self.end is None:
            return []
        first = min(self.end, self.start + ERROR_LIMIT // 2)
        rest = max(first, self.end - ERROR_LIMIT // 2)
        lines = lines_between(self.log, self.start, first, 1 << 16, _ERROR_LINES)
        if not lines or lines[-1].end >= self.end:
            return lines
        rest = max(rest, lines[-1].end + 1)
        if rest > first:
            rest = self.log.find(b"\n", rest, self.end) + 1 or self.end
        return lines + lines_between(self.log, rest, self.end, 1 << 16)[-_ERROR_LINES:]

    @cached_property
    def tail(self) -> list[Line]:
        """The last lines of the log."""
        return tail_lines(self.log)

    @cached_property
    def tail_text(self) -> str:
        """The end of the log as one text for patterns; words of a sane length."""
        raw = bytes(self.log[max(0, len(self.log) - TAIL_TEXT) :])
        return readable(raw.decode("utf-8", "replace").replace("\0", ""), TAIL_TEXT)

    @cached_property
    def trained(self) -> bool:
        """Whether the log shows any training."""
        return history.trained(self.log)

    @cached_property
    def frames_text(self) -> str:
        """All files and functions of the stacks, for rules that ask where it happened."""
        return "\n".join(place(frame) for part in self.parts for frame in part.frames[-60:])


def place(frame: Frame) -> str:
    """A frame's file and function, for patterns, with the slashes of every system but one."""
    return (
        f"{frame.file[-_LONGEST_PATH:]} ".replace("\\", "/") + f"{frame.function[:_LONGEST_PATH]}"
    )


def _cut_off(block: Block) -> str:
    """The title of a traceback whose exception is missing: where it stops."""
    frame = user_frame(block) or (block.final.frames[-1] if block.final.frames else None)
    if frame is None:
        return ""
    return f'Traceback cut off in {frame.function}, "{frame.file}", line {frame.line}'
