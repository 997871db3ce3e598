"""The beginning of a shipment: a run that is listed here, with a folder like a local one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.basics import parse_timestamp
from lastwords.executors import shipped
from lastwords.folders import facts, runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.members import members
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact
from lastwords.receiving import joining, limits
from lastwords.receiving.enrolling import attempt_token
from lastwords.receiving.refusals import Gone, OverLimit, Unfit
from lastwords.records import COMMAND, TRAINING, Status, as_text, now, tame, timestamp
from lastwords.security.register import digest_of
from lastwords.store import shipments
from lastwords.store.shipments import Enrolment, Shipment
from lastwords.supervision.supervisor import Supervisor

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_TEXT = 200  # characters of a host's name and the like
_TOLD_OF_HOST = ("name", "machine", "boot", "clock")
_TOLD_OF_ENGINE = ("kind", "cluster", "job", "step", "array", "restart")
_NOT_TAKEN = ("runId", "attempt", "expect", "triggeredBy", "tether", "join", "engine")

Write = Callable[[Path, Mapping[str, Any]], object]  # a fact, into its place


class Opened(NamedTuple):
    """A shipment, and the token that sends it, which is told this once."""

    shipment: Shipment
    token: str
    spec: dict[str, Any] | None = None  # what is to be run, where that was claimed


def open_shipment(supervisor: Supervisor, by: Enrolment, asked: Mapping[str, Any]) -> Opened:
    """List a run of another machine, or go on with one: the same `uid` is the same attempt.

    Whoever sent it before cannot any more: its epoch is over.

    Raises: Unfit; OverLimit; Gone; NoRoom; TooOften.
    """
    uid = uid_of(asked)
    spec = _checked(asked["spec"])
    home, token = supervisor.config.home, attempt_token()
    with FileLock(home / "create.lock"):
        known = shipments.shipment(supervisor.store, uid)
        if known is None:
            known = _found_again(supervisor, by, asked)
        if known is None:
            known = _new(supervisor, by, asked, spec)
        else:
            folder_of(supervisor, known)
            known = replace(
                known, epoch=known.epoch + 1, enrolment=by.name, opened_at=timestamp(now())
            )
        shipments.keep_shipment(supervisor.store, known, digest_of(token))
    shipped.hear(folder_of(supervisor, known))
    return Opened(known, token)


def folder_of(supervisor: Supervisor, kept: Shipment) -> AttemptFolder:
    """Where what is sent is kept. Raises: Gone, if the run or its folder was deleted."""
    folder = runfolder.attempt_folder(supervisor.config.home, kept.run, kept.kept_in, kept.member)
    if not supervisor.store.has_run(kept.run) or not folder.path.is_dir():
        raise Gone(f"{kept.run} was deleted here")
    return folder


def uid_of(asked: Mapping[str, Any]) -> str:
    """The number that an attempt is sent under. Raises: Unfit."""
    uid = str(asked["uid"])
    if not _UID.fullmatch(uid):
        raise Unfit("uid is no UUID in lower case", field="uid")
    return uid


def _checked(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec that every reader can take. Raises: Unfit."""
    if len(json.dumps(spec)) > limits.SPEC_BYTES:
        raise Unfit(f"the spec has more than {limits.SPEC_BYTES:,} bytes", field="spec")
    if fault := facts.fault_of(spec, facts.SPEC):
        raise Unfit(f"spec.{fault}", field="spec")
    if spec.get("kind") not in (TRAINING, COMMAND) or not spec.get("command"):
        raise Unfit("the spec names no kind or no command", field="spec")
    tamed: dict[str, Any] = tame(dict(spec))
    return tamed


def _new(
    supervisor: Supervisor, by: Enrolment, asked: Mapping[str, Any], spec: Mapping[str, Any]
) -> Shipment:
    limits.check_room(supervisor.config.home, supervisor.config.min_free)
    join = joining.asked_join(asked)
    folder = joining.known_place(supervisor, by, join) if join else None
    if join is None:
        folder = _begin(supervisor, by, asked, spec)
    elif folder is None:
        folder = _begin_joined(supervisor, by, asked, spec, join)
    else:
        _describe_rank(folder, by, asked, spec)
    uid, number = str(asked["uid"]), folder.number
    opened = timestamp(now())
    return Shipment(uid, folder.run_id, number, number, by.name, 1, opened, member=folder.member)


def _begin(
    supervisor: Supervisor,
    by: Enrolment,
    asked: Mapping[str, Any],
    spec: Mapping[str, Any],
    restart: int = 0,
) -> AttemptFolder:
    """List a new run; the number of its attempt leaves room for starts that come later."""
    _check_limits(supervisor, by)
    folder = runfolder.reserve_run(supervisor.config.home, now())
    if restart:
        first = folder.path
        folder = AttemptFolder(first.with_name(str(restart + 1)))
        first.rename(folder.path)
    try:
        _describe(folder, by, asked, spec)
        supervisor.add_asked(folder, runfolder.read_spec(folder) or {}, Status.RUNNING)
    except (OSError, UnreadableFact):
        runfolder.remove_run(supervisor.config.home, folder.run_id)
        raise
    shipments.count(supervisor.store, by.name, runs=1)
    return folder


