"""Problems that would make a training fail, found before it is started.

A check is a function that returns one finding: a verdict, a plain sentence and, unless all is well,
a command that fixes it or shows the problem; None if there is nothing to check. `fail` stops
every training, `warn` only some. Nothing here imports torch.

Not covered: whether the hub can be reached; the packages of another LASTWORDS_TRAINER_COMMAND.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from shlex import quote
from typing import Any

from lastwords import spec as specs
from lastwords.config import Config
from lastwords.doctor import machine, training
from lastwords.doctor.finding import Finding, Subject, Verdict
from lastwords.recording import environment
from lastwords.records import InvalidSpec, tame

__all__ = ["CHECKS", "Finding", "Subject", "examine", "worst"]

Check = Callable[[Subject], Finding | None]

CHECKS: tuple[Check, ...] = (
    machine.home,
    machine.database,
    training.settings,
    training.examples,
    machine.dependencies,
    training.model,
    training.memory,
    machine.disk,
    machine.cache,
    machine.deprecated_cache,
    machine.gpu,
    machine.ripgrep,
)


def examine(
    config: Config,
    asked: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] = os.environ,
) -> list[Finding]:
    """All findings for a training as it would be started from the page.

    asked: its spec; None for the configured defaults, whose errors are then findings too.

    Raises: InvalidSpec, if the spec cannot be started.
    """
    seen = environment.allowed(variables)
    subject = _of_defaults(config, seen) if asked is None else _of_spec(config, seen, asked)
    found = [finding for check in CHECKS if (finding := _run(check, subject)) is not None]
    return [Finding(**tame(vars(finding))) for finding in found]  # paths may hold any byte


def _run(check: Check, subject: Subject) -> Finding | None:
    """A check's finding; an error of the system while checking is a finding too."""
    try:
        return check(subject)
    except OSError as error:
        show = f"namei -l {quote(str(error.filename or subject.config.home))}"
        return Finding(check.__name__.replace("_", " "), "fail", str(error), show)


def worst(findings: Sequence[Finding]) -> Verdict:
    """The overall verdict."""
    verdicts = {finding.verdict for finding in findings}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "ok"


def _of_spec(config: Config, seen: Mapping[str, str], asked: Mapping[str, Any]) -> Subject:
    whole = specs.complete(asked, config.defaults)
    resolved = specs.resolve_paths(whole, config.roots, config.models)
    return Subject(config, seen, resolved, asked=asked)


def _of_defaults(config: Config, seen: Mapping[str, str]) -> Subject:
    try:
        return _of_spec(config, seen, {})
    except InvalidSpec as problem:
        return Subject(config, seen, _without_data(config), problem)


def _without_data(config: Config) -> dict[str, Any] | None:
    """The configured defaults without their data; None if something else is wrong with them."""
    rest = {
        name: value for name, value in config.defaults.items() if name not in training.DATA_FIELDS
    }
    try:
        whole = specs.complete({"dataFile": "any"}, rest) | {"dataFile": None}
        return specs.resolve_paths(whole, config.roots, config.models)
    except InvalidSpec:
        return None
