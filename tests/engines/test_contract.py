"""The contract, on the real engines."""

from __future__ import annotations

import pytest
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Where
from tests.executors.kit import Site


@pytest.fixture(params=["slurm"])
def where(site: Site) -> Where:
    return Where(site)


@pytest.fixture
def several(site: Site) -> Where:
    return Where(site)
