"""`lastwords explain --log`: any log from anywhere."""

from __future__ import annotations

import io
import os
import shutil
import signal
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from lastwords.config import Config
from lastwords.diagnosis import Ending, Explanation, explain
from lastwords.diagnosis.lines import count_newlines
from lastwords.logs.filebytes import FileBytes
from lastwords.presentation.runs import Json, explanation_json
from lastwords.records import LastwordsError
from lastwords.security.known_secrets import secret_values
from lastwords.supervision.bounded_explanation import explain_within_bounds
from lastwords.supervision.failures import LARGE

_TELLING = 64 << 10  # bytes of an error that may name a secret


def explain_log(path: str, exit_code: int | None, signal_name: str | None) -> Json:
    """The diagnosis of a log file, or of standard input for `-`.

    Raises: LastwordsError, if the file cannot be read or the signal has no such name.
    """
    name = _ended_by(exit_code, signal_name)
    try:
        with _opened(path) as file:
            return _explained(AnyLog(Path(path), file), exit_code, name)
    except OSError as error:
        raise LastwordsError(f"{path}: {error.strerror}") from error


def explain_text(config: Config, text: str, exit_code: int | None, signal_name: str | None) -> Json:
    """The diagnosis of a text that somebody hands over, without its secrets.

    Raises: LastwordsError, if the signal has no such name.
    """
    name = _ended_by(exit_code, signal_name)
    with _spooled(io.BytesIO(text.encode("utf-8", "replace"))) as file:
        found = _explained(AnyLog(Path("text"), file), exit_code, name)
    return without_secrets(config, found)


def without_secrets(config: Config, found: Json) -> Json:
    """The diagnosis of a log of which no run is known, masked by what is known here."""
    from lastwords.diagnosis.masking import Masker

    error = (found["traceback"] or {}).get("text", "")
    masker = Masker(secret_values(config)).having_read(found["headline"], error[-_TELLING:])

    def safe(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: safe(item) for key, item in value.items()}
        if isinstance(value, list):
            return [safe(item) for item in value]
        return masker.whole(value).text if isinstance(value, str) else value

    return {key: safe(value) for key, value in found.items()}


def _ended_by(exit_code: int | None, signal_name: str | None) -> str | None:
    name = signal_called(signal_name) if signal_name else None
    if name and exit_code is not None:
        raise LastwordsError("give either an exit code or a signal, not both")
    return name


def signal_called(text: str) -> str:
    """`SIGKILL` for SIGKILL, KILL or 9.

    Raises: LastwordsError.
    """
    try:
        if text.isdecimal():
            return signal.Signals(int(text)).name
        upper = text.upper()
        return signal.Signals[upper if upper.startswith("SIG") else f"SIG{upper}"].name
    except (ValueError, KeyError):
        raise LastwordsError(
            f"--signal {text!r} is not a signal; use a form such as SIGKILL, KILL or 9"
        ) from None


def explain_file(path: Path, file: IO[bytes], ending: Ending) -> Explanation:
    """Why the program that wrote an open file ended as it did."""
    log = AnyLog(path, file)
    return explain_within_bounds(log, ending) if log.size > LARGE else explain(log.whole, ending)


class AnyLog:
    """An open file as what explains a log within bounds asks of it."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.whole = FileBytes(file.fileno(), self.size)
        self.fileno = file.fileno

    def read(self, start: int, end: int) -> bytes:
        return self.whole[start:end]

    def line_number(self, offset: int) -> int:
        return count_newlines(self.whole, offset) + 1


def _explained(log: AnyLog, exit_code: int | None, name: str | None) -> Json:
    ending = Ending(exit_code=exit_code, signal=name)
    explanation = explain_file(log.path, log.file, ending)
    span = explanation.error
    found = explanation_json(explanation, log.read(span.start, span.end) if span else b"")
    return found | {"exitCode": exit_code, "signal": name}


def _opened(path: str) -> IO[bytes]:
    """A log that can be looked at in any order: what comes through a pipe is kept in a file."""
    if path == "-":
        return _spooled(sys.stdin.buffer)
    file = Path(path).open("rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    with file:
        return _spooled(file)


def _spooled(source: IO[bytes]) -> IO[bytes]:
    spool = tempfile.TemporaryFile()
    shutil.copyfileobj(source, spool, 1 << 20)
    spool.flush()
    return spool
