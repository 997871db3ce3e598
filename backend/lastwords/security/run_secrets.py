"""The secrets of a run's own environment: masked later, though nobody has their values any more.

At its start a run's folder gets `environment.json`: under `secrets`, for each variable whose name
says that it holds one, the fingerprint of the value (see diagnosis/fingerprints.py), no value and
no name. Whatever else is in that file comes later, from the wing `surroundings`. The key is that of
the home (folders/home_key.py).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lastwords.config import Config
from lastwords.folders.home_key import home_key
from lastwords.folders.runfolder import (
    AttemptFolder,
    attempt_folder,
    read_fact,
)
from lastwords.records import LastwordsError, Run
from lastwords.security.known_secrets import named, secret_values

if TYPE_CHECKING:
    from lastwords.diagnosis.fingerprints import Fingerprints
    from lastwords.diagnosis.masking import Masker

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW

_log = logging.getLogger(__name__)


def note_secrets(home: Path, folder: AttemptFolder, variables: Mapping[str, str]) -> None:
    """Keep what it takes to mask a run's secrets later; what goes wrong costs that, and no run."""
    try:
        if values := named(variables):
            _write(home, folder, sorted(values))
    except (OSError, LastwordsError) as error:
        _log.warning("%s: its secrets are not noted for masking: %s", folder.run_id, error)


def _write(home: Path, folder: AttemptFolder, values: list[str]) -> None:
    """Not forced onto the disk: a start does not wait for that."""
    from lastwords.diagnosis import fingerprints

    fitting = [
        value
        for value in values
        if len(value.encode("utf-8", "surrogatepass")) <= fingerprints.LONGEST
    ]
    key = home_key(home)
    noted = [vars(fingerprints.fingerprint(key, value)) for value in fitting[: fingerprints.MOST]]
    descriptor = os.open(folder.environment, _NEW, 0o600)
    try:
        os.write(descriptor, json.dumps({"secrets": noted}).encode())
    finally:
        os.close(descriptor)


def masker_of(config: Config, run: Run, environment: Mapping[str, str] = os.environ) -> Masker:
    """What masks texts of a run: it knows what we know, what the run had, and its command."""
    return masker_for(config, run.id, run.attempt, run.command, environment, run.member)


def masker_for(
    config: Config,
    run_id: str,
    attempt: int,
    command: Sequence[str],
    environment: Mapping[str, str] = os.environ,
    member: int = 0,
) -> Masker:
    """The same for a run of which no more is known."""
    import shlex

    from lastwords.diagnosis.given_secrets import given_secrets
    from lastwords.diagnosis.masking import Masker

    noted = _noted(config.home, attempt_folder(config.home, run_id, attempt, member))
    known = Masker({*secret_values(config, environment), *given_secrets(command)}, noted)
    return known.having_read(shlex.join(command), repr(command))


def _noted(home: Path, folder: AttemptFolder) -> Fingerprints:
    from lastwords.diagnosis.fingerprints import Fingerprint, Fingerprints

    facts: Any = None
    fact: dict[str, Any] = {}
    with suppress(OSError, LastwordsError, ValueError):
        fact = read_fact(folder.environment) or {}
        facts = fact.get("secrets")
    if not isinstance(facts, list) or not facts:
        return Fingerprints()
    with suppress(OSError, LastwordsError, ValueError):
        theirs = fact.get("secretsKey") if folder.is_shipped else None  # made elsewhere
        key = bytes.fromhex(str(theirs)) if theirs else home_key(home)
        return Fingerprints(key, filter(None, map(Fingerprint.read, facts)))
    return Fingerprints()
