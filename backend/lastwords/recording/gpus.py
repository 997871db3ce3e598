"""GPUs as reported by nvidia-smi: how busy they are, and who still holds them after a run.

Not covered: GPUs of other makers, and a container in which nvidia-smi tells pids of the host.
Linux only; standard library only.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.recording import processes

RELEASE_SECONDS = 2.0  # that a driver may take to let go for the dead
_ANSWER_SECONDS = 10.0
_USAGE = "index,utilization.gpu,memory.used"


class GpuProbe:
    """One nvidia-smi that prints a line per GPU and second, read without ever waiting for it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._tried = False
        self._rest = b""
        self._latest: dict[int, dict[str, Any]] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def busy(self) -> bool:
        """Whether any GPU had work when last heard of."""
        return any(gpu["utilPercent"] for gpu in self._latest.values())

    def read(self) -> list[dict[str, Any]]:
        """The newest word on each GPU; starts the program the first time."""
        if not self._tried:
            self._tried = True
            self._start()
        if self._process and self._process.stdout:
            with suppress(OSError):
                data = self._rest + os.read(self._process.stdout.fileno(), 1 << 16)
                *lines, self._rest = data.split(b"\n")
                for line in lines:
                    self._take(line)
        return [self._latest[index] for index in sorted(self._latest)]

    @property
    def is_there(self) -> bool:
        """Whether there was a program to ask."""
        return self._process is not None

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            if self._process.stdout:
                self._process.stdout.close()

    def _start(self) -> None:
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        if not any(os.access(Path(folder, "nvidia-smi"), os.X_OK) for folder in folders):
            return
        query = [f"--query-gpu={_USAGE}", "--format=csv,noheader,nounits", "--loop=1"]
        nothing = subprocess.DEVNULL
        with suppress(OSError):
            self._process = subprocess.Popen(
                ["nvidia-smi", *query], stdin=nothing, stdout=subprocess.PIPE, stderr=nothing
            )
            assert self._process.stdout is not None
            os.set_blocking(self._process.stdout.fileno(), False)

    def _take(self, line: bytes) -> None:
        try:
            index, busy, mebibytes = (int(value) for value in line.split(b","))
        except ValueError:  # "[N/A]" on some GPUs
            return
        self._latest[index] = {
            "index": index,
            "utilPercent": busy,
            "memoryBytes": mebibytes << 20,
        }


def leak(dead: Collection[int], survivors: Collection[int], cookie: str) -> list[int]:
    """The pids of an attempt that hold a GPU though its tree was ended.

    dead: pids that were of its tree, and count for as long as nobody else has them.
    cookie: `NAME=value` in the environment of what was started for the attempt, wherever it is.
    """
    deadline = time.monotonic() + RELEASE_SECONDS
    while True:
        found = [pid for pid in _holders() if _is_of(pid, dead, survivors, cookie)]
        if not found or time.monotonic() > deadline:
            return sorted(found)
        time.sleep(0.1)


def _is_of(pid: int, dead: Collection[int], survivors: Collection[int], cookie: str) -> bool:
    if not Path(f"/proc/{pid}").exists():
        return pid in dead
    return pid in survivors or processes.carries(pid, cookie)


def _holders() -> set[int]:
    """Every process that computes on a GPU; none where nvidia-smi does not tell."""
    query = ["nvidia-smi", "--query-compute-apps=pid", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(
            query, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return set()
    return {int(word) for word in said.stdout.split() if word.isdigit()}
