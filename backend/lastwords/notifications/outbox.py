"""Letters waiting for delivery: one file each, written once, deleted when done."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import UnreadableFact, read_fact, write_once
from lastwords.records import LastwordsError, Run, now, timestamp
from lastwords.security.run_secrets import masking_of

Letter = dict[str, Any]
MOST_WAITING = 1000
LONGEST_TEXT = 500  # characters of a name or a headline

_log = logging.getLogger(__name__)


def is_wanted(config: Config) -> bool:
    """Whether any notification is configured."""
    return bool(config.notify_webhook or config.notify_command or config.notify_email)


def post(config: Config, run: Run) -> None:
    """Leave a letter about a run that has just ended; errors are only logged."""
    if not is_wanted(config) or run.status.value not in config.notify_on:
        return
    try:
        folder = _folder(config)
        folder.mkdir(mode=0o700, exist_ok=True)
        if sum(1 for _ in folder.iterdir()) >= MOST_WAITING:
            _log.error("%s is full: no notification for the end of %s", folder, run.id)
            return
        write_once(folder / f"{run.id}-{run.attempt}.json", _letter(config, run))
    except (OSError, LastwordsError) as error:
        _log.error("no notification for the end of %s: %s", run.id, error)


def waiting(config: Config) -> Iterator[tuple[Path, Letter]]:
    """The letters that lie there, in the order of their runs; a damaged one is taken away."""
    for path in sorted(_folder(config).glob("run_*.json")):
        try:
            letter = read_fact(path)
        except UnreadableFact as error:
            _log.error("a notification was lost: %s", error)
            path.unlink(missing_ok=True)
            continue
        if letter is not None:
            yield path, letter


def _folder(config: Config) -> Path:
    return config.home / "outbox"


def _letter(config: Config, run: Run) -> Letter:
    masked = masking_of(config, run)
    return {
        "id": secrets.token_hex(16),
        "event": "run.ended",
        "sentFrom": "lastwords",
        "postedAt": timestamp(now()),
        "run": {
            "id": run.id,
            "attempt": run.attempt,
            "name": _text(masked, run.name),
            "kind": run.kind,
            "status": run.status.value,
            "reason": run.reason,
            "exitCode": run.exit_code,
            "signal": run.signal,
            "cause": run.cause,
            "title": _text(masked, run.title),
            "headline": _text(masked, run.headline),
            "baseModel": _text(masked, run.base_model),
            "finalLoss": run.final_loss,
            "startedAt": run.started_at,
            "finishedAt": run.finished_at,
            "triggeredBy": _text(masked, run.triggered_by),
        },
    }


def _text(masked: Callable[[str], str], text: str | None) -> str | None:
    """A text to send out: no secrets, no control characters, limited length."""
    if text is None:
        return None
    safe = "".join(char if char.isprintable() else "�" for char in masked(text))
    return safe if len(safe) <= LONGEST_TEXT else f"{safe[:LONGEST_TEXT]}… ({len(safe)} characters)"


def sentence(letter: Letter) -> str:
    """A letter as one line."""
    run = letter["run"]
    name = f" ({run['name']})" if run["name"] else ""
    why = f": {run['headline'] or run['title']}" if run["headline"] or run["title"] else ""
    return f"{run['id']}{name} is {run['status']}{why if run['status'] != 'completed' else ''}"
