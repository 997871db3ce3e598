"""Files that a run of another machine wrote: announced, sent in parts, whole by their SHA-256.

announced.json      those that are to come: bytes and SHA-256 of each path
arriving/SHA256     what came of one so far, under no name of the sender's
arrived.jsonl       those that are whole, so that none is read again to tell
artifacts/PATH      one that is whole
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lastwords.folders.appending import Diverges, append
from lastwords.folders.attempt import size_of
from lastwords.folders.jsonl import read_objects
from lastwords.folders.runfolder import AttemptFolder, open_regular, open_to_write, read_fact
from lastwords.folders.safe_open import make_beneath
from lastwords.receiving.refusals import Differs, OverLimit, Unfit

MOST_FILES = 10_000
MOST_BYTES = 20 << 30
_MOST_PARTS, _MOST_NAME = 16, 255  # folders and a name; bytes of each
_MOST_TOLD = 64 << 20  # bytes of arrived.jsonl: of MOST_FILES the longest paths
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAKEN = (FileExistsError, NotADirectoryError, IsADirectoryError)

Known = dict[str, list[Any]]  # bytes and SHA-256 by path


def announce(folder: AttemptFolder, files: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Note which files are to come; where to go on with each that is not here yet.

    Raises: Unfit; OverLimit.
    """
    told: Known = {}
    for file in files:
        _check(file["path"], file["sha256"])
        told[file["path"]] = [file["bytes"], file["sha256"]]
    arrived = _arrived(folder)
    together = (arrived | told).values()  # what came before still lies here
    if len(files) > MOST_FILES or len(together) > MOST_FILES:
        raise OverLimit(f"a run may send {MOST_FILES:,} files")
    if sum(size for size, _ in together) > MOST_BYTES:
        raise OverLimit(f"the files of a run may have {MOST_BYTES:,} bytes together")
    draft = _manifest(folder).with_suffix(".draft")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(_manifest(folder))
    _forget_others(folder, {sha256 for _, sha256 in told.values()})
    return {
        path: size_of(_arriving(folder, known[1]))
        for path, known in told.items()
        if not _is_here(folder, path, known, arrived)
    }


def _forget_others(folder: AttemptFolder, coming: set[str]) -> None:
    """Remove what came of files that are not to come any more."""
    for path in _arriving(folder, "").glob("*"):
        if path.name not in coming:
            path.unlink(missing_ok=True)


def add(folder: AttemptFolder, path: str, offset: int, data: bytes) -> int:
    """Add a part of an announced file; how much of it is here. Raises: Unfit; Differs; OSError."""
    told = (read_fact(_manifest(folder)) or {}).get(path)
    if told is None:
        raise Unfit("no file of this name was announced", field="path")
    size, sha256 = told
    if _is_here(folder, path, told, _arrived(folder)):
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
    _place(folder, path, arriving)
    _note_arrival(folder, path, told)
    return int(size)


def _place(folder: AttemptFolder, path: str, arriving: Path) -> None:
    """Give a whole file its name, through no link. Raises: Unfit; OSError."""
    *folders, name = path.split("/")
    try:
        below = make_beneath(folder.path, (folder.artifacts.name, *folders))
        try:
            os.replace(arriving, name, dst_dir_fd=below)  # noqa: PTH105  # below an open folder
        finally:
            os.close(below)
    except _TAKEN:
        raise Unfit(f"{path}: a file and a folder cannot have one name", field="path") from None


def _note_arrival(folder: AttemptFolder, path: str, told: Sequence[Any]) -> None:
    descriptor = open_to_write(_arrivals(folder), os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps({"path": path, "file": told}) + "\n")


def _arrived(folder: AttemptFolder) -> Known:
    """The files that are whole."""
    lines = read_objects(_arrivals(folder), _MOST_TOLD).found
    return {str(line["path"]): list(line["file"]) for line in lines}


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


def _is_here(folder: AttemptFolder, path: str, told: Sequence[Any], arrived: Known) -> bool:
    place = folder.artifacts.joinpath(*path.split("/"))
    return arrived.get(path) == list(told) and size_of(place) == told[0]


def _arriving(folder: AttemptFolder, sha256: str) -> Path:
    return folder.path / "arriving" / sha256


def _manifest(folder: AttemptFolder) -> Path:
    return folder.path / "announced.json"


def _arrivals(folder: AttemptFolder) -> Path:
    return folder.path / "arrived.jsonl"
