"""What a check finds, and what it checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from lastwords.config import Config
from lastwords.records import InvalidSpec
from lastwords.trainer import hub

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """The result of one check; `command` fixes the problem, or shows it."""

    name: str
    verdict: Verdict
    text: str
    command: str | None = None


@dataclass(frozen=True)
class Subject:
    """What is examined: a home, the environment of its trainings, and what one is asked for.

    spec: the whole spec, its data None where none is named; None where it cannot be made.
    asked: what of it was asked for, beside the configured defaults.
    problem: what is wrong with the configured defaults.
    """

    config: Config
    environment: Mapping[str, str]
    spec: Mapping[str, Any] | None
    problem: InvalidSpec | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def location(self) -> hub.Location:
        """Where the base model is.

        Raises: hub.ModelNotFound; OSError.
        """
        assert self.spec is not None
        return hub.locate(self.spec["baseModel"], self.environment)
