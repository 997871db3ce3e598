"""The process that checks one large adapter, apart from everything else.

    python -I -S -c '…' ATTEMPT_FOLDER OUTPUT_FOLDER      (see `proving`)

It prints its verdict as one JSON object, and keeps it as proof.json in the attempt's folder, for
whoever looks later. Nothing that it meets can do more than end it: its memory and its time are
limited. Standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.folders.attempt import AttemptFolder, OutOfReach, write_once
from lastwords.supervision.adapter_check import Unproved, prove_adapter

NOT_NOW = 75  # EX_TEMPFAIL of sysexits.h: it cannot be read at the moment
MEMORY = 4 << 30  # bytes of address space: hundreds of times what the header of a large model takes
SECONDS, BYTES_A_SECOND = 60, 20 << 20  # of CPU time, beyond what the slowest machine needs
_CHECKED = ("adapter_config.json", ".index.json", ".safetensors")  # how their names end


def proof_path(folder: AttemptFolder) -> Path:
    return folder.path / "proof.json"


def files_of(output: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What a proof reads, with its status."""
    for path in sorted(output.iterdir()):
        if path.name.endswith(_CHECKED):
            yield path, path.stat()


def versions_of(output: Path) -> list[list[Any]]:
    """What a verdict is about: it is void where one of them changed."""
    return [
        [path.name, status.st_ino, status.st_size, status.st_mtime_ns]
        for path, status in files_of(output)
    ]


def main(attempt: str, output: str) -> int:
    os.nice(10)  # behind trainings and the server
    try:
        verdict = _verdict(Path(output))
    except OutOfReach as error:
        print(error, file=sys.stderr)
        return NOT_NOW
    kept = proof_path(AttemptFolder(Path(attempt)))
    with suppress(OSError):  # on a full disk what is printed must do
        kept.unlink(missing_ok=True)
        write_once(kept, verdict)
    with suppress(OSError):  # the parent may have exited
        os.write(sys.stdout.fileno(), json.dumps(verdict).encode())
    return 0


def _verdict(output: Path) -> dict[str, Any]:
    versions = versions_of(output)
    _limit(sum(size for _, _, size, _ in versions))
    try:
        prove_adapter(output)
    except Unproved as unproved:
        return {"reason": unproved.reason, "detail": str(unproved), "files": versions}
    return {"reason": None, "detail": "", "files": versions}


def _limit(size: int) -> None:
    seconds = SECONDS + size // BYTES_A_SECOND
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
        _, most = resource.getrlimit(kind)
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(kind, (limit, most))
