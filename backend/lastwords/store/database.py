"""The database file: a connection for each thread, transactions, and words for what goes wrong.

SQLite through sqlite-utils, in WAL mode with synchronous FULL: a status that was told is kept.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from lastwords.records import UNLISTED, StoreDamaged, StoreNewer, StoreUnavailable, version
from lastwords.store.filters import folded
from lastwords.store.migrations import MADE_BY, STEPS, migrations
from lastwords.store.reserve import Reserve
from lastwords.store.sqlite import Database, sqlite3

SQLITE_NEEDED = (3, 51, 3)  # before it, a WAL reset could lose committed pages
BUSY_MILLISECONDS = 10_000
WITH_IT = ("-wal", "-shm")  # what stands beside a database and belongs to it
_NEW_BYTES = 64 << 10  # that a check writes
_FULL = ("database or disk is full", "disk I/O error")
_APPLIED = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"


def sqlite_version() -> str:
    """The SQLite that holds the database."""
    return sqlite3.sqlite_version


def check_sqlite_version() -> None:
    """Refuse a SQLite that can damage the database.

    Raises: StoreUnavailable, with the command that fixes it.
    """
    if sqlite3.sqlite_version_info < SQLITE_NEEDED:
        needed = ".".join(map(str, SQLITE_NEEDED))
        raise StoreUnavailable(
            f"SQLite {sqlite3.sqlite_version} is older than {needed}, which fixes a corruption of "
            "WAL databases: run pip install 'pysqlite3>=0.6.1', which includes a newer one"
        )


def check_database(path: Path) -> str:
    """Check that a database is healthy and writable, without changing it; returns a sentence.

    Raises: StoreUnavailable, with what SQLite says; StoreDamaged.
    """
    check_sqlite_version()
    address = f"{path.resolve().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=2)) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise StoreDamaged(f"{path} is damaged: {verdict}")
            _check_known(path, database)
            _write_new_pages(database)
        _write_new_file(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path} is damaged: {error}") from error
    return f"{path} is healthy and writable, SQLite {sqlite_version()}"


def _write_new_pages(database: sqlite3.Connection) -> None:
    """Have pages written that the database does not have yet, and take them back."""
    database.execute("PRAGMA cache_size = 4")  # pages; what is more is written before the end
    database.execute("BEGIN IMMEDIATE")  # of a file that is read-only this passes
    database.execute("CREATE TABLE new_pages (content BLOB)")
    database.execute("INSERT INTO new_pages VALUES (zeroblob(?))", [_NEW_BYTES])
    database.execute("ROLLBACK")


def _write_new_file(path: Path) -> None:
    """The same beside the database, whose journal may have room of its own for a while.

    Raises: OSError.
    """
    from tempfile import TemporaryFile

    with TemporaryFile(dir=path.parent) as file:
        file.write(bytes(_NEW_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _check_known(path: Path, database: sqlite3.Connection) -> None:
    """Refuse a schema with steps that this version does not know: it could not keep to them.

    Raises: StoreNewer, which says what made it.
    """
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if "_sqlite_migrations" not in tables:
        return
    applied = {name for (name,) in database.execute(_APPLIED, [migrations.name])}
    if applied <= STEPS:
        return
    made_by = f"SELECT version FROM {MADE_BY}"
    row = database.execute(made_by).fetchone() if MADE_BY in tables else None
    known = f"lastwords {row[0]}" if row else "a newer lastwords"
    raise StoreNewer(
        f"{path} was made by {known}, and this is lastwords {version()}, which does not know its "
        "form: run pip install --upgrade lastwords"
    )


def _make_private(path: Path) -> None:
    """Make the file its owner's alone before SQLite does: its journals take over its rights."""
    with suppress(OSError):  # it is there already, or SQLite says what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _set_wal(database: Database) -> None:
    """Go over to a write-ahead log; SQLite does not wait for others that do so at the same time."""
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _check_is_file(path: Path) -> None:
    """Refuse what SQLite would say of that the disk is broken. Raises: StoreDamaged."""
    if path.exists() and not path.is_file():
        raise StoreDamaged(
            f"{path} is not a file; run lastwords reconcile to move it aside and rebuild it from "
            "the run folders"
        )


