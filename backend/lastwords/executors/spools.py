"""What a node had recorded in a spool that is seen from here too, and had not sent when it died.

It is found by the number that the attempt is sent under, which nobody else has. Bytes are added by
the offset rule, so that what was sent before is not taken again, and what comes later neither.

Covered: the streams, and the end. Not covered: files that it wrote, and an end that they would have
to prove (an adapter, `--expect`): `lastwords ship` brings those.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.folders import facts
from lastwords.folders.appending import Diverges, append
from lastwords.folders.attempt import size_of
from lastwords.folders.log_ends import ends_of
from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    open_regular,
    read_result,
    read_shipment,
    read_spec,
    write_once,
)
from lastwords.folders.spooled import attempt_of
from lastwords.folders.streams import STREAMS
from lastwords.records import COMMAND

_PART = 1 << 20
TAKEN = "takenFromSpool"  # in a result: whoever sends it later sends what is here

_log = logging.getLogger(__name__)


def take_rest(spool: Path, folder: AttemptFolder) -> bool:
    """Take what a spool has of an attempt, or of a rank of one; False where it has nothing."""
    with suppress(OSError, UnreadableFact):
        if there := attempt_of(spool, (read_shipment(folder) or {}).get("uid")):
            _log.info("%s: taking what is left in %s", folder.run_id, there.path)
            for name in STREAMS:
                _take_stream(there.path / name, folder.path / name)
            _take_end(there, folder)
            return True
    return False


def is_taken(folder: AttemptFolder) -> bool:
    """Whether its end is one that was taken from a spool."""
    with suppress(UnreadableFact):
        return bool((read_result(folder) or {}).get(TAKEN))
    return False


def _take_stream(there: Path, here: Path) -> None:
    """Add what is there and not here; a file that differs is left as it is."""
    offset = size_of(here)
    if size_of(there) <= offset:
        return
    with suppress(Diverges), open_regular(there) as file:
        file.seek(offset)
        while data := file.read(_PART):
            offset = append(here, offset, data)


def _take_end(there: AttemptFolder, folder: AttemptFolder) -> None:
    result = read_result(there)
    if not result or facts.fault_of(result, facts.RESULT) or _wants_proof(there, result):
        return
    with open_regular(folder.log) as file:
        size = os.fstat(file.fileno()).st_size
        told = {**result, "logBytes": size, "logEnds": ends_of(file.fileno(), size), TAKEN: True}
    write_once(folder.result, told)


def _wants_proof(there: AttemptFolder, result: Mapping[str, Any]) -> bool:
    spec = read_spec(there) or {}
    return result.get("exitCode") == 0 and bool(spec.get("kind") != COMMAND or spec.get("expect"))
