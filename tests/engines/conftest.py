"""Fixtures: a Slurm and a Ray of this machine, and a server that places runs on Slurm."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engines.cluster import Cluster, missing
from tests.engines.ray_kit import RayCluster, missing_for_ray
from tests.executors.kit import Site, archive
from xdist.scheduler import LoadScopeScheduling

from lastwords.executors.ray import engine

REQUIRED = os.environ.get("LASTWORDS_ENGINES") == "required"  # before fixtures take it away


class _OneOfEach(LoadScopeScheduling):  # type: ignore[misc]
    """Has the tests of an engine share one: the marks of `--dist loadgroup` need pytest < 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return "ray" if "/test_ray" in nodeid else "slurm"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneOfEach:
    return _OneOfEach(config, log)


def require(words: str | None) -> None:
    """Skip what an engine is not there for, by its name; fail it where it must be."""
    if words and REQUIRED:
        pytest.fail(words)
    if words:
        pytest.skip(words)


@pytest.fixture(scope="session")
def _ray() -> Iterator[RayCluster]:
    require(missing_for_ray())
    found = RayCluster()
    try:
        yield found.start()
    finally:
        found.close()


@pytest.fixture
def ray(_ray: RayCluster) -> RayCluster:
    """A Ray with a head and a node, whatever the test before did to it."""
    _ray.revive()
    return _ray


@pytest.fixture
def two_nodes(_ray: RayCluster) -> RayCluster:
    """A Ray with two nodes, of which each has room for one rank."""
    _ray.revive()
    if "second" not in _ray.parts:
        _ray.start_node("second")
    return _ray


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if lacks := missing():
        require(f"Slurm is not installed ({', '.join(lacks)}): apt-get install slurm-wlm munge")
    found = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        found.start()
        yield found
    finally:
        found.end()


@pytest.fixture
def site(cluster: Cluster, home: Path) -> Iterator[Site]:
    cluster.revive()
    cluster.clear()
    found = Site(home, cluster.engine, spool=cluster.place / "jobs")
    yield found
    found.close()
    print(cluster.told())  # shown where the test failed


@pytest.fixture
def ray_table(ray: RayCluster, tmp_path: Path) -> dict[str, object]:
    """The table [executors.ray] for it, without a URL."""
    return {
        "address": ray.address,
        "token_file": str(ray.token_file),
        "python": sys.executable,
        "pyz": str(archive(tmp_path)),
        "spool": str(tmp_path / "spool"),
    }


@pytest.fixture
def ray_site(home: Path, ray_table: dict[str, object]) -> Iterator[Site]:
    found = Site(home, lambda url: engine({**ray_table, "url": url}))
    yield found
    found.close()
