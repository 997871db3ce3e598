"""A file of the home that lists what logs somebody in, by digest: its people, and its links.

It is read again whenever it has changed, so that what is removed at a shell ends at once. It is no
part of the database, so that people get in where that is lost.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lastwords.folders.attempt import UnreadableFact, read_fact, replace_fact
from lastwords.folders.locks import FileLock
from lastwords.records import HomeUnwritable, StoreUnavailable

Entry = dict[str, Any]


def new_token(prefix: str) -> str:
    """A random token, which begins with what it is."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token: of 256 random bits a hash is as good as a slow one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Register:
    """Entries with a `digest` each, in a file for the home's owner alone.

    needed: what each of them has beside it. A file that is damaged lets nobody in.
    """

    def __init__(self, path: Path, needed: Iterable[str]) -> None:
        self.path = path
        self._needed = {*needed, "digest"}
        self._read: tuple[object, list[Entry]] = (None, [])

    def entries(self) -> list[Entry]:
        """All of them. Raises: StoreUnavailable, where the file cannot be read."""
        version = self._version()
        if self._read[0] != version or version is None:
            self._read = version, self._load()
        return self._read[1]

    def change(self, by: Callable[[list[Entry]], list[Entry]]) -> None:
        """Replace the entries by what is made of them.

        Raises: HomeUnwritable; StoreUnavailable, where the file is damaged; what `by` raises.
        """
        try:
            with FileLock(self.path.with_suffix(".lock")):
                replace_fact(self.path, {"entries": by(list(self._load()))})
        except OSError as error:
            raise HomeUnwritable(f"{self.path} cannot be written: {error.strerror}") from error

    def _version(self) -> object:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _load(self) -> list[Entry]:
        try:
            found: list[Entry] = (read_fact(self.path) or {}).get("entries", [])
        except UnreadableFact as error:
            raise StoreUnavailable(str(error)) from error
        if not isinstance(found, list) or not all(map(self._is_whole, found)):
            raise StoreUnavailable(f"{self.path} is damaged: it lists what is none")
        return found

    def _is_whole(self, entry: object) -> bool:
        if not isinstance(entry, dict) or not entry.keys() >= self._needed:
            return False
        return all(isinstance(value, str) for value in entry.values())
