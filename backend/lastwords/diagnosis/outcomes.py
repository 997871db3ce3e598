"""What a runner of jobs says at its end of what it ran: that it failed.

Such a line counts even where a good end stands above it, of the step before or of another job.
Covered: Kaldi's run.pl, make, CI runners, Snakemake, Nextflow, DVC, pytest, schedulers, parallel.
"""

import re

from lastwords.diagnosis import history
from lastwords.diagnosis.lines import Line
from lastwords.diagnosis.prefixes import without_prefix

_LONGEST = 600
_JOB = (
    r"(?:jobs?|tasks?|trials?|runs?|workers?|stages?|steps?|process(?:es)?|tests?|nodes?|ranks?|"
    r"shards?|rules?|pipelines?|workflows?|experiments?|trainings?|targets?|recipes?|replicas?)"
)
_OVER = (  # and not `failed requests`, `failed over to`, `failed to`
    r"failed\b(?=\W*$|[,.;!)\]]|:(?! ?\d)| (?:with|after|because|due|in|at|on|and|see)\b)"
)
_FAILED = re.compile(
    r"(?i)(?:^|[^\w./])(?:"
    rf"[1-9]\d{{0,8}} ?(?:/|of|out of) ?\d{{1,9}} (?:[\w-]{{1,30}} ){{0,2}}{_OVER}|"
    rf"all (?:\d{{1,9}} )?[\w-]{{1,30}} (?:have )?{_OVER}|"
    rf"[1-9]\d{{0,8}} (?:{_JOB} )?(?:have )?{_OVER}|"
    r"0 ?(?:/|of|out of) ?\d{1,9} (?:[\w-]{1,30} )?(?:succeeded|passed|finished|completed)\b|"
    rf"{_JOB}\b[^\n]{{0,60}}?\b(?:has |have )?{_OVER}|"
    rf"{_JOB}\b[^\n]{{0,60}}?\b(?:status|state)\b[ :=\"']{{1,4}}failed\b|"
    r"exit(?:ed)? (?:with )?(?:return |exit )?(?:code|status):? -?[1-9]\d*|"
    r"Error (?:in rule|executing process)\b|failed to (?:reproduce|train|run)\b|"
    r"\*\*\* \[[^\]\n]{1,200}\] Error \d)|"
    r"^\W{0,3}FAIL(?:ED)?\]? |^(?:Killed|Aborted|Terminated|Segmentation fault|Bus error|"
    r"Illegal instruction|Floating point exception)(?: \(core dumped\))?$"
)
_NOT_FAILED = re.compile(
    r"(?i)\b0 ?(?:(?:/|of|out of) ?\d{1,9} )?(?:[\w-]{1,30} ){0,2}failed\b|"
    r"\bfailed[^\n]{0,20}[:=] ?0\b|"
    r"\bno (?:\w{1,20} )?(?:failed|failures?|errors?)\b|\bnone (?:of \w{1,20} )?failed\b|"
    r"\bnot failed\b|\bif\b[^\n]{0,60}\bfail|\bwhen\b[^\n]{0,60}\bfail|\ballowed\b|\bpreviously\b"
)


def last_outcome(lines: list[Line]) -> Line | None:
    """The last line of these, or the one that it is listed under, if it says that work failed."""
    last = [line for line in lines if line.text.strip()][-2:]
    if last and tells_of_failed_work(last[-1].text):
        return last[-1]
    lists = last and last[0].text.rstrip().endswith(":")
    return last[0] if lists and tells_of_failed_work(last[0].text) else None


def tells_of_failed_work(text: str) -> bool:
    """Whether a line says of jobs, or of what a shell had started, that it failed."""
    said = without_prefix(text[:_LONGEST])
    if not _FAILED.search(said) or _NOT_FAILED.search(said):
        return False
    return not history.went_on_purpose(said)
