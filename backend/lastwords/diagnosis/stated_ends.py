"""Lines in which a scheduler, a launcher or a driver itself states how the run ended.

They count where no traceback tells more: a bare signal or exit code leaves the reason to them.
Of several ranks, the first to say it is the headline.
"""

import re
from collections.abc import Iterator

from lastwords.diagnosis import history
from lastwords.diagnosis.error_lines import tail_lines, tells_of_failure
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.native_stacks import end_of_stack
from lastwords.diagnosis.prefixes import without_prefix
from lastwords.diagnosis.reports import Report

_LEFT_WITH = (
    r"\b(?:left|exited|ended|finished|terminated) with (?:exit )?(?:status|code):? "
    r"[1-9]\d{0,2}\W*$"
)
"""The echo of an exit code; what a shell says of the process that left it tells more."""
_STATED = (
    # What is stated, and what else belongs to it when it stands directly before or after.
    (
        r"\*\*\* (?:JOB|STEP) \S+ ON \S+ (?:CANCELLED|FAILED) AT \S+ DUE TO ",
        r"\*\*\* (?:JOB|STEP) \S+ |^srun: error: Node failure on ",
    ),
    (
        r"Watchdog caught collective operation timeout",
        r"ProcessGroup\w+\.cpp|^frame #\d+|^Exception raised from|^\s*$|\bNCCL INFO |"
        r"^terminate called after throwing |^ *what\(\): ",
    ),
    (
        r"\b(?:caught|received|got) (?:signal \d|(?:a )?SIG[A-Z])[^\n]{0,100}\b(?:leaving|exiting|"
        r"stopping|quitting|terminating|shutting down)\b",
        r"\b(?:left|exited|ended|finished) with (?:exit )?(?:status|code):? \d+\W*$",
    ),
    (r"exits with return code = -?[1-9]\d*", r"\bKilling subprocess \d+"),
    (r"exceeded the maximum execution time|##\[error\].* has timed out after \d", r"##\[error\]"),
    (r"\bexecve\(\): \S+: ", r"(?!)"),  # Slurm
    (
        r"^docker: Error response from daemon: (?!.*\brunning (?:prestart )?hook\b)|"
        r"^nvidia-container-cli: \w[\w ]*error: ",
        r"^(?:See|Run) 'docker run --help'",
    ),
    (r"^The runner has received a shutdown signal", r"##\[error\]The operation was canceled"),
    (r"^Replicas? low on memory: ", r"\bexited with a non-zero status of \d+"),
    (r"\bThe node was low on resource: ", r"^Killing container with id "),
    (r"Detected \d+ oom[-_]kill event", r"(?!)"),
    (
        r"^ *Reason: +OOMKilled$",
        r"^ *Exit Code: ",
    ),
    (
        r"^ *traceback *: Signal \d+ \(SIG",
        r"^ *(?:time|host|rank|exitcode|error_file) *: |^=+ *$",
    ),
    (  # Open MPI
        r"^Signal: \w[\w ]* \(\d+\)$",
        r"\*\*\* (?:Process received signal|End of error)|^(?:Signal |Failing at |\[ ?\d+\] )",
    ),
    (
        r"^srun: error: .*: task \d+: (?:Bus error|Segmentation fault|Aborted)",
        r"^(?:srun|slurmstepd): ",
    ),
    (r"^Your session crashed ", r"(?!)"),
    (
        r"\bnoticed that process rank \d+ .{0,200}\bexited on signal \d+",
        r"^-{20,}$|^Primary job +terminated|Per user-direction, the job has been aborted",
    ),
    (  # R
        r"^\s*\*\*\* caught \w+ \*\*\*$",
        r"^address 0x|^Traceback:$|^ *\d+: |^An irrecoverable |^\s*$",
    ),
    (r"^Fatal error\. System\.\w+Exception: ", r"^   at \S"),  # .NET
    (
        r"\bReceived (?:Signals\.SIG[A-Z]+|\d+) death signal\b",
        r"\bSending process \d+ closing signal",
    ),
    (r"failed \(exitcode: -[1-9]\d*\) local_rank: ", r"^\s*$|\bChildFailedError\b"),
    (r"^Error reported to Coordinator: ", r"^\s+\[\[|^Hint: "),
    (r"\bERROR +ExecuteUserScriptError:$", r"^(?:> )?(?:Command \"|ExitCode|ErrorMessage)"),
    (r"^Memory access fault by GPU ", r"(?!)"),
    (r"\bsegfault at [0-9a-f]+ ip [0-9a-f]+ sp ", r"\bCode: (?:[0-9a-f]{2} )+"),
    (  # Ascend's codes, each with what it advises below it
        r"^E[A-Z]\d{4}: \S|\bNPU error, error code is \d|"
        r"^\[PID: \d+\] \d{4}-\S+ \w+\(E[A-Z]\d{4}\): |^\[ERROR\] HCCL\(",
        r"^\s+(?:Solution|Possible Cause|TraceBack|Rectify|\S.*\[FUNC:)|^ ?\(function \w+\)|"
        r"^\[Error\]: |Warning: NPU warning, error code is ",
    ),
    (r"^(?:Memory cgroup o|O)ut of memory: Killed process \d", r"\boom[-_]kill"),
    (_LEFT_WITH, r"(?!)"),
    (
        r"^(?:\*\*\* Error in [`'].*': )?(?:double free or corruption|corrupted (?:size|double)|"
        r"(?:malloc|free|realloc|munmap_chunk|calloc)\(\): )",
        r"\b(?:Aborted|core dumped)\b|核心已转储",
    ),
    (r"^Process finished with exit code (?:-[1-9]|1[23]\d\b)", r"(?!)"),  # PyCharm
    (r"^(?:KeyboardInterrupt|\^C)$", r"^\^C$"),
    (
        r"^\*\*\* SIG[A-Z]+ .*received by PID|\breceived signal SIG[A-Z]+, ",
        r"^\S+/\?trace=\S+$|^0x[0-9a-f]+ in \S",
    ),
    (r"\*\*\* JOB \S+ ON \S+ CANCELLED AT \S+ \*\*\*", r"\*\*\* STEP \S+ "),
)
_OF_RANKS = re.compile(r"^[\w./\\-]{1,300} FAILED$")
_IN_RANKS = re.compile(
    r"ChildFailedError|^[=-]{10,}$|^Failures:$|^\s*<NO_OTHER_FAILURES>$|^\[\d+\]:$|^Root Cause |"
    r"^ *(?:time|host|rank|exitcode|error_file|traceback) *: "
)
"""The title of torchrun's table, whatever was pasted of the rest."""
_ENDED_JOB = re.compile(
    r"^(?:[\w.-]{1,60} +\| )?[\w./~ -]{1,200}: line \d+: +\d+ (?:Killed|Terminated|"
    r"Segmentation fault|Aborted|Bus error|Illegal instruction|Floating point exception|"
    r"Trace/breakpoint trap|Abort trap)\b"
)
"""How bash says that a signal ended what a script had started; a script may go on after it."""
_TELLS_WHY = re.compile(r"(?i)oom|out of memory|\blimit|cancelled|preempt|evict")
_KILLED = re.compile(r"return code = -9\b|\bexitcode: -9\b|\bSignal 9 ")
_OUT_OF_MEMORY = re.compile(r"\bout of memory: Killed process|oom[-_]kill event", re.IGNORECASE)
_EXIT = re.compile(
    r"(?i)failed, log is in|\berror (?:running|executing) \w+$|\bexit(?:ed)?\b|\bcode\b|"
    r"\bstatus\b|Error \d+$|\*\*\* \[|Something went wrong when|^Aborting\.?$"
)
_NOTHING = re.compile(r"(?!)")
_AFTER_JOB = 6  # lines
_KINDS = 4
_TABLE = tuple((re.compile(said), re.compile(beside)) for said, beside in _STATED)
_RANK = re.compile(r"\[(?:rank|Rank |default)(\d+)\]")


