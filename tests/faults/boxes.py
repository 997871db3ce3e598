"""Machines that can be taken away whole: processes, disk and network, each in own namespaces.

A box is the first process of its namespaces: with it the kernel ends all others, and the disk that
was mounted for them goes. Its network is one cable to another box.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.injection import runs

_KINDS = ("--mount", "--pid", "--fork", "--mount-proc", "--kill-child")

needs_boxes = pytest.mark.skipif(
    os.geteuid() != 0 or not runs("unshare", *_KINDS, "true") or not runs("nsenter", "--version"),
    reason="machines are made by root alone, with unshare(1) and nsenter(1)",
)
needs_cables = pytest.mark.skipif(
    os.geteuid() != 0
    or not runs("unshare", "--net", "sh", "-c", "ip link add cable type veth peer name other"),
    reason="cables are made by root alone, with ip(8), where the kernel has veth",
)


@dataclass
class Box:
    """A machine. `pid`: its first process, as it is numbered here."""

    process: subprocess.Popen[bytes]
    pid: int

    @property
    def inside(self) -> list[str]:
        """What to begin a command with that is to run in it."""
        own = [
            kind
            for kind in ("mnt", "pid", "net")
            if os.readlink(f"/proc/{self.pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")  # noqa: PTH115
        ]
        flags = {"mnt": "--mount", "pid": "--pid", "net": "--net"}
        return ["nsenter", f"--target={self.pid}", *(flags[kind] for kind in own), "--"]

    def seen(self, path: Path) -> Path:
        """Where a file of its disk is to be seen from here."""
        return Path(f"/proc/{self.pid}/root") / path.relative_to("/")

    def do(self, *command: str) -> None:
        subprocess.run([*self.inside, *command], check=True, capture_output=True)

    def end(self) -> None:
        """Take it away: nothing of it can say a word."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def box_with_disk(place: Path, megabytes: int) -> Iterator[Box]:
    """A machine whose disk, of so many megabytes, is mounted at a place that only it sees."""
    place.mkdir(parents=True)
    disk = f"mount -t tmpfs -o size={megabytes}m,mode=700 none {place}"
    yield from _box(_KINDS, disk)


@contextmanager
def box_with_network() -> Iterator[Box]:
    """A machine whose network has no cable yet."""
    yield from _box(("--net", "--fork", "--kill-child"), "ip link set lo up")


def _box(kinds: Sequence[str], prepare: str) -> Iterator[Box]:
    script = f"{prepare} && echo ready && exec sleep 3600"
    process = subprocess.Popen(
        ["unshare", *kinds, "sh", "-c", script], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert process.stdout and process.stdout.readline() == b"ready\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    box = Box(process, int(children[0]))
    try:
        yield box
    finally:
        box.end()


@dataclass
class Cable:
    """A cable between two machines, with the address of each."""

    one: Box
    other: Box
    addresses: tuple[str, str] = ("10.213.7.1", "10.213.7.2")

    def plug(self) -> None:
        ends = ("type", "veth", "peer", "name", "cable", "netns", str(self.other.pid))
        self.one.do("ip", "link", "add", "cable", *ends)
        for box, address in zip((self.one, self.other), self.addresses, strict=True):
            box.do("ip", "addr", "add", f"{address}/24", "dev", "cable")
        self.mend()

    def cut(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self.other.do("ip", "link", "set", "cable", "down")

    def mend(self) -> None:
        for box in (self.one, self.other):
            box.do("ip", "link", "set", "cable", "up")
