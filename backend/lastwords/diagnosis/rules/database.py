"""Databases that are missing, locked, damaged or not readable."""

from collections.abc import Callable

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule

_SQL = (
    r"sqlite3|OperationalError|DatabaseError|NotSupportedError|ProgrammingError|apsw|duckdb|"
    r"sqlalchemy"
)


def _first(name: str) -> Callable[[Values, Case], Values]:
    return lambda values, case: {name: next((value for value in values.values() if value), "")}


RULES = [
    Rule(
        name="no-such-table",
        cause="data.db_missing",
        says=r"no such table: (?P<table>[\w.\"]+)|relation \"(?P<relation>[\w.]+)\" does not exist|"
        r"Table '(?P<mytable>[\w.]+)' doesn't exist|Table with name (?P<duck>\w+) does not exist|"
        r"(?i:no table (?:named |called )?['\"`]?(?P<named>\w+))|"
        r"(?i:\btable ['\"`]?(?P<absent>\w+)['\"`]? (?:is missing|does not exist|not found|is not "
        r"in))",
        fill=_first("table"),
    ),
    Rule(
        name="database-rights",
        cause="data.db_unreadable",
        says=r"attempt to write a readonly database|readonly database|authorization denied|"
        r"\.l?mdb\b[^\n]{0,40}[Pp]ermission denied|not authorized|access to \S+ is prohibited|"
        r"(?i:permission denied for (?:table|relation|database|schema))|"
        r"(?i:access denied for user)|password authentication failed|(?i:(?:cannot|can't|could not|"
        r"unable to|no permission to|may not|not allowed to) (?:read|open|"
        r"access)[^\n]{0,120}\.(?:db|sqlite3?)\b[^\n]{0,60}(?:permission|denied|rights|readable))|"
        r"(?i:\.(?:db|sqlite3?)\b[^\n]{0,40}(?:permission denied|not readable|unreadable))",
    ),
    Rule(
        name="database-locked",
        cause="data.db_locked",
        says=r"database (?:table |schema )?is locked|Could not set lock on file|SQLITE_BUSY|"
        r"database is busy|Lock wait timeout exceeded|could not obtain lock|locking protocol",
    ),
    Rule(
        name="database-damaged",
        cause="data.db_corrupt",
        says=r"database disk image is malformed|file is not a database|not a valid \w+ database|"
        r"file is encrypted or is not|malformed database schema|not a valid (?:sqlite|database)|"
        r"database corruption|unsupported file format|not an LMDB file|MDB_(?:INVALID|CORRUPTED|"
        r"VERSION_MISMATCH)|(?i:database[^\n]{0,40}(?:corrupt|damaged))|not a sqlite",
    ),
    Rule(
        name="database-there-but-not-opened",
        cause="data.db_unreadable",
        says=r"unable to open database",
        above=r"^-[rwxsStT-]{9}[.+@]? .*\.(?:db|sqlite3?)$",
        plain=False,
    ),
    Rule(
        name="database-not-opened",
        cause="data.db_missing",
        says=r"unable to open database|(?i:no (?:such )?database\b)|"
        r"(?i:database (?:file )?[^\n]{0,200}?(?:not found|does not exist|is missing|"
        r"is not there))|database \"[^\"]+\" does not exist|Unknown database|"
        r"No such file or directory: '[^'\n]*\.(?:db|sqlite3?|duckdb|l?mdb)'|"
        r"\.l?mdb\b[^\n]{0,40}(?:No such file|not found|does not exist)|(?i:[\w./-]+\.(?:db|"
        r"sqlite3?)['\"]?:? (?:not found|does not exist|no such file|is missing))|(?i:(?:cannot|"
        r"can't|could not|couldn't) (?:find|open) [^\n]{0,120}\.(?:db|sqlite3?)\b)",
    ),
    Rule(
        name="no-such-column",
        plain=True,
        cause="data.malformed",
        says=r"no such column: (?P<column>[\w.\"]+)|has no column named (?P<named>\w+)|"
        r"column \"(?P<pg>[\w.]+)\"[^\n]{0,40} does not exist|Unknown column '(?P<my>[\w.]+)'",
        types=_SQL,
        fill=_first("column"),
    ),
    Rule(
        name="row-refused",
        cause="data.malformed",
        types=r"(?:^|\.)IntegrityError$",
        plain=False,
    ),
    Rule(
        name="database-io",
        plain=True,
        cause="data.db_unreadable",
        types=_SQL,
        says=r"disk I/O error",
    ),
]