def _begin_joined(
    supervisor: Supervisor,
    by: Enrolment,
    asked: Mapping[str, Any],
    spec: Mapping[str, Any],
    join: joining.Asked,
) -> AttemptFolder:
    """Open an attempt that other ranks may join: of a new run, or of the one started again."""
    before = joining.started_before(supervisor, by, join)
    folder = None
    if before is not None:
        run = supervisor.store.run(before.run)
        if join.restart > before.restart:
            folder = joining.next_attempt(supervisor, run, join.restart)
            _describe(folder, by, asked, spec)
            supervisor.add_attempt(folder, runfolder.read_spec(folder) or {}, Status.RUNNING)
        elif folder := joining.earlier_attempt(supervisor, run, join.restart):
            _describe(folder, by, asked, spec)
    folder = folder or _begin(supervisor, by, asked, spec, join.restart)
    joining.keep(supervisor, by, join, folder)
    if join.size > 1:
        folder.ranks.mkdir(mode=0o700, exist_ok=True)
    if join.rank:
        folder = AttemptFolder(folder.ranks / str(join.rank))
        _describe_rank(folder, by, asked, spec)
    return folder


def _describe_rank(
    folder: AttemptFolder, by: Enrolment, asked: Mapping[str, Any], spec: Mapping[str, Any]
) -> None:
    """Make the folder of a rank; that of rank 0 says from now on what rank 0 says."""
    if not folder.member:
        _describe(folder, by, asked, spec, runfolder.replace_fact)
        return
    folder.artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.path.chmod(0o700)
    _describe(folder, by, asked, spec)


def _found_again(
    supervisor: Supervisor, by: Enrolment, asked: Mapping[str, Any]
) -> Shipment | None:
    """The run of this number that was listed, and its shipment was not kept any more."""
    for run, attempt, kept in shipments.going_on(supervisor.store):
        folder = runfolder.attempt_folder(supervisor.config.home, run, attempt)
        ranks = members(folder)
        if kept >= len(ranks):
            continue
        found = next((rank for rank in ranks if _uid_in(rank) == asked["uid"]), None)
        if found is not None:
            joining.keep_again(supervisor, by, joining.asked_join(asked), folder)
            moment = timestamp(now())
            uid, member = str(asked["uid"]), found.member
            return Shipment(uid, run, attempt, attempt, by.name, 0, moment, member=member)
    return None


def _uid_in(folder: AttemptFolder) -> object:
    with suppress(UnreadableFact):
        return (runfolder.read_shipment(folder) or {}).get("uid")
    return None


def _check_limits(supervisor: Supervisor, by: Enrolment) -> None:
    if by.max_runs is not None and by.runs >= by.max_runs:
        raise OverLimit(f"the token {by.name} may send {by.max_runs:,} runs, and has")
    if shipments.open_count(supervisor.store, by.name) >= limits.OPEN_SHIPMENTS:
        raise OverLimit(f"{limits.OPEN_SHIPMENTS} runs of the token {by.name} have not ended")


def _describe(
    folder: AttemptFolder,
    by: Enrolment,
    asked: Mapping[str, Any],
    spec: Mapping[str, Any],
    write: Write = runfolder.write_once,
) -> None:
    """Write what is known at the beginning; what names something there is not looked for here."""
    known = {key: value for key, value in spec.items() if key not in _NOT_TAKEN}
    if known.get("spec"):  # an engine there is none that we place runs on
        known["spec"] = {k: v for k, v in known["spec"].items() if k != "executor"}
    there = {key: spec[key] for key in ("runId", "attempt", "expect", "triggeredBy") if key in spec}
    describe_sender(folder, asked, there, write)
    mine = {"runId": folder.run_id, "attempt": folder.number, "triggeredBy": by.name}
    created = {"createdAt": spec.get("createdAt") or timestamp(now())}
    write(folder.spec, known | mine | created)


def describe_sender(
    folder: AttemptFolder,
    asked: Mapping[str, Any],
    there: Mapping[str, Any],
    write: Write = runfolder.write_once,
) -> None:
    """Write from where an attempt is sent. there: what its spec says of its own machine."""
    host, moment = _texts(asked["host"], _TOLD_OF_HOST), now()
    shipment = {
        "uid": asked["uid"],
        "openedAt": timestamp(moment),
        "host": host,
        "engine": _texts(asked.get("engine") or {}, _TOLD_OF_ENGINE),
        "clockAhead": _ahead(host.pop("clock", None), moment.timestamp()),
        "spec": dict(there),
        "join": asked.get("join"),
    }
    write(folder.shipment, shipment)


def _texts(told: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {
        name: as_text(str(told[name]))[:_MOST_TEXT] for name in names if told.get(name) is not None
    }


def _ahead(told: str | None, moment: float) -> float | None:
    """How far the sender's clock is ahead of ours, in seconds."""
    try:
        return None if told is None else round(parse_timestamp(told).timestamp() - moment, 1)
    except (ValueError, TypeError):
        return None
