"""Read-only links, each to one run, for who has no login: they expire, and can be revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

from lastwords.records import now, timestamp
from lastwords.security.register import Entry, Register, digest_of, new_token

PREFIX = "lwl_"
MOST_DAYS = 90
MOST_OF_A_RUN = 50


@dataclass(frozen=True)
class Link:
    """A link, without what opens it."""

    id: str
    run: str
    by: str
    created_at: str
    until: str
    digest: str


_FIELDS = [field.name for field in fields(Link)]


class Links:
    """The links of one home."""

    def __init__(self, home: Path) -> None:
        self._register = Register(home / "links.json", _FIELDS)

    def of_run(self, run_id: str) -> list[Link]:
        """Those of a run that are still good, oldest first."""
        return [link for link in self._good() if link.run == run_id]

    def by_digest(self, digest: str) -> Link | None:
        return next((link for link in self._good() if link.digest == digest), None)

    def add(self, run_id: str, days: float, by: str) -> tuple[Link, str]:
        """Make one, and its token, which is kept nowhere; those that have expired go."""
        token = new_token(PREFIX)
        made = now()
        until = timestamp(made + timedelta(days=min(days, MOST_DAYS)))
        link = Link(secrets.token_hex(6), run_id, by, timestamp(made), until, digest_of(token))

        def added(entries: list[Entry]) -> list[Entry]:
            good = [each for each in entries if each["until"] > timestamp(made)]
            of_run = [each for each in good if each["run"] == run_id]
            crowded = of_run[: max(0, len(of_run) + 1 - MOST_OF_A_RUN)]
            return [*(each for each in good if each not in crowded), dict(vars(link))]

        self._register.change(added)
        return link, token

    def revoke(self, run_id: str, link_id: str) -> bool:
        """End one at once; False if there is none."""
        if not any(link.id == link_id for link in self.of_run(run_id)):
            return False
        self._register.change(lambda all_of: [each for each in all_of if each["id"] != link_id])
        return True

    def _good(self) -> list[Link]:
        moment = timestamp(now())
        entries = self._register.entries()
        found = [Link(**{name: entry[name] for name in _FIELDS}) for entry in entries]
        return [link for link in found if link.until > moment]
