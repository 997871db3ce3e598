"""Who is logged in, who may, and read-only links to a run."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lastwords.api.models.base import Answer
from lastwords.security.links import MOST_DAYS


class Me(Answer):
    """`run` is the only one that can be seen, for who came by a read-only link."""

    name: str
    role: Literal["viewer", "operator", "admin"]
    how: str
    run: str | None
    may_write: bool


class Person(Answer):
    name: str
    role: Literal["viewer", "operator", "admin"]
    added_at: str


class PersonList(Answer):
    people: list[Person]


class AddedPerson(Person):
    """`token` is what they log in with; it is kept as a hash, and told once."""

    token: str


class NewPerson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    role: Literal["viewer", "operator", "admin"] = "viewer"


class PersonChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["viewer", "operator", "admin"]


class RunLink(Answer):
    id: str
    run: str
    by: str
    created_at: str
    until: str


class RunLinks(Answer):
    links: list[RunLink]


class MadeLink(RunLink):
    """`path` is what to put behind the server's address."""

    path: str


class NewLink(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: float = Field(7, gt=0, le=MOST_DAYS)
