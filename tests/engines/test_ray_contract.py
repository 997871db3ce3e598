"""The contract, on a real Ray."""

from __future__ import annotations

import pytest
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Where
from tests.executors.kit import Site


@pytest.fixture
def where(ray_site: Site) -> Where:
    return Where(ray_site)
