"""Why a run failed: cause, headline, traceback, evidence, advice."""

from __future__ import annotations

from typing import Any, Literal

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


class FixOfSpec(Answer):
    """New values for a spec, and those they replace; none of them: try again. Of a command that an
    engine placed also options of its command line, as they are written in it.

    number: what a retry names it by. keeps: what stays exactly as it was, if something does;
    effect: what it does to the result otherwise.
    """

    number: int
    name: str
    label: str
    set: dict[str, Any]
    before: dict[str, Any]
    keeps: str | None
    effect: str | None


class FixOfCommand(Answer):
    """A command that was recorded at a shell with other options, for a person to run."""

    name: str
    label: str
    command: list[str]
    keeps: str | None
    effect: str | None


class Worked(Answer):
    """`times` of `of` retries with a fix completed."""

    of: int
    times: int


class Advice(Answer):
    text: str
    command: str | None
    fix: FixOfSpec | FixOfCommand | None
    worked: Worked | None


class Alternative(Answer):
    cause: str
    title: str
    why: str
    line: int | None


class Diagnosis(Answer):
    """Why a run failed; `confidence` is proven (kernel or exit evidence), likely, or unknown.

    `means` and `why` say in plain words what such a failure is and how it comes about; empty where
    nothing is known. `cutShort` says, where an error or a log is too long for it, what was not
    looked at.
    """

    status: str | None
    cause: str
    title: str
    means: str
    why: str
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
