"""The last words of schedulers, launchers and shells on how what they started came to its end.

Asked where the log holds no exception of its own but the interruption that such an end brings
with it. What only echoes an exit code (`srun: error: … Exited with exit code 1`) proves nothing.
Sources: slurm.schedmd.com, deepspeed/launcher/launch.py, docs.ray.io (ray-core/fault-tolerance),
learn.microsoft.com (NTSTATUS values), docs.github.com (usage limits).
"""

import re
from dataclasses import dataclass

from lastwords.diagnosis import fatal, history
from lastwords.diagnosis.case import Case
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.rules.advice import advise, title_of
from lastwords.diagnosis.rules.rule import Finding
from lastwords.diagnosis.rules.texts import text_of
from lastwords.diagnosis.traceback_syntax import readable

_LAST = 60
_NEAR_THE_END = 12  # lines
_OWN_WORDS = re.compile(
    r"(?:\[Rank \d+\] Watchdog|slurmstepd: error|\['[^']*', [^\n]*exits with|The job running on).*"
)
_INTERRUPTED = re.compile(
    r"(?:^|\.)(?:KeyboardInterrupt|SignalException|SystemExit|\w*Preempt\w*)$"
)


@dataclass(frozen=True)
class Ended:
    """A way in which a launcher reports an end; what is said of it stands in texts.txt."""

    name: str
    cause: str
    says: str


_ENDS = (
    Ended(
        "ended-watchdog",
        "distributed.peer",
        r"\[Rank \d+\] Watchdog caught collective operation timeout",
    ),
    Ended(
        "ended-scheduler-time-limit",
        "process.timeout",
        r"DUE TO TIME LIMIT|PBS: job killed: walltime|TERM_RUNLIMIT",
    ),
    Ended(
        "ended-node-failure",
        "distributed.peer",
        r"DUE TO NODE FAILURE|srun: error: Node failure on (?P<node>[\w.-]+)|\bNODE_FAIL\b",
    ),
    Ended(
        "ended-preempted",
        "process.signal",
        r"DUE TO PREEMPTION|\bPREEMPTED\b|spot (?:instance )?(?:interruption|termination)|"
        r"(?:instance|node|VM|pod) (?:was |is being |has been )?preempted",
    ),
    Ended(
        "ended-cancelled",
        "process.signal",
        r"\*\*\* JOB \S+ ON \S+ CANCELLED AT \S+ \*\*\*",
    ),
    Ended(
        "ended-job-time-limit",
        "process.timeout",
        r"has exceeded the maximum execution time of|##\[error\].* has timed out after \d",
    ),
    Ended(
        "ended-runner-stopped",
        "process.signal",
        r"The runner has received a shutdown signal|^(?:\S+ )?##\[error\]The operation was "
        r"canceled",
    ),
    Ended(
        "ended-session-ram",
        "memory.host_oom",
        r"session crashed after using all available RAM",
    ),
    Ended(
        "ended-ray-memory-monitor",
        "memory.host_oom",
        r"\(raylet\b[^\n]*\) (?:\[[^\]]*\] )?[^\n]*killed due to memory pressure \(OOM\)|"
        r"ray\.exceptions\.OutOfMemoryError",
    ),
    Ended(
        "ended-deepspeed-killed",
        "process.signal",
        r"exits with return code = -9\b",
    ),
    Ended(
        "ended-deepspeed-segfault",
        "process.signal",
        r"exits with return code = -11\b",
    ),
    Ended(
        "ended-deepspeed-bus-error",
        "process.signal",
        r"exits with return code = -7\b",
    ),
    Ended(
        "ended-deepspeed-aborted",
        "process.signal",
        r"exits with return code = -6\b",
    ),
    Ended(
        "ended-deepspeed-stopped",
        "process.signal",
        r"exits with return code = -15\b",
    ),
    Ended(
        "ended-ray-worker",
        "distributed.peer",
        r"There are some potential root causes|worker died or was killed while executing",
    ),
    Ended(
        "ended-access-violation",
        "process.signal",
        r"\b(?:-1073741819|3221225477)\b|0x[cC]0000005\b|access violation",
    ),
    Ended(
        "ended-stack-overrun",
        "process.signal",
        r"\b(?:-1073740791|3221226505)\b|0x[cC]0000409\b",
    ),
    Ended(
        "ended-stack-overflow",
        "process.signal",
        r"\b(?:-1073741571|3221225725)\b|0x[cC]00000[fF][dD]\b",
    ),
    Ended(
        "ended-illegal-instruction",
        "process.signal",
        r"\b(?:-1073741795|3221225501)\b|0x[cC]000001[dD]\b",
    ),
    Ended(
        "ended-integer-division",
        "process.signal",
        r"\b(?:-1073741676|3221225620)\b|0x[cC]0000094\b",
    ),
    Ended(
        "ended-heap-corruption",
        "process.signal",
        r"\b(?:-1073740940|3221226356)\b|0x[cC]0000374\b",
    ),
    Ended(
        "ended-dll-not-started",
        "process.signal",
        r"\b(?:-1073741502|3221225794)\b|0x[cC]0000142\b",
    ),
    Ended(
        "ended-dll-of-other-version",
        "deps.incompatible",
        r"\b(?:-1073741511|3221225785|-1073741701|3221225595)\b|0x[cC]0000(?:139|07[bB])\b",
    ),
    Ended(
        "ended-no-commit",
        "memory.host_oom",
        r"\b(?:-1073741801|3221225495|-1073741523|3221225773)\b|0x[cC]0000(?:017|12[dD])\b",
    ),
    Ended(
        "ended-ctrl-c",
        "process.signal",
        r"\b(?:-1073741510|3221225786)\b|0x[cC]000013[aA]\b",
    ),
    Ended(
        "ended-dll-not-found",
        "deps.missing",
        r"\b(?:-1073741515|3221225781)\b|0x[cC]0000135\b",
    ),
    Ended(
        "ended-shell-segfault",
        "process.signal",
        r"\bzsh: segmentation fault|\bzsh: bus error",
    ),
    Ended(
        "ended-kernel-segfault",
        "process.signal",
        r"\bsegfault at [0-9a-f]+ ip [0-9a-f]+ sp [0-9a-f]+ error \d",
    ),
    Ended(
        "ended-shell-abort",
        "process.signal",
        r"\bzsh: (?:abort|trace trap|illegal hardware instruction)|libc\+\+abi: terminating",
    ),
    Ended(
        "ended-shell-killed",
        "process.signal",
        r"\bzsh: killed",
    ),
)
"""The more a line proves, the earlier it is asked."""


