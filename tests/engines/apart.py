"""A Slurm whose two nodes are two machines for the network: each has an address of its own.

Whoever asks it, and the server, stand on the first one. Both end with their first process, and the
cable between them too.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.engines.cluster import Cluster
from tests.faults.boxes import Box

from lastwords.executors.slurm import Slurm

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def standing_on(box: Box) -> Iterator[None]:
    """Have this thread, and what it starts, in the network of a machine."""
    with Path("/proc/thread-self/ns/net").open("rb") as ours:
        _enter(Path(f"/proc/{box.pid}/ns/net"))
        try:
            yield
        finally:
            _set(ours.fileno())


def _enter(place: Path) -> None:
    with place.open("rb") as there:
        _set(there.fileno())


def _set(descriptor: int) -> None:
    """Source: setns(2); a network is that of a thread."""
    if _libc.setns(descriptor, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class ApartCluster(Cluster):
    """It; n2 is on another machine than all the rest."""

    def __init__(self, place: Path, other: Box, addresses: tuple[str, str]) -> None:
        super().__init__(place)
        self.other = other
        text = (place / "slurm.conf").read_text().replace("(127.0.0.1)", f"({addresses[0]})")
        for name, address in zip(("n1", "n2"), addresses, strict=True):
            lines = text.splitlines()
            at = next(i for i, line in enumerate(lines) if line.startswith(f"NodeName={name} "))
            lines[at] = lines[at].replace("NodeAddr=127.0.0.1", f"NodeAddr={address}")
            text = "\n".join(lines) + "\n"
        (place / "slurm.conf").write_text(text)

    def begin_node(self, name: str) -> None:
        inside = self.other.inside if name == "n2" else []
        self._begin(name, *inside, "slurmd", "-D", "-N", name)

    def engine(self, url: str) -> Slurm:
        found = super().engine(url)
        found.settings = replace(found.settings, plain_http=True)
        return found
