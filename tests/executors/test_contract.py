"""The contract, on this machine and on an engine of processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Here, Where, python
from tests.executors.kit import Fake, Site

from lastwords.records import Status

MEMORY = 200 << 20  # bytes; our own processes there take about 60 MB


@pytest.fixture(params=["local", "fake"])
def where(request: pytest.FixtureRequest, site: Site) -> Iterator[Where]:
    place = Here(site) if request.param == "local" else Where(site)
    yield place
    if isinstance(place, Here):
        place.end()


@pytest.fixture
def several(site: Site, fake: Fake) -> Where:
    fake.ends_others = True
    return Where(site)


def test_what_has_too_little_memory_was_killed_for_that(where: Where) -> None:
    code = "print('on'); held = [b'x' * (1 << 20) for _ in range(400)]"
    run = where.site.ended(where.start(python(code), memory=MEMORY))
    assert (run.status, run.reason, run.cause) == (Status.FAILED, "oom_killed", "memory.host_oom")
    assert where.site.folder(run.id).log.read_bytes() == b"on\n"
    assert "MB allowed" in str(run.detail)
