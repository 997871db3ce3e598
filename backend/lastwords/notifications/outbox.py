"""Letters waiting for delivery: one file each, written once, deleted when done.

A letter is left for the end of every run, by whoever settles it: a shell does not know what the
server is configured to notify. The leading server decides. Without a server, letters expire.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import OutOfReach, UnreadableFact, read_fact
from lastwords.records import SHELL, LastwordsError, Run, Status, now, timestamp
from lastwords.security.known_secrets import masked
from lastwords.security.run_secrets import masking_of

Letter = dict[str, Any]
MOST_WAITING = 1000
EXPIRY_SECONDS = 3 * 86_400.0  # that a letter waits for a server
LONGEST_TEXT = 500  # characters of a name or a headline

_log = logging.getLogger(__name__)


def is_wanted(config: Config) -> bool:
    """Whether any notification is configured."""
    return bool(config.notify_webhook or config.notify_command or config.notify_email)


def post(config: Config, run: Run) -> None:
    """Leave a letter about a run that has just ended; errors are only logged.

    It survives the death of every process, not a power failure: a shell does not wait for the disk.
    """
    try:
        folder = _folder(config)
        folder.mkdir(mode=0o700, exist_ok=True)
        _make_room(folder)
        draft = folder / f".{run.id}-{run.attempt}.{os.urandom(4).hex()}"
        write_private(draft, _letter(config, run))
        draft.rename(folder / f"{run.id}-{run.attempt}.json")
    except (OSError, LastwordsError) as error:
        _log.error("no notification for the end of %s: %s", run.id, error)


def write_private(path: Path, fact: Mapping[str, Any]) -> None:
    """Write JSON for its owner alone, whatever the umask is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(fact, file)


def _make_room(folder: Path) -> None:
    """Take away what nobody came for in time, and the oldest of too many."""
    letters = sorted(folder.iterdir(), key=_written_at)
    for number, path in enumerate(letters):
        if not _is_old(path) and len(letters) - number < MOST_WAITING:
            return
        path.unlink(missing_ok=True)


def waiting(config: Config) -> Iterator[tuple[Path, Letter]]:
    """The letters that somebody is to be told of, in the order of their runs.

    For the leader alone: all others are taken away, as is what is damaged or has expired.
    """
    for path in sorted(_folder(config).glob("run_*.json")):
        try:
            letter = read_fact(path) if is_wanted(config) else None
            if letter and letter["run"]["status"] in config.notify_on and not _is_old(path):
                yield path, _masked(config, letter)
                continue
        except OutOfReach:
            continue
        except (UnreadableFact, LookupError, TypeError) as error:
            _log.error("a notification is lost: %s", error)
        forget(path)


def _masked(config: Config, letter: Letter) -> Letter:
    """A letter without the secrets that only a server knows: a shell masked those it knew."""
    texts = {name: text for name, text in letter["run"].items() if isinstance(text, str)}
    return letter | {
        "run": letter["run"] | {name: masked(config, text) for name, text in texts.items()}
    }


def forget(path: Path) -> None:
    """Take a letter away that is done with, and what is noted of its tries."""
    for done in (path, tries_of(path)):
        done.unlink(missing_ok=True)


def tries_of(path: Path) -> Path:
    """Where it is noted how often a letter was tried, and when it is to be tried again."""
    return path.with_suffix(".tries")


def _is_old(path: Path) -> bool:
    return _written_at(path) < time.time() - EXPIRY_SECONDS


def _written_at(path: Path) -> float:
    """When a letter was left; one that was delivered just now is as good as new."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _folder(config: Config) -> Path:
    return config.home / "outbox"


def _letter(config: Config, run: Run) -> Letter:
    masking = cache(lambda: masking_of(config, run))
    return {
        "id": secrets.token_hex(16),
        "event": "run.ended",
        "sentFrom": "lastwords",
        "postedAt": timestamp(now()),
        "run": {
            "id": run.id,
            "attempt": run.attempt,
            "name": _text(masking, run.name),
            "kind": run.kind,
            "status": run.status.value,
            "reason": run.reason,
            "exitCode": run.exit_code,
            "signal": run.signal,
            "cause": run.cause,
            "title": run.title if run.status == Status.COMPLETED else _text(masking, run.title),
            "headline": _text(masking, run.headline),
            "baseModel": _text(masking, run.base_model),
            "finalLoss": run.final_loss,
            "startedAt": run.started_at,
            "finishedAt": run.finished_at,
            "triggeredBy": SHELL if run.triggered_by == SHELL else _text(masking, run.triggered_by),
        },
    }


def _text(masking: Callable[[], Callable[[str], str]], text: str | None) -> str | None:
    """A text to send out: no secrets, no control characters, limited length.

    What we wrote ourselves is not worth the time that the masks take to load, at a shell.
    """
    if not text:
        return text
    safe = "".join(char if char.isprintable() else "�" for char in masking()(text))
    return safe if len(safe) <= LONGEST_TEXT else f"{safe[:LONGEST_TEXT]}… ({len(safe)} characters)"


def sentence(letter: Letter) -> str:
    """A letter as one line."""
    run = letter["run"]
    name = f" ({run['name']})" if run["name"] else ""
    why = f": {run['headline'] or run['title']}" if run["headline"] or run["title"] else ""
    return f"{run['id']}{name} is {run['status']}{why if run['status'] != 'completed' else ''}"
