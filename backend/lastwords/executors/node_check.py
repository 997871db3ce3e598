"""Whether a node has what `lastwords place` needs: looked at there, and told by an exit code.

An engine tells an exit code of every job, while what a job prints is not to be had from all of
them. Standard library only.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

_AWAY, _SPOOL, _CLOCK = 41, 42, 43
_SECONDS = 10.0  # for an answer, and that the clocks may differ by

# In words, by the exit code of the job; {python} and the like are those of the engine's table.
WRONG: Mapping[int, str] = {
    1: "{python} there is older than Python 3.11, or {pyz} is no worker",
    2: "there is no {pyz} there",
    126: "{python} cannot be run there",
    127: "there is no {python} there",
    _AWAY: "{url} is not reached from there",
    _SPOOL: "{spool} cannot be written there",
    _CLOCK: "its clock differs from this machine's by more than 10 s",
}


def check(variables: Mapping[str, str] = os.environ) -> int:
    """Look at this node; 0 where all is well."""
    spool = Path(variables.get("LASTWORDS_SPOOL") or "~").expanduser()
    try:
        spool.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=spool):
            ahead = _clock_ahead(variables["LASTWORDS_TO"])
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        return _told(_AWAY, error)
    except OSError as error:  # of the spool, or of a name that is not resolved
        return _told(_AWAY if error.filename is None else _SPOOL, error)
    return _told(_CLOCK, f"{ahead:.0f} s ahead") if abs(ahead) > _SECONDS else 0


def _told(code: int, why: object) -> int:
    print(f"lastwords: {why}", file=sys.stderr)
    return code


def _clock_ahead(url: str) -> float:
    """How far the clock here is ahead of the server's. Raises: OSError; HTTPException."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    )
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/healthz")
        with connection.getresponse() as answer:
            told = answer.getheader("Date")
            if answer.status != 200 or told is None:
                raise http.client.HTTPException(f"HTTP {answer.status} from {url}")
    finally:
        connection.close()
    return time.time() - parsedate_to_datetime(told).timestamp()
