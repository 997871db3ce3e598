"""What a node that died had recorded in a spool that the server sees, and had not sent."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.executors.kit import Fake, Site
from tests.real import until

from lastwords.executors.engines import JobState
from lastwords.recording import processes
from lastwords.records import Status


@pytest.fixture
def site(home: Path, fake: Fake) -> Iterator[Site]:
    def engine(url: str) -> Fake:
        fake.url = url
        return fake

    found = Site(home, engine, spool=fake.place / "spool")
    yield found
    found.close()


def silence(fake: Fake) -> list[processes.Identity]:
    """Stop what sends; returns all processes of the node."""
    found = processes.with_cookie("HOME", str(fake.place))
    sends = [one for one in found if b"shipping.entry" in _command_line(one)]
    for one in sends:
        processes.send_signal(one, signal.SIGSTOP)
    assert sends
    return found


def _command_line(process: processes.Identity) -> bytes:
    return Path(f"/proc/{process.pid}/cmdline").read_bytes()


def die(fake: Fake, left: list[processes.Identity]) -> None:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in left:
            processes.send_signal(process, number)
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")


def spooled(fake: Fake, name: str = "output.log") -> Path:
    return until(lambda: next(iter((fake.place / "spool").glob(f"runs/*/1/{name}")), None))


def left_behind(
    site: Site, fake: Fake, tmp_path: Path, end: str, **asked: Any
) -> tuple[str, list[processes.Identity]]:
    """A run that prints `rest` and ends so, after what sends it was silenced; and what that is."""
    go = tmp_path / "go"
    loop = f"echo on; while [ ! -e {go} ]; do sleep 0.1; done; echo rest; {end}"
    run = site.place(["sh", "-c", loop], **asked)
    site.says(run, b"on\n")
    left = silence(fake)
    go.touch()
    return run, left


def test_a_dead_node_loses_no_byte(site: Site, fake: Fake, tmp_path: Path) -> None:
    run, left = left_behind(site, fake, tmp_path, "sleep 600")
    until(lambda: spooled(fake).read_bytes() == b"on\nrest\n")
    assert site.folder(run).log.read_bytes() == b"on\n"
    die(fake, left)
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.LOST, "node_failed")
    for name in ("output.log", "timeline"):
        assert (site.folder(run).path / name).read_bytes() == spooled(fake, name).read_bytes()


@pytest.mark.parametrize(
    ("code", "expect", "status"),
    [(3, [], Status.FAILED), (0, [], Status.COMPLETED), (0, ["made"], Status.LOST)],
)
def test_an_end_that_was_not_sent_counts_unless_files_would_have_to_prove_it(
    site: Site, fake: Fake, tmp_path: Path, code: int, expect: list[str], status: Status
) -> None:
    run, left = left_behind(site, fake, tmp_path, f"exit {code}", expect=expect)
    spooled(fake, "result.json")
    die(fake, left)
    ended = site.ended(run)
    assert ended.status == status
    assert site.folder(run).log.read_bytes() == b"on\nrest\n"


def test_what_is_sent_after_it_was_taken_is_not_taken_twice(
    site: Site, fake: Fake, tmp_path: Path
) -> None:
    run, left = left_behind(site, fake, tmp_path, "exit 3")
    spooled(fake, "result.json")
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")  # though it lives
    ended = site.ended(run)
    for process in left:
        processes.send_signal(process, signal.SIGCONT)
    assert fake.processes["1"].wait(60) == 3
    assert site.folder(run).log.read_bytes() == b"on\nrest\n"
    assert site.run(run) == ended
    assert not site.folder(run, 2).path.exists()
