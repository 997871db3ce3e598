"""Processes that a command leaves behind: they end by themselves, are ended, or are kept."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.cli.kit import PYTHON, latest, run, run_json
from tests.real import until

# What a pool's worker does: it goes on until the pipe from its parent is closed.
POOL = """
import os, sys, time
read, write = os.pipe()
if os.fork() == 0:
    os.close(write)
    os.read(read, 1)
    time.sleep(0.2)
    os._exit(0)
"""


def test_workers_that_end_with_their_parent_are_no_orphans(home: Path) -> None:
    told = run_json(home, PYTHON, "-c", POOL)
    assert (told["status"], told["flags"]) == ("completed", [])


def test_what_does_not_end_by_itself_is_ended_and_flagged(home: Path) -> None:
    told = run_json(home, "sh", "-c", "sleep 60 & echo $!")
    assert [flag["flag"] for flag in told["flags"]] == ["orphans_killed"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(latest(home).log.read_text()), 0)


def test_children_are_kept_where_that_is_asked(home: Path) -> None:
    script = "(sleep 60; echo never) & echo $!"
    done = run(home, "--keep-children", "--", "sh", "-c", script)
    child = int(done.stdout)
    try:
        os.kill(child, 0)
        assert done.returncode == 0 and latest(home).log.read_bytes() == done.stdout
    finally:
        os.kill(child, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{child}/exe").exists())


def test_a_stop_ends_also_children_that_would_be_kept(home: Path) -> None:
    is_heard = 'while [ ! -e "$(dirname "$LASTWORDS_EVENTS")/child.json" ]; do sleep 0.05; done'
    script = f"sleep 60 & echo $!; {is_heard}; kill -TERM $PPID; wait"
    done = run(home, "--keep-children", "--", "sh", "-c", script)
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
