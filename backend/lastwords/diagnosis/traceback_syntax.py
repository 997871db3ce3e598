"""What a printed traceback is made of, and the shapes of its lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.prefixes import without_marks

FRAME = re.compile(
    r'^\s*+(?:> ?|[`*]{1,3})?File ["“”](?P<file>[^"”]++)["”], line (?P<line>\d++)'
    r"(?:, in(?P<function> .*\S|\s*))?+\s*$"
)
_OF_SPYDER = re.compile(
    r"^\s+(?:File (?P<file>\S[^\n]{0,400}?\.pyx?):|(?P<cell>Cell In ?\[\d+\]), line )(?P<line>\d++)"
    r"(?:,? in(?P<function> .*\S))?\s*$"
)
EXCEPTION = re.compile(
    r"^(?P<type>[A-Za-z_]\w{0,200}+(?:\.(?:<locals>\.)?[A-Za-z_]\w{0,200}+){0,50}+(?:\([\w.]{1,200}"
    r"+\)| \(see above for traceback\))?+)(?::(?:\s++(?P<message>.*))?+)?+\s*$",
    re.DOTALL,
)
NAMED_LIKE_ERROR = re.compile(
    r"^(?>\w*?(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group|Failure|Failed|Fault|"
    r"Timeout|Invalid|NotFound|Missing|Expired|Empty|Full|Abort|Denied|Refused|Usage|Unavailable|"
    r"RemoteTraceback|SimplifiedTraceback))\w*+(?:\([\w.]+\)| \(see above for traceback\))?$"
)
NOT_A_TYPE = re.compile(
    r"^(?:INFO|WARNING|WARN|ERROR|DEBUG|CRITICAL|FATAL|TRACE|NOTE|wandb|Epoch|Step|epoch|step|"
    r"loss|usage|Usage|srun|slurmstepd|make|bash|sh|Saving|Loading|Done|Finished|rank\d*|"
    r"Training|Aborted|Terminated|Killed|done|finished|ok|OK)$"
)
RELATIONS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
WORKER_TRACEBACK = re.compile(r"(?:^|\.)_?RemoteTraceback$")
CARRIES = re.compile(
    r"^(?:The actor died because of an error raised in its creation task, )?(?:\[\d+m)?ray::|"
    r"^in user code:$"
)
"""What a message begins with whose stack follows without a header."""
NOTICE = re.compile(r"(?:^|\.)SimplifiedTraceback$")
"""The type of what JAX says of its own stack, in the form of an exception."""
_PASSES_ON = re.compile(r"\b(?:DatasetGenerationError|UserCodeException)$")
_WORKER_EXITED = re.compile(r"DataLoader worker \(pid\(s\) [\d, ]+\) exited unexpectedly")
_WORKER_WITHOUT_SHM = re.compile(r"DataLoader worker \(pid \d+\) is killed by signal: Bus error")
_LOST = re.compile(r"(?:^|\.)(?:TerminatedWorkerError|BrokenProcessPool)$")
"""The pool's own word on a worker that died; what it carries is how the pool noticed."""
_REMOTE = re.compile(r"\bRayTaskError\(")  # its message is the traceback of the worker
_TORN = re.compile(
    r"^(?P<type>[A-Z]\w{0,60}?(?:Error|Exception))(?P<again>(?:(?P=type)){1,64})(?:: ?){2,64}"
)
_LONGEST_FRAME = 8_000
_LONGEST_NAME = 500
_FIRST_LINES = 200
OCCURRED = re.compile(r"^Exception has occurred: ?(?P<type>[A-Za-z_][\w.]*)")  # a debugger
_WRAPPED_AT_MOST = 8  # lines of a sentence
_IN_USER_CODE = "in user code:"  # TensorFlow's: a stack, and below it what failed
_FOLLOWS = ("(look up to see its traceback):", "' raised:")  # what failed is the next line
_SAID_AT_MOST = 8_000
_LONG_WORD = re.compile(r"(\S{300})\S+|([ \t]{40})[ \t]+")


class Gap(NamedTuple):
    """What of an error was passed over: bytes [start, end) of the log.

    errors: how many exceptions of a chain that were.
    relation: how the exception after the gap arose from the one before it; None where the gap lies
    within one exception.
    """

    start: int
    end: int
    errors: int
    relation: str | None


@dataclass
class Part:
    """One exception as printed: its frames, its type, its message.

    inner: the error that this one only carries over from another process.
    members: what an exception group holds.
    sources: the line of code of each frame, empty where none was printed.
    too_deep: it lies within so many others that what it holds was not taken apart.
    """

    start: int
    end: int
    type: str = ""
    message: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    relation: str = "root"
    inner: "Block | None" = None
    members: "list[Block]" = field(default_factory=list)
    too_deep: bool = False

    @cached_property
    def text(self) -> str:
        """The message, all its lines."""
        return "\n".join(self.message)

    @cached_property
    def said(self) -> str:
        """The beginning and the end of the message, for patterns; words of a sane length."""
        return readable("\n".join(self.message[:_FIRST_LINES]))

    @property
    def only_passes_on(self) -> bool:
        """Whether it says no more than that the exception before it happened."""
        return bool(_PASSES_ON.search(self.type))

    @property
    def only_carries(self) -> bool:
        """Whether its message is nothing but the stack of the error it carries over."""
        carried = self.inner is not None and bool(self.inner.final.type)
        return carried and bool(CARRIES.match(self.text.strip()))

    @property
    def headline(self) -> str:
        """`Type: first line of the message`, of the original where this one carries it over."""
        if self.inner is not None and self.inner.final.type and not _LOST.search(self.type):
            return self.inner.final.headline
        if _REMOTE.search(self.type) and (told := _last_exception(self.message)):
            return told
        return headline_of(self.type, self.message)


