"""Fixtures: a server whose engine is one of processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.executors.kit import Fake, Site, archive


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    archive(tmp_path)
    engine = Fake(tmp_path)
    yield engine
    engine.end()


@pytest.fixture
def site(home: Path, fake: Fake) -> Iterator[Site]:
    def engine(url: str) -> Fake:
        fake.url = url
        return fake

    found = Site(home, engine)
    yield found
    found.close()
