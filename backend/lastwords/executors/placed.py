"""Attempts that an engine places: see `engines`. One thread asks it; nobody else waits for it.

    handle.json    the name that the engine is asked to place it under, before it is asked
    placed.json    the engine's own id for it

Whoever finds a handle without an id looks the name up first, so that nothing is placed twice. Once
it runs, an attempt sends its files as any of another machine does, and its sealed end is what
counts. Only where that does not come does the engine's word, and then it is `lost`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from lastwords.executors import shipped
from lastwords.executors.ends import end_by, told_of_killing
from lastwords.executors.engines import Engine, EngineAway, EngineRefused, JobState, Resources
from lastwords.executors.forgotten import Forgotten
from lastwords.executors.polling import POLL_SECONDS, Poller
from lastwords.executors.shipped import ShippedExecutor, ending_of_ranks
from lastwords.executors.spools import take_rest
from lastwords.folders.facts import ended_with_launcher
from lastwords.folders.members import are_several, members
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    read_fact,
    read_result,
    read_shipment,
    read_spec,
    replace_fact,
    write_once,
)
from lastwords.records import LastwordsError, now, parse_timestamp, timestamp

PATIENCE_SECONDS = 60.0  # after the engine's last word, for an end that is still being sent
CANCEL_SECONDS = 15.0  # beyond its grace, until the engine has to end what was asked to stop
AGAIN = "the job was started again, as its controller had not noted its start"
CLOCKS_SECONDS = 2.0  # by which the engine's clock may differ from ours

_log = logging.getLogger(__name__)


class PlacedExecutor(ShippedExecutor):
    """Places attempts on one engine, and observes them as those of other machines."""

    def __init__(
        self,
        engine: Engine,
        patience: float = PATIENCE_SECONDS,
        every: float = POLL_SECONDS,
        spool: Path | None = None,
    ) -> None:
        """patience: seconds to wait for an end once the engine says so. every: between polls.

        spool: where nodes record; what one that died had not sent is taken from there, if it is
        seen from here.
        """
        super().__init__()
        self.engine = engine
        self._spool = spool
        self._rests: dict[AttemptFolder, bool] = {}  # whether what is left in it was taken
        self._patience = patience
        self._poller = Poller(engine, every)
        self._waiting: dict[AttemptFolder, Mapping[str, str]] = {}  # for their turn to be placed
        self._stops: dict[AttemptFolder, float] = {}  # since when it was asked to end them
        self._refused: dict[AttemptFolder, str] = {}
        self._ended: dict[AttemptFolder, float] = {}  # since when the engine says so
        self._forgotten = Forgotten(engine, patience)
        self._poller.tasks += [
            self._take_rests,
            self._place_waiting,
            self._end_stopped,
            self._forgotten.look,
        ]

    # --- what is asked by the watch, which never waits --------------------------------------------

    def launch(
        self, folder: AttemptFolder, environment: Mapping[str, str], stdin: int | IO[Any] | None
    ) -> None:
        """Have it placed soon; what becomes of it is told by `state` and `refusal`."""
        name = f"lw-{folder.run_id}-{folder.number}-{os.urandom(4).hex()}"
        write_once(folder.handle, {"engine": self.engine.name, "name": name})
        self._waiting[folder] = dict(environment)
        self._poller.ensure_started()

    def needs_launch(self, folder: AttemptFolder) -> bool:
        """Whether nobody has asked the engine yet, or nobody knows what became of that."""
        return not (
            folder in self._waiting
            or folder in self._refused
            or _placed(folder).exists()
            or folder.is_shipped
        )

    def refusal(self, folder: AttemptFolder) -> str | None:
        """Why the engine will not place it."""
        return self._refused.get(folder)

    def state(self, folder: AttemptFolder) -> JobState | None:
        """What the engine said of it last; None where it was not asked yet."""
        job = job_of(folder)
        if job is None:
            return None
        self._poller.ensure_started()
        state = self._poller.state(job)
        if state and state.name and state.name != _name_of(folder):
            return JobState("gone")  # killed before it noted the job, it gave the id to the next
        return self._of_start(folder, state) if state and folder.is_shipped else state

    def _of_start(self, folder: AttemptFolder, state: JobState) -> JobState | None:
        """What that says of the start that an attempt is; one start is one attempt."""
        start = restart_of(folder)
        if state.restarts == start and self._is_begun_anew(folder, state):
            return JobState("ended", AGAIN, None, "requeued", state.name)
        if state.restarts == start or state.word == "gone":
            return state
        if state.restarts < start:  # said before it
            return None
        ended = state.before if state.before and state.restarts == start + 1 else "requeued"
        words = "a node failed, and the job" if ended == "node_failed" else "the job"
        return JobState("ended", f"{words} was started again", None, ended, state.name)

    def _is_begun_anew(self, folder: AttemptFolder, state: JobState) -> bool:
        """Whether a job that came for its run waits again, or runs since later than that.

        A controller that was killed before it noted a start makes another one, with no new count.
        """
        opened = self._opened(folder)
        if opened is None or self._poller.asked <= opened:
            return False
        later = state.started is not None and state.started > opened + CLOCKS_SECONDS
        return later and state.word != "ended"

    def _opened(self, folder: AttemptFolder) -> float | None:
        """When it came, by this machine's clock."""
        with suppress(UnreadableFact, ValueError):
            told = self._shipments.get(folder.shipment, lambda: read_shipment(folder)) or {}
            return parse_timestamp(str(told.get("openedAt"))).timestamp()
        return None

    def is_begun_anew(self, folder: AttemptFolder) -> bool:
        """Whether the engine started its job again without counting that."""
        state = self.state(folder)
        return state is not None and state.reason == AGAIN

    def next_restart(self, before: AttemptFolder) -> int:
        """The engine's count of the start after this one."""
        with suppress(UnreadableFact):
            told = read_fact(before.called_lost) or {}
            return restart_of(before) + (0 if told.get("uncounted") else 1)
        return restart_of(before) + 1

    def restarts(self, folder: AttemptFolder) -> int:
        """How often the engine has started its job again, as far as it said."""
        job = job_of(folder)
        state = self._poller.state(job) if job else None
        return state.restarts if state and state.name in (None, _name_of(folder)) else 0

    def follow(self, folder: AttemptFolder, before: AttemptFolder, restart: int) -> None:
        """Have an attempt be the next start of the job of the one before it."""
        write_once(folder.handle, read_fact(before.handle) or {})
        replace_fact(_placed(folder), {**(read_fact(_placed(before)) or {}), "restart": restart})

    def end_by_restart(self, folder: AttemptFolder) -> bool:
        """End what the engine has started again, though it did not tell its end; False if its
        spool is still to be looked at.
        """
        state = self.state(folder)
        if state is None or state.word != "ended" or not self._is_taken(folder):
            return False
        if super().ending(folder, 0.0) is None:
            self._conclude(folder, state)
        return True

    def is_forgotten(self, folder: AttemptFolder) -> bool:
        """Whether the engine knows it neither by id nor by name, and nobody ever came for it."""
        state, name = self.state(folder), _name_of(folder)
        if state is None or state.word != "gone" or folder.is_shipped or name is None:
            self._forgotten.trust(folder)
            return False
        self._forgotten.doubt(folder, name)
        return self._forgotten.holds(folder)

    def conclude_forgotten(self, folder: AttemptFolder) -> dict[str, Any]:
        """Write the end of what never started and never can; the first writer wins."""
        title, job = self.engine.name.capitalize(), job_of(folder)
        words = f"{title} knows neither job {job} nor its name any more: it was never started."
        fact: dict[str, Any] = {"finishedAt": timestamp(now()), "logBytes": folder.log_size}
        if (stop := read_fact(folder.asked_to_stop)) is not None:
            fact |= {"stop": {**stop, "reason": "withdrawn"}, "stopHeeded": True}
        else:
            fact |= {"launchError": {"message": words, "errno": None}}
        write_once(folder.result, fact)
        return read_result(folder) or fact

    def stop(self, folder: AttemptFolder, by: str, reason: str) -> None:
        """Leave word for its shipper; what does not end by that is ended by the engine."""
        super().stop(folder, by, reason)
        self._stops.setdefault(folder, time.monotonic())
        self._poller.ensure_started()

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        if (result := super().ending(folder, grace)) is not None:
            return self._with_word(folder, result)
        if folder.asked_to_stop.exists():
            self._stops.setdefault(folder, time.monotonic())
        state = self.state(folder)
        if state is None or state.word != "ended":
            self._ended.pop(folder, None)
            return None
        waited = time.monotonic() - self._ended.setdefault(folder, time.monotonic())
        heard = shipped.last_contact_of_any(folder)
        silent = heard is None or time.time() - heard >= self._patience
        if waited < self._patience or not silent or not self._is_taken(folder):
            return None
        return self._conclude(folder, state)

    def _with_word(self, folder: AttemptFolder, result: dict[str, Any]) -> dict[str, Any] | None:
        """An end; that of one whose launcher was killed with the engine's word on that, if it did
        it. None until the engine was asked since, and says that the job has ended.
        """
        told = [read_result(member) or {} for member in members(folder)]
        if folder.called_lost.exists() or not all(map(ended_with_launcher, told)):
            return result
        since = max(member.result.stat().st_mtime for member in members(folder))
        state = self.state(folder)
        if self._poller.asked <= since:
            state = None
        if state is not None and state.word == "ended":
            more = told_of_killing(self.engine.name, folder, told[0]["stop"], state)
            if more:
                write_once(folder.called_lost, result | more | self._goes_on(folder, state))
            return read_fact(folder.called_lost) or result
        is_awaited = time.time() - since < self._patience
        return None if is_awaited and (state is None or state.word != "gone") else result

    def _goes_on(self, folder: AttemptFolder, state: JobState) -> dict[str, Any]:
        """Whether its job was started again, and whether the engine has not counted that."""
        counted = self.restarts(folder) > restart_of(folder)
        if not counted and state.reason != AGAIN:
            return {}
        again = not folder.asked_to_stop.exists()
        return {"startedAgain": again, **({} if counted else {"uncounted": True})}

    def remarks(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        return [*super().remarks(folder), *self.remarks_of_engine(folder)]

    def remarks_of_engine(self, folder: AttemptFolder) -> list[dict[str, Any]]:
        """What a reader has to know of the engine while there is no end."""
        title = self.engine.name.capitalize()
        if self._poller.away and (since := self._poller.away_since):
            words = f"{title} gives no answer: {self._poller.away}"
            return [{"time": since, "notice": "engine_away", "detail": words}]
        state = self.state(folder)
        if state is None or state.word not in ("queued", "gone"):
            return []
        if state.word == "queued" and folder.is_shipped:  # so it does not wait any more
            return []
        words = f"{title}: {state.reason}"
        notice = "placed"
        if state.word == "gone":
            notice = "engine_forgot"
            words = f"{title} does not know job {job_of(folder)} any more; " + (
                "it may well go on."
                if folder.is_shipped
                else f"nothing of it was heard. Failed if that is so for {self._patience:g} s."
            )
        return [{"time": timestamp(now()), "notice": notice, "detail": words}]

    def forget(self, folder: AttemptFolder) -> None:
        for held in (self._ended, self._refused, self._waiting, self._rests):
            held.pop(folder, None)
        self._forgotten.trust(folder)

    def close(self) -> None:
        """Ask the engine no more."""
        self._poller.stop()

    # --- what the poller's thread does ------------------------------------------------------------

    def _is_taken(self, folder: AttemptFolder) -> bool:
        """Whether its spool was looked at; the poller's thread does, which may wait."""
        return self._spool is None or self._rests.setdefault(folder, False)

    def _take_rests(self) -> None:
        for folder in [folder for folder, is_done in self._rests.items() if not is_done]:
            for rank in members(folder):
                if self._spool and not rank.result.exists():
                    take_rest(self._spool, rank)
            self._rests[folder] = True

    def _place_waiting(self) -> None:
        for folder, environment in list(self._waiting.items()):
            try:
                self._place(folder, environment)
            except EngineAway:
                raise
            except (OSError, OutOfReach) as error:  # a run that was deleted meanwhile
                _log.error("%s cannot be placed: %s", folder.run_id, error)
            except LastwordsError as refused:  # by the engine, or for a spec.json that is damaged
                self._refused[folder] = str(refused)
            self._waiting.pop(folder, None)

    def _place(self, folder: AttemptFolder, environment: Mapping[str, str]) -> None:
        """Place it, unless it is or may be placed. Raises: EngineAway; EngineRefused."""
        name = (read_fact(folder.handle) or {}).get("name")
        if _placed(folder).exists() or folder.asked_to_stop.exists() or name is None:
            return
        job = self.engine.look_up(str(name))
        if job is None:
            spec = read_spec(folder) or {}
            grace = {"LASTWORDS_GRACE_SECONDS": str(spec.get("graceSeconds") or 10)}
            wanted = Resources.of(spec.get("spec") or {})
            job = self.engine.submit(str(name), {**environment, **grace}, wanted)
        write_once(_placed(folder), {"engine": self.engine.name, "jobId": job})

    def _end_stopped(self) -> None:
        for folder, since in list(self._stops.items()):
            if folder.is_shipped and super().ending(folder, 0.0) is not None:
                self._stops.pop(folder, None)  # its recorder ended it
            elif not folder.is_shipped or time.monotonic() - since > self._grace(folder):
                self._cancel(folder)

    def _cancel(self, folder: AttemptFolder) -> None:
        """Have the engine end it, if it has it. Raises: EngineAway."""
        name = _name_of(folder)  # the id may be another's by now
        job = self.engine.look_up(name) if name else None
        if job is not None:
            with suppress(EngineRefused):  # it has ended
                self.engine.cancel(job)
        self._stops.pop(folder, None)

    def _grace(self, folder: AttemptFolder) -> float:
        with suppress(UnreadableFact):
            return float((read_spec(folder) or {}).get("graceSeconds") or 10) + CANCEL_SECONDS
        return 10 + CANCEL_SECONDS

    def _conclude(self, folder: AttemptFolder, state: JobState) -> dict[str, Any]:
        """Write the end that it, or a rank of it, could not tell; the first writer wins.

        One that was started again is only called lost: what it still sends is its own.
        """
        if folder.is_shipped and (goes_on := self._goes_on(folder, state)):
            write_once(folder.called_lost, end_by(self.engine.name, folder, state) | goes_on)
            return read_fact(folder.called_lost) or {}
        for rank in members(folder):
            write_once(rank.result, end_by(self.engine.name, rank, state))
        several = are_several(folder)
        told = ending_of_ranks(folder, nobody_comes=True) if several else read_result(folder)
        return told or end_by(self.engine.name, folder, state)


def _placed(folder: AttemptFolder) -> Path:
    return folder.path / "placed.json"


def job_of(folder: AttemptFolder) -> str | None:
    """The engine's id of an attempt."""
    with suppress(UnreadableFact):
        job = (read_fact(_placed(folder)) or {}).get("jobId")
        return None if job is None else str(job)
    return None


def restart_of(folder: AttemptFolder) -> int:
    """Which start of its job an attempt is, from 0."""
    with suppress(UnreadableFact):
        return int((read_fact(_placed(folder)) or {}).get("restart") or 0)
    return 0


def _name_of(folder: AttemptFolder) -> str | None:
    with suppress(UnreadableFact):
        return (read_fact(folder.handle) or {}).get("name")
    return None
