"""Exit codes and signals in words."""

import re
import signal

from lastwords.diagnosis.explanation import Ending

_MEANING = {
    "SIGKILL": "killed at once, by the system or by a person",
    "SIGTERM": "asked to stop, by a person or a scheduler",
    "SIGINT": "interrupted from the keyboard",
    "SIGHUP": "its terminal or session was closed",
    "SIGSEGV": "it touched memory that is not its own",
    "SIGBUS": "memory behind a mapped file or /dev/shm was not there",
    "SIGABRT": "it gave up by itself, after a failed check in native code",
    "SIGFPE": "an arithmetic error in native code",
    "SIGILL": "an instruction that this processor does not have",
    "SIGXCPU": "its CPU time limit ran out",
    "SIGXFSZ": "a file grew past the size limit",
    "SIGPIPE": "whoever read its output went away",
    "SIGQUIT": "quit from the keyboard",
    "SIGALRM": "its own alarm clock rang",
    "SIGUSR1": "signalled by a scheduler, often shortly before a time limit",
    "SIGUSR2": "signalled by a scheduler, often shortly before a time limit",
}
_TITLES = {
    "SIGKILL": "Killed (SIGKILL)",
    "SIGTERM": "Stopped (SIGTERM)",
    "SIGINT": "Interrupted (Ctrl-C)",
    "SIGHUP": "Its terminal or session was closed (SIGHUP)",
    "SIGSEGV": "Crashed: segmentation fault",
    "SIGBUS": "Crashed: bus error",
    "SIGABRT": "Aborted (SIGABRT)",
    "SIGFPE": "Crashed: floating-point exception",
    "SIGILL": "Crashed: illegal instruction",
}
_WINDOWS = {
    0xC0000005: "SIGSEGV",
    0xC0000409: "SIGABRT",
    0xC00000FD: "SIGSEGV",
    0xC000001D: "SIGILL",
    0xC0000094: "SIGFPE",
    0xC000013A: "SIGINT",
}
_NUMBER = re.compile(r"^-?\d+$")


def signal_name(text: str | None) -> str | None:
    """SIGKILL for SIGKILL, KILL, kill or 9."""
    if not text:
        return None
    if _NUMBER.match(text):
        try:
            return signal.Signals(abs(int(text))).name
        except ValueError:
            return f"signal {abs(int(text))}"
    name = text.upper()
    return name if name.startswith("SIG") else f"SIG{name}"


def signal_of(ending: Ending) -> str | None:
    """The signal that ended it; 128+n from a shell counts, -n from Python, a status of Windows."""
    if ending.signal:
        return signal_name(ending.signal)
    code = ending.exit_code
    if code is None:
        return None
    if is_windows_status(code):
        return _WINDOWS[code % (1 << 32)]
    number = -code if code < 0 else code - 128
    if number in {int(known) for known in signal.Signals} and code != 255:
        return signal.Signals(number).name
    return None


def is_windows_status(code: int | None) -> bool:
    """Whether it is how Windows says that it ended a process: 0xC0000005 and its like."""
    return code is not None and code % (1 << 32) in _WINDOWS


def sentence(ending: Ending) -> str:
    """How it ended, in one sentence."""
    name = signal_of(ending)
    if name is not None:
        meaning = _MEANING.get(name, "")
        return f"Ended by {name}" + (f": {meaning}" if meaning else "")
    if ending.exit_code is not None:
        return f"Ended with exit code {ending.exit_code}"
    if ending.status == "lost":
        return "How it ended is not known"
    if ending.reason:
        return f"Failed: {ending.reason}"
    return "Failed" if ending.status == "failed" else "The log does not say how it ended"


def title(ending: Ending) -> str:
    """How it ended, in the words that people search for."""
    name = signal_of(ending)
    return _TITLES.get(name, f"Stopped by {name}") if name is not None else sentence(ending)


def unprinted(ending: Ending, log: str) -> str:
    """What there is to say where a log holds no error."""
    if ending.status == "lost":
        return "Lost: how it ended is not known"
    return "No error was printed" if log.strip() else "Nothing was printed"


def succeeded(ending: Ending) -> bool:
    """True where the ending itself says that nothing failed."""
    if ending.status is not None:
        return ending.status in ("completed", "running", "queued")
    return ending.exit_code == 0 and not ending.signal


def failed(ending: Ending) -> bool:
    """True where the ending itself says that it failed."""
    if ending.status is not None:
        return ending.status in ("failed", "lost", "cancelled")
    return bool(ending.signal) or ending.exit_code not in (None, 0)
