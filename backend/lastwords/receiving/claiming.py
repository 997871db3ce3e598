"""What an engine placed takes over the attempt that it was placed for, by a code that is good once.

The answer says what is to be run. The same sender (`uid`) may begin anew, as any that lost its
answer; another one is refused, flagged and written into the audit. Where the attempt has several
ranks, the code is good once for each, and rank 0 says where the others meet it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from lastwords.executors import shipped
from lastwords.folders import runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving import joining
from lastwords.receiving.enrolling import attempt_token
from lastwords.receiving.opening import Opened, describe_sender, uid_of
from lastwords.receiving.refusals import Claimed, Gone, Superseded, TooOften, Unfit
from lastwords.recording import notices
from lastwords.records import FINAL, TRAINING, RunNotFound, now, timestamp
from lastwords.security.register import digest_of
from lastwords.store import claims, shipments
from lastwords.store.claims import Claim
from lastwords.store.shipments import Shipment
from lastwords.supervision.resuming import earlier
from lastwords.supervision.supervisor import Supervisor

# What a recorder there must know of the spec here; the rest names things of this machine.
_HANDED_OUT = (
    *("kind", "name", "command", "cwd", "expect", "spec", "timeLimitSeconds"),
    *("graceSeconds", "maxLogBytes", "logQuotaAction", "stallSeconds", "stallAction"),
)
_OURS = ("--run-id=", "--run-directory=", "--output-dir=", "--resume-from=")
_TWICE = "Its claim code was used a second time, by {}, and refused: who else could read the job?"


def open_claimed(supervisor: Supervisor, by: Claim, asked: Mapping[str, Any]) -> Opened:
    """Take over an attempt. Raises: Claimed; Superseded, if it has ended; Gone; Unfit."""
    uid, token, home = uid_of(asked), attempt_token(), supervisor.config.home
    join = joining.asked_join(asked)
    by = _of_start(supervisor, by, uid, supervisor.start_of(by, joining.restart_of(asked)))
    folder = runfolder.attempt_folder(home, by.run, by.attempt, join.rank if join else 0)
    with FileLock(home / "create.lock"):
        known = claims.claimed(supervisor.store, by, folder.member)
        if known is not None and known.uid != uid:
            _tell_of_another(folder.attempt, asked)
            raise Claimed(f"{by.run} was claimed before, by another process")
        if known is None:
            known = _claim(supervisor, by, folder, asked, join.size if join else 1)
        else:
            known = replace(known, epoch=known.epoch + 1)
        shipments.keep_shipment(supervisor.store, known, digest_of(token))
    shipped.hear(runfolder.attempt_folder(home, known.run, known.kept_in, known.member))
    supervisor.begin_placed(by.run, folder.attempt)
    return Opened(known, token, _told(folder, join))


def _of_start(supervisor: Supervisor, by: Claim, uid: str, restart: int) -> Claim:
    """What a code is good for at this start of its job, or for who has begun with it before.

    Only the engine's own word makes a start: whoever reads a code cannot end what runs.

    Raises: Superseded; TooOften, until the engine has said it; Gone.
    """
    known = shipments.shipment(supervisor.store, uid)
    is_ours = known and known.run == by.run and known.enrolment == by.sender.name
    if known and is_ours and known.attempt <= by.attempt:  # a later one may have another code
        return replace(by, attempt=known.attempt)
    anew = restart == by.restart and supervisor.is_begun_anew(by)
    if restart > by.restart or anew:
        try:
            is_told = anew or supervisor.is_started_again(by, restart)
            if not is_told or not supervisor.begin_start(by, restart):
                words = f"start {restart + 1} of the job of {by.run} is not known of yet"
                raise TooOften(words, retryAfterSeconds=2)
        except RunNotFound:
            raise Gone(f"{by.run} was deleted here") from None
        by = claims.claim(supervisor.store, by.digest) or by
    if restart != by.restart or by.is_void:
        raise Superseded(f"this is not the start of {by.run} that is to be run")
    return by


def _claim(
    supervisor: Supervisor, by: Claim, folder: AttemptFolder, asked: Mapping[str, Any], size: int
) -> Shipment:
    try:
        run = supervisor.store.run(by.run)
    except RunNotFound:
        raise Gone(f"{by.run} was deleted here") from None
    if run.attempt != by.attempt or run.status in FINAL:
        raise Superseded(f"{by.run} is {run.status}: it is not to be run any more")
    if folder.result.exists() or _has_ended(folder.attempt):
        raise Superseded(f"{by.run} has ended: it is not to be run any more")
    spec = runfolder.read_spec(folder.attempt) or {}
    wanted = int((spec.get("spec") or {}).get("nodes") or 1)
    if size != wanted:
        raise Unfit(f"{by.run} has {wanted} ranks, and not {size}", field="join.size")
    _check_address(asked)
    _describe(folder, asked, spec, size)
    uid, sender, moment = uid_of(asked), by.sender.name, timestamp(now())
    return Shipment(uid, by.run, by.attempt, by.attempt, sender, 1, moment, member=folder.member)


def _has_ended(attempt: AttemptFolder) -> bool:
    """Whether its engine ended it, which its row tells in a moment; a rank alone does not."""
    is_over = not attempt.is_shipped and attempt.result.exists()
    return is_over or attempt.called_lost.exists()


def _describe(
    folder: AttemptFolder, asked: Mapping[str, Any], spec: Mapping[str, Any], size: int
) -> None:
    """Write where a rank runs; that of the first to come stands for all until rank 0 has come."""
    if size == 1:
        describe_sender(folder, asked, {})
        return
    folder.ranks.mkdir(mode=0o700, exist_ok=True)
    if not folder.member:
        describe_sender(folder, asked, {}, runfolder.replace_fact)
        return
    folder.artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.path.chmod(0o700)
    runfolder.write_once(folder.spec, {**spec, "expect": []})
    describe_sender(folder, asked, {})
    describe_sender(folder.attempt, asked, {})


def _check_address(asked: Mapping[str, Any]) -> None:
    """See that what other ranks are told is an address, and nothing else. Raises: Unfit."""
    if address := (asked.get("join") or {}).get("address"):
        try:
            ip_address(address)
        except ValueError:
            raise Unfit(f"{address!r} is no address", field="join.address") from None


def _told(folder: AttemptFolder, join: joining.Asked | None) -> dict[str, Any]:
    """What a rank is told: what to run, and where all of them meet, once rank 0 has said that."""
    told = handed_out(runfolder.read_spec(folder.attempt) or {})
    if told["kind"] == TRAINING and (before := earlier(folder.attempt)):
        told["resume"] = before
    if join is None or join.size == 1:
        return told
    if folder.member:  # what must be written is looked for by one of them
        told.pop("expect", None)
    meeting = {"id": f"{folder.run_id}-{folder.number}"}
    first = (runfolder.read_shipment(folder.attempt) or {}).get("join") or {}
    if not first.get("rank") and first.get("address"):
        meeting |= {"address": first["address"], "port": first["port"]}
    return told | {"rendezvous": meeting}


def _tell_of_another(folder: AttemptFolder, asked: Mapping[str, Any]) -> None:
    host = str(asked["host"].get("name"))[:100]
    notices.tell_of_shipment(folder, "claimed_twice", _TWICE.format(host))


def handed_out(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be run, without what names something of this machine."""
    found = {name: spec[name] for name in _HANDED_OUT if spec.get(name) is not None}
    found["command"] = [word for word in spec["command"] if not word.startswith(_OURS)]
    if spec["kind"] == TRAINING:
        found.pop("cwd", None)
    else:
        found["command"] = spec["command"]
    return found
