"""What vanishes from an attempt's folder while it runs is restored: its log, events and facts.

A training works in its attempt folder, so that `rm -rf *` there is a slip, not an attack. A slip
must cost neither the log nor the knowledge of who runs there. Whoever deletes the whole folder is
let: while more and more is gone, nothing is put back, or `rm -rf` would find the folder not empty.
Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.folders.attempt import AttemptFolder, open_regular, open_to_write, write_once
from lastwords.folders.reserved import SLOTS, slot_name
from lastwords.recording import notices
from lastwords.recording.kept_file import COPIED_AT_ONCE, KeptFile, Source, identity_of
from lastwords.recording.startup import Started

LOOK_SECONDS = 1.0
_WHOLE = 1 << 62


class Keeper:
    """Keeps what an attempt's folder must hold; nothing that fails here ends a recorder."""

    def __init__(self, folder: AttemptFolder, started: Started) -> None:
        self.folder = folder
        self.log = KeptFile(folder.log, started.log)
        self.restored: list[str] = []
        self._started = started
        self._files: dict[Path, KeptFile] = {}
        self._facts: dict[Path, Mapping[str, Any]] = {}
        self._due = 0.0
        slots = (folder.path / slot_name(name) for name in SLOTS)
        more = (folder.recorder_log, folder.samples, folder.notices, folder.changes)
        self._others = (*slots, *more, folder.environment)  # whose going tells, and no more
        self._gone = {path for path in self._others if not path.exists()}

    def keep(self, path: Path, fact: Mapping[str, Any] | None) -> None:
        """Remember what a file of facts says, to say it again."""
        if fact:
            self._facts[path] = fact

    def look(self) -> bool:
        """One round, the log always, the rest once a second; whether the log was cut just now."""
        is_due = time.monotonic() >= self._due
        if (is_due or not self.folder.log.exists()) and self._is_being_emptied():
            self._due = 0.0  # at the next look
            return False
        if is_due:
            self._due = time.monotonic() + LOOK_SECONDS
            self._look_at_rest()
        return self._look_at_log()

    def _is_being_emptied(self) -> bool:
        """Whether more is gone than at the look before."""
        ours = {self.folder.log, *self._facts, *dict(self._held()), *self._files, *self._others}
        before, self._gone = self._gone, {path for path in ours if not path.exists()}
        return not self._gone <= before

    def finish(self) -> None:
        """Put everything back before the end is told, however long it takes."""
        self._look_at_rest(_WHOLE)
        self._look_at_log(_WHOLE)

    @property
    def tampering(self) -> list[dict[str, Any]] | None:
        """What was done to the log, for result.json."""
        return self.log.told or None

    def _look_at_log(self, most: int = COPIED_AT_ONCE) -> bool:
        news = None
        with suppress(OSError):
            news = self.log.look(most, self._started.cut_from)
            self._started.cut_from = 0
            if self.log.is_whole:
                self._started.named = self.log.named
        if news:
            notices.tell(self.folder, "log_tampered", news)
        is_cut = self.log.last_act == "cut"
        if is_cut:
            with suppress(OSError):
                self._started.forget_times()
        return is_cut

    def _look_at_rest(self, most: int = COPIED_AT_ONCE) -> None:
        with suppress(OSError):
            self.folder.artifacts.mkdir(mode=0o700, exist_ok=True)
        restored = [path.name for path, fact in self._facts.items() if _write_again(path, fact)]
        for path, descriptor in self._held():
            with suppress(OSError):
                restored += [path.name] if _open_again(path, descriptor) else []
        for path in (self.folder.events, self.folder.before, self.folder.environment):
            with suppress(OSError):
                restored += [path.name] if self._look_at_file(path, most) else []
        new = [name for name in restored if name not in self.restored]
        self.restored += new
        if new:
            words = f"Removed while it ran, and restored: {', '.join(self.restored)}."
            notices.tell(self.folder, "facts_restored", words)

    def _held(self) -> list[tuple[Path, int]]:
        return [
            (self.folder.lock, self._started.lock),
            (self.folder.timeline, self._started.timeline),
        ]

    def _look_at_file(self, path: Path, most: int) -> bool:
        """Restore what others write, by a descriptor that was opened when it was first seen."""
        file = self._files.get(path)
        if file and path == self.folder.environment and _is_another(path, file):
            self._files.pop(path).close()  # what it was started in is taken beside us, step by step
            file = None
        if file:
            return bool(file.look(most))
        if path.exists():
            with open_regular(path, alone=True) as opened:
                descriptor = os.dup(opened.fileno())
            self._files[path] = KeptFile(path, descriptor, joins=path == self.folder.events)
        return False


def _is_another(path: Path, file: KeptFile) -> bool:
    """Whether another file has taken the name."""
    with suppress(FileNotFoundError):
        return identity_of(path.lstat()) != identity_of(os.fstat(file.named))
    return False


def _write_again(path: Path, fact: Mapping[str, Any]) -> bool:
    try:
        return not path.exists() and write_once(path, fact)
    except OSError:
        return False


def _open_again(path: Path, descriptor: int) -> bool:
    """Give what we hold open a file of its name again, if it has none; whether it had none."""
    if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
        return False
    path.unlink(missing_ok=True)
    again, source = open_to_write(path, os.O_APPEND | os.O_CREAT | os.O_EXCL), Source(descriptor)
    try:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which the lock is for
        source.copy_to(again, _WHOLE)
        os.dup2(again, descriptor, inheritable=False)
    finally:
        os.close(again)
        os.close(source.reader)
    return True
