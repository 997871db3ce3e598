"""Whether a run has stopped getting anywhere, and where each of its threads stands then.

A run stalls when for a long time no byte was added to its log or its events, it used no CPU worth
the name, and no GPU worked. A run that is quiet and computes is not stalled. Python prints its
stacks itself, by faulthandler at SIGUSR1, even while native code holds the interpreter; the signal
goes only to a process that catches it, because it would end any other.
Linux only; standard library only. Source: proc_pid_status(5), docs.python.org faulthandler.register
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

SLOW_STAGES = ("load_tokenizer", "load_model")  # a download may well be silent for long
SLOWER = 4
ANSWER_SECONDS = 3.0
_IDLE_SHARE = 0.002  # of one core: threads that only wake up to see that there is nothing to do
_IDLE_SECONDS = 0.03
_MOST_THREADS = 50


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
    """Have every process that catches SIGUSR1 print its stacks; returns whom it was sent to."""
    asked = []
    for pid in pids:
        if catches(pid, signal.SIGUSR1):
            with suppress(OSError):
                os.kill(pid, signal.SIGUSR1)
                asked.append(pid)
    return asked


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
    waits = ""
    with suppress(OSError):
        waits = (folder / "wchan").read_text(encoding="ascii", errors="replace")
    return {"name": name, "state": state, "waitsIn": waits if waits not in ("", "0") else None}
