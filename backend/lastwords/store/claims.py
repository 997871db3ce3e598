"""Codes by which what an engine placed takes over an attempt that is queued; kept as hashes."""

from __future__ import annotations

from dataclasses import dataclass

from lastwords.records import now, timestamp
from lastwords.store.runs import Store
from lastwords.store.shipments import Enrolment, Shipment, shipment

CLAIM = "lwc_"  # how codes begin
PREFIX = "engine "  # of the name that is kept instead of a token's; no token is called so


@dataclass(frozen=True)
class Claim:
    """A code for one attempt. expires_at: None while it waits in the engine's queue.

    restart: which start of its job it was good for last, from 0; each is an attempt.
    """

    run: str
    attempt: int
    engine: str
    expires_at: str | None = None
    restart: int = 0
    digest: str = ""

    @property
    def is_void(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timestamp(now())

    @property
    def sender(self) -> Enrolment:
        """Who sends what was claimed by it, in the place of a token."""
        return sender_of(self.engine)


def sender_of(engine: str) -> Enrolment:
    return Enrolment(PREFIX + engine, "", None, None, None)


def add_claim(store: Store, made: Claim, digest: str) -> None:
    with store.writing():
        store.db.execute(
            "INSERT INTO claims (digest, run, attempt, engine, expires_at) VALUES (?, ?, ?, ?, ?)",
            [digest, made.run, made.attempt, made.engine, made.expires_at],
        )


def claim(store: Store, digest: str) -> Claim | None:
    """The one whose code has this hash, void or not."""
    with store.guard():
        row = store.db.execute(
            "SELECT run, attempt, engine, expires_at, restart, digest FROM claims WHERE digest = ?",
            [digest],
        ).fetchone()
    return Claim(*row) if row else None


def expire(store: Store, run: str, attempt: int, at: str) -> None:
    """Let the codes of an attempt be good until then, if they are not limited yet."""
    with store.writing():
        store.db.execute(
            "UPDATE claims SET expires_at = coalesce(expires_at, ?) WHERE run = ? AND attempt = ?",
            [at, run, attempt],
        )


def move(store: Store, run: str, attempt: int, following: int, restart: int) -> None:
    """Let the codes of an attempt be good for the next start of its job, and for no earlier one."""
    with store.writing():
        store.db.execute(
            "UPDATE claims SET attempt = ?, restart = ?, expires_at = NULL"
            " WHERE run = ? AND attempt = ?",
            [following, restart, run, attempt],
        )


def end(store: Store, run: str, attempt: int) -> None:
    """Have the codes of an attempt void from now on, whatever they were good for."""
    with store.writing():
        store.db.execute(
            "UPDATE claims SET expires_at = ? WHERE run = ? AND attempt = ?",
            [timestamp(now()), run, attempt],
        )


def claimed(store: Store, found: Claim, rank: int) -> Shipment | None:
    """Who claimed the attempt already, as one of its ranks."""
    with store.guard():
        row = store.db.execute(
            "SELECT uid FROM shipments WHERE run = ? AND attempt = ? AND member = ?",
            [found.run, found.attempt, rank],
        ).fetchone()
    return shipment(store, row[0]) if row else None
