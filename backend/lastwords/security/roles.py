"""Roles, and who a caller is: whatever decides what somebody may do asks here."""

from __future__ import annotations

from dataclasses import dataclass

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
ROLES = (VIEWER, OPERATOR, ADMIN)  # each may what those before it may
OWNER = "admin"  # who holds the home's own token or password; no other person is called so
BY_PAGE, BY_API = "admin page", "api"  # how a caller is logged in


@dataclass(frozen=True)
class Caller:
    """Who sends a request. run: the one run that a read-only link opens, and nothing else.

    how: the way somebody came; `key` is the digest of the token, empty for the home's own.
    """

    name: str
    role: str
    how: str = BY_API
    run: str | None = None
    key: str = ""

    @property
    def by(self) -> str:
        """Who is said to have done something."""
        return self.how if self.name == OWNER else f"{self.name} ({self.how})"


def may(caller: Caller, needed: str) -> bool:
    """Whether somebody may do what needs a role; who came by a link may nothing of it."""
    return caller.run is None and ROLES.index(caller.role) >= ROLES.index(needed)


def may_write(caller: Caller) -> bool:
    """Whether somebody may start, stop, retry or label runs."""
    return may(caller, OPERATOR)
