"""The database's schema, as steps that are applied once each, in order."""

from __future__ import annotations

from lastwords.store import search_index
from lastwords.store.sqlite import Database, Migrations

migrations = Migrations("lastwords")

MADE_BY = "made_by"  # the table that tells which version made the schema

# What the list calls started and duration; an index's expression must be the query's to the letter.
START = "coalesce(started_at, created_at)"
DURATION = "coalesce(seconds, (julianday(finished_at) - julianday(started_at)) * 86400.0)"

_FINAL = "('completed', 'failed', 'cancelled', 'lost')"


@migrations()
def create_runs(db: Database) -> None:
    """Runs, newest by `number`; an index for each filter of the list ends in it."""
    db.execute(
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            name TEXT,
            kind TEXT NOT NULL,
            training_type TEXT,
            status TEXT NOT NULL,
            created_at TEXT NOT NULL,
            triggered_by TEXT NOT NULL,
            base_model TEXT,
            command TEXT NOT NULL,
            spec TEXT NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 1,
            started_at TEXT,
            finished_at TEXT,
            exit_code INTEGER,
            signal TEXT,
            reason TEXT,
            detail TEXT,
            stopping INTEGER NOT NULL DEFAULT 0,
            dataset_size INTEGER,
            final_loss REAL,
            stage TEXT,
            step INTEGER,
            total_steps INTEGER,
            epoch REAL,
            log_bytes INTEGER NOT NULL DEFAULT 0,
            cause TEXT,
            title TEXT,
            headline TEXT,
            error_start INTEGER,
            error_end INTEGER,
            error_length INTEGER,
            error_preview TEXT,
            rules_version INTEGER
        ) STRICT
        """
    )
    for column in ("status", "cause", "base_model"):
        db.execute(f"CREATE INDEX runs_by_{column} ON runs ({column}, number)")


@migrations()
def create_attempts(db: Database) -> None:
    """Earlier attempts of a run; the current one's facts are in its run's row."""
    db.execute(
        """
        CREATE TABLE attempts (
            run TEXT NOT NULL,
            number INTEGER NOT NULL,
            status TEXT NOT NULL,
            started_at TEXT,
            finished_at TEXT,
            exit_code INTEGER,
            signal TEXT,
            reason TEXT,
            log_bytes INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def forbid_changes_of_final_statuses(db: Database) -> None:
    """A final status stays, whatever program writes; only a new attempt begins anew."""
    db.execute(
        f"""
        CREATE TRIGGER final_status_is_final BEFORE UPDATE OF status ON runs
        WHEN OLD.status IN {_FINAL} AND NEW.status != OLD.status AND NEW.attempt <= OLD.attempt
        BEGIN SELECT RAISE(ABORT, 'a final status never changes'); END
        """
    )
    db.execute(
        f"""
        CREATE TRIGGER final_attempt_is_final BEFORE UPDATE OF status ON attempts
        WHEN OLD.status IN {_FINAL} AND NEW.status != OLD.status
        BEGIN SELECT RAISE(ABORT, 'a final status never changes'); END
        """
    )


@migrations()
def create_idempotency_keys(db: Database) -> None:
    """Which run a create request with an Idempotency-Key made, and from which body."""
    db.execute(
        """
        CREATE TABLE idempotency_keys (
            key TEXT PRIMARY KEY,
            body TEXT NOT NULL,
            run TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def create_sessions(db: Database) -> None:
    """Logins, by the hash of their cookie, so that the file holds nothing that logs in."""
    db.execute(
        """
        CREATE TABLE sessions (
            hash TEXT PRIMARY KEY,
            created_at TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def count_statuses(db: Database) -> None:
    """How many runs have each status, kept by triggers: counting a million rows takes too long."""
    db.execute(
        "CREATE TABLE status_counts (status TEXT PRIMARY KEY, runs INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )
    add = (
        "INSERT INTO status_counts VALUES (NEW.status, 1)"
        " ON CONFLICT (status) DO UPDATE SET runs = runs + 1;"
    )
    take = "UPDATE status_counts SET runs = runs - 1 WHERE status = OLD.status;"
    db.execute(f"CREATE TRIGGER count_new_run AFTER INSERT ON runs BEGIN {add} END")
    db.execute(f"CREATE TRIGGER count_removed_run AFTER DELETE ON runs BEGIN {take} END")
    db.execute(
        "CREATE TRIGGER count_changed_run AFTER UPDATE OF status ON runs"
        f" WHEN OLD.status != NEW.status BEGIN {take} {add} END"
    )


@migrations()
def group_by_fingerprint(db: Database) -> None:
    """Runs that failed alike, and what people say of them.

    The index holds all that counting them and their first and last time takes. Runs that failed
    before get their fingerprint as a new rule's words do: when they are next shown.
    """
    db.execute("ALTER TABLE runs ADD COLUMN fingerprint TEXT")
    db.execute(
        "CREATE INDEX runs_by_fingerprint ON runs (fingerprint, number, finished_at)"
        " WHERE fingerprint IS NOT NULL"
    )
    db.execute(
        "UPDATE runs SET rules_version = 0"
        " WHERE status IN ('failed', 'lost') AND rules_version IS NOT NULL"
    )
    db.execute(
        """
        CREATE TABLE groups (
            fingerprint TEXT PRIMARY KEY,
            note TEXT NOT NULL DEFAULT '',
            resolved_at TEXT,
            resolved_number INTEGER
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def add_length_of_headlines(db: Database) -> None:
    """Characters of the whole headline, of which the row keeps the beginning."""
    db.execute("ALTER TABLE runs ADD COLUMN headline_length INTEGER")


@migrations()
def add_flags(db: Database) -> None:
    """What is to be said of a run beside its status, as a JSON list."""
    db.execute("ALTER TABLE runs ADD COLUMN flags TEXT NOT NULL DEFAULT '[]'")


@migrations()
def add_credential_of_sessions(db: Database) -> None:
    """What a login was made with, as a digest: it ends with it. Those of before end now."""
    db.execute("ALTER TABLE sessions ADD COLUMN credential TEXT NOT NULL DEFAULT ''")


@migrations()
def remember_version(db: Database) -> None:
    """The version that brought the schema to its form, for an older one to name."""
    db.execute(f"CREATE TABLE {MADE_BY} (version TEXT NOT NULL) STRICT")
    db.execute(f"INSERT INTO {MADE_BY} VALUES ('')")


@migrations()
def add_seconds(db: Database) -> None:
    """Duration of an attempt by the monotonic clock; unknown for older attempts."""
    for table in ("runs", "attempts"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN seconds REAL")


@migrations()
def add_seconds_left(db: Database) -> None:
    """How long a running training still takes, as its own bar tells."""
    db.execute("ALTER TABLE runs ADD COLUMN seconds_left REAL")


@migrations()
def index_texts_and_values(db: Database) -> None:
    """What runs are found and sorted by, made for those that are there; see `search_index`.

    metrics: the last value of each, by name, as JSON; unknown for runs that ended before.
    """
    db.execute("ALTER TABLE runs ADD COLUMN metrics TEXT NOT NULL DEFAULT '{}'")
    for column in ("triggered_by", "finished_at", "final_loss"):
        db.execute(f"CREATE INDEX runs_by_{column} ON runs ({column}, number)")
    db.execute(f"CREATE INDEX runs_by_start ON runs ({START}, number)")
    db.execute(f"CREATE INDEX runs_by_duration ON runs ({DURATION}, number)")
    db.execute("CREATE INDEX runs_with_flags ON runs (number) WHERE flags != '[]'")
    db.execute("CREATE INDEX runs_by_exit_code ON runs (exit_code, number)")
    search_index.create(db)


@migrations()
def create_views(db: Database) -> None:
    """Named queries of the list, as people saved them."""
    db.execute(
        "CREATE TABLE views (name TEXT PRIMARY KEY, query TEXT NOT NULL, created_at TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )


@migrations()
def add_labels(db: Database) -> None:
    """Who started a run, and what people call it. Those of before have none, and keep their texts.

    A tag is a row of its own, folded, so that an index leads from it to its runs; `name` is as it
    was written.
    """
    for column in ("user TEXT", "project TEXT", "note TEXT NOT NULL DEFAULT ''"):
        db.execute(f"ALTER TABLE runs ADD COLUMN {column}")
    db.execute("ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'")
    db.execute("ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0")
    for column in ("user", "project"):
        db.execute(f"CREATE INDEX runs_by_{column} ON runs ({column}, number)")
    db.execute("CREATE INDEX runs_starred ON runs (number) WHERE starred")
    db.execute(
        "CREATE TABLE run_tags (tag TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,"
        " PRIMARY KEY (tag, number)) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX run_tags_by_run ON run_tags (number)")
    search_index.fill_if_empty(db)


@migrations()
def create_shipments(db: Database) -> None:
    """Runs of other machines, which send their files; and who may send.

    enrolments: who may begin to send, by the hash of their token. shipments: what is sent under
    which number, and which attempt keeps it here. shipment_tokens: by hash, of each epoch.
    """
    for column in ("host", "engine"):
        db.execute(f"ALTER TABLE runs ADD COLUMN {column} TEXT")
    db.execute(
        """
        CREATE TABLE enrolments (
            name TEXT PRIMARY KEY,
            digest TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            expires_at TEXT,
            max_runs INTEGER,
            max_bytes INTEGER,
            runs INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0,
            revoked_at TEXT
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE shipments (
            uid TEXT PRIMARY KEY,
            run TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            kept_in INTEGER NOT NULL,
            enrolment TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            opened_at TEXT NOT NULL,
            sealed_at TEXT
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX shipments_by_run ON shipments (run, attempt)")
    db.execute("CREATE INDEX open_shipments ON shipments (enrolment) WHERE sealed_at IS NULL")
    db.execute(
        """
        CREATE TABLE shipment_tokens (
            digest TEXT PRIMARY KEY,
            uid TEXT NOT NULL,
            epoch INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def add_people(db: Database) -> None:
    """Whose a note is, and whose a login: the digest of a token, empty for the home's own."""
    for table in ("runs", "groups"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN note_user TEXT")
    db.execute("ALTER TABLE sessions ADD COLUMN holder TEXT NOT NULL DEFAULT ''")


@migrations()
def add_owner_of_groups(db: Database) -> None:
    """Who looks after an error."""
    db.execute("ALTER TABLE groups ADD COLUMN owner TEXT NOT NULL DEFAULT ''")


@migrations()
def add_changes_of_retries(db: Database) -> None:
    """What an attempt changed of the one before it, as JSON, and when the next one is due."""
    for table in ("runs", "attempts"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN changed TEXT")
    db.execute("ALTER TABLE runs ADD COLUMN retry_at TEXT")
    db.execute("CREATE INDEX runs_that_changed ON runs (number) WHERE changed IS NOT NULL")
    db.execute("CREATE INDEX runs_to_retry ON runs (retry_at) WHERE retry_at IS NOT NULL")


@migrations()
def forbid_changes_of_unknown_ends(db: Database) -> None:
    """The status of an imported run is as final as any."""
    for trigger, table, attempt in (
        ("final_status_is_final", "runs", " AND NEW.attempt <= OLD.attempt"),
        ("final_attempt_is_final", "attempts", ""),
    ):
        db.execute(f"DROP TRIGGER {trigger}")
        db.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OF status ON {table}"
            f" WHEN OLD.status IN {_FINAL[:-1]}, 'unknown') AND NEW.status != OLD.status{attempt}"
            " BEGIN SELECT RAISE(ABORT, 'a final status never changes'); END"
        )


@migrations()
def create_claims(db: Database) -> None:
    """Codes by which what an engine placed takes over its attempt, once; kept as hashes."""
    db.execute(
        "CREATE TABLE claims (digest TEXT PRIMARY KEY, run TEXT NOT NULL,"
        " attempt INTEGER NOT NULL, engine TEXT NOT NULL, expires_at TEXT) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX claims_by_run ON claims (run, attempt)")


@migrations()
def add_ranks_of_shipments(db: Database) -> None:
    """The ranks of one run: whose a shipment is, who shares an attempt, whose end is told."""
    for table in ("runs", "shipments"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN member INTEGER NOT NULL DEFAULT 0")
    counts = "turn INTEGER NOT NULL, restart INTEGER NOT NULL, size INTEGER NOT NULL"
    db.execute(
        f"CREATE TABLE joins (enrolment TEXT NOT NULL, key TEXT NOT NULL, {counts},"
        " run TEXT NOT NULL, attempt INTEGER NOT NULL,"
        " PRIMARY KEY (enrolment, key, turn, restart)) STRICT, WITHOUT ROWID"
    )


@migrations()
def add_gpus(db: Database) -> None:
    """How many GPUs an attempt had; the index that runs of an error are counted by holds it."""
    db.execute("ALTER TABLE runs ADD COLUMN gpus INTEGER")
    db.execute("DROP INDEX runs_by_fingerprint")
    db.execute(
        "CREATE INDEX runs_by_fingerprint"
        " ON runs (fingerprint, number, finished_at, started_at, seconds, gpus)"
        " WHERE fingerprint IS NOT NULL"
    )


@migrations()
def add_restarts_of_claims(db: Database) -> None:
    """Which start of its job a code was used for last."""
    db.execute("ALTER TABLE claims ADD COLUMN restart INTEGER NOT NULL DEFAULT 0")


STEPS = frozenset(step.name for step in migrations._migrations)  # which it tells in no other way
