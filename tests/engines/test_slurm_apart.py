"""A run on two nodes of Slurm that reach each other by a network alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engines.apart import ApartCluster, standing_on
from tests.engines.cluster import missing
from tests.engines.conftest import require
from tests.engines.torchrun import check_that_two_nodes_train_as_one_process, logs
from tests.executors.kit import Site
from tests.faults.boxes import Cable, box_with_network, needs_cables

pytestmark = needs_cables


@pytest.fixture
def apart(home: Path, tmp_path: Path) -> Iterator[Site]:
    if lacks := missing():
        require(f"Slurm is not installed ({', '.join(lacks)}): apt-get install slurm-wlm munge")
    with ExitStack() as held:
        one, other = (held.enter_context(box_with_network()) for _ in range(2))
        cable = Cable(one, other)
        cable.plug()
        held.enter_context(standing_on(one))
        (tmp_path / "slurm").mkdir()
        cluster = ApartCluster(tmp_path / "slurm", other, cable.addresses)
        held.callback(cluster.end)
        cluster.start()
        found = Site(home, cluster.engine, cable.addresses[0])
        held.callback(found.close)
        yield found


def test_ranks_meet_at_the_first_node_by_the_interface_between_them(apart: Site) -> None:
    ours = os.readlink("/proc/thread-self/ns/net")  # noqa: PTH115
    tells = "echo $SLURMD_NODENAME $MASTER_ADDR $GLOO_SOCKET_IFNAME $NCCL_SOCKET_IFNAME"
    run = check_that_two_nodes_train_as_one_process(apart, f"{tells} $(readlink /proc/self/ns/net)")
    first, second = (log.decode().splitlines()[0].split() for log in logs(apart, run))
    assert first[0:4] == ["n1", "10.213.7.1", "cable", "cable"]
    assert second[0:4] == ["n2", "10.213.7.1", "cable", "cable"]
    assert first[4] == ours != second[4]