def _gone(path: Path) -> str:
    """What is said of a database that was there, and what brings it back."""
    with suppress(OSError):
        if not any(path.parent.iterdir()):
            return f"{path.parent} is empty: if it is on a disk of its own, mount that again"
    return f"{path} was deleted; run lastwords reconcile to rebuild it from run folders"


class StoreFile:
    """The database of one home, brought up to today's schema when it is opened.

    A SQLite connection belongs to one thread, so each thread gets its own.

    trouble: why this is only a copy that stands in for the real one, if it is.
    """

    def __init__(self, path: Path) -> None:
        check_sqlite_version()
        _check_is_file(path)
        self.path = path
        self.trouble: str | None = None
        self._real = path
        self._reserve = Reserve(path)
        self._reserve.look()
        self._local = threading.local()
        self._opened = False
        _make_private(path)
        with self.guard():
            self._migrate()
        with suppress(OSError):
            path.with_name(UNLISTED).unlink(missing_ok=True)
        self._opened = True

    @property
    def db(self) -> Database:
        """This thread's connection; opened anew where the file was replaced.

        Raises: StoreUnavailable, where it was deleted: SQLite would go on in a file without a name.
        """
        database: Database | None = getattr(self._local, "database", None)
        file = self._identity()
        if database is not None and self._local.file != file:
            self.close()
            database = None
        if self._opened and file is None:
            raise StoreUnavailable(_gone(self.path))
        if database is None:
            connection = sqlite3.connect(str(self.path), timeout=BUSY_MILLISECONDS / 1000)
            connection.create_function("folded", 1, folded, deterministic=True)
            database = Database(connection, execute_plugins=False)
            _set_wal(database)
            for pragma in ("synchronous=FULL", "foreign_keys=ON"):
                database.execute(f"PRAGMA {pragma}").fetchall()
            self._local.database = database
            self._local.file = self._identity()
        return database

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def close(self) -> None:
        """Close this thread's connection."""
        if (database := getattr(self._local, "database", None)) is not None:
            database.close()
            self._local.database = None

    def check(self) -> None:
        """See that every page of it can be read. Raises: StoreDamaged."""
        with self.guard():
            (verdict,) = self.db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise self._damaged(verdict)

    def _damaged(self, verdict: object) -> StoreDamaged:
        self.close()
        return StoreDamaged(
            f"{self.path} is damaged ({verdict}); run lastwords reconcile to move it aside and "
            "rebuild it from the run folders"
        )

    def stand_in_for(self, real: Path, trouble: str) -> None:
        """Say that this is only a copy, alone in its folder: what is decided cannot be kept."""
        self._real, self.trouble = real, trouble

    def recover(self) -> bool:
        """Go over to the real database, if it can be used again."""
        if self.trouble is None:
            return True
        if not (self._real.is_file() and self._real.stat().st_size):
            return False  # opening it would make an empty one
        try:
            real = StoreFile(self._real)
            try:
                real.check()
            finally:
                real.close()
        except StoreUnavailable:
            return False
        copy, self.path = self.path, self._real
        self._reserve, self.trouble = real._reserve, None
        shutil.rmtree(copy.parent, ignore_errors=True)
        return True

    def require(self) -> None:
        """See that what is decided can be kept. Raises: StoreUnavailable, where it cannot."""
        if self.trouble:
            raise StoreUnavailable(self.trouble)

    def _migrate(self) -> None:
        _check_known(self.path, self.db.conn)
        if not migrations.pending(self.db):
            return
        self.db.execute("BEGIN IMMEDIATE")
        migrations.apply(self.db)
        self.db.execute(f"UPDATE {MADE_BY} SET version = ?", [version()])
        self.db.conn.commit()
        self.path.chmod(0o600)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what SQLite says of a damaged or locked file into words and a remedy."""
        try:
            yield
        except sqlite3.OperationalError as error:
            self.close()
            words = str(error)
            if words in _FULL:
                self._reserve.give_up()
                words += "; free space on its disk, for example with lastwords rm"
            raise StoreUnavailable(f"{self.path}: {words}") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise self._damaged(error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that has the write lock from its beginning.

        One that begins with a read (sqlite-utils looks at the schema before it inserts) could not
        wait for another writer: SQLite answers "database is locked" at once.
        """
        self._reserve.look()
        with self.guard():
            connection = self.db.conn
            if connection.in_transaction:
                with self.db.atomic():
                    yield
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
