"""What a call of an agent is answered with: one home, and what this caller may do in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lastwords.config import Config
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


@dataclass(frozen=True)
class Desk:
    """note: writes an action and the run it was done to into the audit.

    who: by which way something is started or stopped. user: the person whose agent it is.
    """

    config: Config
    store: Store
    supervisor: Supervisor
    who: str
    may_write: bool
    note: Callable[[str, str], None]
    user: str
