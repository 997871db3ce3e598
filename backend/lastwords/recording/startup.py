"""The first moments of a recorder, which a child's first byte waits for.

The command is started before the rest of the recorder is loaded: Python itself takes 10 ms to
start here, our modules and what they need another 30. What must be so before it runs is done here
with nothing but `os` and `ctypes`: the lock, the log with its room ahead, the room for what has to
be written even on a full disk, the control group, and where the memory counters stand.
Standard library only.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal itself loads enum, which takes time
import ctypes
import errno
import fcntl
import os
import time

from lastwords.folders.reserved import SLOTS, TIMELINE_RECORD, keep_slot, slot_name
from lastwords.recording import cgroup_paths

TYPE_CHECKING = False  # typing itself loads slowly
if TYPE_CHECKING:
    from lastwords.recording.pump import Pump

RESERVE = 1 << 20  # bytes kept ahead of the end of the log
_PR_SET_CHILD_SUBREAPER = 36
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE
# What Python ignores, or a shell for what it starts in the background; a stop must be heard.
_HEARD = (1, 2, 13, 15, 25)  # SIGHUP SIGINT SIGPIPE SIGTERM SIGXFSZ

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


class Started:
    """What was begun: the open files, the child or why there is none, and what was so before."""

    def __init__(
        self,
        attempt: str,
        directory: str,
        command: list[str],
        terminal: tuple[int, ...] = (),
    ) -> None:
        hear_signals()
        _check_proc()
        self.lock = os.open(f"{attempt}/recorder.lock", os.O_RDWR | _NEW, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.log = os.open(f"{attempt}/output.log", os.O_WRONLY | _NEW | _APPEND | os.O_EXCL, 0o600)
        self.named = self.log  # what has the log's name: the log, or a copy of it
        self.timeline = os.open(f"{attempt}/timeline", os.O_WRONLY | _NEW | _APPEND, 0o600)
        self.is_reserved = _reserve(self.log)
        for name in SLOTS:
            keep_slot(f"{attempt}/{slot_name(name)}")
        become_subreaper()
        self.pump = _pump(terminal[0], self.log) if terminal else None  # in no group
        self.kernel_log = open_kernel_log()
        self.host_kills = host_kills()
        run, number = attempt.rstrip("/").split("/")[-2:]
        self.group = cgroup_paths.enter(f"lastwords-{run}-{number}-{os.getpid()}")
        self.moment, self.clock = time.time(), time.monotonic()
        self.marked = -1
        self.cut_from = 0  # the size that it had before it was cut
        self.child: int | None = None
        self.failure: tuple[int, str, str] | None = None  # errno, subject, what
        self._start(directory, command, terminal[1] if terminal else None)
        if terminal:
            os.close(terminal[1])

    def mark_time(self) -> None:
        """Note (time, size) in the timeline when the log has grown.

        A lost mark costs lines their time, nothing else, and half of one must not stay.
        """
        try:
            size, moment = os.fstat(self.named).st_size, time.time()
            if size == self.marked:
                return
            if size < self.marked:  # it was cut: nobody knows when what is left was written
                self.cut_from = self.marked
                os.ftruncate(self.timeline, 0)
                moment = -moment
            self.marked = size
            record = TIMELINE_RECORD.pack(moment, size)
            if (written := os.write(self.timeline, record)) != len(record):
                os.ftruncate(self.timeline, os.fstat(self.timeline).st_size - written)
        except OSError:
            pass

    def forget_times(self) -> None:
        """Begin the timeline anew: the log was cut, and has grown past where it was."""
        self.marked = max(self.marked, os.fstat(self.named).st_size + 1)
        self.mark_time()
        self.cut_from = 0

    def _start(self, directory: str, command: list[str], terminal: int | None) -> None:
        try:
            os.chdir(directory)
        except OSError as error:
            self.failure = (error.errno or errno.EIO, directory, "working folder")
            return
        try:
            self.child = os.posix_spawnp(
                command[0],
                command,
                os.environ,
                file_actions=_into(self.log) if terminal is None else _onto(terminal),
                setsid=True,
                setsigdef=_HEARD,
            )
        except OSError as error:
            self.failure = (error.errno or errno.EIO, command[0], "command")
        os.chdir("/")


def _pump(master: int, log: int) -> Pump:
    from lastwords.recording.pump import Pump

    return Pump(master, log)


def _into(log: int) -> list[tuple[int, ...]]:
    return [(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]


def _onto(terminal: int) -> list[tuple[int | str, ...]]:
    """Have the child open it, so that it controls the child's session; stdin stays if it is none.

    The child leads a new session, and what that opens first becomes its controlling terminal.
    """
    first = 0 if os.isatty(0) else 1
    opened = (os.POSIX_SPAWN_OPEN, first, os.ttyname(terminal), os.O_RDWR, 0)
    return [opened, *((os.POSIX_SPAWN_DUP2, first, other) for other in range(first + 1, 3))]


_NEW = os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_APPEND = os.O_APPEND


def hear_signals() -> None:
    """Undo what a careless parent leaves to its children: blocked signals, dead ones unseen.

    Where SIGCHLD is ignored the kernel keeps no exit code, and where SIGTERM is blocked no stop is
    heard, neither by us nor by what we start.
    """
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def _check_proc() -> None:
    """Refuse to record where no process can be told from another. Raises: OSError."""
    os.stat("/proc/self/stat")  # noqa: PTH116


def become_subreaper() -> bool:
    """Have orphaned descendants handed to this process; False where the kernel refuses."""
    return bool(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def keep_ahead(log: int, size: int) -> int:
    """Take blocks behind the end of a log without changing its size; 0, or the errno."""
    return ctypes.get_errno() if libc.fallocate(log, _KEEP_SIZE, size, RESERVE) else 0


def _reserve(log: int) -> bool:
    """Keep room for the first words; False where the file system keeps none.

    Raises: OSError, on a full disk: what a command says there would be lost.
    """
    number = keep_ahead(log, 0)
    if number in (errno.ENOSPC, errno.EDQUOT):
        raise OSError(number, os.strerror(number))
    return number == 0


def host_kills() -> int | None:
    """How many processes the kernel has killed for want of memory since the machine started."""
    try:
        with open("/proc/vmstat", "rb") as file:  # noqa: PTH123
            for line in file:
                if line.startswith(b"oom_kill "):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


_INITIAL_PID_NAMESPACE = 0xEFFFFFFC  # include/linux/proc_ns.h, PROC_PID_INIT_INO


def open_kernel_log() -> int | None:
    """The kernel's log from now on; None without the right to it, or if its pids are not ours."""
    try:
        if os.stat("/proc/self/ns/pid").st_ino != _INITIAL_PID_NAMESPACE:  # noqa: PTH116
            return None
        descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(descriptor, 0, os.SEEK_END)
    except OSError:
        return None
    return descriptor
