"""Which of a log's tracebacks ended the process."""

import re
from collections.abc import Callable

from lastwords.diagnosis import history
from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lines import HEADER, Line
from lastwords.diagnosis.torchrun import RankReport
from lastwords.diagnosis.traceback_syntax import Block

_IGNORED = re.compile(
    r"^\s*(?:Exception ignored (?:in|on|while)|Error in (?:sys\.|atexit)|--- Logging error ---|"
    r"Exception occurred in:|Original exception was:$)"
)
_WRAPPER = re.compile(
    r"(?:^|\.)(?:ChildFailedError|ProcessExitedException|SignalException|CalledProcessError|"
    r"KeyboardInterrupt|BrokenProcessPool|SystemExit|JobFailedError|ActorDiedError|"
    r"UnexpectedStatusException|TuneError|EngineDeadError)$"
)
_STOPPED = re.compile(r"(?:^|\.)SignalException$")
_OF_ANOTHER = re.compile(
    r"(?i)\b(?:sub-?process|child|command|process|script|worker|launcher|python|\w+\.(?:py|sh))\b"
    r"[^\n]{0,120}\b(?:fail\w*|exit\w*|returned|died|ended|terminated)\b[^\n]{0,40}"
    r"(?:\b(?:code|status|rc)\b\W{0,3}|\bwith )-?\d+|non-zero exit|"
    r"\b(?:training|job|task|run) failed with (?:exit )?code -?\d+"
)
_PEER = re.compile(
    r"Connection (?:closed by peer|reset by peer)|remote process exited|Broken pipe|"
    r"Watchdog caught collective|Socket Timeout|ncclRemoteError|Timed out waiting \d+ms for "
    r"(?:recv|"
    r"send)|wait timeout after \d+ms|failed to recv|application failed to respond",
    re.IGNORECASE,
)
_POINTS_ABOVE = re.compile(r"(?i)\b(?:root cause|errors?|logs?|traceback|stack trace) above\b")
_OF_PIPE = re.compile(r"^(?:EOFError|BrokenPipeError|Connection(?:Reset|Aborted)Error)$")
_NO_WORK = re.compile(r"^EOFError: Ran out of input|pickle data was truncated")
_SEQUEL = re.compile(
    r"An event handler \(.{1,100}\) didn't receive enough output values|"  # gradio
    r"One or more background workers are no longer alive\.|"  # batchgenerators
    r"The Ray Train run failed\. Please inspect the previous error messages"
)
_CHILD = re.compile(r"^Process [\w-]+:$")
"""How multiprocessing announces the traceback that ended a process."""
_ROOT_FUNCTIONS = {
    "<module>",
    "_run_module_as_main",
    "_bootstrap",
    "_bootstrap_inner",
    "spawn_main",
    "_main",
}
_THREAD = re.compile(r"^Exception in thread ")
_CAUGHT = re.compile(
    r"\bWARN(?:ING)?\b|\b(?:retry|retrying|attempt \d|ignor(?:ed|ing)|skipp(?:ed|ing)|"
    r"\d+ fits failed with the following error|Trial \d+ failed with parameters|caught|recovered|"
    r"non-fatal|falling back|fallback|continuing|will continue|optional)\b",
    re.IGNORECASE,
)


def is_ignored(block: Block) -> bool:
    """Printed by Python where nobody could catch it; such an exception ends nothing."""
    return any(_IGNORED.match(line) for line in block.before[-1:]) or any(
        line.startswith("--- Logging error ---") for line in block.before[-1:]
    )


def _without_ignored(blocks: list[Block]) -> list[Block]:
    """Those that are not ignored; Cython prints such a traceback once more above its notice."""
    ignored = [block for block in blocks if is_ignored(block)]
    said = {(block.final.headline, tuple(block.final.frames)) for block in ignored}
    return [
        block
        for block in blocks
        if block not in ignored and (block.final.headline, tuple(block.final.frames)) not in said
    ]


def is_wrapper(block: Block) -> bool:
    """Only says that another process failed, or that the process was told to stop."""
    final = block.final
    if final.inner is not None:
        return final.only_carries and is_wrapper(final.inner)
    told_to_stop = bool(final.frames) and final.frames[-1].function == "_terminate_process_handler"
    launched = final.sources[-1:] == ["raise ChildFailedError("]  # its name may be cut off
    return (
        told_to_stop
        or launched
        or bool(_WRAPPER.search(final.type) or _OF_ANOTHER.search(final.text[:1000]))
    )


def was_stopped(block: Block) -> bool:
    """Whether it only says that the process was told to stop, and not by whom."""
    return bool(_STOPPED.search(block.final.type))


def is_peer_failure(block: Block) -> bool:
    """Only says that another rank went away."""
    final = block.final
    if final.inner is not None and final.only_carries:
        return is_peer_failure(final.inner)
    return bool(_PEER.search(final.text[:4000]))


def _lost_its_child(block: Block) -> bool:
    """Only says that the pipe to another process of the same program is closed."""
    of_pipe = _OF_PIPE.match(block.final.type)
    return bool(of_pipe) and _raised_in(block, "multiprocessing/connection.py")


def _got_no_work(block: Block) -> bool:
    """Only says that what had started the process went away before it handed over its work."""
    said = f"{block.final.type}: {block.final.text[:200]}"
    return bool(_NO_WORK.search(said)) and _raised_in(block, "multiprocessing/spawn.py")


