"""Logging in to a server, from a machine that sends runs. Standard library only."""

from __future__ import annotations

from pathlib import Path

from lastwords.basics import LastwordsError
from lastwords.shipping import target
from lastwords.shipping.client import Client, Refused


def log_in(url: str, token: str, plain_http: bool, ca: Path | None) -> Path:
    """See that a server takes a token, and keep both; returns where.

    Raises: NoTarget; Unreachable; LastwordsError, where it does not.
    """
    trusted = None if ca is None else str(ca.absolute())
    try:  # what is incomplete is refused for that, if the token is right
        Client(url, trusted).ask("POST", "/shipments", token, {})
    except Refused as refused:
        if refused.status in (401, 403, 426, 429):
            raise LastwordsError(f"{url}: {refused}") from None
    return target.keep(url, token, plain_http, trusted)
