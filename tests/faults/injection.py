"""Faults in system calls, by strace(1): a kill, or an error, at the Nth call of a process.

Traced is one process of ours with what it forks, until that executes something else: a recorder
without its child, or a scene without its recorders. Nothing in the product knows of this.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.scenes import ended, outcome
from tests.real import ROOT, clean_environment

from lastwords.supervision.supervisor import Supervisor

PATIENCE = 120.0


@cache
def runs(*command: str) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _namespaces() -> tuple[str, ...]:
    """How this user makes namespaces: as root, or as root of a user namespace of their own."""
    return ("unshare",) if os.geteuid() == 0 else ("unshare", "--map-root-user")


needs_strace = pytest.mark.skipif(
    not runs("strace", "-f", "-b", "execve", "-o", "/dev/null", "true"),
    reason="strace is not here or may not trace: apt-get install strace",
)
needs_namespaces = pytest.mark.skipif(
    not runs(*_namespaces(), "--mount", "--pid", "--fork", "--mount-proc", "true"),
    reason="namespaces may not be made here: unshare(1)",
)


def scene(name: str, home: Path, *namespaces: str) -> str:
    """Play a scene, in namespaces of its own where some are named; what it got."""
    around = [*_namespaces(), *namespaces] if namespaces else []
    return _play([*around, *_scene(name, home)])


def injected_scene(name: str, home: Path, calls: str, how: str, *paths: Path) -> str:
    """Play a scene whose own calls fail `how` strace's inject says; what it got, if it lived.

    paths: only calls that name one of them.
    """
    only = [part for path in paths for part in ("-P", str(path))]
    return _play([*_strace(calls, how, Path(os.devnull)), *only, *_scene(name, home)])


def _scene(name: str, home: Path) -> list[str]:
    return [sys.executable, "-m", "tests.faults.scenes", name, str(home)]


def full_home(home: Path) -> list[str]:
    """What each step on a full disk got, in a mount namespace of its own."""
    module = [sys.executable, "-m", "tests.faults.full_home", str(home)]
    return _told([*_namespaces(), "--mount", *module]).splitlines()


def _play(command: list[str]) -> str:
    return _told(command).rpartition("\n")[2]


def _told(command: list[str]) -> str:
    environment = clean_environment(PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout.strip()


def _strace(calls: str, how: str, told: Path) -> list[str]:
    which = f"inject={calls}:{how}"
    return [
        "strace",
        "-f",
        "-qq",
        "-b",
        "execve",
        "-o",
        str(told),
        "-e",
        f"trace={calls}",
        "-e",
        which,
    ]


@contextmanager
def traced_recorder(folder: Path, calls: str, how: str, *paths: Path) -> Iterator[Path]:
    """Recorders that are started meanwhile are traced; what strace did is told in a file.

    The tracer is a grandchild without the attempt's cookie: it is no part of the attempt.
    """
    told = folder / "strace"
    told.touch()
    only = [part for path in paths for part in ("-P", str(path))]
    command = [*_strace(calls, how, told), "-D", "-A", *only]
    wrapper = folder / "python"
    wrapper.write_text(
        "#!/bin/sh\ncookie=$LASTWORDS_ATTEMPT\nunset LASTWORDS_ATTEMPT\n"
        f'exec {shlex.join(command)} -E LASTWORDS_ATTEMPT="$cookie" {sys.executable} "$@"\n'
    )
    wrapper.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(wrapper))
        yield told


# What may truthfully be said of `counts-20-then-exits-3` when its recorder or its disk broke.
TRUE_ENDS = ("failed/exit_code 3", "failed/launch_failed None", "lost/recorder_lost None")


def broken_recording(supervisor: Supervisor, folder: Path, calls: str, how: str) -> str:
    """What is said of a run whose recorder's own calls broke; every byte it wrote is there."""
    run = supervisor.create({"baseModel": "counts-20-then-exits-3"}, "a test")
    attempt = supervisor.folder(run)
    with traced_recorder(folder, calls, how):
        supervisor.start_queued()
    found = ended(supervisor, run)
    invariants(supervisor.config.home, run.id)
    if (attempt.path / "witness").exists():
        kept = every_byte_is_kept(attempt)
        assert kept == 20 or found.reason != "exit_code"
    return f"{outcome(found)} {found.exit_code}"
