"""Runs of other machines: what they send. Who sends may read nothing but where to go on.

These endpoints take tokens of their own: `lwe_…` opens shipments, `lwa_…` sends one attempt.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any, cast

from flask import Request, g, request

from lastwords.api import schema
from lastwords.api.endpoints import endpoint
from lastwords.api.problems import BODY_LIMIT, refuse
from lastwords.api.services import home, services
from lastwords.folders.runfolder import attempt_folder
from lastwords.receiving import limits
from lastwords.receiving.claiming import open_claimed
from lastwords.receiving.opening import Opened, open_shipment
from lastwords.receiving.receiver import have
from lastwords.receiving.refusals import OtherProtocol, OverLimit, Superseded, Unfit
from lastwords.security.register import digest_of
from lastwords.security.roles import VIEWER, Caller
from lastwords.shipping import wire
from lastwords.shipping.wire import ATTEMPT, ENROL, HEADER, INTERVAL, PROTOCOL, STREAMS
from lastwords.store import claims, shipments
from lastwords.store.runs import Store
from lastwords.store.shipments import Enrolment, Shipment

_INFLATED = 4 << 20  # bytes of a batch that came compressed
_VERSION = {HEADER: f"the version of the protocol, {PROTOCOL}"}
_OF_ONE = (401, 403, 409, 410, 426, 429, 507)
_PATH = "/shipments/{run}/{attempt}/{member}"
NAMES = frozenset(
    {
        "post_begin_shipment",
        "post_add_batch",
        "get_show_positions",
        "post_end_shipment",
        "post_announce_files",
        "put_add_to_file",
    }
)


def admit_sender(request: Request) -> Caller | None:
    """Who sends, by the token of the request; None where that is none of ours.

    Raises: Problem, where the token is void or another one is asked for.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    opens = (request.endpoint or "").endswith("post_begin_shipment")
    if opens and token.startswith(claims.CLAIM):
        return _admit_claim(token)
    if not token.startswith(ENROL if opens else ATTEMPT):
        _refuse_others(token)
        return None
    store = services().store
    if opens:
        found = shipments.enrolment(store, digest_of(token))
        g.lastwords_enrolment = found
    else:
        sent = shipments.shipment_by_token(store, digest_of(token))
        g.lastwords_shipment = sent
        found = sent and _sender(store, sent[0])
        if sent and sent[0].is_over:
            raise refuse("token-void", 401, f"{sent[0].run} ended more than a day ago")
    if found is None:
        return None
    if found.is_void:
        raise refuse("token-void", 401, f"the token {found.name} was revoked or has expired")
    machine = f"machine {found.name}"
    return Caller(machine, VIEWER, machine)


def _sender(store: Store, kept: Shipment) -> Enrolment | None:
    """Whose token began to send it; what an engine placed had a code."""
    if kept.enrolment.startswith(claims.PREFIX):
        return claims.sender_of(kept.enrolment.removeprefix(claims.PREFIX))
    return shipments.enrolment_named(store, kept.enrolment)


def _admit_claim(token: str) -> Caller | None:
    """Who was placed by an engine for one attempt."""
    g.lastwords_claim = found = claims.claim(services().store, digest_of(token))
    if found is None:
        return None
    supervisor = services().supervisor
    if found.is_void and not (
        supervisor.is_started_again(found) or supervisor.is_begun_anew(found)
    ):
        raise refuse("token-void", 401, f"the claim code of {found.run} has expired")
    return Caller(found.sender.name, VIEWER, found.sender.name)


def _refuse_others(token: str) -> None:
    """A token that is right elsewhere is refused here, and a wrong one is wrong."""
    if services().gate.holder(token) or token.startswith((ENROL, ATTEMPT)):
        words = "this address takes another kind of token: see lastwords token create"
        raise refuse("wrong-token", 403, words)


def check_protocol() -> None:
    if request.headers.get(HEADER) != PROTOCOL:
        raise OtherProtocol(f"this server speaks {HEADER}: {PROTOCOL}", versions=[PROTOCOL])


@endpoint("POST", "/shipments", status=201,
          refusals=(400, 409, 410, 413, 415, 422, 426, 429, 507),
          headers=_VERSION)  # fmt: skip
def begin_shipment(body: schema.OpenShipment) -> schema.OpenedShipment:
    """Begin to send an attempt of another machine, or go on with it."""
    check_protocol()
    kept, token, spec = _opened(body.model_dump())
    return schema.OpenedShipment(
        run=kept.run,
        attempt=kept.attempt,
        member=kept.member,
        epoch=kept.epoch,
        sealed=kept.sealed_at is not None,
        token=token,
        have=have(attempt_folder(home(), kept.run, kept.kept_in, kept.member)),
        interval=INTERVAL,
        spec=spec,
        limits={"log": limits.LOG_BYTES, "stream": limits.STREAM_BYTES, "batch": wire.BATCH_BYTES},
    )


