"""Who may send runs of other machines, and what is sent; tokens are kept as hashes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from lastwords.records import FINAL, InvalidSpec, LastwordsError, now, timestamp
from lastwords.store.runs import Store

LASTS = timedelta(days=1)  # that files can be sent after the end


class NoEnrolment(LastwordsError):
    """There is no token of this name."""


@dataclass(frozen=True)
class Enrolment:
    """A token that lets machines send runs: until when, and how many runs and bytes."""

    name: str
    created_at: str
    expires_at: str | None
    max_runs: int | None
    max_bytes: int | None
    runs: int = 0
    bytes: int = 0
    revoked_at: str | None = None

    @property
    def is_void(self) -> bool:
        """Whether it lets nobody in any more."""
        ended = self.expires_at is not None and self.expires_at <= timestamp(now())
        return self.revoked_at is not None or ended


@dataclass(frozen=True)
class Shipment:
    """One attempt of another machine, under its own number (`uid`).

    attempt: what the sender calls it. kept_in: the attempt here that takes its bytes. member: its
    rank among those of the attempt.
    """

    uid: str
    run: str
    attempt: int
    kept_in: int
    enrolment: str
    epoch: int
    opened_at: str
    sealed_at: str | None = None
    member: int = 0

    @property
    def is_over(self) -> bool:
        """Whether its token sends no more: a day after its end, or after it was given since."""
        latest = max(self.sealed_at or "", self.opened_at)
        return self.sealed_at is not None and latest < timestamp(now() - LASTS)


@dataclass(frozen=True)
class Join:
    """An attempt that ranks find by their key: who opens it first decides which it is.

    turn: the how many-eth use of the key. restart: how often their scheduler had restarted them.
    """

    enrolment: str
    key: str
    turn: int
    restart: int
    size: int
    run: str
    attempt: int


_OF_JOINS = ", ".join(f"joins.{field.name}" for field in fields(Join))
_OF_ENROLMENTS = ", ".join(field.name for field in fields(Enrolment))
_OF_SHIPMENTS = ", ".join(f"shipments.{field.name}" for field in fields(Shipment))


def enrolments(store: Store) -> list[Enrolment]:
    """All of them, the newest first."""
    return _enrolments(store, "ORDER BY created_at DESC, name", [])


def enrolment(store: Store, digest: str) -> Enrolment | None:
    """The one whose token has this hash, void or not."""
    return next(iter(_enrolments(store, "WHERE digest = ?", [digest])), None)


def enrolment_named(store: Store, name: str) -> Enrolment | None:
    return next(iter(_enrolments(store, "WHERE name = ?", [name])), None)


def _enrolments(store: Store, where: str, values: list[str]) -> list[Enrolment]:
    with store.guard():
        rows = store.db.execute(f"SELECT {_OF_ENROLMENTS} FROM enrolments {where}", values)
        return [Enrolment(*row) for row in rows.fetchall()]


def add_enrolment(store: Store, made: Enrolment, digest: str) -> None:
    """Keep a new token's hash. Raises: InvalidSpec, if its name is taken."""
    store.require()
    with store.writing():
        if enrolment_named(store, made.name):
            raise InvalidSpec("name", f"there is a token {made.name!r} already: choose another")
        _insert(store, "enrolments", {**vars(made), "digest": digest})


def revoke(store: Store, name: str) -> Enrolment:
    """Let nobody in by a token any more. Raises: NoEnrolment."""
    store.require()
    with store.writing():
        store.db.execute(
            "UPDATE enrolments SET revoked_at = coalesce(revoked_at, ?) WHERE name = ?",
            [timestamp(now()), name],
        )
        if found := enrolment_named(store, name):
            return found
    raise NoEnrolment(f"there is no token {name!r}; lastwords token ls lists them")


def count(store: Store, name: str, *, runs: int = 0, size: int = 0) -> None:
    """Count what came in by a token."""
    with store.writing():
        store.db.execute(
            "UPDATE enrolments SET runs = runs + ?, bytes = bytes + ? WHERE name = ?",
            [runs, size, name],
        )


def shipment(store: Store, uid: str) -> Shipment | None:
    with store.guard():
        row = store.db.execute(
            f"SELECT {_OF_SHIPMENTS} FROM shipments WHERE uid = ?", [uid]
        ).fetchone()
    return Shipment(*row) if row else None


