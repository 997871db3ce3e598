"""Signals and time limits."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="time-limit",
        cause="process.timeout",
        title="The time that it was given ran out",
        means="A scheduler, a limit or the program itself ended it because of its time.",
        why="The training needs longer than its limit, or something in it waits for ever.",
        todo=(
            ("Give it more time", "--time-limit-seconds 86400"),
            ("Go on from the last checkpoint", "--resume-from checkpoints"),
        ),
        source="slurm.schedmd.com/sbatch.html#OPT_time",
        says=r"DUE TO TIME LIMIT|TIME ?LIMIT|DeadlineExceeded|exceeded (?:the |its )?(?:time|"
        r"walltime|deadline)|"
        r"wall ?(?:clock )?time (?:limit )?(?:exceeded|reached)|TERM_RUNLIMIT|CPU time limit "
        r"exceeded|"
        r"time limit (?:of [^\n]{0,30} )?(?:exceeded|reached|hit|is up)|timed out after "
        r"\d+(?:\.\d+)? ?s|"
        r"DataLoader timed out after|^Timeout \(\d+:\d\d:\d\d|"
        r"^timeout: sending signal |"
        r"(?i:(?:training|run|job|step|epoch|evaluation|command|"
        r"budget)[^\n]{0,60}"
        r"(?:timed out|time[- ]?out|took longer than|out of time|exceeded [\d.]+ ?(?:s|min|h)))|"
        r"(?i:time budget|max(?:imum)? (?:run)?time)[^\n]{0,40}(?:exceed|reach|used)|maxtime",
        tail=True,
    ),
    Rule(
        name="time-limit-type",
        cause="process.timeout",
        title="The time that it was given ran out",
        means="The program waited for something for as long as it was told to, and gave up.",
        why="What it waited for is slow, or will never come.",
        todo=(("Give it more time, or find what it waits for", None),),
        source="docs.python.org/3/library/exceptions.html#TimeoutError",
        types=r"(?:^|\.)(?:TimeoutError|TimeoutExpired|\w*TimeoutException|\w*Timeout|"
        r"\w*TimeLimit\w*|FunctionTimedOut|DeadlineExceeded)$",
        plain=False,
        weak=True,
    ),
    Rule(
        name="interrupted",
        cause="process.signal",
        title="Interrupted by a signal",
        means="A person or a scheduler asked the process to stop, and Python turned it into an "
        "exception.",
        why="Ctrl-C, a closed terminal, a stopped container, or a preempted machine.",
        todo=(
            ("Start it again; it goes on from the last checkpoint", "--resume-from checkpoints"),
        ),
        source="docs.python.org/3/library/signal.html",
        types=r"(?:^|\.)(?:KeyboardInterrupt|SignalException|\w*Preempt\w*|\w*Terminated\w*|"
        r"\w*SignalReceived\w*|\w*Interrupted\w*)$",
        plain=False,
        weak=True,
    ),
    Rule(
        name="signal-named",
        cause="process.signal",
        title="Ended by a signal",
        means="The process was ended by a signal; the log says so.",
        why="A person, a scheduler, or the kernel after a crash in native code.",
        todo=(("See what the kernel wrote", "dmesg | tail -50"),),
        source="man7.org/linux/man-pages/man7/signal.7.html",
        says=r"^(?:malloc|free|realloc|munmap_chunk|calloc)\(\)|\bdouble free or corruption|"
        r"^\w*make(?:\[\d+\])?: \*\*\* .*\] (?:Killed|Terminated|Segmentation fault|"
        r"Aborted|Bus error)|"
        r"(?i:\b(?:exit(?:ed)?|returned)\b[^\n]{0,30}\b(?:code|status)):? 1(?:37|34|39|43)\b|"
        r"^corrupted (?:size|"
        r"double)|"
        r"stack smashing detected|: Assertion `.*' failed|^(?:.*: line \d+: *\d+ )?(?:Killed|"
        r"Terminated|Segmentation fault|Aborted|Bus error|"
        r"Hangup|"
        r"Illegal instruction|Floating point exception|Trace/breakpoint trap)\b|"
        r"Fatal Python error: (?:Segmentation fault|Bus error|Illegal instruction|Floating|"
        r"Aborted)|"
        r"(?:CANCELLED|PREEMPTED)\b|received (?:signal )?SIG(?:TERM|INT|KILL|HUP)|"
        r"(?:[Rr]eceived|[Gg]ot|[Cc]aught|by) (?:signal )?"
        r"(?:(?<=signal )(?:15|9|2)|SIG[A-Z]+\d?)\b|"
        r"terminated by signal",
        tail=True,
    ),
]
