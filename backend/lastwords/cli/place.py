"""`lastwords place`: what an engine of a cluster starts on a node, see docs/clusters.md.

It claims the attempt that it was placed for, records it as `lastwords run` does, and sends it. All
that it is told stands in its environment: LASTWORDS_TO and LASTWORDS_CLAIM, which is good once. On
several nodes each has one, which is a rank of the run: see `rendezvous`. Standard library only.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords import config as settings
from lastwords.basics import LastwordsError, now, timestamp
from lastwords.cli import foreground, rendezvous, resuming
from lastwords.cli.rendezvous import Rank
from lastwords.cli.resuming import Start
from lastwords.cli.schedulers import engine
from lastwords.recording import hosts, processes
from lastwords.shipping.client import Client, Refused, Unreachable
from lastwords.shipping.target import check_url

CLAIM_SECONDS = 600.0  # that a server may be away when we want to begin
DRAIN_SECONDS = 120.0  # and when we have ended
_SPOOL = "~/.local/share/lastwords-spool"  # no home of a server, even on a shared file system
_NOT_ASKED = ("command", "rendezvous", "resume")
_NOT_NOW = 75  # EX_TEMPFAIL


def place() -> int:
    """Claim, record and send; the exit code of what was run."""
    url = os.environ.get("LASTWORDS_TO", "").rstrip("/")
    code = os.environ.pop("LASTWORDS_CLAIM", "")
    if not url or not code:
        raise LastwordsError("place: LASTWORDS_TO and LASTWORDS_CLAIM are set by the engine")
    check_url(url, os.environ.get("LASTWORDS_PLAIN_HTTP") == "1")
    _forget(code)
    uid, rank = str(uuid.uuid4()), rendezvous.rank_here()
    try:
        claimed = _claimed(Client(url, os.environ.get("SSL_CERT_FILE")), code, uid, rank)
    except Unreachable as away:
        print(f"lastwords: nothing was started: {away}", file=sys.stderr)
        return _NOT_NOW
    spec = claimed["spec"]
    if rank:
        os.environ |= rendezvous.variables(rank, spec["rendezvous"], os.environ)
    os.environ.pop("SLURM_EXPORT_ENV", None)  # an srun of theirs exports what it always does
    os.environ["LASTWORDS_TO_TOKEN"] = code  # good for the one that has this uid
    spool = Path(os.environ.pop("LASTWORDS_SPOOL", "") or _SPOOL).expanduser()
    os.umask(0o077)
    spool.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # else it cannot be started, and its end says so
        os.chdir(spec.get("cwd") or spool)
    start = resuming.start_of(spool, spec.get("resume") or (), str(hosts.this_host()["name"]))
    return foreground.record(settings.load(spool), _recording(claimed, uid, rank, start))


def _forget(code: str) -> None:
    """Take the code out of what the command will inherit: Ray repeats a job's variables in one."""
    for name, value in os.environ.items():
        if code in value:
            os.environ[name] = value.replace(code, "used")


def _claimed(client: Client, code: str, uid: str, rank: Rank | None) -> dict[str, Any]:
    """What is to be run, once it is known where the ranks meet.

    Raises: Unreachable; LastwordsError, if it is not ours to run.
    """
    body = {
        "uid": uid,
        "spec": {},
        "host": {**hosts.this_host(), "boot": processes.boot_id(), "clock": timestamp(now())},
        "engine": engine(),
    }
    if rank:
        body["join"] = {"key": "placed", **rank.told, **rendezvous.offer(rank, client.url)}
    deadline, pause = time.monotonic() + CLAIM_SECONDS, 1.0
    why: Exception = Unreachable("rank 0 has not come")
    while True:
        try:
            answer = dict(client.ask("POST", "/shipments", code, body))
            if not rank or "address" in answer["spec"]["rendezvous"]:
                return answer
        except (Unreachable, Refused) as error:
            if isinstance(error, Refused) and error.status < 500 and error.status != 429:
                raise LastwordsError(f"nothing was started: {error}") from None
            why = error
        if time.monotonic() + pause > deadline:
            raise Unreachable(str(why))
        time.sleep(pause)
        pause = min(2 * pause, 15.0)


def _recording(
    claimed: Mapping[str, Any], uid: str, rank: Rank | None, start: Start
) -> foreground.Recording:
    spec = claimed["spec"]
    asked = {name: value for name, value in spec.items() if name not in _NOT_ASKED}
    asked |= {"uid": uid, "tether": True}
    if rank:
        key = f"placed/{claimed['run']}/{claimed['attempt']}"
        asked["join"] = {"key": key, **rank.told}
    return foreground.Recording(
        [*spec["command"], *start.flags],
        asked,
        echo_to=None,
        as_json=False,
        drain=DRAIN_SECONDS,
        is_listed=False,
        is_placed=True,
        notices=[(resuming.MISSING, start.notice)] if start.notice else (),
    )
