"""Every setting: its name, default, unit and environment variable, and where its value came from.

The environment (`LASTWORDS_…`) wins over `lastwords.toml` in the home, which wins over defaults.
Standard library only.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lastwords.addresses import repository, server, webhook
from lastwords.records import FINAL, HomeUnwritable, LastwordsError, as_text
from lastwords.retries import RetryPolicy, read_policy

MASK = "••••••"
_TABLES = ("defaults", "executors")  # of lastwords.toml, beside the settings


class InvalidSetting(LastwordsError):
    """A setting has an invalid value."""


def _texts(value: str | list[str]) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    return tuple(item.strip() for item in items if item.strip())


def _paths(value: str | list[str]) -> tuple[Path, ...]:
    items = value.split(os.pathsep) if isinstance(value, str) else value
    return tuple(Path(item).expanduser() for item in items if item)


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _positive(value: str | int) -> int:
    number = int(value)
    if not 1 <= number < 2**31:
        raise ValueError("must be at least 1")
    return number


def _up_to(most: int) -> Callable[[str | int], int]:
    def read(value: str | int) -> int:
        number = int(value)
        if not 0 <= number <= most:
            raise ValueError(f"must be between 0 and {most:,}")
        return number

    return read


def _within(least: float, most: float, words: str) -> Callable[[str | float], float]:
    def read(value: str | float) -> float:
        number = float(value)
        if not least <= number < most:
            raise ValueError(f"must be {words}")
        return number

    return read


_seconds = _within(0, 1e9, "a number of seconds, 0 or more")
_days = _within(1e-9, 1e5, "a number of days, more than 0")
_minutes = _within(1, 1e6, "a number of minutes, 1 or more")


def _endings(value: str | list[str]) -> tuple[str, ...]:
    names, known = _texts(value), {status.value for status in FINAL}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(sorted(known))}")
    return names


def size(value: str | int) -> int:
    """A number of bytes; `4G` and the like count in powers of 1024."""
    text = str(value).strip().upper().removesuffix("IB").removesuffix("B")
    power = "KMGT".find(text[-1:]) + 1 if text else 0
    number = float(text[:-1] if power else text) * 1024**power
    if not 1 <= number < 2**63:
        raise ValueError("must be at least 1 byte, and less than 8 EiB")
    return int(number)


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return read


def _origins(value: str | list[str]) -> tuple[str, ...]:
    """Origins as a browser sends them: no pattern, no path."""
    for origin in (found := _texts(value)):
        if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", origin):
            raise ValueError(f"{origin!r} is not an origin such as http://localhost:5173")
    return found


def _command(value: str | list[str]) -> tuple[str, ...]:
    return tuple(shlex.split(value) if isinstance(value, str) else value)


def default_home(environment: Mapping[str, str]) -> Path:
    """The platform's user data folder, by the XDG base directory specification."""
    base = environment.get("XDG_DATA_HOME") or "~/.local/share"
    try:
        return Path(base).expanduser() / "lastwords"
    except RuntimeError:  # a user without an entry, as a container may have
        raise HomeUnwritable(
            "there is no folder for it: neither HOME nor LASTWORDS_HOME is set"
        ) from None


