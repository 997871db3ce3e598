"""What is not safe enough is refused at start, with what to do instead."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from lastwords.api import training_blueprint
from lastwords.config import Config
from lastwords.security.startup_checks import Unsafe, check_safe_to_listen, check_token, login_token

GOOD = "b0ce5c8d4e1f47a2b0ce5c8d"


@pytest.mark.parametrize(
    "token", [GOOD, "token-of-the-tests-0123456789", "Tr0ub4dor&3-correct-horse"]
)
def test_a_token_that_cannot_be_guessed_is_taken(token: str) -> None:
    check_token("LASTWORDS_TOKEN", token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        " " * 20,
        "dev",
        "a" * 32,
        "abab" * 8,
        "dev-dev-dev-dev-dev-",
        "changemechangeme",
        "change-me-please",
        "password12345678",
        "supersecretkey12",
        "lastwords-token-1",
        "0123456789012345",
        "abcdefghijklmnopq",
        "qwertyuiopasdfgh",
        "aaaabbbbccccaaab",
        f"{GOOD}\n",
        f"{GOOD} x",
        f"{GOOD}é",
    ],
)
def test_a_token_that_can_be_guessed_is_refused_with_the_remedy(config: Config, token: str) -> None:
    with pytest.raises(Unsafe, match=r"LASTWORDS_TOKEN .*openssl rand") as refusal:
        check_safe_to_listen(replace(config, token=token))
    assert not token.strip() or token not in str(refusal.value)


@pytest.mark.parametrize("value", ["hunter2", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$", ""])
def test_a_password_hash_that_is_none_is_refused_with_the_command(
    config: Config, value: str
) -> None:
    with pytest.raises(Unsafe, match="lastwords hash-password") as refusal:
        check_safe_to_listen(replace(config, password_hash=value))
    assert not value or value not in str(refusal.value)


@pytest.mark.parametrize("costs", [(21, 65536), (3, 2 << 20)])
def test_a_password_hash_that_would_hold_up_the_server_is_refused(
    config: Config, costs: tuple[int, int]
) -> None:
    passes, kibibytes = costs
    made = PasswordHasher(1, 1024, 1).hash("a long password")
    costly = made.replace("m=1024,t=1", f"m={kibibytes},t={passes}")
    assert costly != made
    with pytest.raises(Unsafe, match="lastwords hash-password"):
        check_safe_to_listen(replace(config, password_hash=costly))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "adminbox"])
def test_an_open_address_needs_a_login_of_the_admin(config: Config, host: str) -> None:
    with pytest.raises(Unsafe, match="LASTWORDS_TOKEN"):
        check_safe_to_listen(replace(config, host=host, token=None))
    check_safe_to_listen(replace(config, host=host, token=GOOD))
    hashed = PasswordHasher(1, 1024, 1).hash("a long password")
    check_safe_to_listen(replace(config, host=host, token=None, password_hash=hashed))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_loopback_needs_none(config: Config, host: str) -> None:
    check_safe_to_listen(replace(config, host=host, token=None))


def test_a_random_token_is_made_once_for_its_owner_alone(config: Config) -> None:
    config = replace(config, token=None)
    token = login_token(config)
    assert login_token(config) == token and len(token) > 40
    assert (config.home / "token").stat().st_mode & 0o777 == 0o600


def _damage(path: Path, how: str) -> None:
    if how == "a link":
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
    elif how == "readable":
        path.chmod(0o640)
    elif how == "empty":
        path.write_text("\n")
    elif how == "weak":
        path.write_text("devdevdevdevdevdev\n")
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how == "a pipe":
        path.unlink()
        os.mkfifo(path, 0o600)
    else:
        os.chown(path, 12345, -1)


@pytest.mark.parametrize(
    "how", ["a link", "readable", "empty", "weak", "a folder", "a pipe", "another's"]
)
def test_a_token_file_that_others_may_know_is_refused_with_the_remedy(
    config: Config, how: str
) -> None:
    if how == "another's" and os.geteuid():
        pytest.skip("only root can give a file away")
    config = replace(config, token=None)
    login_token(config)
    path = config.home / "token"
    _damage(path, how)
    with pytest.raises(Unsafe, match=r"chmod 600|to get a new one|a different one"):
        login_token(config)


def test_a_debugger_is_refused(config: Config) -> None:
    app = Flask("host")
    app.debug = True
    with pytest.raises(Unsafe, match="FLASK_DEBUG"):
        app.register_blueprint(training_blueprint(config=config), url_prefix="/api/training")
