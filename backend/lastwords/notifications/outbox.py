"""Letters waiting for delivery: one file each, written once, deleted when done.

A letter is left for the end of every run, by whoever settles it: a shell does not know what the
server is configured to notify. The leading server decides, and takes out what must not leave, which
a shell need not wait for. Without a server, letters expire.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import OutOfReach, UnreadableFact, attempt_folder, read_fact
from lastwords.records import LastwordsError, Run, now, timestamp
from lastwords.security.run_secrets import masker_for

Letter = dict[str, Any]
Changes = Callable[[str, int], str | None]  # what is different in an attempt that failed, in words
ENDED = "run.ended"
_OTHER_EVENTS = {
    "run.contact_lost": "is out of contact; it may well go on",
    "run.contact_regained": "is heard again",
}
MOST_WAITING = 1000
EXPIRY_SECONDS = 3 * 86_400.0  # that a letter waits for a server
_TEXTS = ("name", "title", "headline", "baseModel", "triggeredBy", "retry")
LONGEST_TEXT = 500  # characters of a name or a headline

_log = logging.getLogger(__name__)


def is_wanted(config: Config) -> bool:
    """Whether any notification is configured."""
    return bool(config.notify_webhook or config.notify_command or config.notify_email)


def post(config: Config, run: Run, event: str = ENDED) -> None:
    """Leave a letter about a run that has just ended, or another event; errors are only logged.

    It survives the death of every process, not a power failure: a shell does not wait for the disk.
    """
    try:
        folder = _folder(config)
        folder.mkdir(mode=0o700, exist_ok=True)
        _make_room(folder)
        draft = folder / f".{run.id}-{run.attempt}.{os.urandom(4).hex()}"
        write_private(draft, _letter(run, event))
        of_event = "" if event == ENDED else f"-{event.rpartition('.')[2]}"
        draft.rename(folder / f"{run.id}-{run.attempt}{of_event}.json")
    except (OSError, LastwordsError) as error:
        _log.error("no notification for %s of %s: %s", event, run.id, error)


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


def unknown(_run_id: str, _attempt: int) -> None:
    """Nothing is known of what changed."""


def waiting(config: Config, changes: Changes = unknown) -> Iterator[tuple[Path, Letter]]:
    """The letters that somebody is to be told of, in the order of their runs.

    For the leader alone: all others are taken away, as is what is damaged or has expired.
    """
    for path in sorted(_folder(config).glob("run_*.json")):
        try:
            letter = read_fact(path) if is_wanted(config) else None
            if letter and _concerns(config, letter) and not _is_old(path):
                yield path, to_send(config, letter, changes)
                continue
        except OutOfReach:
            continue
        except (UnreadableFact, LookupError, TypeError) as error:
            _log.error("a notification is lost: %s", error)
        forget(path)


def _concerns(config: Config, letter: Letter) -> bool:
    """Whether anybody wants to know; who gets no ends of a status has not said so of others."""
    return letter["event"] != ENDED or letter["run"]["status"] in config.notify_on


def to_send(config: Config, letter: Letter, changes: Changes = unknown) -> Letter:
    """A letter as it leaves: without secrets or control characters, and of limited length.

    Without the run's folder nobody knows its secrets any more: then its facts are told, no words.
    """
    run, command = letter["run"], letter["command"]
    texts = {name: run[name] for name in _TEXTS if run.get(name) is not None}
    if changed := changes(run["id"], run["attempt"]):
        texts["changes"] = changed
    told: dict[str, str | None] = dict.fromkeys(texts)
    if attempt_folder(config.home, run["id"], run["attempt"]).path.is_dir():
        masker = masker_for(config, run["id"], run["attempt"], command).having_read(*texts.values())
        told = {name: _presentable(masker.whole(text).text) for name, text in texts.items()}
    sent = {name: value for name, value in letter.items() if name != "command"}
    return sent | {"run": run | {"changes": None} | told}


def _presentable(text: str) -> str:
    safe = "".join(char if char.isprintable() else "�" for char in text)
    return safe if len(safe) <= LONGEST_TEXT else f"{safe[:LONGEST_TEXT]}… ({len(safe)} characters)"


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


def _letter(run: Run, event: str = ENDED) -> Letter:
    return {
        "id": secrets.token_hex(16),
        "event": event,
        "sentFrom": "lastwords",
        "postedAt": timestamp(now()),
        "command": run.command,  # is not sent: what is a secret in it is one elsewhere too
        "run": {
            "id": run.id,
            "attempt": run.attempt,
            "name": run.name,
            "kind": run.kind,
            "status": run.status.value,
            "reason": run.reason,
            "exitCode": run.exit_code,
            "signal": run.signal,
            "cause": run.cause,
            "title": run.title,
            "headline": run.headline,
            "baseModel": run.base_model,
            "finalLoss": run.final_loss,
            "startedAt": run.started_at,
            "finishedAt": run.finished_at,
            "triggeredBy": run.triggered_by,
            "retry": _of_retry(run),
        },
    }


def _of_retry(run: Run) -> str | None:
    """What is done of itself about a failure, by the setting `retry`; None where nothing is."""
    told = (flag["detail"] for flag in run.flags if flag["flag"].startswith("retry_"))
    return next(told, None)


def sentence(letter: Letter) -> str:
    """A letter as one line."""
    run = letter["run"]
    name = f" ({run['name']})" if run["name"] else ""
    if words := _OTHER_EVENTS.get(letter["event"]):
        return f"{run['id']}{name} {words}"
    why = f": {run['headline'] or run['title']}" if run["headline"] or run["title"] else ""
    retry = f". {run['retry']}" if run.get("retry") else ""
    words = f"{run['id']}{name} is {run['status']}{why if run['status'] != 'completed' else ''}"
    return words + retry
