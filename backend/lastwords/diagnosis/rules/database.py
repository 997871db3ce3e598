"""Databases that are missing, locked, damaged or not readable."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.rule import Rule, Values

_DATABASE = re.compile(r"(?P<path>[\w./~@+-]*[\w-]\.(?:db|sqlite3?|sdb|duckdb))\b")
_SQL = (
    r"sqlite3|OperationalError|DatabaseError|NotSupportedError|ProgrammingError|apsw|duckdb|"
    r"sqlalchemy"
)


def place(values: Values, case: Case) -> Values:
    """The database that the run was given, or that its log names."""
    path = str(case.ending.facts.get("dbPath") or "")
    if not path:
        text = case.tail_text
        found = _DATABASE.search(text)
        path = found["path"] if found is not None else ""
    return {"path": path, "folder": path.rpartition("/")[0] or "."}


RULES = [
    Rule(
        name="no-such-table",
        cause="data.db_missing",
        title="The table {table} is not in the database",
        means="The file is a database, but holds no such table.",
        why="Another database file was given (SQLite makes a new, empty one for a mistyped "
        "path), or the tables were never made.",
        todo=(
            ("See which tables there are", "sqlite3 {path} .tables"),
            ("See that it is the right file, and not an empty new one", "ls -l {path}"),
        ),
        source="www.sqlite.org/lang_createtable.html",
        says=r"no such table: (?P<table>[\w.\"]+)|relation \"(?P<relation>[\w.]+)\" does not exist|"
        r"Table '(?P<mytable>[\w.]+)' doesn't exist|Table with name (?P<duck>\w+) does not exist|"
        r"(?i:no table (?:named |called )?['\"`]?(?P<named>\w+))|"
        r"(?i:table ['\"`]?(?P<absent>\w+)['\"`]? (?:is missing|does not exist|not found|is not "
        r"in))",
        fill=lambda values, case: (
            place(values, case) | {"table": next((value for value in values.values() if value), "")}
        ),
    ),
    Rule(
        name="database-rights",
        cause="data.db_unreadable",
        title="No rights to the database",
        means="The database may not be read or written by this user.",
        why="Owner or mode of the file or its folder do not fit, or the mount is read-only.",
        todo=(
            ("See who owns it (SQLite also writes into its folder)", "ls -ld {path} {folder}; id"),
            ("Let this user read it", "sudo chown $(id -un) {path}"),
        ),
        source="www.sqlite.org/rescode.html#readonly",
        says=r"attempt to write a readonly database|readonly database|authorization denied|"
        r"not authorized|access to \S+ is prohibited|(?i:permission denied for (?:table|relation|"
        r"database|schema))|(?i:access denied for user)|password authentication failed|"
        r"(?i:(?:cannot|can't|could not|unable to|no permission to|may not|not allowed to) (?:read|"
        r"open|access)"
        r"[^\n]{0,120}\.(?:db|sqlite3?)\b[^\n]{0,60}(?:permission|denied|rights|readable))|"
        r"(?i:\.(?:db|sqlite3?)\b[^\n]{0,40}(?:permission denied|not readable|unreadable))",
        fill=place,
    ),
    Rule(
        name="database-locked",
        cause="data.db_locked",
        title="The database is held by another writer",
        means="SQLite waited for the lock until its time was up.",
        why="Another process keeps a transaction open on the same file.",
        todo=(
            ("See who has it open", "fuser -v {path} {path}-wal"),
            ("Let readers and a writer go together", "sqlite3 {path} 'PRAGMA journal_mode=WAL'"),
            ("Wait longer in the code", "sqlite3.connect(path, timeout=30)"),
        ),
        source="www.sqlite.org/rescode.html#busy",
        says=r"database (?:table |schema )?is locked|Could not set lock on file|SQLITE_BUSY|"
        r"database is busy|Lock wait timeout exceeded|could not obtain lock|locking protocol",
        fill=place,
    ),
    Rule(
        name="database-damaged",
        cause="data.db_corrupt",
        title="The file is damaged, or is not a database",
        means="SQLite read the file and found something else than a whole database.",
        why="A broken copy, a full disk while it was written, or another kind of file.",
        todo=(
            ("See what kind of file it is", "file {path}; head -c 16 {path} | xxd"),
            ("Check it", "sqlite3 {path} 'PRAGMA integrity_check'"),
            ("Save what can be read", "sqlite3 {path} .recover | sqlite3 recovered.db"),
        ),
        source="www.sqlite.org/howtocorrupt.html",
        says=r"database disk image is malformed|file is not a database|not a valid \w+ database|"
        r"file is encrypted or is not|"
        r"malformed database schema|not a valid (?:sqlite|database)|database corruption|"
        r"unsupported file format|(?i:database[^\n]{0,40}(?:corrupt|damaged))|not a sqlite",
        fill=place,
    ),
    Rule(
        name="database-not-opened",
        cause="data.db_missing",
        title="The database file is not there",
        means="SQLite could not open the file: it, or a folder of its path, does not exist.",
        why="A wrong path, a mount that is missing, or a folder that may not be entered.",
        todo=(("See what is there", "ls -la {folder}"),),
        source="www.sqlite.org/rescode.html#cantopen",
        says=r"unable to open database|(?i:no (?:such )?database\b)|"
        r"(?i:database (?:file )?[^\n]{0,200}?(?:not found|does not exist|is missing|is not "
        r"there))|"
        r"database \"[^\"]+\" does not exist|Unknown database|"
        r"No such file or directory: '[^'\n]*\.(?:db|sqlite3?|duckdb)'|"
        r"(?i:[\w./-]+\.(?:db|sqlite3?)['\"]?:? (?:not found|does not exist|no such file|is "
        r"missing))|"
        r"(?i:(?:cannot|can't|could not|couldn't) (?:find|open) [^\n]{0,120}\.(?:db|sqlite3?)\b)",
        fill=place,
    ),
    Rule(
        name="no-such-column",
        plain=True,
        cause="data.malformed",
        title="The table has no column {column}",
        means="The query names a column that this table does not have.",
        why="The database was made by another version, or another table was meant.",
        todo=(("See the columns", "sqlite3 {path} .schema"),),
        source="www.sqlite.org/lang_select.html",
        says=r"no such column: (?P<column>[\w.\"]+)|has no column named (?P<named>\w+)|"
        r"column \"(?P<pg>[\w.]+)\"[^\n]{0,40} does not exist|Unknown column '(?P<my>[\w.]+)'",
        types=_SQL,
        fill=lambda values, case: (
            place(values, case)
            | {"column": next((value for value in values.values() if value), "")}
        ),
    ),
    Rule(
        name="row-refused",
        cause="data.malformed",
        title="The database refused a row",
        means="A row breaks what the table demands of it.",
        why="A field is empty, a row comes twice, or refers to a row that is not there.",
        todo=(("See what the table demands", "sqlite3 {path} .schema"),),
        source="www.sqlite.org/rescode.html#constraint",
        types=r"(?:^|\.)IntegrityError$",
        plain=False,
        fill=place,
    ),
    Rule(
        name="database-io",
        plain=True,
        cause="data.db_unreadable",
        title="The database could not be read from the disk",
        means="The operating system reported an error while SQLite read or wrote.",
        why="A failing disk, a network file system, or a file that was taken away.",
        todo=(("See what the kernel says", "dmesg | tail -50"),),
        source="www.sqlite.org/rescode.html#ioerr",
        types=_SQL,
        says=r"disk I/O error",
    ),
]
