"""The server's watch: settles runs and starts queued ones, at once when something happens."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Sequence
from contextlib import suppress

from lastwords.locks import FileLock
from lastwords.records import LastwordsError, Status
from lastwords.supervisor import Supervisor

WATCH_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Watch:
    """A thread that looks when a recorder ends, when it is woken, and every second.

    Any number of servers may watch one home: settling is a compare-and-set, and only the holder
    of supervisor.lock starts what is queued.
    """

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self._lock = FileLock(supervisor.config.home / "supervisor.lock")
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        supervisor.on_change = self.wake

    def ensure_started(self) -> None:
        """Start the thread, once."""
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def stop(self) -> None:
        """End the thread; runs go on without it."""
        self._stopped.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self._reader)
        os.close(self._writer)

    def wake(self) -> None:
        """Look at once."""
        with suppress(BlockingIOError):
            os.write(self._writer, b"!")

    def _run(self) -> None:
        leading = False
        while not self._stopped.is_set():
            leading = leading or self._lock.try_acquire()
            self._sleep(self._look(leading))
        self._lock.release()
        self.supervisor.store.close()

    def _look(self, leading: bool) -> list[int]:
        """Settle and start; returns what to wait on. Nothing ends the watch but its stop."""
        try:
            self.supervisor.settle()
            if leading:
                self.supervisor.start_queued()
            return self._descriptors()
        except (LastwordsError, OSError) as error:
            _log.error("the watch goes on after: %s", error)
        except Exception:
            _log.exception("the watch goes on after an error of its own")
        return []

    def _descriptors(self) -> list[int]:
        supervisor = self.supervisor
        running = [run for run in supervisor.store.active() if run.status == Status.RUNNING]
        found = [supervisor.executor.descriptor(supervisor.folder(run)) for run in running]
        return [descriptor for descriptor in found if descriptor is not None]

    def _sleep(self, descriptors: Sequence[int]) -> None:
        poller = select.poll()
        for descriptor in [self._reader, *descriptors]:
            poller.register(descriptor, select.POLLIN)
        poller.poll(WATCH_SECONDS * 1000)
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)
