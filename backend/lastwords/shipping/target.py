"""Where runs are sent, and with which token: what `lastwords login` kept, or settings say.

Tokens are kept in `~/.config/lastwords/logins.json`, for their owner alone. Standard library only.
"""

from __future__ import annotations

import ipaddress
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lastwords.basics import LastwordsError

_NAME = "logins.json"


class NoTarget(LastwordsError):
    """A server is named that nothing can be sent to."""


class Target(NamedTuple):
    """A server, the token to begin with, and a file of certificates besides the system's."""

    url: str
    token: str
    ca: str | None = None


def target(
    to: str | None, token: str | None, environment: Mapping[str, str] = os.environ
) -> Target | None:
    """Where runs go: to the named server, else to the one that was logged in to last.

    to: "" for nowhere. Raises: NoTarget.
    """
    if to == "":
        return None
    kept = _kept(environment)
    url = (to or kept.get("last") or "").rstrip("/")
    if not url:
        return None
    known: dict[str, Any] = (kept.get("servers") or {}).get(url) or {}
    check_url(url, bool(known.get("plainHttp")) or environment.get("LASTWORDS_PLAIN_HTTP") == "1")
    found = token or known.get("token")
    if not found:
        raise NoTarget(f"there is no token for {url}: run lastwords login {url}")
    return Target(url, str(found), known.get("ca"))


def check_url(url: str, plain_http: bool) -> None:
    """Refuse what is no server's URL, or would send a token in the clear. Raises: NoTarget."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise NoTarget(f"{url!r} is not a URL such as https://lastwords.example.org")
    if parts.scheme == "http" and not plain_http and not _is_loopback(parts.hostname):
        raise NoTarget(
            f"{url} would send the token and the run unencrypted: use https, or say --plain-http"
        )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def keep(url: str, token: str, plain_http: bool, ca: str | None) -> Path:
    """Remember a server and its token, for their owner alone. Raises: OSError; NoTarget."""
    path = _path(os.environ)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = _kept(os.environ)
    servers = kept.get("servers") or {}
    servers[url] = {"token": token, "plainHttp": plain_http, "ca": ca}
    draft = path.with_name(f".{_NAME}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"last": url, "servers": servers}, file, indent=1)
    draft.replace(path)
    return path


def _kept(environment: Mapping[str, str]) -> dict[str, Any]:
    """What was kept. Raises: NoTarget, where others could have read it."""
    path = _path(environment)
    try:
        with path.open(encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise NoTarget(f"{path} can be read by others: run chmod 600 {path}")
            found = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NoTarget(f"{path} cannot be read ({error}): run lastwords login again") from None
    return found if isinstance(found, dict) else {}


def _path(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME') or '/'}/.config"
    return Path(base) / "lastwords" / _NAME