@dataclass
class Block:
    """A whole error as printed: every exception of the chain, oldest first.

    gap: what of it was passed over, where it goes on for too long.
    """

    start: int
    end: int
    parts: list[Part]
    lane: str = ""
    before: tuple[str, ...] = ()
    kind: str = "plain"
    gap: Gap | None = None

    @property
    def final(self) -> Part:
        """The exception that ended it: the last that is named and says more than the one before."""
        told = [part for part in self.parts if not NOTICE.search(part.type)]
        named = [part for part in told if part.type] or told or self.parts
        while len(named) > 1 and named[-1].relation == "cause" and named[-1].only_passes_on:
            named.pop()
        return named[-1]

    @property
    def headline(self) -> str:
        """That of the last exception, or of the one that says what the last one only passes on."""
        final = self.final
        if _WORKER_EXITED.match(final.text[:400]):
            killed = (part for part in self.parts if _WORKER_WITHOUT_SHM.match(part.text[:400]))
            final = next(killed, final)
        return final.headline

    @property
    def is_cut(self) -> bool:
        """Whether the log ends before it names any exception."""
        return not self.final.type

    @property
    def is_too_deep(self) -> bool:
        """Whether some of the errors within it were not taken apart."""
        within = [block for part in self.parts for block in (part.inner, *part.members) if block]
        return any(part.too_deep for part in self.parts) or any(
            block.is_too_deep for block in within
        )

    def every_part(self) -> Iterator[Part]:
        """All exceptions, those carried over and those in groups included, oldest first."""
        carried: Block | None = None
        for part in self.parts:
            if part.inner is not None and part.inner is not carried:
                yield from part.inner.every_part()
            carried = part.inner
            for member in part.members:
                yield from member.every_part()
            if not WORKER_TRACEBACK.search(part.type) and not part.only_carries:
                yield part


def _last_exception(lines: list[str]) -> str:
    """The exception that a traceback within a message ends with."""
    for line in reversed(lines[1:]):
        if exception_line(line, strict=True):
            return line.strip()
    return ""


def readable(text: str, limit: int = _SAID_AT_MOST) -> str:
    """Text cut so that no pattern needs long for it: its beginning; long words, gaps shortened."""
    return _LONG_WORD.sub(r"\1\2", text[:limit])


def headline_of(type_name: str, message: list[str]) -> str:
    """The line an expert would put into the title."""
    lines = iter(message)
    first = next((line.strip() for line in lines if line.strip()), "")
    if first == _IN_USER_CODE:
        return _last_exception([line.strip() for line in message]) or f"{type_name}: {first}"
    if first.endswith(_FOLLOWS):
        first = " ".join((first, *(line.strip() for line in islice(lines, 1))))
    if message and not message[0].strip():  # a text of several lines, whose sentences are wrapped
        for line in islice(lines, _WRAPPED_AT_MOST):
            if not line.strip()[:1].islower() or first.endswith((".", ":")):
                break
            first += " " + line.strip()
    return f"{type_name}: {first}" if first and type_name else type_name or first


def exception_line(text: str, strict: bool) -> re.Match[str] | None:
    """Match `Type: message`; strict where no stack stands before it to vouch for it."""
    found = EXCEPTION.match(_once(text))
    if found is None or found.end("type") > _LONGEST_NAME:
        return None
    name = found["type"].rpartition(".")[2]
    if NOT_A_TYPE.match(name):
        return None
    is_call = name.endswith(")") and found["message"] is None
    if (strict or is_call) and not NAMED_LIKE_ERROR.search(name):
        return None
    return found


def _once(text: str) -> str:
    """The line once, where several processes wrote it piece by piece at the same time."""
    text = without_marks(text) if text[-1:] in ("*", "`", "_") else text
    torn = _TORN.match(text[:_LONGEST_NAME])
    if torn is None:
        return text
    times = 1 + len(torn["again"]) // len(torn["type"])
    said = text[torn.end() :].rstrip()
    size = len(said) // times
    said = said[:size] if said == said[:size] * times else said
    return f"{torn['type']}: {said}"


def frame_of(text: str) -> Frame | None:
    """The frame that this line names."""
    found = FRAME.match(text[:_LONGEST_FRAME])
    if found is None:
        found = _OF_SPYDER.match(text[:_LONGEST_FRAME])
        if found is None:
            return None
        file, function = found["file"] or found["cell"], (found["function"] or "").strip()
        return Frame(file, int(found["line"][:9]), function)
    function = (
        (found["function"] or "").removesuffix(" (Current frame)").rstrip(" *`").strip()
    )  # TensorFlow marks some by stars
    return Frame(found["file"], int(found["line"][:9]), function)
