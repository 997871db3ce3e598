"""What else it could be: the usual causes behind an ending that names no cause, with the proof
that would settle each."""

from lastwords.diagnosis.explanation import Ending

OtherCause = tuple[str, str, str]
"""cause, title, and in one sentence what speaks for it or what is missing"""

_MEMORY: OtherCause = (
    "memory.host_oom",
    "Out of memory (RAM): killed by the kernel",
    "The kernel's OOM killer sends SIGKILL too; proof would be an `oom_kill` in the control group's"
    " memory.events or `dmesg -T | grep -i 'killed process'`.",
)
_LIMIT: OtherCause = (
    "process.timeout",
    "Timed out: a time limit ended it",
    "Schedulers and `timeout` end a job like this when its time is up; proof would be the "
    "scheduler's record of the job (`sacct -j ID`, `kubectl describe pod`).",
)
_BUILD: OtherCause = (
    "deps.incompatible",
    "Incompatible compiled packages",
    "Native code that was built against another version crashes like this; proof would be a crash "
    "on import alone: `python -X faulthandler -c 'import torch, transformers'`.",
)
_NO_ROOM: OtherCause = (
    "memory.shm",
    "Out of shared memory (/dev/shm)",
    "Writing to a mapping in a full /dev/shm ends in SIGBUS; proof would be `df -h /dev/shm`.",
)
_FULL: OtherCause = (
    "disk.full",
    "Disk full behind a memory-mapped file",
    "A mapped file that cannot grow ends in SIGBUS; proof would be `df -h`.",
)
_DEVICE: OtherCause = (
    "gpu.fault",
    "The GPU or its driver failed",
    "A driver that fails takes the process with it; proof would be the driver's lines in the "
    "kernel log (`dmesg`).",
)
_STOPPED: OtherCause = (
    "process.signal",
    "A user or a scheduler stopped it",
    "The exit code alone does not tell; proof would be the scheduler's or the shell's record.",
)
_PEER: OtherCause = (
    "distributed.peer",
    "Another rank or host ended first",
    "The launcher stops all ranks when one of them dies; proof would be that rank's own log.",
)
_OPTIONS: OtherCause = (
    "config.invalid",
    "It was told to do nothing",
    "A dry run or a stage that is switched off ends like this; proof would be the command line.",
)
_NO_DATA: OtherCause = (
    "data.empty",
    "The dataset is empty",
    "A loop over no rows ends without a word; proof would be a count of the rows.",
)
_BUG: OtherCause = (
    "code.error",
    "The program swallowed an error",
    "An `except` that says nothing hides the reason; proof would be a traceback from "
    "`python -X dev` or with the `except` taken out.",
)
_SILENT: OtherCause = (
    "unknown",
    "The program chose this exit code itself",
    "Programs give their codes meanings of their own; proof would be in its documentation.",
)

_BY_SIGNAL = {
    "SIGKILL": (_MEMORY, _LIMIT),
    "SIGTERM": (_LIMIT, _PEER),
    "SIGSEGV": (_BUILD, _DEVICE),
    "SIGILL": (_BUILD,),
    "SIGBUS": (_NO_ROOM, _FULL),
    "SIGABRT": (_MEMORY, _BUILD, _DEVICE),
    "SIGFPE": (_BUILD,),
    "SIGHUP": (_LIMIT,),
    "SIGUSR1": (_LIMIT,),
    "SIGUSR2": (_LIMIT,),
}
_BY_CAUSE = {
    "worker.crash": (_MEMORY, _NO_ROOM, _BUILD),
    "distributed.peer": (_MEMORY, _LIMIT),
    "silent.no_artifact": (_NO_DATA, _OPTIONS, _BUG),
    "gpu.fault": (_BUILD,),
}


def other_causes(cause: str, signal: str | None, ending: Ending) -> tuple[OtherCause, ...]:
    """The usual reasons for this cause and ending, most likely first."""
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    if cause == "process.signal":
        return _BY_SIGNAL.get(signal or "", ())
    if cause != "unknown":
        return ()
    if ending.exit_code is None:
        return (_MEMORY, _LIMIT, _STOPPED)
    return (_BUG, _SILENT) if ending.exit_code else ()
