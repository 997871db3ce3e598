"""Files that a run of another machine wrote: announced, sent in parts, whole by their SHA-256.

arriving/SHA256     what came of one so far, under no name of the sender's
artifacts/PATH      one that is whole
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lastwords.folders.attempt import size_of
from lastwords.folders.runfolder import AttemptFolder, open_regular, read_fact
from lastwords.receiving.appending import Diverges, append
from lastwords.receiving.refusals import Differs, OverLimit, Unfit

MOST_FILES = 10_000
MOST_BYTES = 20 << 30
_MOST_PARTS, _MOST_NAME = 16, 255  # folders and a name; bytes of each
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def announce(folder: AttemptFolder, files: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Note which files are to come; where to go on with each that is not here yet.

    Raises: Unfit; OverLimit.
    """
    if len(files) > MOST_FILES or sum(file["bytes"] for file in files) > MOST_BYTES:
        raise OverLimit(f"a run may send {MOST_FILES:,} files of {MOST_BYTES:,} bytes together")
    told: dict[str, list[Any]] = {}
    for file in files:
        _check(file["path"], file["sha256"])
        told[file["path"]] = [file["bytes"], file["sha256"]]
    draft = _manifest(folder).with_suffix(".draft")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(_manifest(folder))
    return {
        path: size_of(_arriving(folder, sha256))
        for path, (size, sha256) in told.items()
        if not _is_here(folder, path, size, sha256)
    }


def add(folder: AttemptFolder, path: str, offset: int, data: bytes) -> int:
    """Add a part of an announced file; how much of it is here. Raises: Unfit; Differs; OSError."""
    told = (read_fact(_manifest(folder)) or {}).get(path)
    if told is None:
        raise Unfit("no file of this name was announced", field="path")
    size, sha256 = told
    if _is_here(folder, path, size, sha256):
        return int(size)
    if offset + len(data) > size:
        raise Unfit(f"{path} was announced to have {size:,} bytes", field="Upload-Offset")
    arriving = _arriving(folder, sha256)
    arriving.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        have = append(arriving, offset, data)
    except Diverges:
        have = 0
    if have < size and have:
        return have
    if have != size or digest_of(arriving) != sha256:
        arriving.unlink(missing_ok=True)
        raise Differs(f"{path} has not the SHA-256 that was announced", have=0)
    place = folder.artifacts.joinpath(*path.split("/"))
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    arriving.replace(place)
    return int(size)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, as a hexadecimal number."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _check(path: str, sha256: str) -> None:
    """Refuse what is no plain path below a folder. Raises: Unfit."""
    parts = path.split("/")
    if (
        len(parts) > _MOST_PARTS
        or any(part in ("", ".", "..") for part in parts)
        or any(len(part.encode()) > _MOST_NAME for part in parts)
        or _CONTROL.search(path)
    ):
        raise Unfit("a path is relative, of at most 16 names, without .. or control characters")
    if not _SHA256.fullmatch(sha256):
        raise Unfit("a SHA-256 has 64 hexadecimal digits in lower case")


def _is_here(folder: AttemptFolder, path: str, size: int, sha256: str) -> bool:
    place = folder.artifacts.joinpath(*path.split("/"))
    if not place.is_file() or size_of(place) != size:
        return False
    return digest_of(place) == sha256


def _arriving(folder: AttemptFolder, sha256: str) -> Path:
    return folder.path / "arriving" / sha256


def _manifest(folder: AttemptFolder) -> Path:
    return folder.path / "announced.json"