def find_stated_ends(log: Log) -> Iterator[Report]:
    """The first such statement of each kind among the last lines: more was printed after some."""
    lines = tail_lines(log)
    rows = list(_TABLE)
    for number, line in enumerate(lines):
        text = line.text[:2000]
        bare = without_prefix(text) if len(rows) > len(_TABLE) - _KINDS else ""
        row = next((row for row in rows if bare and _says(row[0], text, bare)), None)
        if row is not None:
            rows.remove(row)
            job = _ended_job(lines) if row[0].pattern == _LEFT_WITH else None
            yield job or _report(lines, number, *row)
    at_end = _ended_job(lines) or _ended_ranks(lines) if len(rows) == len(_TABLE) else None
    if at_end is not None:
        yield at_end


def _says(said: re.Pattern[str], text: str, bare: str) -> bool:
    return bool(said.search(text) or said.search(bare))


def _ended_ranks(lines: list[Line]) -> Report | None:
    if not any("ChildFailedError" in line.text for line in lines):
        return None
    titles = (n for n, line in enumerate(lines) if _OF_RANKS.match(without_prefix(line.text[:400])))
    number = next(titles, None)
    return _report(lines, number, _OF_RANKS, _IN_RANKS) if number is not None else None


def _ended_job(lines: list[Line]) -> Report | None:
    full = [line for line in lines if line.text.strip()]
    for number in range(len(full) - 1, max(-1, len(full) - 1 - _AFTER_JOB), -1):
        text = full[number].text[:2000]
        if _TELLS_WHY.search(text) or history.shows_progress(text):
            return None
        if _ENDED_JOB.match(without_prefix(full[number].text[:2000])):
            return _report(full, number, _NOTHING, _NOTHING)
        if tells_of_failure(text) and not _EXIT.search(text):
            return None
    return None


def first_that_tells(reports: list[Report]) -> Report | None:
    """The first of them; of an end by SIGKILL what names its reason, where one does."""
    first = reports[0] if reports else None
    if first is not None and _KILLED.search(first.headline):
        return next((report for report in reports if _OUT_OF_MEMORY.search(report.headline)), first)
    return first


def says_why(report: Report) -> bool:
    """Whether it tells more than that something ended: a limit, a lack of memory, who asked."""
    return bool(_TELLS_WHY.search(report.headline))


def ranks_of(report: Report) -> set[str]:
    """The ranks that say it."""
    return {found[1] for line in report.lines if (found := _RANK.search(line.text[:400]))}


def _report(
    lines: list[Line], number: int, said: re.Pattern[str], beside: re.Pattern[str]
) -> Report:
    def belongs(line: Line) -> bool:
        text = line.text[:2000]
        return any(
            said.search(part) or beside.search(part) for part in (text, without_prefix(text))
        )

    first = last = number
    while first > 0 and belongs(lines[first - 1]) and lines[first - 1].text.strip():
        first -= 1
    while last + 1 < len(lines) and belongs(lines[last + 1]):
        last += 1
    while not lines[last].text.strip():
        last -= 1
    taken = tuple(lines[first : last + 1])
    headline = without_prefix(lines[number].text)
    end = end_of_stack(lines, taken[-1].end)
    return Report("stated", taken[0].start, end, headline, None, taken)
