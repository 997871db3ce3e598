"""Tokens that let machines send runs: made, shown once, kept as hashes, revoked."""

from __future__ import annotations

import re
from datetime import timedelta

from lastwords.records import InvalidSpec, now, timestamp
from lastwords.security.register import digest_of, new_token
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
    token = new_token(ENROL)
    made = Enrolment(name, timestamp(now()), expires, max_runs, max_bytes)
    shipments.add_enrolment(store, made, digest_of(token))
    return token


def attempt_token() -> str:
    """A new token that sends one attempt."""
    return new_token(ATTEMPT)
