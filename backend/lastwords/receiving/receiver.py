"""What is sent of an attempt, taken: batches by the offset rule, facts once, and the end."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from lastwords.executors import shipped
from lastwords.executors.spools import is_taken
from lastwords.folders import facts, runfolder
from lastwords.folders.appending import Diverges, append
from lastwords.folders.attempt import size_of
from lastwords.folders.locks import FileLock
from lastwords.folders.log_ends import ends_of
from lastwords.folders.members import are_several
from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.receiving import artifacts, late, limits
from lastwords.receiving.opening import folder_of
from lastwords.receiving.refusals import (
    Differs,
    Incomplete,
    NoRoom,
    OverLimit,
    Superseded,
    TooOften,
    Unfit,
)
from lastwords.recording import notices
from lastwords.records import now, tame, timestamp
from lastwords.shipping.wire import INTERVAL, STREAMS, Batch, Part, digest
from lastwords.store import shipments
from lastwords.store.shipments import Shipment
from lastwords.supervision import flags
from lastwords.supervision.supervisor import Supervisor

DURABLE_SECONDS = 2.0  # between two times that what came is forced onto the disk
_CAME_BACK = "It was heard again after it had been called lost; what it sends is kept."
_COUNTED_BYTES = 4 << 20  # after which what a token sent is written down
_FORMS: Mapping[str, facts.Form] = {"child": facts.CHILD, "stop": facts.STOP}


class Receiver:
    """Takes what is sent to one home."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._store = supervisor.store
        self._config = supervisor.config
        self._pace = limits.Pace()
        self._lock = threading.Lock()
        self._durable: dict[AttemptFolder, tuple[float, dict[str, int]]] = {}
        self._uncounted: dict[str, int] = {}
        self._ending: set[str] = set()

    # --- what is asked ------------------------------------------------------------------------

    def positions(self, kept: Shipment) -> dict[str, Any]:
        """Where to go on, what is safe on the disk, and whether it is asked to stop."""
        self._pace.take(kept.uid, 0)
        return self._told(folder_of(self._supervisor, kept), [])

    def _told(self, folder: AttemptFolder, diverged: list[str]) -> dict[str, Any]:
        sizes = have(folder)
        return {
            "have": sizes,
            "durable": self._durably(folder, sizes),
            "stop": _stop(folder),
            "interval": INTERVAL,
            "room": limits.room(self._config.home, self._config.min_free),
            "diverged": diverged,
        }

    def take(self, kept: Shipment, batch: Batch) -> dict[str, Any]:
        """Take a batch. Raises: Refused."""
        _check_epoch(kept, batch.epoch)
        size = sum(len(part.data) for part in batch.parts)
        self._pace.take(kept.uid, size)
        folder = self._open_folder(kept)
        shipped.hear(folder, batch.behind)
        if batch.parts:
            limits.check_room(self._config.home, self._config.min_free)
            self._count(kept, size)
        before = have(folder) if batch.cut else {}
        diverged = [part.stream for part in batch.parts if not self._add(folder, part)]
        self._note(folder, batch, before)
        return self._told(folder, diverged)

    def end(self, kept: Shipment, told: Mapping[str, Any]) -> None:
        """Seal an attempt whose bytes are all here, and have it judged; one request at a time.

        Raises: Incomplete; Differs; Unfit; Superseded; Gone; TooOften.
        """
        _check_epoch(kept, told["epoch"])
        if kept.sealed_at:
            return
        self._pace.take(kept.uid, 0)
        with self._lock:
            if kept.uid in self._ending:
                raise TooOften("the end is being checked", retryAfterSeconds=1)
            self._ending.add(kept.uid)
        try:
            self._seal(kept, told)
        finally:
            with self._lock:
                self._ending.discard(kept.uid)

    def _seal(self, kept: Shipment, told: Mapping[str, Any]) -> None:
        folder = self._open_folder(kept)
        shipped.hear(folder)
        sizes = have(folder)
        if short := {name for name, (size, _) in told["streams"].items() if sizes[name] < size}:
            raise Incomplete(f"bytes of {', '.join(sorted(short))} are missing", have=sizes)
        with ThreadPoolExecutor(1) as disk:  # which writes while the bytes are summed
            written = disk.submit(self._sync, folder, sizes)
            for name, (size, sha256) in told["streams"].items():
                if sha256 is not None and digest_of(folder, name, size) != sha256:
                    raise Differs(f"{name} is not what was sent", have=sizes, stream=name)
            written.result()
        self._sync(folder, have(folder))  # what a batch brought meanwhile
        is_new = runfolder.write_once(folder.result, _result(folder, told))
        if not is_new and not are_several(folder) and not is_taken(folder):
            return self._seal(kept, told)  # it was called lost just now
        shipments.seal_shipment(self._store, kept.uid)
        self._flush(kept.enrolment)
        self._durable.pop(folder, None)
        self._supervisor.list_past(self._store.run(kept.run), folder.attempt)
        self._supervisor.on_change()

    def announce(self, kept: Shipment, files: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Where to go on with each file that a run wrote. Raises: Refused."""
        self._pace.take(kept.uid, 0)
        limits.check_room(self._config.home, self._config.min_free)
        return artifacts.announce(folder_of(self._supervisor, kept), files)

    def take_file(self, kept: Shipment, path: str, offset: int, data: bytes) -> int:
        """Take a part of such a file; how much of it is here. Raises: Refused."""
        limits.check_room(self._config.home, self._config.min_free)
        self._count(kept, len(data))
        try:
            return artifacts.add(folder_of(self._supervisor, kept), path, offset, data)
        except OSError as error:
            raise NoRoom(f"the file: {error.strerror}", retryAfterSeconds=30) from error

    # --- folders ------------------------------------------------------------------------------

    def _open_folder(self, kept: Shipment) -> AttemptFolder:
        """The folder that takes bytes now: a new one where it has been called lost meanwhile."""
        folder = folder_of(self._supervisor, kept)
        if folder.called_lost.exists():
            self._note_return(folder.attempt)
        is_kept = are_several(folder) or is_taken(folder)
        if not folder.result.exists() or (is_kept and not kept.sealed_at):
            return folder
        if kept.sealed_at:
            raise Superseded(f"{kept.run} has ended here, and takes nothing more")
        with FileLock(self._config.home / "create.lock"):
            known = shipments.shipment(self._store, kept.uid) or kept
            folder = folder_of(self._supervisor, known)
            if not folder.result.exists():
                return folder
            return late.come_back(self._supervisor, known, folder)

    def _note_return(self, folder: AttemptFolder) -> None:
        """Say once that ranks are heard after their attempt was called lost; they send it all."""
        if any(notice["notice"] == "came_back" for notice in notices.told(folder)):
            return
        notices.tell_of_shipment(folder, "came_back", _CAME_BACK)
        run = self._store.run(folder.run_id)
        flag = flags.make("came_back", timestamp(now()), _CAME_BACK)
        self._store.update_facts(run.id, folder.number, {"flags": [*run.flags, flag]})

    def _add(self, folder: AttemptFolder, part: Part) -> bool:
        """Add a part; False where it is not what was kept. Raises: OverLimit; NoRoom."""
        limits.check_size(part)
        try:
            append(folder.path / part.stream, part.offset, part.data)
        except Diverges:
            return False
        except OSError as error:
            raise NoRoom(f"{part.stream}: {error.strerror}", retryAfterSeconds=30) from error
        return True

    def _note(self, folder: AttemptFolder, batch: Batch, before: Mapping[str, int]) -> None:
        """Write the facts that came, and the first time that a log was cut."""
        for name, fact in batch.facts.items():
            _write_fact(folder, name, fact)
        if "output.log" in batch.cut and not _was_cut(folder):
            words = (
                f"Its log was cut there: {before['output.log']:,} bytes of it were here, and "
                f"{batch.cut['output.log']} there. What came later follows them."
            )
            notices.tell_of_shipment(folder, "log_cut", words)

    # --- durability and counting ---------------------------------------------------------------

    def _durably(self, folder: AttemptFolder, sizes: dict[str, int]) -> dict[str, int]:
        at, known = self._durable.get(folder, (0.0, {}))
        return known if time.monotonic() - at < DURABLE_SECONDS else self._sync(folder, sizes)

    def _sync(self, folder: AttemptFolder, sizes: dict[str, int]) -> dict[str, int]:
        """Force what came onto the disk, at least these sizes, which are safe then."""
        _, known = self._durable.get(folder, (0.0, {}))
        for name in STREAMS:
            if sizes[name] and sizes[name] != known.get(name):
                with open_regular(folder.path / name) as file:
                    os.fdatasync(file.fileno())
        self._durable[folder] = time.monotonic(), sizes
        return sizes

    def _count(self, kept: Shipment, size: int) -> None:
        """Count what a token sends. Raises: OverLimit."""
        enrolment = shipments.enrolment_named(self._store, kept.enrolment)
        with self._lock:
            waiting = self._uncounted.get(kept.enrolment, 0) + size
            self._uncounted[kept.enrolment] = waiting
        if enrolment and enrolment.max_bytes is not None:
            if enrolment.bytes + waiting > enrolment.max_bytes:
                words = f"the token {enrolment.name} may send {enrolment.max_bytes:,} bytes"
                raise OverLimit(words)
        if waiting >= _COUNTED_BYTES:
            self._flush(kept.enrolment)

    def _flush(self, name: str) -> None:
        with self._lock:
            size = self._uncounted.pop(name, 0)
        if size:
            shipments.count(self._store, name, size=size)


def have(folder: AttemptFolder) -> dict[str, int]:
    """Bytes of each stream."""
    return {name: size_of(f"{folder.path}/{name}") for name in STREAMS}


def digest_of(folder: AttemptFolder, name: str, size: int) -> str:
    """The SHA-256 of the beginning of a stream, as a hexadecimal number."""
    with suppress(FileNotFoundError), open_regular(folder.path / name) as file:
        return digest(file, size)
    return hashlib.sha256().hexdigest()


def _check_epoch(kept: Shipment, epoch: int) -> None:
    if epoch != kept.epoch:
        raise Superseded(f"epoch {kept.epoch} sends this attempt now, and this is {epoch}")


def _stop(folder: AttemptFolder) -> dict[str, Any] | None:
    return runfolder.read_fact(folder.attempt.asked_to_stop)


def _was_cut(folder: AttemptFolder) -> bool:
    return any(notice["notice"] == "log_cut" for notice in notices.told(folder))


def _write_fact(folder: AttemptFolder, name: str, fact: object) -> None:
    """Keep a fact, the first time that it comes. Raises: Unfit; OverLimit."""
    if not isinstance(fact, dict):
        raise Unfit(f"{name} is no object")
    if len(json.dumps(fact)) > limits.FACT_BYTES:
        raise OverLimit(f"{name} may have {limits.FACT_BYTES:,} bytes")
    if fault := facts.fault_of(fact, _FORMS.get(name, {})):
        raise Unfit(f"{name}: {fault}")
    with suppress(OSError):  # it comes again
        runfolder.write_once(folder.path / f"{name}.json", tame(fact))


def _log_as_it_is(folder: AttemptFolder) -> dict[str, Any]:
    """The log that is here, which has more than there where it was cut there."""
    with suppress(OSError), open_regular(folder.log) as file:
        size = os.fstat(file.fileno()).st_size
        return {"logBytes": size, "logEnds": ends_of(file.fileno(), size)}
    return {"logBytes": 0, "logEnds": None}


def _result(folder: AttemptFolder, told: Mapping[str, Any]) -> dict[str, Any]:
    """How it ended, as its machine tells; a size is what is here. Raises: Unfit."""
    result: dict[str, Any] = tame(dict(told["result"])) | _log_as_it_is(folder)
    result.pop("proved", None)
    if told.get("proved") is not None:
        result["proved"] = tame(told["proved"])
    if fault := facts.fault_of(result, facts.RESULT):
        raise Unfit(f"result.{fault}", field="result")
    return result
