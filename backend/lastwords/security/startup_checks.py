"""What is too unsafe to start with: secrets that can be guessed, files that others can read.

Every refusal says what to do instead.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import secrets
import stat
import string
from pathlib import Path

from lastwords.config import Config
from lastwords.folders.runfolder import open_regular
from lastwords.records import LastwordsError

_log = logging.getLogger(__name__)

WEAKEST_TOKEN = 16  # characters
_FEWEST_DIFFERENT = 6
_LONGEST_PERIOD = 8
_MOST_KIBIBYTES, _MOST_PASSES = 1 << 20, 20  # of argon2, for one password
_MAKE_ONE = "for example with openssl rand -hex 24"
_RUNS = (string.ascii_lowercase * 2, string.digits * 3, "qwertyuiopasdfghjklzxcvbnm" * 2)
_WELL_KNOWN = frozenset(
    """
    changeme changemeplease changethis changethissecret replaceme replacethis pleasechangeme
    default defaulttoken defaultsecret secret secretkey supersecret supersecretkey topsecret
    mysecret mysecretkey mysecrettoken password passwordpassword correcthorsebatterystaple
    token tokentoken mytoken authtoken logintoken apitoken accesstoken yourtoken yourtokenhere
    yoursecret yoursecrethere yoursecretkey lastwords lastwordstoken lastwordssecret jupyter
    admin administrator adminadmin development devsecretkey devtoken test testtoken testsecret
    example exampletoken examplesecret insecure insecuretoken notasecret placeholder
    """.split()
)


class Unsafe(LastwordsError):
    """The configuration would let in unauthorized users."""


def check_safe_to_listen(config: Config) -> None:
    """Refuse guessable secrets, and a public address without a secret set by the admin.

    Raises: Unsafe, which says what to set.
    """
    if config.token is not None:
        check_token("LASTWORDS_TOKEN", config.token)
    if config.password_hash is not None:
        _check_hash(config.password_hash)
    if is_loopback(config.host) or config.token or config.password_hash:
        return
    raise Unsafe(
        f"{config.host} can be reached from other machines: set LASTWORDS_TOKEN ({_MAKE_ONE}) or "
        "LASTWORDS_PASSWORD_HASH (from lastwords hash-password), or stay on 127.0.0.1"
    )


def check_no_debugger(debug: bool) -> None:
    """Refuse a debugger: its page runs code for whoever opens it.

    Raises: Unsafe.
    """
    if debug:
        raise Unsafe(
            "Flask's debugger is on, and lets anyone who can reach it run code: unset FLASK_DEBUG, "
            "and start the app without debug=True or flask run --debug"
        )


def check_token(name: str, token: str) -> None:
    """Refuse a token that can be guessed; `name` is where it stands.

    Raises: Unsafe.
    """
    if why := _weakness(token):
        raise Unsafe(f"{name} {why}; set a different one, {_MAKE_ONE}")


def _weakness(token: str) -> str | None:
    if not token.strip():
        return "is blank"
    if len(token) < WEAKEST_TOKEN:
        return f"is shorter than {WEAKEST_TOKEN} characters"
    if any(not 33 <= ord(char) <= 126 for char in token):
        return "contains a space or a character not allowed in a header"
    letters = "".join(char for char in token.lower() if char.isalnum())
    if len(set(token)) < _FEWEST_DIFFERENT or _repeats(token.lower()) or _repeats(letters):
        return "repeats the same characters"
    if letters.rstrip(string.digits) in _WELL_KNOWN or letters in _WELL_KNOWN:
        return "is a well-known password"
    if any(letters in run or letters[::-1] in run for run in _RUNS):
        return "is a sequence from the alphabet or the keyboard"
    return None


def _repeats(text: str) -> bool:
    """Whether a text is a short piece over and over."""
    periods = range(1, min(_LONGEST_PERIOD, len(text) // 2) + 1)
    return any((text[:period] * len(text))[: len(text)] == text for period in periods)


def _check_hash(password_hash: str) -> None:
    from argon2 import extract_parameters  # only where there is a password
    from argon2.exceptions import InvalidHashError

    try:
        costs = extract_parameters(password_hash)
    except (InvalidHashError, ValueError):
        raise Unsafe(
            "LASTWORDS_PASSWORD_HASH is not an argon2 hash: run lastwords hash-password, and set "
            "it to the line it prints, in single quotes"
        ) from None
    if costs.memory_cost > _MOST_KIBIBYTES or costs.time_cost > _MOST_PASSES:
        raise Unsafe(
            f"LASTWORDS_PASSWORD_HASH needs {costs.memory_cost >> 10} MiB and {costs.time_cost} "
            "passes per login attempt, which would block the server: use lastwords hash-password, "
            "whose hashes need 64 MiB and 3 passes"
        )


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def login_token(config: Config) -> str:
    """The token in force: the configured one, else a random one kept in the home.

    Raises: Unsafe, if others could have read or written the kept one.
    """
    if config.token:
        return config.token
    path = config.home / "token"
    token = secrets.token_urlsafe(32)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        return _kept_token(path)
    except OSError as error:
        return _not_kept(token, error)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token + "\n")
    except OSError as error:
        path.unlink()  # half a token would be refused by the next start
        return _not_kept(token, error)
    return token


def _not_kept(token: str, error: OSError) -> str:
    """A home that takes no file is served all the same, with a token that ends with the server."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        raise error
    _log.warning("the login token is kept in memory only: %s", error)
    return token


def _kept_token(path: Path) -> str:
    anew = f"delete {path} to get a new one"
    try:
        with open_regular(path) as file:
            _check_private(path, os.fstat(file.fileno()), anew)
            token = file.read(4096).decode("ascii", errors="replace").strip()
    except OSError as error:
        raise Unsafe(f"{path} is not a valid token file ({error.strerror}); {anew}") from error
    if not token:
        raise Unsafe(f"{path} is empty; {anew}")
    check_token(str(path), token)
    return token


def _check_private(path: Path, status: os.stat_result, anew: str) -> None:
    if status.st_uid != os.geteuid():
        raise Unsafe(f"{path} belongs to another user, who can log in with it; {anew}")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Unsafe(
            f"{path} is readable by other users: run chmod 600 {path}, or {anew} if one of them "
            "may have read it"
        )
