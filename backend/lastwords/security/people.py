"""The people of a home, each with a role and a token of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lastwords.records import InvalidSpec, LastwordsError, now, timestamp
from lastwords.security.register import Entry, Register, digest_of, new_token
from lastwords.security.roles import OWNER, ROLES, VIEWER

PREFIX = "lwu_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}")


@dataclass(frozen=True)
class Person:
    """Somebody who may log in."""

    name: str
    role: str
    added_at: str
    digest: str


class People:
    """The people of one home."""

    def __init__(self, home: Path) -> None:
        self._register = Register(home / "users.json", ["name"])

    def all(self) -> list[Person]:
        """All of them, by name."""
        return sorted(map(_person, self._register.entries()), key=lambda one: one.name)

    def by_digest(self, digest: str) -> Person | None:
        return next((one for one in self.all() if one.digest == digest), None)

    def by_name(self, name: str) -> Person | None:
        return next((one for one in self.all() if one.name == name), None)

    def add(self, name: str, role: str) -> str:
        """Add somebody; returns the token, which is kept nowhere.

        Raises: InvalidSpec; HomeUnwritable.
        """
        if name.casefold() == OWNER or not _NAME.fullmatch(name):
            raise InvalidSpec(
                "name",
                f"{name!r} cannot be a person's name: letters, digits and . _ @ + -, at most 80, "
                f"and not {OWNER!r}, which is the home's own token",
            )
        token = new_token(PREFIX)

        def added(entries: list[Entry]) -> list[Entry]:
            if any(each["name"].casefold() == name.casefold() for each in entries):
                raise InvalidSpec(
                    "name",
                    f"{name} is there already: lastwords user token {name} makes a new token, "
                    f"lastwords user role {name} {role} changes the role",
                )
            new = {"name": name, "role": role, "addedAt": timestamp(now())}
            return [*entries, {**new, "digest": digest_of(token)}]

        self._register.change(added)
        return token

    def renew(self, name: str) -> str:
        """A new token; the old one, and all logins by it, end. Raises: LastwordsError."""
        token = new_token(PREFIX)
        self._set(name, "digest", digest_of(token))
        return token

    def set_role(self, name: str, role: str) -> None:
        """Raises: LastwordsError, if there is nobody of this name."""
        self._set(name, "role", role)

    def remove(self, name: str) -> None:
        """End somebody's token and logins. Raises: LastwordsError."""

        def without(entries: list[Entry]) -> list[Entry]:
            _require(name, entries)
            return [each for each in entries if each["name"] != name]

        self._register.change(without)

    def _set(self, name: str, key: str, value: str) -> None:
        def changed(entries: list[Entry]) -> list[Entry]:
            _require(name, entries)
            return [each | {key: value} if each["name"] == name else each for each in entries]

        self._register.change(changed)


def _require(name: str, entries: list[Entry]) -> None:
    if not any(each["name"] == name for each in entries):
        known = ", ".join(sorted(each["name"] for each in entries)) or "nobody yet"
        raise LastwordsError(f"there is no {name}; there is: {known}")


def _person(entry: Entry) -> Person:
    role = entry.get("role", VIEWER)
    role = role if role in ROLES else VIEWER  # one that a newer version knows
    return Person(entry["name"], role, entry.get("addedAt", ""), entry["digest"])