def _raised_in(block: Block, file: str) -> bool:
    """Whether the last frame lies in a file of this name."""
    last = block.final.frames[-1:]
    return bool(last) and last[0].file.replace("\\", "/").endswith(file)


def _is_sequel(block: Block) -> bool:
    """Only says that what it called, or a process of its own, had failed before."""
    return bool(_SEQUEL.match(block.final.text[:300]))


def is_uncaught(block: Block) -> bool:
    """Its stack begins where Python's own begins, so nothing above it could have caught it."""
    if block.kind == "encoded":
        return False
    final = block.final
    if not final.frames:
        return False
    return final.frames[0].function in _ROOT_FUNCTIONS


def points_above(block: Block) -> bool:
    """Whether it says that what failed was printed before it, by another process."""
    above = _POINTS_ABOVE.search(block.final.text[:1000])
    return is_wrapper(block) or _is_sequel(block) or bool(above)


def is_thread(block: Block) -> bool:
    """It ended a thread; the process went on."""
    return any(_THREAD.match(line) for line in block.before[-1:])


def looks_caught(block: Block) -> bool:
    """The line before it, or the stack itself, says that the program went on."""
    last = next((line for line in reversed(block.before) if line.strip()), "")
    return bool(_CAUGHT.search(last[:500])) and not re.search(r"\bERROR|CRITICAL|FATAL\b", last)


def cut_at_the_end(blocks: list[Block], log: Log) -> Block | None:
    """A traceback that is the last of the log and stops before it names its exception."""
    last = max(blocks, key=lambda block: block.end, default=None)
    if last is None or not last.is_cut or not last.final.frames:
        return None
    return last if not bytes(log[last.end : last.end + 200]).strip() else None


def ends_with_one(blocks: list[Block], log: Log, tail: list[Line]) -> bool:
    """Whether a log's last words are a traceback: several, torn into another, or one alone."""
    last = [block for block in blocks if not is_ignored(block)][-1:]
    if last and not last[0].is_cut and not history.lines_after(log, last[0].end):
        return True
    shown = any(HEADER in line.text for line in history.since_progress(tail))
    return shown and all(block.is_cut for block in blocks)


def choose(blocks: list[Block], report: RankReport | None) -> Block | None:
    """The traceback of the failure that came first, in the rank that failed first.

    In one process only the last can be fatal; of several ranks the root is named by torchrun,
    else it is the first that is more than an echo of another's death.
    """
    blocks = [block for block in _without_ignored(blocks) if block.final.type]
    if not blocks:
        return report.block if report is not None else None
    blocks = _narrowed(blocks, lambda block: not (_got_no_work(block) or _is_sequel(block)))
    own = _narrowed(blocks, lambda block: not is_wrapper(block))
    if all(is_wrapper(block) for block in own) and report is not None and report.block:
        return report.block
    if report is not None:
        return _of_rank(own, report)
    ranks = [block for block in own if block.lane]
    if len({block.lane for block in ranks}) > 1 or len(own) != len(blocks) and len(ranks) > 1:
        return _whole(_narrowed(ranks, lambda block: not is_peer_failure(block)))
    own = _narrowed(own, lambda block: not is_thread(block))
    if any(_CHILD.match(line) for block in own for line in block.before[-1:]):
        own = _narrowed(own, lambda block: not (_lost_its_child(block) or points_above(block)))
    last = own[-1]
    if looks_caught(last) and not is_uncaught(last):
        own = _narrowed(own, is_uncaught)
    return _printed_before(own, own[-1])


def _whole(ranks: list[Block]) -> Block:
    """The first of them; where its beginning is missing, the first whole one that says the same."""
    first = ranks[0]
    same = (each for each in ranks if each.final.type == first.final.type)
    return next((each for each in same if each.kind != "headless"), first)


def _printed_before(own: list[Block], last: Block) -> Block:
    """The same error as the process printed it itself, right above what marks it by a rank."""
    for block in own:
        same = block.final.headline == last.final.headline and not block.lane and last.lane
        if same and block.final.frames == last.final.frames and 0 <= last.start - block.end < 3:
            return block
    return last


def _of_rank(own: list[Block], report: RankReport) -> Block:
    before = _narrowed(own, lambda block: block.start < report.start)
    lane = re.compile(rf"(?:rank|default){report.rank}\]|^{report.rank}: ")
    mine = [block for block in before if lane.search(block.lane)]
    real = _narrowed(mine or before, lambda block: not is_peer_failure(block))
    if not mine and report.block is not None:
        return _printed_by_worker(before, report.block)
    if all(is_peer_failure(block) for block in real):
        real = _narrowed(before, lambda block: not is_peer_failure(block))
    fatal = _narrowed(real, is_uncaught)
    return fatal[-1] if mine else fatal[0]


def _printed_by_worker(blocks: list[Block], reported: Block) -> Block:
    """The worker's own words, where they stand in the log before the launcher repeats them."""
    same = [block for block in blocks if block.final.headline == reported.final.headline]
    return same[0] if same else reported


def _narrowed(blocks: list[Block], keep: Callable[[Block], bool]) -> list[Block]:
    """Those that pass, or all where none does."""
    return [block for block in blocks if keep(block)] or blocks