def _setting(
    default: Any, read: Callable[[Any], Any], help: str, *, secret: bool = False, unit: str = ""
) -> Any:
    metadata = {"read": read, "help": help, "secret": secret, "unit": unit}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Config:
    """The current settings; `sources` says where each comes from: environment, file or default."""

    home: Path = _setting(None, _path, "Folder for the database and the runs.")
    host: str = _setting("127.0.0.1", str, "Address the server listens on.")
    port: int = _setting(7700, _up_to(65_535), "Port the server listens on; 0 picks a free one.")
    token: str | None = _setting(None, str, "Login token; random if not set.", secret=True)
    password_hash: str | None = _setting(
        None, str, "argon2 hash of a password that also logs in.", secret=True
    )
    allowed_hosts: tuple[str, ...] = _setting(
        (), _texts, "Host names, besides loopback, that the page may be opened at."
    )
    dev_origins: tuple[str, ...] = _setting(
        (), _origins, "Origins of a development server that may call the API (CORS)."
    )
    data_roots: tuple[Path, ...] = _setting(
        (), _paths, "Folders that data and local models must be in. Default: the home."
    )
    models: tuple[str, ...] = _setting(
        (),
        _texts,
        "Allowed base models: names, owner/* for all models of an owner, folders with their "
        "subfolders. Default: any Hub name, and any folder in the data roots.",
    )
    proxy_count: int = _setting(
        0,
        _up_to(10),
        "Number of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted.",
    )
    proxy_jwks: str | None = _setting(
        None, str, "Keys (JWKS, a file or a URL) that a proxy signs with who somebody is."
    )
    proxy_header: str = _setting("Authorization", str, "Header with that proxy's token (JWT).")
    proxy_audience: tuple[str, ...] = _setting(
        (), _texts, "Audience that its tokens must be for: the client ID of Lastwords."
    )
    proxy_issuer: str | None = _setting(None, str, "Issuer that its tokens must come from.")
    proxy_claim: str = _setting("email", str, "Claim of its tokens that is a person's name.")
    proxy_role: str = _setting(
        "viewer",
        _one_of("none", "viewer", "operator", "admin"),
        "Role of people who come by that proxy and are not added with lastwords user.",
    )
    notify_on: tuple[str, ...] = _setting(
        ("completed", "failed", "cancelled", "lost"), _endings, "Statuses that send a notification."
    )
    notify_webhook: str | None = _setting(
        None, webhook, "URL to notify when a run ends.", secret=True
    )
    notify_webhook_secret: str | None = _setting(
        None, str, "Key that signs webhook requests.", secret=True
    )
    notify_command: tuple[str, ...] = _setting(
        (), _command, "Command to run when a run ends; it gets the details on stdin."
    )
    notify_email: tuple[str, ...] = _setting((), _texts, "Addresses to email when a run ends.")
    notify_smtp: str | None = _setting(
        None, str, "Mail server: smtp://user:password@host:587 or smtps://….", secret=True
    )
    notify_from: str = _setting("lastwords@localhost", str, "Sender of the emails.")
    repository: str | None = _setting(
        None, repository, "Repository for new issues: owner/name on GitHub, or a URL."
    )
    max_running: int = _setting(
        1, _positive, "Trainings that run at once; the rest wait in the queue."
    )
    keep_runs: int | None = _setting(
        None, _positive, "Newest finished runs to keep; older ones are deleted. Default: all."
    )
    keep_days: float | None = _setting(
        None, _days, "Days to keep a finished run before deleting it. Default: no limit.", unit="d"
    )
    grace_seconds: float = _setting(
        10.0, _seconds, "Time a run gets to stop before it is killed.", unit="s"
    )
    max_log_bytes: int | None = _setting(
        None, size, "Maximum size of a run's log (500M, 4G). Default: no limit.", unit="bytes"
    )
    log_quota_action: str = _setting(
        "pause", _one_of("pause", "end"), "What to do with a run whose log is full: pause or end."
    )
    stall_seconds: float = _setting(
        900.0,
        _seconds,
        "Time without output or activity until a run is stalled; 0: never.",
        unit="s",
    )
    stall_action: str = _setting(
        "tell",
        _one_of("tell", "kill"),
        "What to do with a stalled run: tell (only flag it) or kill.",
    )
    to: str | None = _setting(
        None, server, "Server that every recorded run is sent to; `lastwords login` keeps one."
    )
    to_token: str | None = _setting(
        None, str, "Token to send runs with, from lastwords token create.", secret=True
    )
    contact_minutes: float = _setting(
        15.0, _minutes, "Time out of contact until a notification is sent.", unit="min"
    )
    min_free: int | None = _setting(
        None,
        size,
        "Room that runs of other machines leave on the disk. Default: 5 %, at least 2G.",
        unit="bytes",
    )
    ci: str = _setting(
        "auto",
        _one_of("auto", "off"),
        "Whether a failed run is told to the CI service that it runs under: auto or off.",
    )
    retry: RetryPolicy = _setting(
        RetryPolicy(),
        read_policy,
        "Causes of failed trainings that are retried without anybody asking, and how often.",
    )
    trainer_command: tuple[str, ...] = _setting(
        (sys.executable, "-m", "lastwords.trainer"), _command, "Command that starts the trainer."
    )
    defaults: Mapping[str, Any] = field(default_factory=dict)
    executors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.home / "lastwords.db"

    @property
    def limits(self) -> dict[str, Any]:
        """The limits that an attempt's recorder enforces, as in spec.json."""
        return {
            "graceSeconds": self.grace_seconds,
            "maxLogBytes": self.max_log_bytes,
            "logQuotaAction": self.log_quota_action,
            "stallSeconds": self.stall_seconds,
            "stallAction": self.stall_action,
        }

    @property
    def roots(self) -> tuple[Path, ...]:
        return self.data_roots or (self.home,)


