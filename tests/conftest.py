"""Fixtures: a home, its parts, an app's client, and a server in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.real import CHILD, Server, kill_what_is_left

from lastwords.api import close
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.server.app import create_app
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

pytest.register_assert_rewrite("tests.faults.evidence")  # before any test imports it

TOKEN = "token-of-the-tests-0123456789"
TRAINER = (sys.executable, str(CHILD))


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment of whoever tests says of Lastwords, or of a CI, says nothing here."""
    services = ("GITHUB_", "GITLAB_CI", "BUILDKITE")
    for name in list(os.environ):
        if name.startswith(("LASTWORDS_", *services)) and name != "LASTWORDS_CHROMIUM":
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with a data file; what still runs in it at the end is killed."""
    folder = tmp_path / "home"
    runfolder.make_home(folder)
    (folder / "data.jsonl").write_text('{"prompt": "turn it on", "completion": "on"}\n')
    yield folder
    kill_what_is_left(folder)


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home on a disk of its own; of 24 MB, or with the options of the test."""
    options = getattr(request, "param", "size=24m")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"{options},mode=700", "lastwords-test", str(disk)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a disk can be mounted by root only")
    yield disk
    while disk.is_mount():  # what a test bound over it, too
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def config(home: Path) -> Config:
    """Settings whose trainer is the chosen child: a run's base model is its mode."""
    return Config(
        home=home,
        token=TOKEN,
        trainer_command=TRAINER,
        grace_seconds=0.3,
        defaults={"dataFile": "data.jsonl"},
    )


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    store = Store(config.database)
    yield store
    store.close()


@pytest.fixture
def supervisor(config: Config, store: Store) -> Supervisor:
    return Supervisor(config, store)


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    app = create_app(config)
    yield app
    close(app)


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """A client of the app that is not logged in."""
    return app.test_client()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app that sends the token."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A real server of the home, started; its trainer is the chosen child."""
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    settings = {
        "LASTWORDS_TRAINER_COMMAND": " ".join(TRAINER),
        "LASTWORDS_GRACE_SECONDS": "0.3",
        "LASTWORDS_TOKEN": TOKEN,
    }
    server = Server(home, settings).start()
    yield server
    server.end(signal.SIGKILL)
