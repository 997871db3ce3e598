"""What machines send of their runs, and what they are answered; who may send."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lastwords.api.models.base import Answer

_COUNT = 2**62


class JoinShipment(BaseModel):
    """Which of the ranks of one run it is; all of them give the same `key` and `size`.

    address, port: where rank 0 of a run that an engine placed is met by the others.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: str = Field(min_length=1, max_length=200)
    rank: int = Field(ge=0, le=_COUNT)
    size: int = Field(ge=1, le=_COUNT)
    address: str | None = Field(default=None, max_length=50)
    port: int | None = Field(default=None, ge=1, le=65535)


class OpenShipment(BaseModel):
    """An attempt of another machine; `uid` stays the same however often it is opened."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    uid: str = Field(max_length=36)
    spec: dict[str, Any]
    host: dict[str, str]
    engine: dict[str, str] | None = None
    join: JoinShipment | None = None


class OpenedShipment(Answer):
    """What to send it under; the token is told this once."""

    run: str
    attempt: int
    member: int
    epoch: int
    token: str
    sealed: bool
    have: dict[str, int]
    interval: float
    limits: dict[str, int]
    spec: dict[str, Any] | None = None  # what is to be run, for a claim code


class Stop(Answer):
    """Who asks it to stop."""

    by: str
    at: str
    reason: str


class Positions(Answer):
    """Bytes of each stream that are here, and those that are safe on the disk."""

    have: dict[str, int]
    durable: dict[str, int]
    stop: Stop | None
    interval: float
    room: int
    diverged: list[str]


class EndShipment(BaseModel):
    """How an attempt ended: `streams` has size and SHA-256 (or null) of each stream."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    epoch: int = Field(ge=0, le=_COUNT)
    result: dict[str, Any]
    proved: dict[str, Any] | None = None
    streams: dict[str, tuple[int, str | None]]


class SealedShipment(Answer):
    sealed: bool


class AnnouncedFile(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    path: str = Field(min_length=1, max_length=4096)
    bytes: int = Field(ge=0, le=_COUNT)
    sha256: str = Field(max_length=64)


class Announcement(BaseModel):
    """The files that a run wrote, with size and SHA-256."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    artifacts: list[AnnouncedFile]


class WantedFiles(Answer):
    """Where to go on with each file that is not here whole."""

    wanted: dict[str, int]


class KeptFile(Answer):
    """Bytes of a file that are here."""

    have: int
