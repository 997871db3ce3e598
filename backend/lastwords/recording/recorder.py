"""The recorder as others see it: starting one beside an attempt, stopping it, asking for it.

The recorder itself (`lastwords.recording`) is one small process beside each attempt. It starts the
command with output.log as its stdout and stderr, so that nothing sits between the child and its
log, and writes how the attempt ended into result.json. It outlives the web server and knows nothing
of it.

    python -I -S -c '…' ATTEMPT_FOLDER      (see `start`)

Standard library only.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from lastwords.basics import now, timestamp
from lastwords.folders.attempt import (
    NO_REACH,
    AttemptFolder,
    UnreadableFact,
    open_regular,
    write_once,
)
from lastwords.folders.facts import read_child, read_spec
from lastwords.recording import hosts, processes
from lastwords.recording.kept_file import identity_of
from lastwords.recording.pump import NAME as PUMP
from lastwords.surroundings.starting import take_beside

HANDSHAKE_SECONDS = 10.0
LOOK_SECONDS = 0.5
COOKIE = "LASTWORDS_ATTEMPT"
_TO_LOOK = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY  # fd 1 may be a terminal
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
RECORDER_LOST = {"lost": "recorder_lost"}
STARTED, REFUSED = b"started", b"refused "


class LaunchFailed(Exception):
    """The command could not be started; `launch` says how, in errno's terms.

    has_begun: whether the recorder may have come as far as to start it. is_lost: whether it did,
    and then died with nobody knowing how the command ended.
    """

    def __init__(
        self, launch: dict[str, Any], has_begun: bool = False, is_lost: bool = False
    ) -> None:
        super().__init__(launch["message"])
        self.launch = launch
        self.has_begun = has_begun
        self.is_lost = is_lost

    @property
    def ending(self) -> dict[str, Any]:
        """What result.json says of it."""
        return RECORDER_LOST if self.is_lost else {"launchError": self.launch}


def start(
    folder: AttemptFolder,
    environment: Mapping[str, str],
    stdin: int | IO[Any] | None,
    meanwhile: Callable[[], None] = lambda: None,
    placed_by: Sequence[str] = (),
    end_to: int | None = None,
    terminal: tuple[int, int] | None = None,
) -> None:
    """Start the recorder of an attempt whose spec.json is written; returns once the child runs.

    The recorder forks away from the caller, so that no zombie and no signal of a terminal ties the
    two together. A command that cannot be started is told by result.json, not by an exception.

    meanwhile: what the caller may do while the recorder comes up. placed_by: words of a command
    that starts the recorder somewhere else than in our own control group. end_to: a pipe that the
    recorder writes the result into as well, for whoever cannot do without it. terminal: both ends
    of one for the command, only together with end_to.

    Raises: LaunchFailed, if the recorder itself did not come up.
    """
    try:
        asked = read_spec(folder) or {}
    except UnreadableFact as error:
        raise LaunchFailed({"message": f"the recorder cannot start: {error}"}) from error
    if not asked.get("command") or not asked.get("cwd"):
        message = f"the recorder cannot start: {folder.spec} is missing, or names no command"
        raise LaunchFailed({"message": message})
    try:
        with (
            os.fdopen(os.open(folder.recorder_log, _APPEND, 0o600), "ab") as errors,
            _told([json.dumps(asked), asked["cwd"], *asked["command"]]) as descriptor,
            subprocess.Popen(
                [*placed_by, *_command(folder, *(passed := _passed(descriptor, end_to, terminal)))],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**environment, COOKIE: cookie(folder)},
                pass_fds=passed,
                start_new_session=True,
            ) as process,
        ):
            meanwhile()
            _await_handshake(folder, process)
        take_beside(folder.path, environment)
    except OSError as error:  # no folder, no memory, too many open files
        number = error.errno or errno.EIO
        launch = launch_error(number, str(folder.path), "recorder of")
        raise LaunchFailed(launch, has_begun=folder.lock.exists()) from error


def _passed(descriptor: int, end_to: int | None, terminal: tuple[int, int] | None) -> list[int]:
    return [descriptor] if end_to is None else [descriptor, end_to, *(terminal or ())]


def _command(folder: AttemptFolder, *descriptors: int) -> list[str]:
    package_root = str(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {package_root!r}); "
        "from lastwords.recording.entry import main; main(sys.argv[1], *map(int, sys.argv[2:]))"
    )
    words = [str(folder.path), *map(str, descriptors)]
    return [sys.executable, "-I", "-S", "-c", code, *words]


@contextmanager
def _told(words: Sequence[str]) -> Iterator[int]:
    """Words for the recorder, in a file that nobody else sees.

    As its arguments they would make `pkill -f NAME` hit the recorder together with the run.
    """
    descriptor = os.memfd_create("lastwords")
    try:
        with open(descriptor, "wb", closefd=False) as file:  # noqa: PTH123
            file.write(b"".join(os.fsencode(word) + b"\0" for word in words))
        yield descriptor
    finally:
        os.close(descriptor)


def _await_handshake(folder: AttemptFolder, process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    deadline = time.monotonic() + HANDSHAKE_SECONDS
    word = b""
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], LOOK_SECONDS)[0]:
            word = os.read(process.stdout.fileno(), 1 << 16)
            break
        if folder.child.exists() and is_recorded(folder):
            return  # it was halted just before its word, and has begun all the same
    if word.startswith(STARTED):
        return
    if not word and folder.child.exists():
        return  # it died just before its word: its child is known, and can be adopted
    for stray in strays(folder):  # the process itself has long ended: it forked away
        processes.send_signal(stray, signal.SIGKILL)
    if word.startswith(REFUSED):
        raise LaunchFailed(json.loads(word.removeprefix(REFUSED)))
    words = folder.recorder_log.read_text(encoding="utf-8", errors="replace").strip()
    message = f"the recorder did not start: {words or 'no word from it'}"
    raise LaunchFailed({"message": message}, has_begun=True, is_lost=folder.log.exists())


def request_stop(
    folder: AttemptFolder, by: str, *, reason: str, signal_number: int = signal.SIGTERM
) -> None:
    """Note who stops the attempt, then wake its recorder; a second call cuts the grace short.

    An attempt whose child has ended already is stopped by nobody. A recorder that was halted is
    let go on, or the stop would wait for as long as it is.
    """
    fact = None
    with suppress(UnreadableFact):  # its recorder, which still lives, finds the note
        fact = read_child(folder)
    if (
        fact is None
        or hosts.elsewhere(fact, folder.path) is not None  # where its recorder finds the note
        or processes.is_alive(processes.Identity.from_json(fact))
    ):
        note = {"by": by, "at": timestamp(now()), "reason": reason, "signal": signal_number}
        with suppress(OSError):  # a disk that takes no note must not keep a run from being stopped
            write_once(folder.stop, note)
    if fact:
        identity = processes.Identity.from_json(fact["recorder"])
        processes.send_signal(identity, signal.SIGTERM)
        let_go_on(identity)


def let_go_on(identity: processes.Identity) -> None:
    """Have a halted process go on; one that is not halted hears nothing of it."""
    if processes.state(identity) in processes.HALTED:
        processes.send_signal(identity, signal.SIGCONT)


def recorder_identity(folder: AttemptFolder) -> processes.Identity | None:
    """The attempt's recorder as child.json names it; None before the child was started."""
    fact = read_child(folder)
    return processes.Identity.from_json(fact["recorder"]) if fact else None