def by_launcher(case: Case) -> Finding | None:
    """What a scheduler, launcher or shell wrote last, where nothing else failed before it."""
    if case.block is not None and not _interrupted(case):
        return None
    if case.report is not None and (case.report.thrown or case.report.kind == "raised"):
        return None
    stated = case.report.lines if case.report is not None and case.report.kind == "stated" else ()
    lines = [line for line in stated or case.tail[-_LAST:] if line.text.strip()]
    if not case.failed and history.ended_well(lines[-3:]):
        return None
    for ended in _ENDS:
        said = [line for line in lines if re.search(ended.says, readable(line.text))]
        if said and (stated or len(lines) - 1 - lines.index(said[-1]) < _NEAR_THE_END):
            return _finding(case, ended, said)
    return None


def _headline(said: list[Line]) -> str:
    """The line that tells most, without what is before its own words."""
    job = next((line for line in said if "CANCELLED AT" in line.text), said[0]).text.strip()
    found = _OWN_WORDS.search(job)
    return found[0] if found is not None else job


def _interrupted(case: Case) -> bool:
    block = case.block
    if block is None or fatal.is_peer_failure(block) or fatal.is_wrapper(block):
        return True
    return bool(_INTERRUPTED.search(block.final.type))


def _finding(case: Case, ended: Ended, said: list[Line]) -> Finding:
    found = re.search(ended.says, readable(said[0].text))
    values = {name: value or "" for name, value in (found.groupdict() if found else {}).items()}
    text = text_of(ended.name, ended.cause)
    title, advice = title_of(case, text.title, values), advise(case, text.todo, values)
    own = case.block is None and (case.report is None or case.report.kind == "lines")
    headline = _headline(said) if own else ""
    words = {"means": text.means, "why": text.why}
    return Finding(
        ended.cause, title, "likely", tuple(said), (), advice, headline, whole=own, **words
    )
