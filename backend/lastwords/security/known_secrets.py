"""The secrets that this process knows by value, for masking: its own and its environment's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from lastwords.config import SETTINGS, Config
from lastwords.folders.runfolder import read_regular
from lastwords.records import LastwordsError

SHORTEST = 8  # characters; masking a shorter one would tear ordinary words apart


def secret_values(config: Config, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Values that must not leave: settings that are secret, and what the environment calls so."""
    own = [getattr(config, setting.name) for setting in SETTINGS if setting.metadata["secret"]]
    values = with_passwords([value for value in own if value] + _kept_token(config))
    return sorted({value for value in values if len(value) >= SHORTEST}.union(named(environment)))


def named(environment: Mapping[str, str]) -> set[str]:
    """What an environment calls a secret, and is long enough to be masked."""
    from lastwords.diagnosis.given_secrets import is_long_enough
    from lastwords.diagnosis.secret_names import is_secret_name

    values = [value for name, value in environment.items() if is_secret_name(name)]
    return set(filter(is_long_enough, with_passwords(values)))


def with_passwords(values: list[str]) -> list[str]:
    """Values, and the passwords of those that are URLs."""
    return values + [part for value in values for part in _password_in(value)]


def masked(config: Config, text: str) -> str:
    """A text that is to leave, without its secrets."""
    from lastwords.diagnosis.masking import mask  # whose patterns a start need not wait for

    return mask(text, secret_values(config)).text


def _kept_token(config: Config) -> list[str]:
    try:
        token = read_regular(config.home / "token").decode("ascii", errors="replace").strip()
    except (OSError, LastwordsError):
        return []
    return [token] if token else []


def _password_in(value: str) -> list[str]:
    """The password of a value that is a URL."""
    if "://" not in value:
        return []
    try:
        password = urlsplit(value).password
    except ValueError:
        return []
    return [password, unquote(password)] if password else []
