"""Why a run failed: cause, headline, traceback, evidence, advice."""

from __future__ import annotations

from typing import Literal

from lastwords.api.models.base import Answer


class Frame(Answer):
    file: str
    line: int
    function: str


class Traceback(Answer):
    first_line: int
    last_line: int
    text: str


class Link(Answer):
    type: str
    message: str
    relation: str


class Evidence(Answer):
    line: int
    text: str


class Advice(Answer):
    text: str
    command: str | None


class Alternative(Answer):
    cause: str
    title: str
    why: str
    line: int | None


class Diagnosis(Answer):
    """Why a run failed; `confidence` is proven (kernel or exit evidence), likely, or unknown.

    `cutShort` says, where an error or a log is too long for it, what was not looked at.
    """

    status: str | None
    cause: str
    title: str
    confidence: Literal["proven", "likely", "unknown"]
    stage: str | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    headline: str
    user_frame: Frame | None
    traceback: Traceback | None
    chain: list[Link]
    evidence: list[Evidence]
    advice: list[Advice]
    alternatives: list[Alternative]
    cut_short: str | None
    similar: list[str]
