"""The contract, on a real Ray."""

from __future__ import annotations

import pytest
from tests.engines.ray_kit import RayCluster
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Where
from tests.executors.kit import Site


@pytest.fixture
def where(ray_site: Site) -> Where:
    return Where(ray_site)


@pytest.fixture
def several(two_nodes: RayCluster, ray_site: Site) -> Where:
    return Where(ray_site)
