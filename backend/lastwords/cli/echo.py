"""The foreground of a recorded command: its output as it comes, and how it ended.

How it ended is told by result.json; where no disk takes that, by the recorder over a pipe; where
the recorder was killed, by the kernel. Nothing that fails here may cost the command's exit code.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.recording import processes, recorder
from lastwords.records import LastwordsError, now, timestamp

if TYPE_CHECKING:
    from lastwords.cli.terminal import Terminal

ECHO_MILLISECONDS = 25
LOOK_SECONDS = 1.0  # between looks whether anybody must see to its end in the recorder's place
RULES_AFTER_SECONDS = 0.2  # what ends sooner and well never needs them
UNREAD_SECONDS = 2.0  # after a stop, for a reader that takes nothing
GIVEN_UP_SECONDS = 10.0  # after the end of both recorder and command


def warn(text: str) -> None:
    """One line on stderr, if that is still there."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"lastwords: {text}", file=sys.stderr, flush=True)


class Echo:
    """Copies the log to a file descriptor as it grows; None for nowhere.

    stops: the signals that came so far. Whoever reads too slowly is waited for, as `cat` waits, but
    not for long once somebody wants us to end.
    """

    def __init__(
        self, folder: AttemptFolder, target: int | None, stops: Sequence[str] = ()
    ) -> None:
        self.target = target
        self._stops = stops
        self._folder = folder
        self._at = 0
        self._log = recorder.open_log(folder)

    def more(self) -> None:
        """Copy what was added; a reader that went away ends the echo, not the run."""
        while self.target is not None and self._log is not None and (read := self._read()):
            data = memoryview(read)
            while data and self.target is not None:
                data = data[self._write(self.target, data) :]

    def finish(self) -> None:
        """Copy the rest; what was not found under its name before was put back by now."""
        if self._log is None:
            with suppress(OSError), open_regular(self._folder.log, alone=True) as file:
                self._log = os.dup(file.fileno())
        self.more()

    def _read(self) -> bytes:
        assert self._log is not None
        try:
            if os.fstat(self._log).st_size < self._at:
                self._at = 0  # it was cut, and is written from its beginning
            data = os.pread(self._log, 1 << 16, self._at)
        except OSError as error:
            self._end(error.strerror)
            return b""
        self._at += len(data)
        return data

    def _write(self, target: int, data: memoryview) -> int:
        try:
            if self._has_room(target):
                return os.write(target, data[: select.PIPE_BUF])  # as much as never blocks then
        except BrokenPipeError:
            self.target = None
        except BlockingIOError:  # a pipe that a program we share it with made non-blocking
            pass
        except OSError as error:
            self._end(error.strerror)
        return 0

    def _has_room(self, target: int) -> bool:
        """Wait until it takes more; False, and no target any more, if a stop finds nobody there."""
        poller = select.poll()
        poller.register(target, select.POLLOUT)
        stopped_at = None
        while not poller.poll(1000 * LOOK_SECONDS):
            if self._stops:
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > UNREAD_SECONDS:
                    self._end("nobody reads it")
                    return False
        return True

    def _end(self, why: str | None) -> None:
        self.target = None
        warn(f"output no longer shown ({why}); it is kept in {self._folder.log}")


class Waiting:
    """Waits for the end of an attempt whose recorder was started from here.

    told: the reading end of the pipe that the recorder writes the result into. terminal: that of
    the command, if it has one.
    """

    def __init__(
        self, folder: AttemptFolder, grace: float, told: int, terminal: Terminal | None = None
    ) -> None:
        from lastwords.executors.local import LocalExecutor

        self._folder = folder
        self._grace = grace
        self._told = told
        self._terminal = terminal
        self._executor = LocalExecutor()
        self._recorder: processes.Identity | None = None
        self._child: processes.Identity | None = None
        self._pidfd: int | None = None
        with suppress(LastwordsError, OSError):
            if fact := runfolder.read_child(folder):
                self._child = processes.Identity.from_json(fact)
                self._recorder = processes.Identity.from_json(fact["recorder"])
            self._pidfd = self._executor.descriptor(folder)  # holds the child too, for its status

    def result(self, echo: Echo) -> Mapping[str, Any]:
        """What result.json says of the end, or would say."""
        found = self._while_recorded(echo) or self._afterwards(echo)
        echo.finish()
        self._executor.forget(self._folder)
        return found

    def _while_recorded(self, echo: Echo) -> Mapping[str, Any] | None:
        begun = looked = time.monotonic()
        while not self._has_result():
            is_new = time.monotonic() - begun < RULES_AFTER_SECONDS
            is_idle = echo.target is None and not is_new
            ended = self._ends_within(1000 * LOOK_SECONDS if is_idle else ECHO_MILLISECONDS)
            echo.more()
            if ended:
                break
            if not is_new:
                with suppress(ImportError):  # a worker's archive has no rules
                    import lastwords.diagnosis.explaining  # noqa: F401
            if time.monotonic() - looked > LOOK_SECONDS:  # it may be halted
                looked = time.monotonic()
                if ending := self._ask():
                    return ending
        return None

    def _ends_within(self, milliseconds: float) -> bool:
        """Whether the recorder is gone, waited for so long; looked up where no pidfd tells."""
        typed = self._terminal.look() if self._terminal else None
        if self._pidfd is not None:
            poller = select.poll()
            poller.register(self._pidfd, select.POLLIN)
            if typed is not None:
                poller.register(typed, select.POLLIN)
            return any(descriptor == self._pidfd for descriptor, _ in poller.poll(milliseconds))
        time.sleep(ECHO_MILLISECONDS / 1000)
        return self._recorder is None or not processes.is_alive(self._recorder)

    def _afterwards(self, echo: Echo) -> Mapping[str, Any]:
        """The result; without one what the recorder said, or else what can be seen in its place."""
        deadline = time.monotonic() + GIVEN_UP_SECONDS
        while True:
            if not self._has_result() and (said := self._heard()):
                with suppress(OSError):
                    runfolder.write_once(self._folder.result, said)
                return said
            if ending := self._ask():
                return ending
            if self._child and processes.is_alive(self._child):
                deadline = time.monotonic() + GIVEN_UP_SECONDS
            if time.monotonic() > deadline:
                return {"finishedAt": timestamp(now()), "logBytes": 0, "lost": "recorder_lost"}
            time.sleep(ECHO_MILLISECONDS / 1000)
            if self._terminal:
                self._terminal.look()
            echo.more()

    def _has_result(self) -> bool:
        with suppress(OSError):
            return self._folder.result.exists()
        return False

    def _ask(self) -> Mapping[str, Any] | None:
        """The ending, if it can be had; of a folder that was deleted nobody tells one.

        Asked for in vain it would be called lost, and its processes ended, while somebody waits.
        """
        with suppress(LastwordsError, OSError):  # asked again
            if self._folder.path.is_dir():
                return self._executor.ending(self._folder, self._grace)
        return None

    def _heard(self) -> Mapping[str, Any] | None:
        with suppress(OSError, ValueError):
            os.set_blocking(self._told, False)
            said = json.loads(os.read(self._told, 1 << 16))
            return said if isinstance(said, dict) else None
        return None
