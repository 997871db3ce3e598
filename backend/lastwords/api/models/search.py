"""Completions of a query, columns of the list, and saved views."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lastwords.api.models.base import Answer, Query, whole_text


class CompletionsQuery(Query):
    """`q` is the query as far as it is typed."""

    q: str = Field("", max_length=500)


class Completion(Answer):
    text: str
    note: str


class Completions(Answer):
    """What may stand in the query from `start` on."""

    start: int
    completions: list[Completion]


class Columns(Answer):
    parameters: list[str]
    metrics: list[str]


class View(Answer):
    name: str
    query: str


class Views(Answer):
    views: list[View]


def in_an_address(name: str) -> str:
    if name.strip() in (".", "..") or name.strip().startswith("/"):
        raise ValueError("a view cannot be called . or .., or begin with /")
    return name


class NewView(BaseModel):
    """`query` is the query string of the list's address, such as `q=status%3Afailed&sort=lr`."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, AfterValidator(whole_text), AfterValidator(in_an_address)] = Field(
        min_length=1, max_length=60, pattern=r"\S"
    )
    query: str = Field(max_length=2000, pattern=r"^[\x21-\x7e]*$")
