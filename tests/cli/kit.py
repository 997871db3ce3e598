"""The command `lastwords` as a person at a shell starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real import clean_environment, says, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import recorder

PYTHON = sys.executable
Done = subprocess.CompletedProcess[bytes]


def cli(home: Path, *arguments: str, **environment: str) -> Done:
    command, *rest = arguments
    return subprocess.run(
        [PYTHON, "-m", "lastwords", command, "--home", str(home), *rest],
        capture_output=True,
        env=clean_environment(**environment),
        cwd=home,
        timeout=60,
    )


def run(home: Path, *arguments: str) -> Done:
    return cli(home, "run", *arguments)


def run_json(home: Path, *command: str) -> dict[str, Any]:
    """A recorded command, as `run --json` tells it."""
    done = run(home, "--json", "--", *command)
    (line,) = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def latest(home: Path) -> AttemptFolder:
    return runfolder.attempt_folder(home, list(runfolder.all_run_ids(home))[-1], 1)


@contextmanager
def foreground(home: Path, script: str, *before: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that is being recorded and said `ready`; killed at the end if it still runs."""
    command = [*before, PYTHON, "-m", "lastwords", "run", "--home", str(home), "--"]
    process = subprocess.Popen(
        [*command, "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        until(lambda: list(runfolder.all_run_ids(home)))
        says(latest(home), b"ready")
        until(lambda: recorder.recorder_identity(latest(home)))
        yield process
    finally:
        process.kill()
        process.communicate()