SETTINGS = [setting for setting in fields(Config) if setting.metadata]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"LASTWORDS_{name.upper()}"


def load(home: Path | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read all settings; `home` overrides every other source, as a command's `--home` does.

    Raises: InvalidSetting, which names the variable or key, its value, and what is allowed.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    if home is not None:
        values["home"], sources["home"] = home, "command line"
    elif text := environment.get(variable("home")):
        values["home"], sources["home"] = _path(text), "environment"
    else:
        values["home"], sources["home"] = default_home(environment), "default"
    values["home"] = _absolute(values["home"].expanduser())
    if (shown := as_text(str(values["home"]))) != str(values["home"]):
        raise InvalidSetting(f"{shown} cannot be the home: its name is not UTF-8")
    file = _read_file(values["home"] / "lastwords.toml")
    for setting in SETTINGS:
        if setting.name == "home":
            continue
        if text := environment.get(variable(setting.name)):
            values[setting.name] = _read(variable(setting.name), setting.metadata, text)
            sources[setting.name] = "environment"
        elif setting.name in file:
            where = f"{setting.name} in {values['home'] / 'lastwords.toml'}"
            values[setting.name] = _read(where, setting.metadata, file[setting.name])
            sources[setting.name] = "file"
        else:
            sources[setting.name] = "default"
    return Config(**values, sources=sources, **{name: file.get(name, {}) for name in _TABLES})


def _absolute(home: Path) -> Path:
    try:
        return home.absolute()
    except FileNotFoundError:
        raise HomeUnwritable(f"{home} lies in a working folder that is gone") from None


def describe(config: Config) -> list[dict[str, Any]]:
    """Each setting with its value, its source and its variable; secrets masked."""
    return [
        {
            "name": setting.name,
            "value": _shown(getattr(config, setting.name), setting.metadata["secret"]),
            "source": config.sources.get(setting.name, "default"),
            "variable": variable(setting.name),
            "default": _shown(setting.default, False),
            "help": setting.metadata["help"],
            "unit": setting.metadata["unit"] or None,
        }
        for setting in SETTINGS
    ]


def _shown(value: Any, secret: bool) -> Any:
    if value is None:
        return None
    if secret:
        return MASK
    if isinstance(value, tuple):
        return [as_text(str(item)) for item in value]
    return as_text(str(value)) if isinstance(value, Path | str | RetryPolicy) else value


def _read(where: str, metadata: Mapping[str, Any], value: Any) -> Any:
    try:
        return metadata["read"](value)
    except (ValueError, TypeError, AttributeError) as error:
        given = MASK if metadata["secret"] else repr(value)
        raise InvalidSetting(f"{where} is {given}, which is invalid: {error}") from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file():
            raise InvalidSetting(f"{path} cannot be read: not a file")
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise HomeUnwritable(f"{path} cannot be read: {error.strerror}") from error
    import tomllib  # which most homes and every recorder do without

    try:
        settings = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{path} is not valid TOML: {error}") from error
    known = {setting.name for setting in SETTINGS} - {"home"} | set(_TABLES)
    if unknown := sorted(set(settings) - known):
        raise InvalidSetting(
            f"{path}: unknown setting {unknown[0]!r}; known settings: {sorted(known)}"
        )
    for name in _TABLES:
        if not isinstance(settings.get(name, {}), dict):
            raise InvalidSetting(f"{path}: {name} must be a table ([{name}])")
    for name, table in settings.get("executors", {}).items():
        if not isinstance(table, dict):
            raise InvalidSetting(f"{path}: executors.{name} must be a table ([executors.{name}])")
    return settings
