"""What holds of a run wherever it is placed; each place imports these tests, see `Where`.

`several` is a place of two nodes at least.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.executors.kit import Site
from tests.executors.memory import ENTER, limited_group, remove_group
from tests.real import clean_environment, until

from lastwords.folders import runfolder
from lastwords.folders.members import members
from lastwords.records import Status


class Where:
    """A place for runs: the engine of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def start(self, command: Sequence[str], **wanted: int) -> str:
        """Have a command started there; the run's id."""
        return self.site.place(command, **wanted)


class Here(Where):
    """This machine, by `lastwords run`."""

    group: Path | None = None
    _process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], **wanted: int) -> str:
        if limit := wanted.get("memory"):
            self.group = limited_group(limit)
        enter = ["/bin/sh", "-c", ENTER, "sh", str(self.group)] if self.group else []
        known = set(runfolder.all_run_ids(self.site.config.home))
        words = [sys.executable, "-m", "lastwords", "run", "--quiet", "--home"]
        self._process = subprocess.Popen(
            [*enter, *words, str(self.site.config.home), "--", *command],
            env=clean_environment(LASTWORDS_GRACE_SECONDS="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        (run,) = until(lambda: set(runfolder.all_run_ids(self.site.config.home)) - known)
        until(lambda: self.site.services.store.has_run(run))
        return run

    def end(self) -> None:
        if self._process:
            self._process.wait(60)
        if self.group:
            remove_group(self.group)


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


WAITS = "import time; print('on', flush=True); time.sleep(600)"


def test_exit_codes_are_its_own(where: Where) -> None:
    run = where.site.ended(where.start(python("raise SystemExit(3)")))
    assert (run.status, run.reason, run.exit_code) == (Status.FAILED, "exit_code", 3)


def test_exit_code_0_is_completed(where: Where) -> None:
    assert where.site.ended(where.start(["true"])).status == Status.COMPLETED


def test_a_signal_is_its_own(where: Where) -> None:
    run = where.site.ended(where.start(python("import os; os.kill(os.getpid(), 9)")))
    assert (run.status, run.reason, run.signal) == (Status.FAILED, "killed_by_SIGKILL", "SIGKILL")


def test_what_cannot_be_started_says_so(where: Where) -> None:
    run = where.site.ended(where.start(["/no/such/program"]))
    assert (run.status, run.reason) == (Status.FAILED, "launch_failed")


def test_every_byte_is_kept(where: Where) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4000 + b'no end of line')"
    run = where.site.ended(where.start(python(code)))
    log = where.site.folder(run.id).log.read_bytes()
    assert log == bytes(range(256)) * 4000 + b"no end of line"


def test_a_log_of_100_mb_is_kept_whole(where: Where) -> None:
    code = "import sys\nfor n in range(100): sys.stdout.buffer.write(bytes([n]) * 1_000_000)"
    run = where.site.ended(where.start(python(code)), 150)
    assert run.status == Status.COMPLETED
    with where.site.folder(run.id).log.open("rb") as log:
        for n in range(100):
            assert log.read(1_000_000) == bytes([n]) * 1_000_000
        assert log.read() == b""


def test_a_stop_that_is_heeded(where: Where) -> None:
    run = where.start(python(WAITS))
    where.site.says(run, b"on\n")
    where.site.services.supervisor.cancel(run, "a test")
    ended = where.site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")


def test_a_stop_that_is_ignored_is_forced_on_everything_it_started(where: Where) -> None:
    ignores = "import signal, subprocess; signal.signal(15, signal.SIG_IGN); "
    ignores += "subprocess.Popen(['setsid', 'sleep', '600']); "
    run = where.start(python(ignores + WAITS))
    where.site.says(run, b"on\n")
    where.site.services.supervisor.cancel(run, "a test")
    ended = where.site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stop_forced")


# Rank 1 waits until rank 0 has said something.
RANK_1_RAISES = """
import os, pathlib, sys, time
print("on", flush=True)
said = pathlib.Path(sys.argv[1])
if os.environ["NODE_RANK"] == "0":
    said.touch()
    time.sleep(600)
while not said.exists():
    time.sleep(0.05)
raise ValueError("rank 1 breaks")
"""
MEETS = "MASTER_ADDR MASTER_PORT RDZV_ID"


def logs_of_ranks(where: Where, run: str) -> list[bytes]:
    """Those that have come."""
    ranks = members(where.site.folder(run))
    return [rank.log.read_bytes() for rank in ranks if rank.log.exists()]


def test_each_of_two_nodes_is_a_rank_with_its_log_and_finds_the_other(several: Where) -> None:
    told = " ".join(f"${name}" for name in MEETS.split())
    run = several.start(["sh", "-c", f"echo $NODE_RANK of $NNODES at {told}"], nodes=2)
    assert several.site.ended(run).status == Status.COMPLETED
    first, second = (log.decode().split() for log in logs_of_ranks(several, run))
    assert (first[:3], second[:3]) == (["0", "of", "2"], ["1", "of", "2"])
    assert first[3:] == second[3:] and len(first) == 4 + len(MEETS.split())


def test_of_two_nodes_the_one_that_fails_is_told_and_ends_the_other(several: Where) -> None:
    said = several.site.config.home / "said"
    run = several.start([*python(RANK_1_RAISES), str(said)], nodes=2)
    ended = several.site.ended(run)
    assert (ended.status, ended.member) == (Status.FAILED, 1)
    assert ended.headline == "ValueError: rank 1 breaks"
    assert logs_of_ranks(several, run)[0] == b"on\n"
    assert all(rank.result.exists() for rank in members(several.site.folder(run)))


def test_a_stop_reaches_both_nodes(several: Where) -> None:
    run = several.start(python(WAITS), nodes=2)
    until(lambda: logs_of_ranks(several, run) == [b"on\n", b"on\n"])
    several.site.services.supervisor.cancel(run, "a test")
    ended = several.site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    assert all(rank.result.exists() for rank in members(several.site.folder(run)))
