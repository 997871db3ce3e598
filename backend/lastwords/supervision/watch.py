"""The server's watch: settles runs and starts queued ones, at once when something happens."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from lastwords.folders.locks import FileLock
from lastwords.notifications import Delivery
from lastwords.records import LastwordsError, RunNotFound, Status, WrongStatus
from lastwords.security.audit import Audit, Entry
from lastwords.supervision import retention
from lastwords.supervision.changes import changes_since_good
from lastwords.supervision.contact import watch_contact
from lastwords.supervision.supervisor import Supervisor

WATCH_SECONDS = 1.0
RECOVER_SECONDS = 5.0  # between tries of a database that could not be used
SAY_SECONDS = 600.0

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
        self._retain_at = 0.0
        self._looked_at: float | None = None
        self.leads = False
        self._recover_at = 0.0
        self._trouble, self._say_at = "", 0.0
        self._starting = threading.Lock()
        self._courier = Delivery(supervisor.config, changes=self._changes)
        self._audit = Audit(supervisor.config)
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
        self._courier.stop()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join()
        if self.supervisor.proofs:
            self.supervisor.proofs.stop()
        os.close(self._reader)
        os.close(self._writer)

    @property
    def age(self) -> float | None:
        """Seconds since it last looked; None before it did."""
        return None if self._looked_at is None else time.monotonic() - self._looked_at

    def _changes(self, run_id: str, attempt: int) -> str | None:
        """What is different in an attempt since one like it completed, for its notification."""
        try:
            run = self.supervisor.store.run(run_id)
            found = changes_since_good(self.supervisor.store, self.supervisor.config.home, run)
        except (LastwordsError, OSError) as error:
            _log.warning("what changed in %s cannot be told: %s", run_id, error)
            return None
        if found is None or run.attempt != attempt:
            return None
        return f"Last completed like this: {found.good.id}. Since then: {found.sentence()}"

    def wake(self) -> None:
        """Look at once."""
        with suppress(BlockingIOError):
            os.write(self._writer, b"!")

    def _run(self) -> None:
        while not self._stopped.is_set():
            found = self._look()
            self._looked_at = time.monotonic()
            self._sleep(found)
        self._lock.release()
        self.supervisor.store.close()

    def _look(self) -> list[int]:
        """Settle and start; returns what to wait on. Nothing ends the watch but its stop."""
        supervisor = self.supervisor
        try:
            leading = self._leads_now()
            active = supervisor.settle()
            running = [run for run in active if run.status == Status.RUNNING]
            if leading:
                watch_contact(supervisor.config, running, supervisor.folder)
                supervisor.retry_planned(self._audit)
                running = supervisor.start_queued(active)
                self._retain()
            found = [supervisor.executor.descriptor(supervisor.folder(run)) for run in running]
            checks = supervisor.proofs.descriptors() if supervisor.proofs else []
            self._trouble = ""
            return checks + [descriptor for descriptor in found if descriptor is not None]
        except (LastwordsError, OSError) as error:
            self._say(str(error))
        except Exception:
            _log.exception("unexpected error while checking runs, will retry")
        return []

    def _leads_now(self) -> bool:
        """Whether what is queued is ours to start, which it is not from a copy of the database."""
        store = self.supervisor.store
        if store.trouble and time.monotonic() >= self._recover_at:
            self._recover_at = time.monotonic() + RECOVER_SECONDS
            store.recover()
        if store.trouble:
            return False
        self.leads = self.leads or self._lock.try_acquire()
        if self.leads:
            self._courier.ensure_started()
        return self.leads

    def _say(self, trouble: str) -> None:
        """Say once, and again once in a while, what keeps us from looking."""
        if trouble != self._trouble or time.monotonic() >= self._say_at:
            self._trouble, self._say_at = trouble, time.monotonic() + SAY_SECONDS
            _log.error("error while checking runs, will retry: %s", trouble)

    def _retain(self) -> None:
        """Now and then, and never many at once, delete what the settings let go."""
        if time.monotonic() < self._retain_at and not self.supervisor.rows_left:
            return
        self._retain_at = time.monotonic() + retention.LOOK_SECONDS
        supervisor = self.supervisor
        supervisor.sweep()
        found = retention.doomed(supervisor.store, retention.Policy.of(supervisor.config))
        for run in list(islice(found, retention.DELETED_AT_ONCE)):
            _log.info("%s deleted by the retention policy (keep_runs, keep_days)", run.id)
            with suppress(RunNotFound, WrongStatus):
                supervisor.delete(run.id)
                self._audit.write(Entry("delete", who="retention", run=run.id))
            self._retain_at = 0.0

    def _sleep(self, descriptors: Sequence[int]) -> None:
        poller = select.poll()
        for descriptor in [self._reader, *descriptors]:
            poller.register(descriptor, select.POLLIN)
        poller.poll(WATCH_SECONDS * 1000)
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)
