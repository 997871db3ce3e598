"""What an engine placed takes over the attempt that it was placed for, by a code that is good once.

The answer says what is to be run. The same sender (`uid`) may begin anew, as any that lost its
answer; another one is refused, flagged and written into the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lastwords.executors import shipped
from lastwords.folders import runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving.enrolling import attempt_token, digest
from lastwords.receiving.opening import Opened, describe_sender, uid_of
from lastwords.receiving.refusals import Claimed, Gone, Superseded
from lastwords.recording import notices
from lastwords.records import FINAL, RunNotFound, now, timestamp
from lastwords.store import claims, shipments
from lastwords.store.claims import Claim
from lastwords.store.shipments import Shipment
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
    folder = runfolder.attempt_folder(home, by.run, by.attempt)
    with FileLock(home / "create.lock"):
        known = claims.claimed(supervisor.store, by)
        if known is not None and known.uid != uid:
            _tell_of_another(folder, asked)
            raise Claimed(f"{by.run} was claimed before, by another process")
        if known is None:
            known = _claim(supervisor, by, folder, asked)
        else:
            known = replace(known, epoch=known.epoch + 1)
        shipments.keep_shipment(supervisor.store, known, digest(token))
    shipped.hear(runfolder.attempt_folder(home, known.run, known.kept_in))
    supervisor.begin_placed(by.run, folder)
    return Opened(known, token, handed_out(runfolder.read_spec(folder) or {}))


def _claim(
    supervisor: Supervisor, by: Claim, folder: AttemptFolder, asked: Mapping[str, Any]
) -> Shipment:
    try:
        run = supervisor.store.run(by.run)
    except RunNotFound:
        raise Gone(f"{by.run} was deleted here") from None
    if run.attempt != by.attempt or run.status in FINAL:
        raise Superseded(f"{by.run} is {run.status}: it is not to be run any more")
    if folder.result.exists():  # its engine's end, which its row tells in a moment
        raise Superseded(f"{by.run} has ended: it is not to be run any more")
    describe_sender(folder, asked, {})
    sender = by.sender.name
    return Shipment(uid_of(asked), by.run, by.attempt, by.attempt, sender, 1, timestamp(now()))


def _tell_of_another(folder: AttemptFolder, asked: Mapping[str, Any]) -> None:
    host = str(asked["host"].get("name"))[:100]
    notices.tell_of_shipment(folder, "claimed_twice", _TWICE.format(host))


def handed_out(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be run, without what names something of this machine."""
    found = {name: spec[name] for name in _HANDED_OUT if spec.get(name) is not None}
    found["command"] = [word for word in spec["command"] if not word.startswith(_OURS)]
    if spec["kind"] == "training":
        found.pop("cwd", None)
    else:
        found["command"] = spec["command"]
    return found
