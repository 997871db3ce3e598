"""Signals and time limits."""

from lastwords.diagnosis.rules.rule import Rule

NO_MODEL = (
    r"\bno (?:adapter|model|checkpoint|output|artifact)s? (?:file )?(?:was|were) (?:saved|"
    r"written|produced)|\bwrote no (?:adapter|model|checkpoint|weights|output|artifact)|"
    r"(?:\b(?:adapter|model|checkpoint|weights)\b|"
    r"\S\.(?:ckpt|pth?|safetensors|bin|onnx|h5|keras|pkl|joblib)\b)[^\n]{0,30}"
    r" (?:was|were|is|has|have) (?:not|never) (?:been )?(?:written|saved|produced|created)"
)
"""What is said where a run ended without what it was run for."""

RULES = [
    Rule(
        name="bug-in-python-s-words",
        cause="code.error",
        types=r"^$",
        says=r"local variable '\w+' (?:referenced before assignment|where it is not associated)|"
        r"'[\w.]+' object (?:has no attribute '|is not (?:callable|subscriptable|iterable))|"
        r"\bname '\w+' is not defined|(?:list|tuple|string) index out of range$|"
        r"\w+\(\) (?:got an unexpected keyword|missing \d+ required positional) argument",
        unless=r"'NoneType' object",
        plain=True,
    ),
    Rule(
        name="no-more-threads",
        cause="code.error",
        says=r"can't start new thread|[Tt]hread creation failed|pthread_create(?:\(\))? failed|"
        r"failed to (?:create|spawn|start) (?:a )?(?:new )?thread|unable to allocate necessary "
        r"(?:system )?resources for OMP thread|(?:fork|clone)\b[^\n]{0,20}: (?:retry: )?Resource "
        r"temporarily unavailable|system_error'?[\s\S]{0,40}Resource temporarily unavailable|"
        r"\[Errno 11\] Resource temporarily unavailable|Thread pool creation failed",
        unless=r"(?i)lock|socket|recv|send\b|shm|shared memory",
        tail=True,
    ),
    Rule(
        name="registered-twice",
        cause="code.error",
        types=r"^(?:\w+\.)*(?:AssertionError|KeyError|ValueError|RuntimeError)$",
        says=r"(?P<name>[\w./-]{1,80})['\"`]? (?:is|was|has been) already (?:registered|used by a "
        r"registered)",
        plain=False,
    ),
    Rule(
        name="two-devices",
        cause="code.error",
        types=r"^RuntimeError$",
        says=r"Expected all tensors to be on the same device|Expected object of (?:device|"
        r"backend) type \w+ but got (?:device|backend) type|Input type \((?:[\w.]*cuda[\w.]*\) and "
        r"weight type \((?![\w.]*cuda)|(?![\w.]*cuda)[\w.]+\) and weight type \([\w.]*cuda)",
        plain=False,
    ),
    Rule(
        name="more-asked-than-there-is",
        cause="code.error",
        unsure=True,
        says=r"selected index k out of range|k not in range for dimension",
    ),
    Rule(
        name="nothing-produced",
        broad=True,
        cause="silent.no_artifact",
        says=r"\bexited (?:with (?:code )?)?0 but\b|produced no \S+|contains no adapter_model|"
        r"(?:did not|didn't) (?:produce|write|create|save) (?:the |its |an? |any )?(?:output|model|"
        r"adapter|checkpoint|artifact|file|\S+\.\w{2,11}\b)|"
        rf"{NO_MODEL}",
        tail=True,
    ),
    Rule(
        name="time-limit",
        broad=True,
        cause="process.timeout",
        says=r"DUE TO TIME LIMIT|TIME ?LIMIT|DeadlineExceeded|exceeded (?:the |its )?(?:time|"
        r"walltime|deadline)|wall ?(?:clock )?time (?:limit )?(?:exceeded|reached)|TERM_RUNLIMIT|"
        r"CPU time limit exceeded|time limit (?:of [^\n]{0,30} )?(?:exceeded|reached|hit|is up)|"
        r"timed out after \d+(?:\.\d+)? ?s|DataLoader timed out after|"
        r"Timeout \(>[\d.]+s\) from pytest-timeout|exceeded the maximum execution time|"
        r"^Timeout \(\d+:\d\d:\d\d|^timeout: sending signal |(?i:(?:training|run|job|step|epoch|"
        r"evaluation|command|budget)[^\n]{0,60}(?:timed out|time[- ]?out|took longer than|"
        r"out of time|exceeded [\d.]+ ?(?:s|min|h)))|(?i:time budget|"
        r"max(?:imum)? (?:run)?time)[^\n]{0,40}(?:exceed|reach|used)|maxtime",
        tail=True,
    ),
    Rule(
        name="time-limit-type",
        cause="process.timeout",
        types=r"(?:^|\.)(?:\w*TimeoutError|TimeoutExpired|\w*Time[Oo]utException|\w*Timeout|"
        r"\w*TimeLimit\w*|FunctionTimedOut|DeadlineExceeded)$",
        plain=False,
        weak=True,
    ),
    Rule(
        name="interrupted",
        cause="process.signal",
        types=r"(?:^|\.)(?:KeyboardInterrupt|SignalException|\w*Preempt\w*|\w*Terminated\w*|"
        r"\w*SignalReceived\w*|\w*Interrupted\w*)$",
        plain=False,
        weak=True,
    ),
    Rule(
        name="stop-signal-named",
        cause="process.signal",
        says=r"(?i)\b(?:received|got|caught)(?: signal)?:? "
        r"(?:Signals\.)?(?P<asked>SIG(?:TERM|INT|HUP|USR[12]))\b",
        tail=True,
    ),
    Rule(
        name="rank-died",
        cause="process.signal",
        says=r"Signal (?!15 )\d+ \(SIG\w+\) received by PID|exitcode\s*: -(?!15\b)\d+|"
        r"process \d+ terminated with signal",
        tail=True,
    ),
    Rule(
        name="killed",
        cause="process.signal",
        says=r"^(?:.*: line \d+: *\d+ )?(?:Killed|已杀死|Getötet)\b|"
        r"^\w*make(?:\[\d+\])?: \*\*\* .*\] Killed\b|"
        r"(?i:\b(?:exit(?:ed)?|returned)\b[^\n]{0,30}\b(?:code|status)):? 137\b",
        tail=True,
    ),
    Rule(
        name="signal-named",
        cause="process.signal",
        says=r"^(?:malloc|free|realloc|munmap_chunk|calloc)\(\)|\bdouble free or corruption|"
        r"^\w*make(?:\[\d+\])?: \*\*\* .*\] (?:Terminated|Segmentation fault|Aborted|"
        r"Bus error)|(?i:\b(?:exit(?:ed)?|returned)\b[^\n]{0,30}\b(?:code|status)):? 1(?:37|34|39|"
        r"43)\b|^corrupted (?:size|double)|`[A-Z][\w ]{2,60}` is detected by the operating system|"
        r"stack smashing detected|: Assertion `.*' failed|^(?:.*: line \d+: *\d+ |Error: |"
        r"\^C)?(?:Killed|\^C$|Terminated|Segmentation fault|Aborted|Bus error|Hangup|"
        r"已终止|"
        r"Illegal instruction|Floating point exception|Trace/breakpoint trap)\b|"
        r"Fatal Python error: (?:Segmentation fault|Bus error|Illegal instruction|Floating|"
        r"Aborted)|(?:CANCELLED|PREEMPTED)\b|received (?:signal )?SIG[A-Z]+|^\*\*\* SIG[A-Z]+ |"
        r"(?:[Rr]eceived|[Gg]ot|[Cc]aught|by) (?:signal |Signals\.)?(?:(?<=signal )(?:15|9|2)|"
        r"SIG[A-Z]+\d?)\b|terminated by signal|exited on signal \d|"
        r"\bSignal: (?:Segmentation fault|Aborted|Bus error|Illegal instruction|"
        r"Floating point exception|Killed) \(\d+\)|"
        r"^\s*\*\*\* caught \w+ \*\*\*|^Fatal error\. System\.AccessViolationException\b",
        tail=True,
    ),
]
