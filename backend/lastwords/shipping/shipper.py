"""Sends one attempt, while it runs and until the server has all of it and its end.

Whatever fails here costs the run nothing: what is not sent yet stays in the run folder, and
`shipped.json` there says how far it came. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from lastwords.basics import LastwordsError, now, timestamp
from lastwords.executors.local import LocalExecutor
from lastwords.folders import runfolder
from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import (
    AttemptFolder,
    OutOfReach,
    UnreadableFact,
    read_fact,
)
from lastwords.recording import hosts, processes, recorder
from lastwords.shipping.artifacts import send_artifacts
from lastwords.shipping.client import Client, Refused, Unreachable
from lastwords.shipping.facts import facts_to_send
from lastwords.shipping.spool import Spool
from lastwords.shipping.target import Target
from lastwords.shipping.wire import (
    BUSY_INTERVAL,
    INTERVAL,
    QUIET_INTERVAL,
    STOPS,
    Batch,
    write_batch,
)
from lastwords.supervision.completion import proved_here

BACK_OFF_SECONDS = 15.0
_UNKNOWN = "wrong-credentials"
_FINAL = """
    wrong-token token-void wrong-credentials shipment-superseded run-deleted other-protocol
    over-limit invalid-field bad-request too-large
""".split()

Tell = Callable[[str, str], None]  # a state, and words: reached, away, sealed, refused


class Ended(LastwordsError):
    """The server takes no more of this attempt."""


class Shipper:
    """Sends one attempt to one server."""

    def __init__(self, folder: AttemptFolder, target: Target, tell: Tell) -> None:
        self.folder = folder
        self._target = target
        self._tell = tell
        self._client = Client(target.url, target.ca)
        self._executor = LocalExecutor()
        state = state_of(folder, target.url)
        self._spool = Spool(folder, state.get("bases") or {})
        self._opened: dict[str, Any] | None = None
        self._known: set[str] = set()
        self._asked_to_stop = False
        self._looked_for_curves = False
        self._heard = 0.0  # when the server answered last

    # --- from the beginning to the end ----------------------------------------------------------

    def ship(self, drain: float) -> bool:
        """Send until its end is sealed; False where that was not to be had.

        drain: seconds after the end of the run in which the server may come back.
        """
        ended_at, wait = None, 0.0
        while True:
            self._sleep(wait)
            result = self._ending()
            if result is not None and ended_at is None:
                ended_at = time.monotonic()
            try:
                if self.step(result):
                    return True
                wait = self._pause(has_ended=result is not None)
            except Ended as ended:
                self._tell("refused", str(ended))
                return False
            except Unreachable as away:
                self._opened = None  # it may be another server by then
                self._tell("away", str(away))
                wait = BACK_OFF_SECONDS * _jitter() if ended_at is None else 1.0
            except Refused as refused:
                self._tell("away", str(refused))
                wait = min(refused.retry_after or 5.0, BACK_OFF_SECONDS)
            if ended_at is not None and time.monotonic() - ended_at > drain:
                return False

    def ship_what_is_there(self) -> bool:
        """Send what is there now, and its end if it has ended; whether that was sealed.

        Raises: Ended; Unreachable; Refused.
        """
        result = self._ending()
        while True:
            if self.step(result):
                return True
            if result is None and self._spool_is_sent():
                return False

    def step(self, result: Mapping[str, Any] | None) -> bool:
        """Send the next batch, or the end; whether it is sealed.

        Raises: Ended; Unreachable; Refused.
        """
        try:
            self._open()
            if self._is_sealed():
                return self._finish()
            if result is not None:
                self._spool.streams["output.log"].sum_beside()
            self._send()
            if result is None or not self._spool_is_sent():
                return False
            return self._end(result)
        except Refused as refused:
            if refused.slug == _UNKNOWN and self._opened is not None:
                self._opened = None  # a server of before, from a backup: it is begun anew there
            elif refused.slug in _FINAL:
                raise Ended(_words(refused)) from None
            raise

    def close(self) -> None:
        self._client.close()
        self._spool.close()
        self._executor.forget(self.folder)

    # --- requests -------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._opened is not None:
            return
        spec = runfolder.read_spec(self.folder)
        if spec is None:
            raise Ended(f"{self.folder.spec} is missing")
        body = {
            "uid": uid_of(spec),
            "spec": spec,
            "host": {
                **hosts.this_host(),
                "boot": processes.boot_id(),
                "clock": timestamp(now()),
            },
            "engine": spec.get("engine") or engine_here(),
            "join": spec.get("join"),
        }
        self._opened = self._client.ask("POST", "/shipments", self._target.token, body)
        self._spool.go_on(self._opened["have"])
        self._known.clear()
        self._note(sealed=False)
        self._tell("reached", self._opened["run"])

    def _send(self) -> None:
        """Send what is new; without anything new only a word now and then."""
        assert self._opened
        if self._spool.look_for_cuts():
            self._note(sealed=False)
        facts = facts_to_send(self.folder, self._known)
        parts = self._spool.next_parts(len(json.dumps(facts)))
        quiet = time.monotonic() - self._heard < QUIET_INTERVAL
        if not parts and not facts and quiet:
            return
        behind = self._spool.behind(parts)
        batch = Batch(self._opened["epoch"], parts, facts, self._spool.cut, behind)
        answer = self._client.ask("POST", self._path("batch"), self._token, write_batch(batch))
        self._heard = time.monotonic()
        self._known |= set(facts)
        self._spool.go_on(answer["have"])
        for name in answer["diverged"]:  # what is here is not what was sent before
            self._spool.streams[name].begin_anew()
            self._spool.cut[name] = self._spool.streams[name].size
            self._note(sealed=False)
        self._stop_if_asked(answer["stop"])

    def _end(self, result: Mapping[str, Any]) -> bool:
        assert self._opened
        if self._kept_more():
            return False  # which is sent first
        try:
            proved = proved_here(self.folder, result, read_facts(self.folder.events))
        except OutOfReach:
            return False  # it is looked at again
        body = {
            "epoch": self._opened["epoch"],
            "result": dict(result),
            "proved": proved,
            "streams": self._spool.sums(),
        }
        try:
            self._client.ask("POST", self._path("end"), self._token, body)
        except Refused as refused:
            if refused.slug not in ("shipment-incomplete", "shipment-differs"):
                raise
            self._spool.go_on(refused.problem["have"])
            if name := refused.problem.get("stream"):
                self._spool.streams[str(name)].begin_anew()
                self._spool.cut[str(name)] = self._spool.streams[str(name)].size
            return False
        self._opened["sealed"] = True
        return self._finish()

    def _is_sealed(self) -> bool:
        """Whether the server has its end, as when only the answer to that was lost."""
        return self._opened is not None and bool(self._opened["sealed"])

    def _finish(self) -> bool:
        """Send what the run wrote beside its streams, and say that all is there."""
        assert self._opened
        with suppress(OSError):  # a file that cannot be read is not sent
            send_artifacts(self._client, self._path("artifacts"), self._token, self.folder)
        self._note(sealed=True)
        self._tell("sealed", self._opened["run"])
        return True

    @property
    def _token(self) -> str:
        assert self._opened
        return str(self._opened["token"])

    def _path(self, end: str) -> str:
        assert self._opened
        run, attempt, member = (self._opened[name] for name in ("run", "attempt", "member"))
        return f"/shipments/{run}/{attempt}/{member}/{end}"

    # --- the run ----------------------------------------------------------------------------------

    def _ending(self) -> Mapping[str, Any] | None:
        """How it ended, seen to in its recorder's place where that has died."""
        with suppress(LastwordsError, OSError):
            if not self.folder.path.is_dir() and self._executor.has_processes(self.folder):
                return None  # it goes on without its folder; asked for, its end would be made
            spec = runfolder.read_spec(self.folder) or {}
            return self._executor.ending(self.folder, float(spec.get("graceSeconds") or 10))
        return None

    def _kept_more(self) -> bool:
        """Whether the curves that it wrote into files of its own were found just now, and kept."""
        from lastwords.measurements.finding import keep_logged  # with its readers, in the end alone

        if not self._looked_for_curves:
            self._looked_for_curves = True
            with suppress(OSError):
                keep_logged(self.folder)
        return not self._spool_is_sent()

    def _stop_if_asked(self, stop: Mapping[str, Any] | None) -> None:
        """Stop what runs, if the server says so: that is all that it can have us do."""
        if stop is None or self._asked_to_stop or stop.get("reason") not in STOPS:
            return
        self._asked_to_stop = True
        by = f"{str(stop.get('by'))[:100]} at {self._target.url}"
        with suppress(LastwordsError, OSError):
            recorder.request_stop(self.folder, by, reason=str(stop["reason"]))

    def _pause(self, *, has_ended: bool) -> float:
        """Seconds until the next batch: a run that goes on has its machine for most of them."""
        if self._spool_is_sent():
            return INTERVAL
        return 0.0 if has_ended else BUSY_INTERVAL

    def _spool_is_sent(self) -> bool:
        return self._spool.is_sent

    def _sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end of the run."""
        with suppress(LastwordsError, OSError):
            descriptor = self._executor.descriptor(self.folder)
            if descriptor is not None and not self.folder.result.exists():
                poller = select.poll()
                poller.register(descriptor, select.POLLIN)
                poller.poll(1000 * seconds)
                return
        time.sleep(seconds)

    def _note(self, *, sealed: bool) -> None:
        """Say in the run folder how far it came."""
        assert self._opened
        path = self.folder.path / "shipped.json"
        draft = path.with_name(".shipped.draft")
        told = {
            "server": self._target.url,
            "run": self._opened["run"],
            "sealed": sealed,
            "bases": self._spool.bases,
        }
        with suppress(OSError):
            draft.write_text(json.dumps(told), encoding="utf-8")
            draft.replace(path)


def state_of(folder: AttemptFolder, url: str) -> dict[str, Any]:
    """How far an attempt was sent to a server."""
    with suppress(UnreadableFact):
        found = read_fact(folder.path / "shipped.json") or {}
        return found if found.get("server") == url else {}
    return {}


def uid_of(spec: Mapping[str, Any]) -> str:
    """The number of an attempt everywhere: nobody else can tell it, who has not its spec."""
    if uid := spec.get("uid"):  # under which it was claimed
        return str(uid)
    told = f"{spec.get('nonce')}\0{spec.get('runId')}\0{spec.get('attempt')}\0{spec['createdAt']}"
    return str(uuid.UUID(hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]))


def _jitter() -> float:
    """A part of a pause, so that many do not come back at once."""
    return 0.1 + 0.9 * os.urandom(1)[0] / 255


def engine_here() -> dict[str, str]:
    """What placed us here."""
    if job := os.environ.get("SLURM_JOB_ID"):
        return {"kind": "Slurm", "job": job}
    return {"kind": "Ray"} if "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ else {}


def _words(refused: Refused) -> str:
    if refused.slug in ("token-void", "wrong-credentials"):
        return f"{refused}: run lastwords login and lastwords ship"
    return str(refused)
