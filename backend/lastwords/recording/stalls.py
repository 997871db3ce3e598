"""Whether a run has stopped getting anywhere, and where each of its threads stands then.

A run stalls when for a long time no byte was added to its log or its events, it used no CPU worth
the name, and no GPU worked. A run that is quiet and computes is not stalled.

Our trainer prints its stacks itself, by faulthandler at SIGUSR1, even while native code holds the
interpreter. To others SIGUSR1 is an order of their own (Slurm's and Lightning's "save and leave")
or their death, so the signal goes to nobody but who says that it may: see `prints_stacks`. Of all
others the kernel tells where each thread waits, without their doing.
Linux only; standard library only. Source: proc_pid_status(5), proc_pid_syscall(5),
docs.python.org faulthandler.register
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.folders.attempt import open_regular
from lastwords.recording import processes

SLOW_STAGES = ("load_tokenizer", "load_model")  # a download may well be silent for long
SLOWER = 4
ANSWER_SECONDS = 3.0
_IDLE_SHARE = 0.002  # of one core: threads that only wake up to see that there is nothing to do
_IDLE_SECONDS = 0.03
_MOST_THREADS = 50
_MOST_FRAMES = 8
MARK = "lastwords-stacks"


class StallWatch:
    """Keeps the time of the last sign of work."""

    def __init__(self, seconds: float, moment: float) -> None:
        self.seconds = seconds
        self.word = moment  # when a byte was last added
        self.work = moment  # when it last computed
        self._sizes: tuple[int, ...] = ()
        self._cpu = 0.0
        self._deaf_until = 0.0

    def look(self, moment: float, sizes: tuple[int, ...], cpu: float, gpu_busy: bool) -> None:
        """Take in the sizes of log and events, and the CPU seconds used so far."""
        if moment < self._deaf_until:
            self._sizes, self._cpu = sizes, cpu
            return
        if sizes != self._sizes:
            self._sizes, self.word = sizes, moment
        idle = _IDLE_SECONDS + _IDLE_SHARE * (moment - self.work)
        if gpu_busy or cpu - self._cpu > idle:
            self._cpu, self.work = cpu, moment

    def ignore(self, moment: float) -> None:
        """Take what it says and does next for its answer to us, not for a sign of work."""
        self._deaf_until = moment + ANSWER_SECONDS

    def answers(self, moment: float) -> bool:
        """Whether it may still be answering."""
        return moment < self._deaf_until

    def quiet_for(self, moment: float) -> float:
        """Seconds without a word."""
        return moment - self.word

    def idle_for(self, moment: float) -> float:
        """Seconds without a word, and without work."""
        return moment - max(self.word, self.work)

    def pardon(self, moment: float) -> None:
        """Begin to count anew: what held it up was not its own doing."""
        self.word = self.work = moment


def patience(seconds: float, events: Path) -> float:
    """How long a run may say and do nothing in the stage it is in."""
    return seconds * (SLOWER if _stage(events) in SLOW_STAGES else 1)


def _stage(events: Path) -> str | None:
    """The stage that was started last, by the end of the events."""
    with suppress(OSError), open_regular(events) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - (64 << 10)))
        for line in reversed(file.read().split(b"\n")):
            with suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict) and event.get("event") == "stage_started":
                    return str(event.get("stage"))
    return None


def ask_for_stacks(pids: Sequence[int]) -> list[int]:
    """Have every process print its stacks that says it does; returns whom SIGUSR1 was sent to."""
    asked = []
    for pid in pids:
        with suppress(OSError):
            identity = processes.identify(pid)
            if identity and prints_stacks(pid) and processes.send_signal(identity, signal.SIGUSR1):
                asked.append(pid)
    return asked


def asked_words(pids: Sequence[int]) -> str:
    """What is said of a signal that we sent, also after the end: somebody may wonder about it."""
    shown = ", ".join(map(str, pids[:10]))
    return f"Stalled: SIGUSR1 was sent to process {shown} to make it print its stacks."


def prints_stacks(pid: int) -> bool:
    """Whether a process has registered faulthandler for SIGUSR1 and says so, as our trainer does.

    It says so by an open memory file of the name MARK: a fork hands on both, the handler and the
    file, and an exec takes both away, so that the one is there exactly where the other is.
    """
    if not catches(pid, signal.SIGUSR1):
        return False
    mark = f"/memfd:{MARK} (deleted)"
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as found:
        return any(_leads_to(entry.path) == mark for entry in found)
    return False


def _leads_to(link: str) -> str | None:
    with suppress(OSError):
        return str(Path(link).readlink())
    return None


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
            if line.startswith(b"SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def threads(pids: Sequence[int]) -> list[dict[str, Any]]:
    """What the kernel tells of each thread: its name, its state, and what it waits in."""
    found = []
    for pid in pids:
        with suppress(OSError):
            for folder in sorted(
                Path(f"/proc/{pid}/task").iterdir(), key=lambda one: int(one.name)
            ):
                with suppress(OSError):
                    found.append({"pid": pid, "thread": int(folder.name), **_thread(folder)})
                if len(found) == _MOST_THREADS:
                    return found
    return found


def _thread(folder: Path) -> dict[str, Any]:
    text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    name, state = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2]
    waits, call = _told(folder / "wchan"), _told(folder / "syscall").split()
    fact: dict[str, Any] = {"name": name, "state": state}
    fact["waitsIn"] = waits if waits not in ("", "0") else None
    if call and call[0].isdecimal():
        fact["systemCall"] = int(call[0])
    if frames := [line.split()[-1] for line in _told(folder / "stack").splitlines() if line]:
        fact["kernelStack"] = frames[:_MOST_FRAMES]
    return fact


def _told(path: Path) -> str:
    """What the kernel tells us there; of a thread's stack only root hears."""
    with suppress(OSError):
        return path.read_text(encoding="ascii", errors="replace")
    return ""
