"""The index of runs; only the store's wing holds SQL.

The run folders are the truth; this index can be rebuilt from them. It holds no log bytes: an error
is a span of output.log. A status changes by compare-and-set only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from lastwords.records import (
    FINAL,
    TRAINING,
    TRANSITIONS,
    Attempt,
    LastwordsError,
    Run,
    RunNotFound,
    Status,
    as_text,
    now,
    timestamp,
)
from lastwords.store import search_index
from lastwords.store.listing import RunList

_OF_ATTEMPTS = ", ".join(field.name for field in fields(Attempt))
_ACTIVE = [status for status in Status if status not in FINAL]


class Store(RunList):
    """Runs, attempts, idempotency keys and sessions of one home."""

    # --- runs ------------------------------------------------------------------------------

    def add_run(self, run: Mapping[str, Any]) -> None:
        """Insert a run's row."""
        with self.writing():
            self.db.table("runs").insert({key: _stored(value) for key, value in run.items()})
            search_index.update(self.db, "id = ?", [run["id"]])

    def run(self, run_id: str) -> Run:
        """The run with this id.

        Raises: RunNotFound.
        """
        found = self._runs("WHERE id = ?", [run_id])
        if not found:
            raise RunNotFound(f"there is no run with the ID {run_id!r}")
        return found[0]

    def has_run(self, run_id: str) -> bool:
        with self.guard():
            found = self.db.execute("SELECT 1 FROM runs WHERE id = ?", [run_id]).fetchone()
        return found is not None

    def find(self, text: str) -> Run:
        """The run that an id, a unique prefix of one, or `latest` names.

        Raises: RunNotFound, which names the candidates where there are several.
        """
        if not text:
            raise RunNotFound("no run given: give an ID, the beginning of one, or latest")
        if text == "latest":
            found = self._runs("ORDER BY number DESC LIMIT 1", [])
        else:
            found = self._runs("WHERE id = ?", [text]) or self._with_prefix(text)
        if len(found) > 1:
            names = ", ".join(run.id for run in found)
            raise RunNotFound(f"{text!r} matches several runs: {names}")
        if not found:
            raise RunNotFound(f"no run matches {text!r}; lastwords ls lists all runs")
        return found[0]

    def _with_prefix(self, text: str) -> list[Run]:
        return self._runs(
            "WHERE substr(id, 1, ?) = ? ORDER BY number DESC LIMIT 5", [len(text), text]
        )

    def active(self) -> list[Run]:
        """Queued and running runs, oldest first."""
        marks = ", ".join("?" * len(_ACTIVE))
        return self._runs(f"WHERE status IN ({marks}) ORDER BY number", list(_ACTIVE))

    def newest_completed_training(self) -> Run | None:
        """The completed training that is listed first."""
        where = "WHERE status = ? AND kind = ? ORDER BY number DESC LIMIT 1"
        return next(iter(self._runs(where, [Status.COMPLETED, TRAINING])), None)

    def planned(self) -> list[Run]:
        """Failed runs that are to be retried without anybody asking, the one due first first."""
        where = "WHERE retry_at IS NOT NULL AND status = ? ORDER BY retry_at, number"
        return self._runs(where, [Status.FAILED])

    def queue_positions(self) -> dict[str, int]:
        """The place in the queue, from 1, of each queued run."""
        runs = [run.id for run in self.active() if run.status == Status.QUEUED]
        return {run_id: place for place, run_id in enumerate(runs, start=1)}

    def log_bytes(self) -> int:
        """Bytes of log of all finished runs' current attempts."""
        with self.guard():
            (total,) = self.db.execute("SELECT coalesce(SUM(log_bytes), 0) FROM runs").fetchone()
        return int(total)

    def change_status(
        self,
        run_id: str,
        attempt: int,
        new: Status,
        facts: Mapping[str, Any],
        old: Status | None = None,
    ) -> bool:
        """Set a status, with what belongs to it, if the attempt may still take it.

        old: the status that the change was decided on, which the run must still have.

        Returns: whether this call made the change; False if another one was first.
        """
        allowed = [
            status
            for status, following in TRANSITIONS.items()
            if new in following and old in (None, status)
        ]
        marks = ", ".join("?" * len(allowed))
        return self._update(
            {**facts, "status": new.value},
            f"id = ? AND attempt = ? AND status IN ({marks})",
            [run_id, attempt, *allowed],
        )

    def update_facts(self, run_id: str, attempt: int, facts: Mapping[str, Any]) -> bool:
        """Set what is derived from the run folder (progress, size, explanation); never a status."""
        return self._update(facts, "id = ? AND attempt = ?", [run_id, attempt])

    def set_labels(self, run_id: str, labels: Mapping[str, Any]) -> bool:
        """Set what people say of a run, whichever attempt it is at."""
        return self._update(labels, "id = ?", [run_id])

    def begin_attempt(self, run: Run, facts: Mapping[str, Any], number: int | None = None) -> bool:
        """Move a finished run's attempt to its history and queue the next one.

        number: what the next one is called, where numbers are left out.
        """
        following = {"status": Status.QUEUED.value, "attempt": number or run.attempt + 1}
        with self.writing():
            changed = self._update(
                {**facts, **following},
                "id = ? AND attempt = ? AND status = ?",
                [run.id, run.attempt, run.status.value],
            )
            if changed:
                past = asdict(current_attempt(run))
                stored = {name: _stored(value) for name, value in past.items()}
                self.db.table("attempts").insert({"run": run.id, **stored})
        return changed

    def add_past_attempt(self, run_id: str, past: Attempt) -> None:
        """List an attempt that was over when it became known, before the current one."""
        stored = {name: _stored(value) for name, value in asdict(past).items()}
        with self.writing():
            self.db.table("attempts").insert({"run": run_id, **stored})

    def attempts(self, run: Run) -> list[Attempt]:
        """All attempts of a run, oldest first, the current one last."""
        with self.guard():
            rows = list(
                self.db.query(
                    f"SELECT {_OF_ATTEMPTS} FROM attempts WHERE run = ? ORDER BY number", [run.id]
                )
            )
        earlier = [_attempt(row) for row in rows]
        return [*earlier, current_attempt(run)]

    def remove_run(self, run_id: str) -> bool:
        """Delete a run that is final; False if it is not, or is not there."""
        marks = ", ".join("?" * len(FINAL))
        with self.writing():
            search_index.forget(self.db, f"id = ? AND status IN ({marks})", [run_id, *FINAL])
            cursor = self.db.execute(
                f"DELETE FROM runs WHERE id = ? AND status IN ({marks})", [run_id, *FINAL]
            )
            if cursor.rowcount:
                self.db.execute("DELETE FROM attempts WHERE run = ?", [run_id])
                self.db.execute("DELETE FROM idempotency_keys WHERE run = ?", [run_id])
        return bool(cursor.rowcount)

    # --- idempotency keys ------------------------------------------------------------------

    def claim_key(self, key: str, body: str, run_id: str) -> tuple[str, str] | None:
        """Bind a key to a run unless it is bound: None if now bound, else its (body, run)."""
        with self.writing():
            cursor = self.db.execute(
                "INSERT OR IGNORE INTO idempotency_keys VALUES (?, ?, ?, ?)",
                [key, body, run_id, timestamp(now())],
            )
            if cursor.rowcount:
                return None
            return self.key(key)

    def key(self, key: str) -> tuple[str, str] | None:
        """The (body, run) a key is bound to."""
        with self.guard():
            row = self.db.execute(
                "SELECT body, run FROM idempotency_keys WHERE key = ?", [key]
            ).fetchone()
        return (row[0], row[1]) if row else None

    # --- sessions --------------------------------------------------------------------------

    def add_session(self, digest: str, credential: str, holder: str = "") -> None:
        """Remember a login by its cookie's hash, by what it was made with, and whose it is."""
        moment = timestamp(now())
        with self.writing():
            self.db.table("sessions").insert(
                {
                    "hash": digest,
                    "created_at": moment,
                    "seen_at": moment,
                    "credential": credential,
                    "holder": holder,
                }
            )

    def session_holders(self, digests: Sequence[str], since: str) -> list[str]:
        """Whose those of these logins are that were made after `since` and not revoked."""
        marks = ", ".join("?" * len(digests))
        with self.guard():
            rows = self.db.execute(
                f"SELECT holder FROM sessions WHERE hash IN ({marks}) AND created_at > ?",
                [*digests, since],
            ).fetchall()
        return [holder for (holder,) in rows]

    def remove_sessions(self, digests: Iterable[str], made_until: str) -> None:
        """Revoke these logins, and all that were made until a moment."""
        with self.writing():
            self.db.execute("DELETE FROM sessions WHERE created_at <= ?", [made_until])
            for digest in digests:
                self.db.execute("DELETE FROM sessions WHERE hash = ?", [digest])

    def remove_sessions_of_others(self, credential: str) -> None:
        """Revoke every login that was made with another credential; writes only if there is one."""
        rest = "FROM sessions WHERE credential IS NOT ?"
        with self.guard():
            found = self.db.execute(f"SELECT 1 {rest} LIMIT 1", [credential]).fetchone()
        if found:
            with self.writing():
                self.db.execute(f"DELETE {rest}", [credential])

    # --- the statement that all changes are made of -----------------------------------------

    def _update(self, facts: Mapping[str, Any], where: str, values: Sequence[Any]) -> bool:
        """Change the run whose id is the first value, if the rest holds of it, too."""
        assignments = ", ".join(f"{column} = ?" for column in facts)
        stored = [_stored(value) for value in facts.values()]
        with self.writing():
            cursor = self.db.execute(
                f"UPDATE runs SET {assignments} WHERE {where}", [*stored, *values]
            )
            if cursor.rowcount and not search_index.LIVE.issuperset(facts):
                search_index.update(self.db, "id = ?", [values[0]])
        return bool(cursor.rowcount)


def current_attempt(run: Run) -> Attempt:
    """The attempt whose facts are in the run itself."""
    return Attempt(
        run.attempt,
        run.status,
        run.started_at,
        run.finished_at,
        run.seconds,
        run.exit_code,
        run.signal,
        run.reason,
        run.log_bytes,
        run.changed,
    )


def _attempt(row: dict[str, Any]) -> Attempt:
    changed = row["changed"] and json.loads(row["changed"])
    return Attempt(**row | {"status": Status(row["status"]), "changed": changed})


def _stored(value: Any) -> Any:
    """A value as its column takes it: lists and objects are JSON, texts are UTF-8.

    In JSON a text keeps what UTF-8 cannot hold: a command is found again to the byte.
    """
    if isinstance(value, str):
        return as_text(value)
    if not isinstance(value, list | dict):
        return value
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise LastwordsError(f"{value!r} cannot be stored: {error}") from error
