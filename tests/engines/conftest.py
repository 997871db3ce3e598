"""Fixtures: a Slurm of this machine, and a server that places runs on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.cluster import Cluster, missing
from tests.executors.kit import Site

REQUIRED = os.environ.get("LASTWORDS_ENGINES") == "required"  # before fixtures take it away


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if lacks := missing():
        words = f"Slurm is not installed ({', '.join(lacks)}): apt-get install slurm-wlm munge"
        if REQUIRED:
            pytest.fail(words)
        pytest.skip(words)
    found = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        found.start()
        yield found
    finally:
        found.end()


@pytest.fixture
def site(cluster: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
    monkeypatch.setenv("PATH", cluster.environment["PATH"])
    found = Site(home, cluster.engine)
    yield found
    found.close()
