"""Why something that is sent is not taken; the sender keeps it, and knows what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lastwords.records import LastwordsError


class Refused(LastwordsError):
    """Something that was sent is not taken; `extras` are told with it."""

    def __init__(self, words: str, **extras: Any) -> None:
        super().__init__(words)
        self.extras: Mapping[str, Any] = extras


class Unfit(Refused):
    """It has not the form that it should have."""


class OtherProtocol(Refused):
    """The sender speaks another version."""


class Superseded(Refused):
    """Another process sends this attempt since, or it has ended."""


class Claimed(Refused):
    """Somebody else claimed this attempt before."""


class Incomplete(Refused):
    """Bytes are missing for the end."""


class Differs(Refused):
    """What was kept is not what the sender has."""


class Gone(Refused):
    """The run was deleted here."""


class NoRoom(Refused):
    """The disk has to keep room for the page and for runs of this machine."""


class OverLimit(Refused):
    """More than one attempt, or one token, may send."""


class TooOften(Refused):
    """More requests than an attempt needs."""