def is_recorded(folder: AttemptFolder) -> bool:
    """Whether a living recorder holds the attempt's lock."""
    try:
        with open_regular(folder.lock) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # never made, or removed, which its holder mends within a second
        return _recorder_lives(folder)
    except OSError as error:
        if error.errno in NO_REACH:
            raise
    return False


def _recorder_lives(folder: AttemptFolder) -> bool:
    with suppress(UnreadableFact):
        identity = recorder_identity(folder)
        return identity is not None and processes.is_alive(identity)
    return False


def open_log(folder: AttemptFolder) -> int | None:
    """A descriptor on the file that the child writes into, whatever name that has by now."""
    with suppress(UnreadableFact):
        child = read_child(folder) or {}
        for path in (folder.log, *(Path(f"/proc/{child.get('pid')}/fd/{n}") for n in (1, 2))):
            with suppress(OSError):
                descriptor = os.open(path, _TO_LOOK)
                if list(identity_of(os.fstat(descriptor))) == child.get("log"):
                    return descriptor
                os.close(descriptor)
    return None


def strays(folder: AttemptFolder) -> list[processes.Identity]:
    """Living processes that carry the attempt's cookie: its tree after the recorder's death."""
    return processes.with_cookie(COOKIE, cookie(folder))


def pump(folder: AttemptFolder) -> processes.Identity | None:
    """What carries an attempt's terminal into its log; it ends by itself when all else has."""
    found = (one for one in strays(folder) if processes.name(one.pid) == PUMP)
    return next(found, None)


def cookie(folder: AttemptFolder) -> str:
    """The whole path: two homes may well have runs of the same id."""
    return str(folder.path.resolve())


def describe_wait_status(status: int) -> dict[str, Any]:
    """`{"exitCode": n}` or `{"signal": "SIGNAME"}`, never both."""
    return describe_exit(os.waitstatus_to_exitcode(status))


def describe_exit(code: int) -> dict[str, Any]:
    """The same for an exit code, or for a signal's number below zero, as Python has it."""
    if code >= 0:
        return {"exitCode": code, "signal": None}
    return {"exitCode": None, "signal": processes.signal_name(-code)}


def launch_error(number: int, subject: str, what: str) -> dict[str, Any]:
    """What result.json says of something that could not be started."""
    message = f"{what} {subject!r}: {os.strerror(number)}"
    if what == "command" and number == errno.ENOENT and (remedy := _meant(subject)):
        message += f"; {remedy}"
    return {"errno": errno.errorcode.get(number, str(number)), "message": message, "what": what}


def _meant(word: str) -> str | None:
    """What to write instead of a first word that is no program's name but a shell's notation."""
    import shlex  # not at the top: a recorder comes up without it

    quoted = shlex.quote(word)
    name, sign, _ = word.partition("=")
    if sign and name.isidentifier():
        return f"to set a variable, write: env {quoted} COMMAND"
    if any(map(str.isspace, word)):
        return f"quoted words are one name; leave out the quotes, or write: sh -c {quoted}"
    return None
