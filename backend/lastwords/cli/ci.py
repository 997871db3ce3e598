"""A failed run told to the CI service that it ran under; the command's own output stays."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from lastwords.cli.echo import warn
from lastwords.config import Config

if TYPE_CHECKING:
    from lastwords.presentation.runs import Json

_TELLING = ("failed", "lost")
_AGENT_SECONDS = 20.0


def tell_ci(config: Config, shown: Mapping[str, Any]) -> None:
    """Tell why a run failed, on stderr, where a CI service is told by its variable.

    What goes wrong here is said, and costs the run's exit code nothing.
    """
    if config.ci == "off" or shown.get("status") not in _TELLING or not shown.get("id"):
        return
    if not {"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE"} & set(os.environ):
        return  # else every start would load what follows
    from lastwords.presentation.ci import service_of

    service = service_of(os.environ)
    if service is None:
        return
    try:
        from lastwords.cli.clients import LocalClient

        found = LocalClient(config).failure(str(shown["id"]), 2_000)
        print_for(service, found, sys.stderr)
    except Exception as error:  # the command has ended, and its exit code is still to be told
        warn(f"the CI service is not told why the run failed: {error}")


def print_for(service: str, found: Json, into: TextIO) -> None:
    """Print an answer as a service wants it, and leave its summary or annotation there."""
    from lastwords.presentation import ci

    if service == ci.GITHUB:
        workspace = os.environ.get("GITHUB_WORKSPACE", "")
        print(ci.error_command(found, workspace, str(Path.cwd())), file=into, flush=True)
        _add_summary(ci.summary(found))
    elif service == ci.GITLAB:
        print(ci.gitlab_section(found, time.time()), file=into, flush=True)
    else:
        print(ci.buildkite_group(found), file=into, flush=True)
        _annotate(ci.summary(found))


def _add_summary(text: str) -> None:
    """Behind what other steps of the job have written, where the runner wants it."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as error:
            warn(f"GITHUB_STEP_SUMMARY {path} cannot be written: {error.strerror}")


def _annotate(text: str) -> None:
    """By the agent's own program, which knows the build; without one there is the log."""
    import subprocess  # which no good end needs

    command = ["buildkite-agent", "annotate", "--style", "error", "--context", "lastwords"]
    with suppress(FileNotFoundError):
        try:
            done = subprocess.run(
                command,
                input=text.encode("utf-8", "replace"),
                capture_output=True,
                timeout=_AGENT_SECONDS,
            )
        except (subprocess.TimeoutExpired, PermissionError) as error:
            warn(f"buildkite-agent does not annotate: {error}")
            return
        if done.returncode:
            warn(f"buildkite-agent annotate ended with exit code {done.returncode}")
