"""Processes as the kernel knows them: identity, life, exit status, descendants, signals.

A pid alone names nobody: it is used again. An identity is the pid with the boot it belongs to and
the clock tick it started at, and a signal goes only to a process whose identity was checked: after
a pidfd on it was opened, or, where the kernel gives none, just before.
Linux only; standard library only.

Source: proc_pid_stat(5), pidfd_open(2), ioctl_pidfd (PIDFD_GET_INFO, Linux 6.13 and 6.15).
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.recording import startup

PIDFD_GET_INFO = 0xC0_40_FF_0B  # _IOWR(0xFF, 11, struct pidfd_info of 64 bytes)
PIDFD_INFO_EXIT = 1 << 3

HALTED = ("T", "t")  # by a signal, by a debugger
_REFUSED = (errno.ESRCH, errno.ENOSYS, errno.EPERM)  # EPERM: a seccomp filter that does not know it

_STATE, _PARENT, _START, _EXIT_CODE = 0, 1, 19, 49  # after the "(comm)" field


class Identity(NamedTuple):
    """One process, not to be mistaken for a later one with the same pid."""

    pid: int
    start_ticks: int
    boot_id: str

    def to_json(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_json(cls, fact: dict[str, Any]) -> Identity:
        return cls(int(fact["pid"]), int(fact["start_ticks"]), str(fact["boot_id"]))


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def identify(pid: int) -> Identity | None:
    """Who has this pid now, or None if nobody has."""
    fields = stat_fields(pid)
    return Identity(pid, int(fields[_START]), boot_id()) if fields else None


def is_alive(identity: Identity) -> bool:
    """Whether this very process still runs; a zombie does not."""
    return state(identity) is not None


def state(identity: Identity) -> str | None:
    """The letter of what this very process is doing, see HALTED; None if it is gone or a zombie."""
    if identity.boot_id != boot_id():
        return None
    fields = stat_fields(identity.pid)
    if not fields or int(fields[_START]) != identity.start_ticks or fields[_STATE] in "ZX":
        return None
    return fields[_STATE]


def open_pidfd(identity: Identity) -> int | None:
    """A file descriptor on this very process, or None if it is gone. The caller closes it.

    None as well where there are no such descriptors (before Linux 5.3, or in an old container's
    sandbox): `is_alive` tells then.
    """
    try:
        descriptor = os.pidfd_open(identity.pid)
    except OSError as error:
        if error.errno in _REFUSED:
            return None
        raise
    if identify(identity.pid) == identity:
        return descriptor
    os.close(descriptor)
    return None


def send_signal(identity: Identity, number: int) -> bool:
    """Signal this very process; False if it is gone."""
    descriptor = open_pidfd(identity)
    try:
        if descriptor is not None:
            signal.pidfd_send_signal(descriptor, number)
        elif is_alive(identity):
            os.kill(identity.pid, number)  # by its pid alone, just after it was looked at
        else:
            return False
    except ProcessLookupError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def wait_status(identity: Identity, pidfd: int | None) -> int | None:
    """The wait status of a dead process that is not our child, where the kernel still tells it.

    While it is a zombie, /proc/PID/stat holds it; after that a pidfd opened before does.
    """
    fields = stat_fields(identity.pid)
    if fields and int(fields[_START]) == identity.start_ticks and fields[_STATE] == "Z":
        return int(fields[_EXIT_CODE])
    return _exit_status_by_pidfd(pidfd) if pidfd is not None else None


def become_subreaper() -> bool:
    """Have orphaned descendants handed to this process; False where the kernel refuses."""
    return startup.become_subreaper()


def descendants(pid: int) -> list[Identity]:
    """All living processes below this one, parents before children."""
    children: dict[int, list[int]] = {}
    for candidate in _all_pids():
        fields = stat_fields(candidate)
        if fields and fields[_STATE] not in "ZX":
            children.setdefault(int(fields[_PARENT]), []).append(candidate)
    found: list[int] = []
    waiting = list(children.get(pid, []))
    while waiting:
        child = waiting.pop(0)
        found.append(child)
        waiting += children.get(child, [])
    return [identity for child in found if (identity := identify(child))]


def with_cookie(name: str, value: str) -> list[Identity]:
    """Living processes that were started with this environment variable."""
    found = [identify(pid) for pid in _all_pids() if carries(pid, f"{name}={value}")]
    return [identity for identity in found if identity and is_alive(identity)]


def carries(pid: int, variable: str) -> bool:
    """Whether a process was started with `NAME=value`; False where that cannot be seen."""
    try:
        return variable.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def name(pid: int) -> str | None:
    """What a process is called, as ps shows it; None if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return None


def signal_number(name: str) -> int:
    """The number of a name that `signal_name` gave."""
    return int(name[3:]) if name[3:].isdecimal() else int(signal.Signals[name])


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; `SIG64` style for those without a name (real-time signals)."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _all_pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdecimal())


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command's name, which may itself hold `) `."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


def _exit_status_by_pidfd(pidfd: int) -> int | None:
    request = bytearray(64)
    struct.pack_into("<Q", request, 0, PIDFD_INFO_EXIT)
    try:
        fcntl.ioctl(pidfd, PIDFD_GET_INFO, request)
    except OSError:
        return None
    (mask,) = struct.unpack_from("<Q", request, 0)
    return int(struct.unpack_from("<i", request, 60)[0]) if mask & PIDFD_INFO_EXIT else None