def _opened(asked: Mapping[str, Any]) -> Opened:
    """What a token begins to send, or a claim code takes over. Raises: Refused."""
    if claim := g.get("lastwords_claim"):
        return open_claimed(services().supervisor, claim, asked)
    return open_shipment(services().supervisor, g.lastwords_enrolment, asked)


@endpoint("POST", f"{_PATH}/batch", refusals=(*_OF_ONE, 400, 413, 422), headers=_VERSION,
          takes="application/octet-stream")  # fmt: skip
def add_batch(run: str, attempt: str, member: str) -> schema.Positions:
    """Add bytes to the files of an attempt; see docs/shipping.md for the form of the body."""
    kept = _sent(run, attempt, member)
    try:
        batch = wire.read_batch(_inflated(request.get_data()))
    except (wire.Malformed, RecursionError) as error:
        raise refuse("bad-request", 400, f"a batch is malformed: {error}") from None
    return schema.Positions.model_validate(services().receiver.take(kept, batch))


@endpoint("GET", f"{_PATH}/batch", refusals=_OF_ONE, headers=_VERSION)
def show_positions(run: str, attempt: str, member: str) -> schema.Positions:
    """Where to go on with each file of an attempt."""
    kept = _sent(run, attempt, member)
    return schema.Positions.model_validate(services().receiver.positions(kept))


@endpoint("POST", f"{_PATH}/end", refusals=(*_OF_ONE, 400, 413, 415, 422), headers=_VERSION)
def end_shipment(
    run: str, attempt: str, member: str, body: schema.EndShipment
) -> schema.SealedShipment:
    """Say how an attempt ended, once every byte of it was sent."""
    kept = _sent(run, attempt, member)
    if not set(body.streams) <= set(STREAMS):
        raise Unfit(f"streams are {', '.join(STREAMS)}", field="streams")
    services().receiver.end(kept, body.model_dump())
    return schema.SealedShipment(sealed=True)


@endpoint("POST", f"{_PATH}/artifacts", refusals=(*_OF_ONE, 400, 413, 415, 422), headers=_VERSION)
def announce_files(
    run: str, attempt: str, member: str, body: schema.Announcement
) -> schema.WantedFiles:
    """Say which files it wrote, to hear which of them are wanted."""
    files = [file.model_dump() for file in body.artifacts]
    wanted = services().receiver.announce(_sent(run, attempt, member), files)
    return schema.WantedFiles(wanted=wanted)


@endpoint("PUT", f"{_PATH}/artifacts/{{path}}", refusals=(*_OF_ONE, 400, 413, 422),
          headers={**_VERSION, "Upload-Offset": "where the part begins in the file"},
          takes="application/octet-stream")  # fmt: skip
def add_to_file(run: str, attempt: str, member: str, path: str) -> schema.KeptFile:
    """Add a part to one of these files."""
    kept = _sent(run, attempt, member)
    offset = request.headers.get("Upload-Offset", "")
    if not re.fullmatch("[0-9]{1,15}", offset, re.ASCII):
        raise Unfit("Upload-Offset is no number of bytes", field="Upload-Offset")
    data = _inflated(request.get_data())
    return schema.KeptFile(have=services().receiver.take_file(kept, path, int(offset), data))


def _sent(run: str, attempt: str, member: str) -> Shipment:
    """The attempt that the token sends, which the address must name too."""
    check_protocol()
    kept, epoch = cast(tuple[Shipment, int], g.lastwords_shipment)
    if (run, attempt, member) != (kept.run, str(kept.attempt), str(kept.member)):
        raise refuse("wrong-token", 403, "the token sends another attempt")
    if epoch != kept.epoch:
        raise Superseded(f"epoch {kept.epoch} sends this attempt now, and this is {epoch}")
    return kept


def _inflated(body: bytes) -> bytes:
    """A body as it was before it was compressed, if it was; never more than a batch may have."""
    if len(body) > BODY_LIMIT:
        raise OverLimit(f"a batch may have {BODY_LIMIT:,} bytes")
    coding = request.headers.get("Content-Encoding", "identity").lower()
    if coding == "identity":
        return body
    if coding != "gzip":
        raise refuse("unsupported-media-type", 415, "a batch may be compressed by gzip alone")
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = stream.decompress(body, _INFLATED + 1)
    except zlib.error as error:
        raise refuse("bad-request", 400, f"the body is not gzip: {error}") from None
    if len(found) > _INFLATED or stream.unconsumed_tail:
        raise OverLimit(f"a batch may have {_INFLATED:,} bytes when it is inflated")
    if not stream.eof:
        raise refuse("bad-request", 400, "the body ends before its gzip stream does")
    return found
