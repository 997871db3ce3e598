"""The contract, on this machine and on an engine of processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Here, Where
from tests.executors.kit import Site


@pytest.fixture(params=["local", "fake"])
def where(request: pytest.FixtureRequest, site: Site) -> Iterator[Where]:
    place = Here(site) if request.param == "local" else Where(site)
    yield place
    if isinstance(place, Here):
        place.end()
