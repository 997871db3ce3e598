"""A run once more by hand, and an issue about it: one line for a shell, one URL for a browser.

Neither contains secrets: secret environment variables are left for the shell to provide.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lastwords.config import Config
from lastwords.diagnosis.markdown import block, code, seen, sentence, shortened
from lastwords.diagnosis.masking import MASK, Masker
from lastwords.diagnosis.secret_names import is_secret_name
from lastwords.folders.runfolder import UnreadableFact, attempt_folder, read_spec
from lastwords.recording import environment
from lastwords.records import TRAINING, Run, as_text
from lastwords.security.run_secrets import masker_of
from lastwords.supervision.failures import GROUPED

URL_BYTES = 8_000
TITLE = 256  # characters, as GitHub takes them
_LONGEST_ROW = 60
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
    masker = masker_of(config, run, variables)
    told = dict(_PYTHON)
    if run.kind == TRAINING:
        told |= environment.of_libraries(variables)
    directory = masker.whole(str(spec.get("cwd") or config.home)).text
    shown = {name: _shown(name, value, masker) for name, value in told.items()}
    passed = [f"{name}={shell_word(value)}" for name, value in shown.items() if value != MASK]
    words, before = _words(run)
    line = f"{' && '.join([*before, f'cd {shell_word(directory)}'])} && env {' '.join(passed)} "
    variables = {name: as_text(value) for name, value in shown.items()}
    return Reproduction(line + masker.whole(words).text, as_text(directory), variables)


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


def _shown(name: str, value: str, masker: Masker) -> str:
    return MASK if is_secret_name(name) or masker.whole(value).count else value


def issue_url(config: Config, run: Run) -> str | None:
    """A new issue on the configured repository, its title and summary filled in.

    None where none is configured, or where there is nothing to report.
    """
    if config.repository is None or run.status not in GROUPED:
        return None
    headline = " ".join((run.headline or run.title or run.status.value).split())
    masker = masker_of(config, run).having_read(headline)
    title = _unlinked(seen(masker.whole(f"Run {run.status.value}: {headline}").text))
    start = f"{config.repository}/issues/new?title={quote(_cut(title, TITLE), safe='')}&body="
    return start + _quoted(run, masker, masker.whole(headline).text, URL_BYTES - len(start))


def _unlinked(title: str) -> str:
    """A title, which can hold no code, without mentions and references: a space of no width."""
    return re.sub(r"([@#!])(?=\w)", "\\1\u200b", title)


def _quoted(run: Run, masker: Masker, headline: str, room: int) -> str:
    """The summary percent-encoded, with as much of the headline as there is room for."""
    quoted = ""
    for length in (len(headline), 4_000, 2_000, 1_000, 500, 250, 100, 0):
        body = _summary(run, masker, shortened(headline, length) if length else "")
        if len(quoted := quote(body, safe="")) <= room:
            break
    return quoted


def _summary(run: Run, masker: Masker, headline: str) -> str:
    rows = [
        f"- {label}: {code(shortened(masker.whole(str(value)).text, _LONGEST_ROW))}"
        for label, name in _ROW_LABELS.items()
        if (value := getattr(run, name)) not in (None, "")
    ]
    why = [sentence(shortened(run.title, 200)), ""] if run.title else []
    lines = [block(headline)] if headline else []
    return "\n".join([*lines, *why, *rows, "", f"Full report: `lastwords report {run.id}`"])


def _cut(text: str, most: int) -> str:
    """A title that fits: at most so many characters, and a third of the URL when it is quoted."""
    text = shortened(text, most)
    while len(quote(text, safe="")) > URL_BYTES // 3:
        most = most * 3 // 4
        text = shortened(text, most)
    return text
