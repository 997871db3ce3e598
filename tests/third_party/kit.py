"""What other people's programs are run with: an environment of their own, and what is in it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TOKEN
from tests.real import PREFIX, ROOT, clean_environment

from lastwords.api import close
from lastwords.config import Config
from lastwords.server.app import create_app

VENV = ROOT / ".venv-third"
PROGRAMS = Path(__file__).with_name("programs")
IS_REQUIRED = os.environ.get("LASTWORDS_THIRD_PARTY") == "required"  # as in CI
PATIENCE = 300.0  # seconds; a machine that compiles all of torch's Python first is slow


def require(needs: Iterable[str]) -> None:
    """Skip a test whose programs are not installed, and name them; fail it where they must be."""
    missing = [name for name in needs if _plain(name) not in _installed() and not _program(name)]
    if missing and IS_REQUIRED:
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; npm run third-party installs them")


def _installed() -> set[str]:
    folders = [str(folder) for folder in VENV.glob("lib/python3.*/site-packages")]
    return {_plain(found.name) for found in distributions(path=folders)} if folders else set()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _program(name: str) -> bool:
    return name == "make" and shutil.which(name) is not None


def environment(**more: str) -> dict[str, str]:
    """That of a user in the programs' own environment, on a machine without a network."""
    nowhere = "http://127.0.0.1:9"
    found = clean_environment(
        PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        PYTHONUNBUFFERED="1",  # this and the next are what Lastwords adds: both sides have them
        PYTHONFAULTHANDLER="1",
        HTTP_PROXY=nowhere,
        HTTPS_PROXY=nowhere,
        HF_HUB_OFFLINE="1",
        **more,
    )
    found.pop("PYTHONDONTWRITEBYTECODE", None)  # or every run compiles all of torch's Python
    return found


@dataclass(frozen=True)
class Workplace:
    """A folder with a copy of the programs, and a home."""

    folder: Path

    def __post_init__(self) -> None:
        shutil.copytree(PROGRAMS, self.folder, dirs_exist_ok=True)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment(LASTWORDS_HOME=str(self.home), **more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )

    def prepare(self, command: str | None) -> None:
        """Run what is not recorded, and must succeed."""
        if command is not None:
            done = self.run(shlex.split(command))
            assert done.returncode == 0, done.stderr.decode()

    def lastwords(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return self.run([sys.executable, "-m", "lastwords", *arguments])

    def record(self, command: list[str]) -> Recorded:
        """The command under `lastwords run`."""
        done = self.lastwords("run", "--", *command)
        return Recorded(self, done, self.found()["id"])

    def found(self) -> dict[str, Any]:
        """The newest run."""
        (run,) = json.loads(self.lastwords("ls", "--json", "-n", "1").stdout)
        return dict(run)


@dataclass(frozen=True)
class Recorded:
    """One recorded run, as the command line and the API tell of it."""

    workplace: Workplace
    done: subprocess.CompletedProcess[bytes]
    run_id: str

    @cached_property
    def run(self) -> dict[str, Any]:
        return self._asked("show")

    @cached_property
    def explanation(self) -> dict[str, Any]:
        return self._asked("explain")

    @cached_property
    def log(self) -> bytes:
        return self.workplace.lastwords("log", self.run_id).stdout

    @cached_property
    def losses(self) -> list[float]:
        """The points of the loss curve that the run's page draws."""
        app = create_app(Config(home=self.workplace.home, token=TOKEN))
        path = f"{PREFIX}/runs/{self.run_id}/metrics"
        answer = app.test_client().get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        close(app)
        assert answer.status_code == 200, answer.text
        points = answer.get_json()["metrics"]
        return [point["loss"] for point in points if point.get("loss") is not None]

    def _asked(self, command: str) -> dict[str, Any]:
        done = self.workplace.lastwords(command, self.run_id, "--json")
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found
