"""The nouns of a diagnosis: what is asked, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Confidence = Literal["proven", "likely", "unknown"]


class Log(Protocol):
    """The bytes of a log: in memory, or read from its file as they are asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, wanted: slice, /) -> bytes: ...
    def find(self, needle: bytes, start: int = 0, end: int | None = None, /) -> int: ...
    def rfind(self, needle: bytes, start: int = 0, end: int | None = None, /) -> int: ...


@dataclass(frozen=True)
class Ending:
    """How the attempt ended, as far as it is known. A log from elsewhere may come with nothing."""

    status: str | None = None
    exit_code: int | None = None
    signal: str | None = None
    reason: str | None = None
    stage: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """Bytes [start, end) of the log, and the lines (from 1, split at \\n only) they lie in."""

    start: int
    end: int
    first_line: int
    last_line: int


@dataclass(frozen=True)
class Frame:
    """One line of a stack: the file as printed, the line and the function."""

    file: str
    line: int
    function: str

    @property
    def place(self) -> str:
        """Where it is, for people: `train.py:12`, or in words where no file can be opened."""
        return place_of(self.file, self.line)


_NO_FILES = {
    "<string>": "the code given as a string (python -c)",
    "<stdin>": "the code given on standard input",
}


def is_file(file: str) -> bool:
    """Whether what a stack calls a file may be one."""
    return file not in _NO_FILES


def place_of(file: str, line: int) -> str:
    """A line of a file, or of what Python was given without one."""
    return f"{file}:{line}" if is_file(file) else f"{_NO_FILES[file]}, line {line}"


def frame_words(frame: Mapping[str, Any]) -> str:
    """The place and function of a frame, as an answer of the API holds it."""
    return f"{place_of(frame['file'], frame['line'])} {frame['function']}"


@dataclass(frozen=True)
class Link:
    """One exception of the chain.

    relation: "root" for the oldest; then how each arose from the one before: "cause" (raised
    from it), "context" (raised while it was handled), "worker" (carried over from another
    process), "group" (the group that holds it).
    """

    type: str
    message: str
    relation: str


@dataclass(frozen=True)
class Evidence:
    """A line of the log that proves the cause; line 0 where the proof is not in the log."""

    line: int
    text: str


@dataclass(frozen=True)
class Advice:
    """One thing to do; the command can be pasted as it is."""

    text: str
    command: str | None = None


@dataclass(frozen=True)
class Alternative:
    """What else it could be; why: what speaks for it, or what proof is missing.

    line: the line of the log that speaks for it; None where none does.
    """

    cause: str
    title: str
    why: str
    line: int | None


@dataclass(frozen=True)
class Explanation:
    """The answer. `log[error.start:error.end]` is the whole error, as printed.

    cut_short: what of a very long error was not looked at, in words.
    means, why: what such a failure is and how it comes about, in plain words; may be empty.
    """

    cause: str
    title: str
    confidence: Confidence
    headline: str
    error: Span | None
    is_traceback: bool
    user_frame: Frame | None
    chain: tuple[Link, ...]
    evidence: tuple[Evidence, ...]
    advice: tuple[Advice, ...]
    stage: str | None
    alternatives: tuple[Alternative, ...] = ()
    cut_short: str | None = None
    means: str = ""
    why: str = ""


def nothing_failed(stage: str | None) -> Explanation:
    """What is said of a run that is proven to have completed, whatever is in its log."""
    return Explanation(
        cause="ok",
        title="Nothing failed",
        confidence="proven",
        headline="",
        error=None,
        is_traceback=False,
        user_frame=None,
        chain=(),
        evidence=(),
        advice=(),
        stage=stage,
    )
