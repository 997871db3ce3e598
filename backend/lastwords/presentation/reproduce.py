"""A run once more by hand, and an issue about it: one line for a shell, one URL for a browser.

Neither contains secrets: secret environment variables are left for the shell to provide.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lastwords.config import Config
from lastwords.diagnosis.masking import MASK, mask
from lastwords.diagnosis.secret_names import is_secret_name
from lastwords.folders.runfolder import UnreadableFact, attempt_folder, read_spec
from lastwords.presentation.terminal import visible
from lastwords.recording import environment
from lastwords.records import TRAINING, Run, as_text
from lastwords.security.known_secrets import secret_values
from lastwords.supervision.failures import GROUPED

URL_BYTES = 8_000
TITLE = 256  # characters, as GitHub takes them
_PYTHON = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
_NEW_FOLDER = "run_again=$(mktemp -d)"
_OUTPUT = ("--run-directory=", "--output-dir=")  # the old run's folder must stay as it is
_ROW_LABELS = {
    "Run": "id",
    "Cause": "cause",
    "Stage": "stage",
    "Exit code": "exit_code",
    "Signal": "signal",
    "Reason": "reason",
    "Base model": "base_model",
    "Samples": "dataset_size",
}


@dataclass(frozen=True)
class Reproduction:
    """How to run it again: the line to paste, and its parts."""

    command: str
    directory: str
    environment: dict[str, str]


def reproduction(
    config: Config, run: Run, variables: Mapping[str, str] = os.environ
) -> Reproduction:
    """The run's command in its folder; a training writes into a new folder of its own."""
    spec = _spec(config, run)
    secrets = secret_values(config, variables)
    told = dict(_PYTHON)
    if run.kind == TRAINING:
        told |= environment.of_libraries(variables)
    directory = mask(str(spec.get("cwd") or config.home), secrets).text
    shown = {name: _shown(name, value, secrets) for name, value in told.items()}
    passed = [f"{name}={shell_word(value)}" for name, value in shown.items() if value != MASK]
    words, before = _words(run)
    line = f"{' && '.join([*before, f'cd {shell_word(directory)}'])} && env {' '.join(passed)} "
    variables = {name: as_text(value) for name, value in shown.items()}
    return Reproduction(line + mask(words, secrets).text, as_text(directory), variables)


def shell_line(words: Sequence[str]) -> str:
    """A command as a shell reads it."""
    return " ".join(map(shell_word, words))


def shell_word(word: str) -> str:
    """A word quoted for a shell; with bytes that are no UTF-8 as bash, ksh and zsh write them."""
    if as_text(word) == word:
        return shlex.quote(word)
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{as_text(plain)}'"


def _spec(config: Config, run: Run) -> Mapping[str, Any]:
    try:
        return read_spec(attempt_folder(config.home, run.id, run.attempt)) or {}
    except UnreadableFact:
        return {}  # the child made something else of it


def _words(run: Run) -> tuple[str, list[str]]:
    """The command as a shell reads it, and what goes before."""
    if run.kind != TRAINING:
        return shell_line(run.command), []
    words = [
        f'{option}"$run_again"'
        if (option := next((each for each in _OUTPUT if word.startswith(each)), None))
        else shell_word(word)
        for word in run.command
    ]
    return " ".join(words), [_NEW_FOLDER]


def _shown(name: str, value: str, secrets: list[str]) -> str:
    return MASK if is_secret_name(name) or mask(value, secrets).count else value


def issue_url(config: Config, run: Run) -> str | None:
    """A new issue on the configured repository, its title and summary filled in.

    None where none is configured, or where there is nothing to report.
    """
    if config.repository is None or run.status not in GROUPED:
        return None
    secrets = secret_values(config)
    headline = " ".join((run.headline or run.title or run.status.value).split())
    title = visible(mask(f"Run {run.status.value}: {headline}", secrets).text)
    start = f"{config.repository}/issues/new?title={quote(_cut(title, TITLE), safe='')}&body="
    body = mask(_summary(run, headline), secrets).text
    return start + _quoted(body, URL_BYTES - len(start))


def _summary(run: Run, headline: str) -> str:
    rows = [
        f"- {label}: {value}"
        for label, name in _ROW_LABELS.items()
        if (value := getattr(run, name)) not in (None, "")
    ]
    why = [run.title] if run.title else []
    lines = [f"    {headline}", "", *why, "", *rows]
    return "\n".join([*lines, "", "Full report: lastwords report " + run.id])


def _cut(text: str, most: int) -> str:
    """A title that fits: at most so many characters, and a third of the URL when it is quoted."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    while len(quote(text, safe="")) > URL_BYTES // 3:
        text = text[: len(text) * 3 // 4] + "…"
    return text


def _quoted(text: str, room: int) -> str:
    """The text percent-encoded, by whole characters as far as there is room."""
    quoted = quote(text, safe="")
    while len(quoted) > room:
        text = text[: len(text) * 9 // 10]
        quoted = quote(text + "…", safe="")
    return quoted
