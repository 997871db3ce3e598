"""`lastwords explain --log`: any log from anywhere."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO

from lastwords.diagnosis import Ending, Log, explain
from lastwords.logs.filebytes import FileBytes
from lastwords.presentation.runs import Json, explanation_json
from lastwords.records import LastwordsError


def explain_log(path: str, exit_code: int | None, signal_name: str | None) -> Json:
    """The diagnosis of a log file, or of standard input for `-`.

    Raises: LastwordsError, if the file cannot be read or the signal has no such name.
    """
    name = signal_called(signal_name) if signal_name else None
    if name and exit_code is not None:
        raise LastwordsError("give either --exit-code or --signal, not both")
    try:
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            return _explained(FileBytes(file.fileno(), size), exit_code, name)
    except OSError as error:
        raise LastwordsError(f"{path}: {error.strerror}") from error


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


def _explained(log: Log, exit_code: int | None, name: str | None) -> Json:
    explanation = explain(log, Ending(exit_code=exit_code, signal=name))
    span = explanation.error
    found = explanation_json(explanation, log[span.start : span.end] if span else b"")
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
