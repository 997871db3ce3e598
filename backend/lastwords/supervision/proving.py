"""The proof of a large adapter in a process of its own, while everything else goes on.

What takes a moment is checked at once. What is larger, or has a header that could keep this process
busy, is left to `proof_process`; settling asks again until there is a verdict.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    open_regular,
    read_fact,
)
from lastwords.supervision.adapter_check import Unproved, prove_adapter
from lastwords.supervision.proof_process import NOT_NOW, files_of, proof_path, versions_of

AT_ONCE = 32 << 20  # bytes of tensors that are checked in about a tenth of a second
AT_ONCE_FILES = 100
AT_ONCE_JSON = 256 << 10  # bytes of a header or a configuration
TRIES = 3  # of a process that ends without a verdict
RETRY_SECONDS = 5.0
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH")

Prove = Callable[[AttemptFolder, Path], None]  # raises Unproved or OutOfReach


class StillChecking(OutOfReach):
    """The adapter is being checked: there is no verdict yet."""


def prove_here(_folder: AttemptFolder, output: Path) -> None:
    """Check an adapter in this process, however long it takes. Raises: Unproved."""
    prove_adapter(output)


@dataclass
class _Check:
    """A process that checks an adapter, and how often one ended without a verdict."""

    process: subprocess.Popen[bytes] | None = None
    pidfd: int | None = None
    failures: int = 0
    not_before: float = 0.0

    def begin(self, folder: AttemptFolder, output: Path) -> None:
        """Start a process, unless another one, maybe of another server, does it already."""
        lock = FileLock(folder.path / "proof.lock")
        if self.process or time.monotonic() < self.not_before or not lock.try_acquire():
            return
        try:
            self.process = subprocess.Popen(
                _command(folder, output),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                pass_fds=[lock.fileno()],  # so that the lock is held for as long as it lives
                start_new_session=True,
            )
            self.pidfd = os.pidfd_open(self.process.pid)
        finally:
            lock.release()

    def end(self) -> tuple[int, bytes, bytes] | None:
        """The exit code and the output of the process, once; None while it runs."""
        if self.process is None or self.process.poll() is None:
            return None
        told, errors = self.process.communicate()
        code = self.process.returncode
        self.failures += code not in (0, NOT_NOW)
        self.not_before = time.monotonic() + RETRY_SECONDS
        self.close()
        return code, told, errors

    def close(self) -> None:
        """End the process, if it has not ended."""
        if self.process:
            self.process.kill()
            self.process.communicate()
        if self.pidfd is not None:
            os.close(self.pidfd)
        self.process = self.pidfd = None


class Proofs:
    """The adapters that are being checked for this process."""

    def __init__(self) -> None:
        self._checks: dict[AttemptFolder, _Check] = {}

    def prove(self, folder: AttemptFolder, output: Path) -> None:
        """Check an adapter, at once or by a process.

        Raises: Unproved; StillChecking, until that process has ended.
        """
        if _is_quick(output):
            return prove_adapter(output)
        versions = versions_of(output)
        check = self._checks.setdefault(folder, _Check())
        for verdict in (_told(check), _kept(folder)):
            if verdict and verdict.get("files", versions) == versions:
                self.forget(folder)
                if verdict["reason"]:
                    raise Unproved(verdict["reason"], verdict["detail"])
                return None
        check.begin(folder, output)
        gigabytes = sum(size for _, _, size, _ in versions) / 1e9
        raise StillChecking(f"Exit code 0; its adapter ({gigabytes:.1f} GB) is being checked.")

    def forget(self, folder: AttemptFolder) -> None:
        """End a check that nobody asks for any more; its end would wake the watch for ever."""
        if check := self._checks.pop(folder, None):
            check.close()

    def is_checking(self, folder: AttemptFolder) -> bool:
        """Whether an attempt has ended, and only its adapter is still being checked."""
        return folder in self._checks

    def descriptors(self) -> list[int]:
        """What becomes readable when a check ends."""
        return [check.pidfd for check in self._checks.values() if check.pidfd is not None]

    def stop(self) -> None:
        """End what was started here; the next server starts it again."""
        for check in self._checks.values():
            check.close()
        self._checks.clear()


def _command(folder: AttemptFolder, output: Path) -> list[str]:
    package_root = str(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {package_root!r}); "
        "from lastwords.supervision.proof_process import main; sys.exit(main(*sys.argv[1:]))"
    )
    return [sys.executable, "-I", "-S", "-c", code, str(folder.path), str(output)]


def _is_quick(output: Path) -> bool:
    """Whether checking takes a moment; True also where there is nothing that could be read."""
    total = 0
    try:
        for count, (path, status) in enumerate(files_of(output)):
            total += status.st_size
            if count >= AT_ONCE_FILES or total > AT_ONCE or _json_bytes(path) > AT_ONCE_JSON:
                return False
    except OSError:
        return True
    return True


def _json_bytes(path: Path) -> int:
    """The length of a configuration, or of a tensor file's header, as the file claims it."""
    with open_regular(path) as file:
        if path.suffix == ".json":
            return os.fstat(file.fileno()).st_size
        first = file.read(8)
    return int(struct.unpack("<Q", first)[0]) if len(first) == 8 else 0


def _told(check: _Check) -> dict[str, Any] | None:
    """The verdict of a process that has ended; one that ends without any is a verdict, too."""
    if (end := check.end()) is None:
        return None
    code, told, errors = end
    with suppress(ValueError):
        if code == 0 and (verdict := _whole(json.loads(told))):
            return verdict
    if check.failures < TRIES:
        return None
    words = errors.decode("utf-8", errors="replace").strip().rpartition("\n")[2]
    how = _signal_words(-code) if code < 0 else words or f"exit code {code}"
    return {"reason": "adapter_invalid", "detail": f"The check of the adapter failed: {how}."}


def _signal_words(number: int) -> str:
    if number == signal.SIGXCPU:
        return "it took far longer than its size explains"
    return f"killed by {signal.Signals(number).name}"


def _kept(folder: AttemptFolder) -> dict[str, Any] | None:
    """The verdict of an earlier process, or of another server's."""
    try:
        return _whole(read_fact(proof_path(folder)))
    except OutOfReach:
        raise
    except UnreadableFact:
        return None


def _whole(verdict: object) -> dict[str, Any] | None:
    """A verdict, if it has the form of one."""
    if not isinstance(verdict, dict) or not isinstance(verdict.get("files"), list):
        return None
    reason, detail = verdict.get("reason"), verdict.get("detail")
    return verdict if isinstance(reason, str | None) and isinstance(detail, str) else None
