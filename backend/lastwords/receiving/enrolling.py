"""Tokens that let machines send runs: made, shown once, kept as hashes, revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from lastwords.records import InvalidSpec, now, timestamp
from lastwords.shipping.wire import ATTEMPT, ENROL
from lastwords.store import shipments
from lastwords.store.runs import Store
from lastwords.store.shipments import Enrolment

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")


def enrol(
    store: Store,
    name: str,
    days: float | None = None,
    max_runs: int | None = None,
    max_bytes: int | None = None,
) -> str:
    """Make a token; what is returned is shown once. Raises: InvalidSpec."""
    if not _NAME.fullmatch(name):
        raise InvalidSpec("name", f"{name!r} is not 1 to 63 letters, digits and . _ @ -")
    expires = None if days is None else timestamp(now() + timedelta(days=days))
    token = ENROL + secrets.token_urlsafe(32)
    made = Enrolment(name, timestamp(now()), expires, max_runs, max_bytes)
    shipments.add_enrolment(store, made, digest(token))
    return token


def attempt_token() -> str:
    """A new token that sends one attempt."""
    return ATTEMPT + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: useless to send by. It is random, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
