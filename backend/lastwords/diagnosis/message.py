"""Where an exception's message ends: Python prints no mark after its last line.

What follows is decided line by line: text that belongs to messages of this kind (indented, a
list, known paragraphs of libraries) goes on; output of other programs, log lines and progress
stop it. A line that is neither belongs to the message while the message is open: an unclosed
bracket, a line that ends in a colon or a comma, or code that raised it and may have said anything.
Where that code shows the text (`raised.extent`), its line breaks decide alone.
"""

import re

from lastwords.diagnosis.lines import is_picture
from lastwords.diagnosis.prefixes import starts_with_time
from lastwords.diagnosis.raise_statements import Extent

_OUTPUT = re.compile(
    r"^\s*+(?:\[\d{4}-|\[?(?:INFO|WARNING|WARN|ERROR|DEBUG|CRITICAL)\b|[IWEF]\d{4} |\[[IWEF]\d|\[W|"
    r"wandb: |srun: |slurmstepd: |make: |Exception ignored |Error in |\d+%\||(?>\S.*?\d%\|).*\d/\d|"
    r"\{\"|\{['\"](?:loss|eval_|train_)|Exception in thread|\[rank\d+\]:|\*\*\*(?! (?:Begin|"
    r"End) stack trace)|Elapsed|real\t|user\t|sys\t|Command exited|Loading |Saving |Starting |"
    r"Using |Epoch\b|epoch\b|Step\b|step\b|Training\b|Done\b|Cleaning|Clos(?:ing|ed)\b|Exiting|"
    r"Shutting|Finished|Uploading|Flush|Releas|bye|Goodbye|atexit|cleanup|Sending process|Killing|"
    r"terminate called|Fatal Python error|Aborted|Segmentation fault|Usage: |usage: |Sentry is |"
    r"(?!FAILED: (?:\[|\S+\.o\b)|OMP: Hint)(?:[A-Z_]{3,}:)|(?!\[bt\])\[[\w. -]{2,30}\] \S|nohup:|"
    r"exit (?:code|status)|[\w./-]+:\d+: \w*Warning|={3,}|-{20,}|#{3,}|╭─|"
    r"\d+(?:\.\d+)?$|Traceback \(most)"
)
_SHELL = re.compile(
    r"(?:\([\w.-]{1,60}\) )?(?:"
    r"(?:[\w.~/-]{1,80} )?\$ \w|\w{0,8}sh-\d[\d.]*[$#%]|(?:[\w.~/-]{1,80} )?[➜❯❱λ] "  # prompts
    r"|\[?[\w.-]{1,64}@[\w.-]{1,255}[: ][^\n]{0,200}?[$#%>](?: |$)|(?:PS )?[A-Z]:\\[^<>|"
    r"\"\n]{0,200}(?<![-= ])>|>>> |In \[\d+\]:)|\+{1,4} [\w./]+(?:[ =]|$)|\[(?:exited|detached|"
    r"Process completed)|Connection to \S+ closed|logout$|Press any key|Script done\b"
)
_OTHERS = re.compile(
    r"\((?:raylet|autoscaler|(?:[\w.:<>-]{1,80} )?pid=\d+)[,) ]|[\w.-]{1,60}[-_]\d+ +\|"
    r"|(?:[\w.]{1,40}=\S{1,80} )?level=\w|\[\d+\] *[+-] |Container \S+ |pod \"|[✗✘✖✔✓] |"
    r"[\w@.:\\-]{1,80}\.(?:service|scope|slice): |# (?:Accounting: |(?:Started|Ended|Running) )|"
    r"\W{1,4}(?:INFO|WARNING|ERROR|DEBUG) +\| |(?:ERROR|WARNING|INFO):[\w.]+:"
)
_ASKED = re.compile(  # by who pasted it
    r"(?:(?:does|do|did|can|could|would|has|have) (?:any|some)(?:one|body)\b|(?:can|could|would) "
    r"(?:you|u|i) |any (?:idea|help|suggestion|advice|solution|clue|one|body|thoughts)|anyone\b|"
    r"th?an?ks?\b|thx\b|(?:what|how|why|who|where|which)\b(?!\()[^\n]{0,200}\?$|"
    r"(?:what|how) (?:should|can|could|do) (?:i|we|you) |why (?:the|is|do|am|does)\b|"
    r"(?:please |pls |plz )?help(?: me)?\b(?![: ]\S*:)[^\n]{0,30}$|(?:please|pls|plz) help\b|"
    r"i(?:'m| am| have| had| got| get| use| used| tried| try| think| want| ran| run| was| don'?t|"
    r" do not| follow\w*| can'?t| cannot| already| also)\b|my [\w ]{2,40}\b(?:is|are|:)|"
    r"the (?:command|code|script|config\w*|environment) (?:i|is|that)\b|@\w|hi\b|hello\b|"
    r"(?:is|are) (?:this|there|it|that)\b|请问|求助|谢谢|怎么|如何|为什么|"
    r"你好|您好|大佬|作者|有什么|有没有|我(?:在|是|用|的|想|按|也|这)|"
    r"so,? (?:what|how|why|is)\b|python3? \S+\.py\b|"
    r"python:? ?\d|\*\*[\w :]{2,40}\*\*:?$|#{2,} )",
    re.IGNORECASE,
)
_OUTPUT_ANYWHERE = re.compile(
    r"(?:exit(?:ed)? (?:with )?(?:code|status)\b|loss[ =:]+\d|\.\.\.$|returned non-zero|it/s\]|"
    r"s/it\])",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:[ \t]+\S|[-*•→>:]\s|\(|\[\d|\[Errno|['\"`{<]|\d+[.)]\s|\w{1,40} = [\[{(]|"
    r"(?:while|when|during|hint|note|help|see|try|check|context|in|at|for|from|the|this|that|it|"
    r"its|you|your|please|make sure|if|or|and|but|because|since|did you|maybe|possible|possibly|"
    r"expected|got|available|valid|found|missing|row|sample|batch index|line \d|file|to|a|an|as|"
    r"with|on|of|one of|such|consider|set|use|using|run|install|update|upgrade|caused by|reason|"
    r"detail|details|cuda|compile|last error|nccl|access|cannot access|repository not found|"
    r"invalid|exception raised|frame #|c\+\+|check ?out|more info|for more|for debugging|"
    r"device-side|original|alternatively|otherwise|both|either|we|there|these|those|here|however|"
    r"so|then|than|after|before|be|is|are|was|were|has|have|can|could|may|might|must|should|"
    r"will|would|not|no|only|shape|dtype|traceback :|entry not found|revision not found|unexpected|"
    r"\*\*\* (?:begin|end) stack trace|omp: hint|"
    r"[a-z][\w() ]{2,50}: [\d.]+ [kmgt]?i?b\b|pytorch limit \(|"  # an allocator's account
    r"pip3? install|conda install|size mismatch|background on this error|processed|fields?|"
    r"required|value|key|keys|column)\b)",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?:while|when|during|hint|note|help|see|try|check|context|in|at|for|from|the|this|it|its|"
    r"you|your|please|make sure|if|or|and|but|because|since|did you|maybe|possibl[ey]|expected|"
    r"got|available|valid|found|missing|row|sample|batch index|line \d|file|caused by|reason|"
    r"details?|value|keys?|column|fields?|required|shape|dtype|alternatively|otherwise)\b"
)
_NEXT_PARAGRAPH = re.compile(
    r"^(?:[ \t]+\S|Cannot access gated|Repository Not Found|Entry Not Found|Revision Not Found|"
    r"Compile with|Set TORCH_LOGS|Exception raised from|frame #|Check ?out your|"
    r"Check the documentation|"
    r"\[(?:start|end) of |Resolved plan until|from user code|Set TORCHDYNAMO|Original Traceback|"
    r"-- Process|If (?:this|you)|"
    r"You can suppress|For more info|For debugging|Access to model|Invalid username|"
    r"IMPORTANT: PLEASE|Importing the numpy|A module that was compiled using|We have compiled|"
    r"Please note|and make sure|"
    r"Original error was|Note: this error|C\+\+ CapturedTraceback|Last error|Device-side|"
    r"Troubleshooting|CUDA Setup|\(Background on this error|During handling of the above|\[SQL|"
    r"(?:You|Please|See|Try|Note|Make sure|Alternatively|Otherwise|Hint|Did you|"
    r"To \w+|This (?:is|error|can|may|could|happens|usually|means))\b[^\n]{20,}|"
    r"Stack trace(?: returned \d+ entries)?:|Storing the|Call using|Bucket|Forbidden|Unauthorized|"
    r"Search for|Please make sure|torch\.cuda\.is_available\(\): |"
    # What it was at first, and what to do about it.
    r"Original (?:error|exception|message)\b|Repro(?:duce)?(?: command)?:|"
    r"(?:Hint|Note|Help|Details?|Reason|Cause|Solution|Suggestion)s?:|"
    r"Possible (?:causes?|reasons?|solutions?|fix(?:es)?)\b|"
    r"To (?:fix|resolve|solve|avoid|suppress|work around|debug) |You (?:can|may|need to|should) |"
    r"(?:Try|Consider|Make sure|Ensure|See|If (?:you|this|the)|For (?:more|further|details)) |"
    r"This (?:error|usually|can|may|might|often|probably|happens) |Alternatively,|Did you )",
)
_KEEPS_PARAGRAPHS = re.compile(
    r"(?:ValidationError|UnpicklingError|HfHubHTTPError|RepositoryNotFoundError|GatedRepoError|"
    r"EntryNotFoundError|RevisionNotFoundError|BadRequestError|SettingsError|DistributedError|"
    r"DatasetGeneration\w*Error|"
    r"DistBackendError|ColumnNotFoundError|TerminatedWorkerError|XlaRuntimeError|JaxRuntimeError)$|"
    r"\berrors_impl\."
)
_OF_PARAGRAPHS = re.compile(
    r"^(?:Exception encountered when calling |A total of \d+ objects could not be \w+)"
)
_LAST_PARAGRAPH = re.compile(r"^(?:Arguments received by |List of objects that could not )")
_PROSE = re.compile(r"^[A-Z][\w`']*+ (?:[^\s=|]++ ){7}.*[.!?:]$")
_GRAPH = "Graph execution error:"  # TensorFlow's: what failed, and where, are paragraphs
_DEVICE = re.compile(r"(?:CUDA|HIP|NCCL|cuDNN|XPU|SYCL) error|RESOURCE_EXHAUSTED: ")
_ASCEND = re.compile(r"^(?:\[ERROR\] \S+ \(PID:\d+, Device:-?\d+|E[A-Z]\d{4}: )")
_BAR = re.compile(r"\d%\||it/s\]|s/it\]")
_BAR_AT_MOST = 2_000
_ROW_AT_MOST = 2_000
_OPEN_END = tuple(":,([{\\")
_BRACKETS = re.compile(r"[\[\](){}]")


def is_of_person(text: str) -> bool:
    """True for a shell's prompt, a command that it shows, and what is asked below a pasted log."""
    return bool(_SHELL.match(text[:600])) or is_asked(text)


def is_asked(text: str) -> bool:
    """True for what somebody wrote below the log that they pasted."""
    return bool(_ASKED.match(text[:600]))


def is_output(text: str) -> bool:
    """True for a line that some program printed after the error."""
    start = text[:600]
    by_others = (
        is_picture(start)
        or starts_with_time(start)
        or _OUTPUT.match(start)
        or is_of_person(start)
        or _OTHERS.match(start)
    )
    return bool(by_others or _OUTPUT_ANYWHERE.search(text[-300:]))


def is_bar(text: str) -> bool:
    """Whether this is a progress bar."""
    return bool(_BAR.search(text[:_BAR_AT_MOST]))


class Message:
    """The lines of one message so far, and whether the next one belongs to it."""

    def __init__(self, type_name: str, first: str, extent: Extent = "unknown") -> None:
        self.type = type_name
        self.lines = [first]
        self.extent: Extent = "unknown" if _OF_PARAGRAPHS.match(first) else extent
        self._depth = self._opened(first)

    @staticmethod
    def _opened(text: str) -> int:
        if len(text) > 20_000:
            return 0
        return sum(1 if found in "[({" else -1 for found in _BRACKETS.findall(text))

    def add(self, text: str) -> None:
        """Take a line into the message."""
        self.lines.append(text)
        self._depth = max(0, self._depth + self._opened(text))

    @property
    def _unfinished(self) -> bool:
        """Whether the code that raised it names more lines than were printed so far."""
        return isinstance(self.extent, int) and len(self.lines) < self.extent

    @property
    def _whole(self) -> bool:
        return isinstance(self.extent, int) and len(self.lines) >= self.extent

    def takes(self, text: str) -> bool:
        """Whether a line that follows directly goes on with the message."""
        if self._unfinished:
            return True
        if self._whole:
            return self._noted(text)
        if not self.lines[-1].strip():
            return self._takes_paragraph(text)
        if text.startswith(("  ", "\t")):
            return not is_bar(text)
        if _ASCEND.match(text) or self._is_row(text):
            return True
        if is_output(text):
            return False
        if (
            len(self.lines) > 1
            or (self.type and _DEVICE.match(self.lines[0]))
            or _NEXT_PARAGRAPH.match(text)
            or _GOES_ON.match(text)
        ):
            return True
        if self.extent == "open" or self._prose_goes_on(text) or self._begins_alike(text):
            return True
        last = self.lines[-1]
        return (
            self._depth > 0
            or last.rstrip().endswith(_OPEN_END)
            or self.type.endswith(("ValidationError", "CastError"))
        )

    def _is_row(self, text: str) -> bool:
        """Whether the line before is a row of the same table as this one."""
        columns = text[:_ROW_AT_MOST].count("\t")
        return columns > 1 and self.lines[-1][:_ROW_AT_MOST].count("\t") == columns

    @staticmethod
    def _noted(text: str) -> bool:
        """Whether a line after a whole message is a note that was added to the exception."""
        if text.startswith((" ", "\t")):
            return not is_bar(text)
        return bool(_NOTE.match(text)) and not is_output(text)

    def takes_after_blank(self, text: str) -> bool:
        """Whether a line that follows an empty one still belongs to the message."""
        if self._unfinished:
            return True
        return not self._whole and self._takes_paragraph(text)

    def _takes_paragraph(self, text: str) -> bool:
        if is_bar(text):
            return False
        if _NEXT_PARAGRAPH.match(text):
            return True
        if not any(line.strip() for line in self.lines):
            return not is_output(text)
        is_text = not self.lines[0].strip()  # that begins on a line of its own
        is_text = is_text or self.lines[0].startswith(_GRAPH)
        keeps = is_text or bool(_KEEPS_PARAGRAPHS.search(self.type)) or self._awaits_paragraph
        return keeps and not is_output(text)

    @property
    def _awaits_paragraph(self) -> bool:
        """Whether it is one of Keras's messages, whose last paragraph is always the same."""
        if not _OF_PARAGRAPHS.match(self.lines[0]):
            return False
        return not any(_LAST_PARAGRAPH.match(line) for line in self.lines)

    def _begins_alike(self, text: str) -> bool:
        """Whether it speaks of what the line before does: `Dataset 'a' error`, `Dataset 'a' …`."""
        said, also = (line[:400].split(None, 2)[:2] for line in (self.lines[-1], text))
        return len(said) == 2 and said == also

    def _prose_goes_on(self, text: str) -> bool:
        """A paragraph of several lines stays one: its line before was long and ended in no stop."""
        last = self.lines[-1]
        if _PROSE.match(text):
            return True
        return len(last) > 70 and not last.rstrip().endswith((".", "!", ")", "'", '"', "]"))