def going_on(store: Store) -> list[tuple[str, int, int]]:
    """Running runs of other machines, each with its attempt and how many shipments are of that.

    A server that died as it listed one, or whose database was lost, has some without any.
    """
    with store.guard():
        return store.db.execute(
            "SELECT id, runs.attempt, count(uid) FROM runs"
            " LEFT JOIN shipments ON run = id AND kept_in = runs.attempt"
            " WHERE status = 'running' AND host IS NOT NULL GROUP BY id"
        ).fetchall()


def shipment_by_token(store: Store, digest: str) -> tuple[Shipment, int] | None:
    """What a token of an attempt may send, and the epoch that it is of."""
    with store.guard():
        row = store.db.execute(
            f"SELECT {_OF_SHIPMENTS}, shipment_tokens.epoch FROM shipment_tokens"
            " JOIN shipments USING (uid) WHERE digest = ?",
            [digest],
        ).fetchone()
    return (Shipment(*row[:-1]), row[-1]) if row else None


def open_count(store: Store, name: str) -> int:
    """How many runs of a token have not ended; one that was lost or deleted is never sealed."""
    marks = ", ".join("?" * len(FINAL))
    with store.guard():
        (found,) = store.db.execute(
            "SELECT count(DISTINCT run) FROM shipments JOIN runs ON id = run"
            f" WHERE enrolment = ? AND sealed_at IS NULL AND status NOT IN ({marks})",
            [name, *FINAL],
        ).fetchone()
    return int(found)


def free_place(store: Store, name: str, key: str, restart: int, member: int) -> Join | None:
    """The first attempt of a key that this rank has not joined yet."""
    return _join(
        store,
        " LEFT JOIN shipments ON shipments.run = joins.run AND shipments.attempt = joins.attempt"
        " AND shipments.member = ? WHERE joins.enrolment = ? AND key = ? AND restart = ?"
        " AND uid IS NULL ORDER BY turn LIMIT 1",
        [member, name, key, restart],
    )


def turns(store: Store, name: str, key: str, restart: int) -> int:
    """How often a key was used, of which ranks were restarted so often."""
    with store.guard():
        (found,) = store.db.execute(
            "SELECT count(*) FROM joins WHERE enrolment = ? AND key = ? AND restart = ?",
            [name, key, restart],
        ).fetchone()
    return int(found)


def last_start(store: Store, name: str, key: str, turn: int) -> Join | None:
    """The last of the starts of the same ranks."""
    where = " WHERE enrolment = ? AND key = ? AND turn = ? ORDER BY restart DESC LIMIT 1"
    return _join(store, where, [name, key, turn])


def is_joined(store: Store, name: str, key: str, run: str, attempt: int) -> bool:
    """Whether a key leads to an attempt."""
    where = " WHERE enrolment = ? AND key = ? AND run = ? AND attempt = ?"
    return _join(store, where, [name, key, run, attempt]) is not None


def _join(store: Store, rest: str, values: list[str | int]) -> Join | None:
    with store.guard():
        row = store.db.execute(f"SELECT {_OF_JOINS} FROM joins{rest}", values).fetchone()
    return Join(*row) if row else None


def add_join(store: Store, made: Join) -> None:
    """Keep which attempt a key names from now on; of two that do so at once one is refused."""
    names, marks = ", ".join(vars(made)), ", ".join("?" * len(vars(made)))
    with store.writing():
        store.db.execute(f"INSERT INTO joins ({names}) VALUES ({marks})", list(vars(made).values()))


def keep_shipment(store: Store, kept: Shipment, digest: str) -> None:
    """List a shipment, or what it is now, with the token of its epoch."""
    with store.writing():
        _insert(store, "shipments", vars(kept))
        token = {"digest": digest, "uid": kept.uid, "epoch": kept.epoch}
        _insert(store, "shipment_tokens", token)


def _insert(store: Store, table: str, row: Mapping[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    store.db.execute(
        f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", list(row.values())
    )


def move_shipment(store: Store, uid: str, number: int) -> None:
    """Have another attempt take its bytes."""
    with store.writing():
        store.db.execute("UPDATE shipments SET kept_in = ? WHERE uid = ?", [number, uid])


def seal_shipment(store: Store, uid: str) -> None:
    with store.writing():
        store.db.execute(
            "UPDATE shipments SET sealed_at = coalesce(sealed_at, ?) WHERE uid = ?",
            [timestamp(now()), uid],
        )
